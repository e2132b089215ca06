namespace WsProto.SocketIO;

/// <summary>What a message has brought about.</summary>
public enum SocketIOInputKind
{
    /// <summary>Nothing yet: a packet waits for its attachments, or changes nothing.</summary>
    Nothing = 0,

    /// <summary>
    /// The client asks for a namespace, with what it brings as argument. Answer by <see cref="SocketIOConnection.Accept"/> or
    /// <see cref="SocketIOConnection.Refuse"/>.
    /// </summary>
    ConnectRequested = 1,

    /// <summary>An event came.</summary>
    EventReceived = 2,

    /// <summary>An ack came.</summary>
    AckReceived = 3,

    /// <summary>The client has left a namespace, or does not want it any more.</summary>
    Left = 4,

    /// <summary>The client broke a rule: close its session of Engine.IO with "parse error".</summary>
    Violated = 5,

    /// <summary>
    /// The client asks for a namespace, and what it brings is no object of JSON. Tell it by <see cref="SocketIOEncoder.ConnectError"/>; it
    /// is not in the namespace, and its session goes on.
    /// </summary>
    AuthMalformed = 6,
}

/// <summary>What a message has brought about, one thing at most.</summary>
/// <param name="Kind">What.</param>
/// <param name="Packet">The packet; null if there is none.</param>
/// <param name="Error">Which rule was broken; null if none was.</param>
public readonly record struct SocketIOInput(SocketIOInputKind Kind, SocketIOPacket? Packet = null, SocketIOError? Error = null);
