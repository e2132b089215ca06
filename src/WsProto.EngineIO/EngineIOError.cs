namespace WsProto.EngineIO;

/// <summary>The exact cause of a refused request or of the end of a session.</summary>
public enum EngineIOError
{
    /// <summary>The query has no <c>transport</c>, or one that the server does not offer.</summary>
    TransportUnknown = 0,

    /// <summary>No session has this id: it never existed, has ended, or is on another server.</summary>
    SessionUnknown = 1,

    /// <summary>A request without a session id is not a GET.</summary>
    BadHandshakeMethod = 2,

    /// <summary>The <c>Origin</c> header has characters that are not allowed in an origin, or occurs twice.</summary>
    OriginMalformed = 3,

    /// <summary>
    /// The <c>transport</c> of the query does not match the headers of the request, or the transport of the session. An example is a poll
    /// after an upgrade.
    /// </summary>
    TransportMismatch = 4,

    /// <summary>The query has <c>j</c>, which asks for JSONP, and the server does not offer it.</summary>
    JsonpNotEnabled = 5,

    /// <summary>The <c>j</c> of the query is not a number.</summary>
    JsonpIndexMalformed = 6,

    /// <summary>Pages of this origin are not allowed to connect.</summary>
    OriginForbidden = 7,

    /// <summary>The application refused the request.</summary>
    Forbidden = 8,

    /// <summary>The <c>EIO</c> of the query is not 4.</summary>
    VersionUnsupported = 9,

    /// <summary><see cref="EngineIOServerOptions.MaxSessions"/> is reached.</summary>
    TooManySessions = 10,

    /// <summary>The server is stopping and opens no more sessions.</summary>
    ServerStopping = 11,

    /// <summary>The request has a session id and is neither a GET nor a POST.</summary>
    MethodNotAllowed = 12,

    /// <summary>A POST has the content type <c>application/octet-stream</c>. In version 4 payloads are text. It ends the session.</summary>
    ContentNotText = 13,

    /// <summary>The body of a POST is larger than <see cref="EngineIOServerOptions.MaxPayload"/>. The session stays open.</summary>
    PayloadTooLarge = 14,

    /// <summary>A WebSocket message is larger than <see cref="EngineIOServerOptions.MaxPayload"/>. It ends the session.</summary>
    MessageTooLarge = 15,

    /// <summary>A GET arrived while another was pending. It ends the session.</summary>
    PollOverlap = 16,

    /// <summary>A POST arrived while another was pending. It ends the session.</summary>
    PostOverlap = 17,

    /// <summary>The client aborted a GET, or did not receive its response. It ends the session, because packets may be lost.</summary>
    PollAborted = 18,

    /// <summary>The client aborted a POST before its end. It ends the session.</summary>
    PostAborted = 19,

    /// <summary>The client completed an upgrade before its POST ended. The body is dropped.</summary>
    PostOutrunByUpgrade = 20,

    /// <summary>Received data is not a packet. It ends the session.</summary>
    PacketMalformed = 21,

    /// <summary>The client sent a ping, which only a server may send. It ends the session.</summary>
    PingFromClient = 22,

    /// <summary>Nothing was received within <see cref="EngineIOServerOptions.PingTimeout"/> after a ping. It ends the session.</summary>
    PingUnanswered = 23,

    /// <summary>The WebSocket was closed or lost. It ends the session.</summary>
    WebSocketClosed = 24,

    /// <summary>
    /// The first request was not answered, or its WebSocket did not open, within <see cref="EngineIOServerOptions.UpgradeTimeout"/>. The
    /// session ends before the application has seen it.
    /// </summary>
    NotOpened = 25,

    /// <summary>More than <see cref="EngineIOServerOptions.MaxBufferedBytes"/> waited for the client. It ends the session.</summary>
    BufferFull = 26,
}
