namespace WsProto.SocketIO;

/// <summary>
/// What a packet is (Socket.IO protocol v5, "Packet types"). Events and acks with attachments have types of their own on the wire.
/// </summary>
public enum SocketIOPacketType
{
    /// <summary>A client asks for a namespace, or the server agrees.</summary>
    Connect = 0,

    /// <summary>Either leaves a namespace.</summary>
    Disconnect = 1,

    /// <summary>An event: a name and arguments.</summary>
    Event = 2,

    /// <summary>The answer to an event that wanted one.</summary>
    Ack = 3,

    /// <summary>The server refuses a namespace.</summary>
    ConnectError = 4,
}
