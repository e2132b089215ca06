using System;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Tasks;

namespace WsProto.SocketIO.AspNetCore.Testing;

/// <summary>An event that the server has sent to a <see cref="SocketIOTestClient"/>.</summary>
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

    /// <summary>Its arguments.</summary>
    public SocketIOArguments Arguments { get; }

    /// <summary>Whether the server waits for an answer.</summary>
    public bool WantsAck => _id is not null;

    /// <summary>Reads an argument by the client's JSON options.</summary>
    /// <typeparam name="T">What it stands for.</typeparam>
    /// <param name="index">Which, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such argument.</exception>
    /// <exception cref="System.Text.Json.JsonException">It is not of that type.</exception>
    public T? Get<T>(int index) => Arguments.Get(index, (JsonTypeInfo<T>)_client.Json.GetTypeInfo(typeof(T)));

    /// <summary>Answers it.</summary>
    /// <param name="arguments">The answer's arguments.</param>
    /// <exception cref="InvalidOperationException">The server wants no answer.</exception>
    /// <exception cref="SocketIODisconnectedException">The client is not connected any more.</exception>
    /// <exception cref="TimeoutException">The server did not take it within <see cref="SocketIOTestOptions.Patience"/>.</exception>
    public ValueTask AnswerAsync(params object?[] arguments) => _id is { } id
        ? _client.AnswerAsync(id, arguments)
        : throw new InvalidOperationException($"The server wants no answer to \"{Name}\".");

    /// <summary>Answers it by one argument.</summary>
    /// <param name="argument">The answer's argument. A collection is one argument, an array too.</param>
    /// <inheritdoc cref="AnswerAsync(object?[])" path="/exception"/>
    [OverloadResolutionPriority(1)]
    public ValueTask AnswerAsync(object? argument) => AnswerAsync(arguments: [argument]);
}
