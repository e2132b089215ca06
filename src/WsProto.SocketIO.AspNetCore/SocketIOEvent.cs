using System.Collections.Generic;
using System.Diagnostics;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore.Hosting;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>An event of a client.</summary>
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

    /// <summary>The arguments.</summary>
    public SocketIOArguments Arguments { get; }

    /// <summary>Whether the client expects an acknowledgement.</summary>
    public bool WantsAck => Id is not null;

    private long? Id { get; }

    /// <summary>Deserializes an argument with the server's JSON options.</summary>
    /// <typeparam name="T">The type. <c>byte[]</c> reads an attachment.</typeparam>
    /// <param name="index">The index of the argument, from 0.</param>
    /// <returns>The value.</returns>
    /// <exception cref="SocketIOBindingException">There is no such argument, or it is not of that type.</exception>
    public T? Get<T>(int index) => EventBinding.Get<T>(this, index);

    /// <summary>Encodes the acknowledgement with the result of a handler. Returns null if the client expects none.</summary>
    internal IReadOnlyList<Packet>? Answer(object? value) =>
        Id is { } id ? Socket.Server.Encoder.Ack(Socket.Namespace.Name, id, SocketIOAck.ArgumentsOf(value)) : null;

    /// <summary>Encodes the acknowledgement of a handler without a result. Returns null if the client expects none.</summary>
    internal IReadOnlyList<Packet>? AnswerEmpty() => Id is { } id ? Socket.Server.Encoder.Ack(Socket.Namespace.Name, id, []) : null;
}
