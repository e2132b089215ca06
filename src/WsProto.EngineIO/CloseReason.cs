namespace WsProto.EngineIO;

/// <summary>Why a session ended. <see cref="CloseReasonExtensions.ToProtocolText"/> has the reference server's words.</summary>
public enum CloseReason
{
    /// <summary>The client broke a rule of the transport, or a request was lost: "transport error".</summary>
    TransportError = 0,

    /// <summary>The client closed the session or its WebSocket: "transport close".</summary>
    TransportClose = 1,

    /// <summary>The application closed the session: "forced close".</summary>
    ForcedClose = 2,

    /// <summary>Nothing came from the client in time: "ping timeout".</summary>
    PingTimeout = 3,

    /// <summary>What came was no packet: "parse error".</summary>
    ParseError = 4,

    /// <summary>The server stops: "server shutting down". A WebSocket is closed with 1001, so that clients come back.</summary>
    ServerShuttingDown = 5,
}

/// <summary>What a <see cref="CloseReason"/> is on the wire.</summary>
public static class CloseReasonExtensions
{
    /// <summary>The words that clients and applications of the reference server know.</summary>
    /// <param name="reason">The reason.</param>
    public static string ToProtocolText(this CloseReason reason) => reason switch
    {
        CloseReason.TransportError => "transport error",
        CloseReason.TransportClose => "transport close",
        CloseReason.ForcedClose => "forced close",
        CloseReason.PingTimeout => "ping timeout",
        CloseReason.ParseError => "parse error",
        CloseReason.ServerShuttingDown => "server shutting down",
    };

    /// <summary>The close code of a WebSocket (RFC 6455 §7.4.1) whose session ends for this reason, where no error says more.</summary>
    internal static ushort WebSocketCode(this CloseReason reason) => reason switch
    {
        CloseReason.TransportError or CloseReason.PingTimeout => 1008,
        CloseReason.TransportClose or CloseReason.ForcedClose => 1000,
        CloseReason.ParseError => 1002,
        CloseReason.ServerShuttingDown => 1001,
    };
}
