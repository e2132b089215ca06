namespace WsProto.EngineIO;

/// <summary>Where a session is in its life. <c>StateMachine.cs</c> has the transitions.</summary>
public enum SessionState
{
    /// <summary>Admitted, but the client has not been told yet: the first request is not answered, or the WebSocket is not open.</summary>
    Opening = 0,

    /// <summary>Open, over polling.</summary>
    Polling = 1,

    /// <summary>Open, over polling; a WebSocket for the upgrade is there and has not sent <c>2probe</c> yet.</summary>
    Probing = 2,

    /// <summary>Open, over polling; the WebSocket for the upgrade was answered <c>3probe</c> and has not sent <c>5</c> yet.</summary>
    Upgrading = 3,

    /// <summary>Open, over a WebSocket.</summary>
    WebSocket = 4,

    /// <summary>Over polling, the application has closed it; what is left and the close packet wait for the next poll.</summary>
    Closing = 5,

    /// <summary>
    /// The same while an upgrade is under way: what is left goes to the next poll or, if <c>5</c> comes first, to the WebSocket.
    /// </summary>
    ClosingUpgrade = 6,

    /// <summary>Over.</summary>
    Closed = 7,
}
