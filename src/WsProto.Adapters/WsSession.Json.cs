using System;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters;

public sealed partial class WsSession
{
    internal const string NeedsReflection =
        "Pass a JsonTypeInfo<T>, as of a JsonSerializerContext, where a program is trimmed or compiled ahead of time.";

    /// <summary>Sends a value as JSON, in a text message.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="cancellationToken">
    /// Stops waiting for room; then nothing of the message is sent. Once it is accepted, cancelling does nothing.
    /// </param>
    /// <returns><inheritdoc cref="SendTextAsync(string, CancellationToken)" path="/returns"/></returns>
    /// <remarks>
    /// As <see cref="SendTextAsync(string, CancellationToken)"/>. It is written with <see cref="JsonSerializerOptions.Web"/>, as
    /// ASP.NET Core writes JSON and as JavaScript reads it: names in camel case.
    /// </remarks>
    /// <exception cref="NotSupportedException">The value has no form in JSON. Nothing was sent.</exception>
    [RequiresUnreferencedCode(NeedsReflection)]
    [RequiresDynamicCode(NeedsReflection)]
    public ValueTask SendJsonAsync<T>(T value, CancellationToken cancellationToken = default) =>
        SendJsonAsync(value, options: null, cancellationToken);

    /// <inheritdoc cref="SendJsonAsync{T}(T, CancellationToken)" path="/typeparam|/returns|/remarks|/exception"/>
    /// <summary>Sends a value as JSON, in a text message, with other options.</summary>
    /// <param name="value">The value.</param>
    /// <param name="options">How it is written; null for <see cref="JsonSerializerOptions.Web"/>.</param>
    /// <param name="cancellationToken">
    /// Stops waiting for room; then nothing of the message is sent. Once it is accepted, cancelling does nothing.
    /// </param>
    [RequiresUnreferencedCode(NeedsReflection)]
    [RequiresDynamicCode(NeedsReflection)]
    public ValueTask SendJsonAsync<T>(T value, JsonSerializerOptions? options, CancellationToken cancellationToken = default) =>
        SendTextAsync(JsonSerializer.SerializeToUtf8Bytes(value, options ?? JsonSerializerOptions.Web), cancellationToken);

    /// <summary>Sends a value as JSON, in a text message, without reflection.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="type">How it is written, as of a <c>JsonSerializerContext</c>.</param>
    /// <param name="cancellationToken">
    /// Stops waiting for room; then nothing of the message is sent. Once it is accepted, cancelling does nothing.
    /// </param>
    /// <returns><inheritdoc cref="SendTextAsync(string, CancellationToken)" path="/returns"/></returns>
    /// <remarks>As <see cref="SendTextAsync(string, CancellationToken)"/>.</remarks>
    /// <exception cref="NotSupportedException">The value has no form in JSON. Nothing was sent.</exception>
    public ValueTask SendJsonAsync<T>(T value, JsonTypeInfo<T> type, CancellationToken cancellationToken = default) =>
        SendTextAsync(JsonSerializer.SerializeToUtf8Bytes(value, type), cancellationToken);
}
