using System.Diagnostics;

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
        WantsAck = packet.Id is not null;
    }

    /// <summary>The client.</summary>
    public SocketIOSocket Socket { get; }

    /// <summary>The name of the event.</summary>
    public string Name { get; }

    /// <summary>Its arguments.</summary>
    public SocketIOArguments Arguments { get; }

    /// <summary>Whether the client waits for an answer.</summary>
    public bool WantsAck { get; }

    /// <summary>Reads an argument by the server's JSON options.</summary>
    /// <typeparam name="T">What it stands for.</typeparam>
    /// <param name="index">Which, from 0.</param>
    /// <exception cref="SocketIOBindingException">There is no such argument, or it is not of that type.</exception>
    public T? Get<T>(int index) => EventBinding.Get<T>(Socket.Namespace.Server, Arguments, index);
}
