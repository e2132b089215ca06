namespace WsProto;

/// <summary>
/// What happened, or what is to happen: read from a connection with <see cref="WsConnection.TryReadEvent"/>, or sent with
/// <see cref="WsConnection.Send(WsEvent)"/>.
/// </summary>
/// <remarks>
/// <para>Events own their data, never change, and are equal by content. The hierarchy is closed.</para>
/// <para>
/// <c>ToString</c> is for logs: one line of at most 8,192 characters, whatever the peer has sent. It shows the first 64 characters of a
/// text and the first 32 bytes of a payload, 128 characters of a reason, a host or a path, and 16 elements of a list. Characters that
/// control, format or separate lines are escaped, as in <c>\u001B</c>. Members that have their default are left out. What often is a secret
/// is not shown: of headers the names alone, and of a target nothing after its question mark. Payloads, subprotocols and extensions are
/// shown.
/// </para>
/// </remarks>
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
