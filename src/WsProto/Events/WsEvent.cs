namespace WsProto;

/// <summary>What happened, or what is to happen: read from a connection with <see cref="WsConnection.TryReadEvent"/>, or sent with <see cref="WsConnection.Send(WsEvent)"/>.</summary>
/// <remarks>Events own their data, never change, and are equal by content. The hierarchy is closed.</remarks>
public abstract record WsEvent
{
    /// <summary>Closes the hierarchy, and makes a switch over it exhaustive.</summary>
    internal abstract EventKind Kind { get; }
}

/// <summary>One member for each event.</summary>
internal enum EventKind
{
    Request,
    AcceptConnection,
    RejectConnection,
    RejectData,
    HandshakeFailed,
    TextMessage,
    BytesMessage,
    Ping,
    Pong,
    CloseConnection,
}
