namespace WsProto.SocketIO;

/// <summary>
/// The type of a packet (Socket.IO protocol v5, "Packet types"). In the protocol's encoding, events and acknowledgements with attachments
/// have types of their own.
/// </summary>
public enum SocketIOPacketType
{
    /// <summary>A client asks to connect to a namespace, or the server accepts it.</summary>
    Connect = 0,

    /// <summary>A client or the server leaves a namespace.</summary>
    Disconnect = 1,

    /// <summary>An event: a name and arguments.</summary>
    Event = 2,

    /// <summary>An acknowledgement: the answer to an event.</summary>
    Ack = 3,

    /// <summary>The server refuses a client in a namespace.</summary>
    ConnectError = 4,
}
