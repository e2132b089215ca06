namespace WsProto.EngineIO;

/// <summary>
/// What exactly was wrong: with a request that was refused, or with a session that ended. The documentation has the answer to each.
/// </summary>
public enum EngineIOError
{
    /// <summary>The query has no <c>transport</c>, or one that is not offered.</summary>
    TransportUnknown = 0,

    /// <summary>There is no session of this id: it never was, is over, or is another server's.</summary>
    SessionUnknown = 1,

    /// <summary>A session was to be opened by something other than GET.</summary>
    BadHandshakeMethod = 2,

    /// <summary>The <c>Origin</c> has characters that no origin has, or stands twice.</summary>
    OriginMalformed = 3,

    /// <summary>
    /// The transport of the request is not what it asks for by its headers, or not the session's. A poll after an upgrade is one such.
    /// </summary>
    TransportMismatch = 4,

    /// <summary>The query has <c>j</c>, which asks for JSONP, and the server does not offer it.</summary>
    JsonpNotEnabled = 5,

    /// <summary>The <c>j</c> of the query is no number.</summary>
    JsonpIndexMalformed = 6,

    /// <summary>The page of this origin may not connect.</summary>
    OriginForbidden = 7,

    /// <summary>The application refused the request.</summary>
    Forbidden = 8,

    /// <summary><c>EIO</c> is not 4.</summary>
    VersionUnsupported = 9,

    /// <summary>The server has as many sessions as it may have.</summary>
    TooManySessions = 10,

    /// <summary>The server stops and opens no sessions any more.</summary>
    ServerStopping = 11,

    /// <summary>A request of a session that is neither GET nor POST.</summary>
    MethodNotAllowed = 12,

    /// <summary>A POST of <c>application/octet-stream</c>: in version 4 payloads are text. It ends the session.</summary>
    ContentNotText = 13,

    /// <summary>A body larger than the limit. The session stays open.</summary>
    PayloadTooLarge = 14,

    /// <summary>A WebSocket message larger than the limit. It ends the session.</summary>
    MessageTooLarge = 15,

    /// <summary>A second GET while one is pending. It ends the session.</summary>
    PollOverlap = 16,

    /// <summary>A second POST while one is pending. It ends the session.</summary>
    PostOverlap = 17,

    /// <summary>The client gave up a GET, or its answer did not reach it. It ends the session, as packets may be lost.</summary>
    PollAborted = 18,

    /// <summary>The client gave up a POST before its end. It ends the session.</summary>
    PostAborted = 19,

    /// <summary>The client completed an upgrade before its POST ended. The body is dropped.</summary>
    PostOutrunByUpgrade = 20,

    /// <summary>What came is no packet. It ends the session.</summary>
    PacketMalformed = 21,

    /// <summary>A ping of the client: the server pings. It ends the session.</summary>
    PingFromClient = 22,

    /// <summary>No byte came within the timeout after a ping. It ends the session.</summary>
    PingUnanswered = 23,

    /// <summary>The WebSocket was closed or lost, by the client or on the way. It ends the session.</summary>
    WebSocketClosed = 24,

    /// <summary>
    /// The first request was not answered, or its WebSocket did not open, in time. The session ends before the application knew it.
    /// </summary>
    NotOpened = 25,

    /// <summary>More waited for the client than may. It ends the session.</summary>
    BufferFull = 26,
}
