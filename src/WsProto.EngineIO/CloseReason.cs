namespace WsProto.EngineIO;

/// <summary>Why a session ended.</summary>
/// <remarks>Each has the text that the reference server uses: <see cref="CloseReasonExtensions.ToProtocolText"/>.</remarks>
public enum CloseReason
{
    /// <summary>The peer broke a rule of the transport, a limit was exceeded, or a request failed: "transport error".</summary>
    TransportError = 0,

    /// <summary>The peer closed the session, or the WebSocket was closed or lost: "transport close".</summary>
    TransportClose = 1,

    /// <summary>The application closed the session: "forced close".</summary>
    ForcedClose = 2,

    /// <summary>Nothing was received from the peer in time: "ping timeout".</summary>
    PingTimeout = 3,

    /// <summary>Received data is not a packet: "parse error".</summary>
    ParseError = 4,

    /// <summary>The server is stopping: "server shutting down". A WebSocket is closed with 1001, so that clients reconnect.</summary>
    ServerShuttingDown = 5,
}

/// <summary>Gets the text of a <see cref="CloseReason"/>.</summary>
public static class CloseReasonExtensions
{
    /// <summary>Gets the text that the reference server and its clients use for the reason.</summary>
    /// <param name="reason">The reason.</param>
    /// <returns>The text, for example "ping timeout".</returns>
    public static string ToProtocolText(this CloseReason reason) => reason switch
    {
        CloseReason.TransportError => "transport error",
        CloseReason.TransportClose => "transport close",
        CloseReason.ForcedClose => "forced close",
        CloseReason.PingTimeout => "ping timeout",
        CloseReason.ParseError => "parse error",
        CloseReason.ServerShuttingDown => "server shutting down",
    };

    /// <summary>
    /// The close code (RFC 6455 §7.4.1) for a WebSocket whose session ends for this reason, if the error has no code of its own.
    /// </summary>
    internal static ushort WebSocketCode(this CloseReason reason) => reason switch
    {
        CloseReason.TransportError or CloseReason.PingTimeout => 1008,
        CloseReason.TransportClose or CloseReason.ForcedClose => 1000,
        CloseReason.ParseError => 1002,
        CloseReason.ServerShuttingDown => 1001,
    };
}
