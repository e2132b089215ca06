namespace WsProto.EngineIO;

/// <summary>The state of a session.</summary>
public enum SessionState
{
    /// <summary>Created, but the client does not know it yet: the first request is not answered, or the WebSocket is not open.</summary>
    Opening = 0,

    /// <summary>Open, over polling.</summary>
    Polling = 1,

    /// <summary>Open, over polling. A WebSocket for the upgrade was requested and has not sent <c>2probe</c> yet.</summary>
    Probing = 2,

    /// <summary>Open, over polling. The WebSocket for the upgrade was sent <c>3probe</c>, and has not sent <c>5</c> yet.</summary>
    Upgrading = 3,

    /// <summary>Open, over a WebSocket.</summary>
    WebSocket = 4,

    /// <summary>
    /// The application has closed the session over polling. The remaining messages and the close packet wait for the next poll.
    /// </summary>
    Closing = 5,

    /// <summary>
    /// The same during an upgrade. The remaining messages go to the next poll or, if <c>5</c> arrives first, to the WebSocket.
    /// </summary>
    ClosingUpgrade = 6,

    /// <summary>Closed.</summary>
    Closed = 7,
}
