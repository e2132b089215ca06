using System.Collections.Generic;
using System.Diagnostics;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore.Hosting;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>An event of a client, for handlers of any event.</summary>
[DebuggerDisplay("{Name}, {Arguments.Count} arguments")]
public sealed class SocketIOEvent
{
    internal SocketIOEvent(SocketIOSocket socket, SocketIOPacket packet)
    {
        Socket = socket;
        Name = packet.Event!;
        Arguments = packet.Arguments;
        Id = packet.Id;
    }

    /// <summary>The client.</summary>
    public SocketIOSocket Socket { get; }

    /// <summary>The name of the event.</summary>
    public string Name { get; }

    /// <summary>Its arguments.</summary>
    public SocketIOArguments Arguments { get; }

    /// <summary>Whether the client waits for an answer.</summary>
    public bool WantsAck => Id is not null;

    private long? Id { get; }

    /// <summary>Reads an argument by the server's JSON options.</summary>
    /// <typeparam name="T">What it stands for.</typeparam>
    /// <param name="index">Which, from 0.</param>
    /// <exception cref="SocketIOBindingException">There is no such argument, or it is not of that type.</exception>
    public T? Get<T>(int index) => EventBinding.Get<T>(this, index);

    /// <summary>The ack of what a handler has returned; null if the client wants none.</summary>
    internal IReadOnlyList<Packet>? Answer(object? value) =>
        Id is { } id ? Socket.Server.Encoder.Ack(Socket.Namespace.Name, id, SocketIOAck.ArgumentsOf(value)) : null;

    /// <summary>The ack of a handler that returns nothing; null if the client wants none.</summary>
    internal IReadOnlyList<Packet>? AnswerEmpty() => Id is { } id ? Socket.Server.Encoder.Ack(Socket.Namespace.Name, id, []) : null;
}
