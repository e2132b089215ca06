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

    /// <summary>The type.</summary>
    public SocketIOPacketType Type { get; }

    /// <summary>The namespace; <c>/</c> is the main one.</summary>
    public string Namespace { get; }

    /// <summary>
    /// For an event, the id of the acknowledgement that it expects, or null for none. For an acknowledgement, the id of the event.
    /// </summary>
    public long? Id { get; }

    /// <summary>The name of an event; otherwise null. The protocol also allows numbers, which become their digits.</summary>
    public string? Event { get; }

    /// <summary>
    /// The arguments of an event or an acknowledgement. A Connect or ConnectError has at most one: its object or string. A Connect may also
    /// have any other JSON value, which <see cref="SocketIOConnection"/> refuses.
    /// </summary>
    public SocketIOArguments Arguments { get; }

    /// <summary>The memory of an event in bytes. Without arguments, the text with the name is not kept.</summary>
    internal long Size => (sizeof(char) * (long)Event!.Length) + Arguments.Size;
}
