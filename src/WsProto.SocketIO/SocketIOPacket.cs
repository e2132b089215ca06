using System.Diagnostics;

namespace WsProto.SocketIO;

/// <summary>A packet that was received, with all its attachments.</summary>
[DebuggerDisplay("{Type} {Namespace} {Event} {Id}")]
public sealed class SocketIOPacket
{
    internal SocketIOPacket(SocketIOPacketType type, string @namespace, long? id, string? @event, SocketIOArguments arguments)
    {
        Type = type;
        Namespace = @namespace;
        Id = id;
        Event = @event;
        Arguments = arguments;
    }

    /// <summary>What it is.</summary>
    public SocketIOPacketType Type { get; }

    /// <summary>Which namespace it is for; <c>/</c> is the main one.</summary>
    public string Namespace { get; }

    /// <summary>Of an event: the ack that it wants; null if it wants none. Of an ack: which event it answers.</summary>
    public long? Id { get; }

    /// <summary>The name of an event; null of anything else. A number, which the protocol allows, stands as its digits.</summary>
    public string? Event { get; }

    /// <summary>
    /// Of an event, what follows its name; of an ack, all of it. Of a Connect or ConnectError, one argument or none: the object or text,
    /// and of a Connect any other value of JSON too, which <see cref="SocketIOConnection"/> tells apart.
    /// </summary>
    public SocketIOArguments Arguments { get; }

    /// <summary>Of an event: what it keeps in memory. Arguments that are none do not keep the text that the name stood in.</summary>
    internal long Size => (sizeof(char) * (long)Event!.Length) + Arguments.Size;
}
