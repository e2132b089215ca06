namespace WsProto.SocketIO;

/// <summary>The result of a message.</summary>
public enum SocketIOInputKind
{
    /// <summary>Nothing: a packet waits for its attachments, or has no effect.</summary>
    Nothing = 0,

    /// <summary>
    /// The client asks to connect to a namespace. The argument is its <c>auth</c> payload. Call <see cref="SocketIOConnection.Accept"/> or
    /// <see cref="SocketIOConnection.Refuse"/>.
    /// </summary>
    ConnectRequested = 1,

    /// <summary>An event was received.</summary>
    EventReceived = 2,

    /// <summary>An acknowledgement was received.</summary>
    AckReceived = 3,

    /// <summary>The client has left a namespace, or no longer waits to connect to it.</summary>
    Left = 4,

    /// <summary>The client violated the protocol: close its Engine.IO session with "parse error".</summary>
    Violated = 5,

    /// <summary>
    /// The client asks for a namespace, and what it brings is no object of JSON. Tell it by <see cref="SocketIOEncoder.ConnectError"/>; it
    /// is not in the namespace, and its session goes on.
    /// </summary>
    AuthMalformed = 6,
}

/// <summary>The result of a message, at most one.</summary>
/// <param name="Kind">The kind of result.</param>
/// <param name="Packet">The packet; null if there is none.</param>
/// <param name="Error">The violation; null if there is none.</param>
public readonly record struct SocketIOInput(SocketIOInputKind Kind, SocketIOPacket? Packet = null, SocketIOError? Error = null);
