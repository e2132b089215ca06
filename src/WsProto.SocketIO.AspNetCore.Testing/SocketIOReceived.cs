using System;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Tasks;

namespace WsProto.SocketIO.AspNetCore.Testing;

/// <summary>An event that a <see cref="SocketIOTestClient"/> received.</summary>
[DebuggerDisplay("{Name}, {Arguments.Count} arguments")]
public sealed class SocketIOReceived
{
    private readonly SocketIOTestClient _client;
    private readonly long? _id;

    internal SocketIOReceived(SocketIOTestClient client, SocketIOPacket packet)
    {
        _client = client;
        _id = packet.Id;
        Name = packet.Event!;
        Arguments = packet.Arguments;
    }

    /// <summary>The name of the event.</summary>
    public string Name { get; }

    /// <summary>The arguments.</summary>
    public SocketIOArguments Arguments { get; }

    /// <summary>Whether the server expects an acknowledgement.</summary>
    public bool WantsAck => _id is not null;

    /// <summary>Deserializes an argument with the client's JSON options.</summary>
    /// <typeparam name="T">The type. <c>byte[]</c> reads an attachment.</typeparam>
    /// <param name="index">The index of the argument, from 0.</param>
    /// <returns>The value.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such argument.</exception>
    /// <exception cref="System.Text.Json.JsonException">The argument is not of that type.</exception>
    public T? Get<T>(int index) => Arguments.Get(index, (JsonTypeInfo<T>)_client.Json.GetTypeInfo(typeof(T)));

    /// <summary>Sends the acknowledgement.</summary>
    /// <param name="arguments">The arguments of the acknowledgement.</param>
    /// <returns>A task that completes when the acknowledgement was passed to the transport.</returns>
    /// <exception cref="InvalidOperationException">The server expects no acknowledgement.</exception>
    /// <exception cref="SocketIODisconnectedException">The client is no longer connected.</exception>
    /// <exception cref="TimeoutException">The server did not accept it within <see cref="SocketIOTestOptions.Patience"/>.</exception>
    public ValueTask AnswerAsync(params object?[] arguments) => _id is { } id
        ? _client.AnswerAsync(id, arguments)
        : throw new InvalidOperationException($"The server expects no acknowledgement of \"{Name}\".");

    /// <summary>Sends the acknowledgement with one argument.</summary>
    /// <param name="argument">The argument. A collection, such as an array, is one argument.</param>
    /// <inheritdoc cref="AnswerAsync(object?[])" path="/returns|/exception"/>
    [OverloadResolutionPriority(1)]
    public ValueTask AnswerAsync(object? argument) => AnswerAsync(arguments: [argument]);
}
