using System;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace WsProto.Adapters;

/// <summary>JSON in messages that were received.</summary>
public static class WsJsonExtensions
{
    /// <summary>Reads the payload as JSON.</summary>
    /// <typeparam name="T">What it stands for.</typeparam>
    /// <param name="message">A whole message, text or bytes.</param>
    /// <param name="options">How it is read; null for <see cref="JsonSerializerOptions.Web"/>.</param>
    /// <returns>The value; null for the JSON null.</returns>
    /// <exception cref="JsonException">It is not JSON, or not of that type. The session is as before.</exception>
    /// <exception cref="InvalidOperationException">It is a piece of a message that goes on.</exception>
    [RequiresUnreferencedCode(WsSession.NeedsReflection)]
    [RequiresDynamicCode(WsSession.NeedsReflection)]
    public static T? ReadJson<T>(this Message message, JsonSerializerOptions? options = null)
    {
        ThrowIfNotWhole(message);
        options ??= JsonSerializerOptions.Web;
        return message is TextMessage text
            ? JsonSerializer.Deserialize<T>(text.Data, options)
            : JsonSerializer.Deserialize<T>(((BytesMessage)message).Data.Span, options);
    }

    /// <summary>Reads the payload as JSON, without reflection.</summary>
    /// <typeparam name="T">What it stands for.</typeparam>
    /// <param name="message">A whole message, text or bytes.</param>
    /// <param name="type">How it is read, as of a <c>JsonSerializerContext</c>.</param>
    /// <returns>The value; null for the JSON null.</returns>
    /// <exception cref="JsonException">It is not JSON, or not of that type. The session is as before.</exception>
    /// <exception cref="InvalidOperationException">It is a piece of a message that goes on.</exception>
    public static T? ReadJson<T>(this Message message, JsonTypeInfo<T> type)
    {
        ThrowIfNotWhole(message);
        return message is TextMessage text
            ? JsonSerializer.Deserialize(text.Data, type)
            : JsonSerializer.Deserialize(((BytesMessage)message).Data.Span, type);
    }

    private static void ThrowIfNotWhole(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!message.MessageFinished)
            throw NotWhole();
    }

    /// <summary>What a piece says by itself, such as 12 of 1234, would depend on where the peer cuts.</summary>
    internal static InvalidOperationException NotWhole() =>
        new("It is a piece of a message: receive messages whole, or read JSON from ReceiveStreamAsync.");
}
