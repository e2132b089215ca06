// The outcome of each error: the response to the request, and the end of the session. The table in docs/engineio.md is generated from it.
// Codes 0 to 5 and their messages are those of the reference server, because clients show them to their users.

namespace WsProto.EngineIO;

/// <summary>The outcome of an error.</summary>
/// <param name="Description">A description for logs.</param>
internal readonly record struct ErrorOutcome(string Description)
{
    /// <summary>The HTTP status; null if no request is answered.</summary>
    internal int? Status { get; init; }

    /// <summary>The code in the body of the response.</summary>
    internal int Code { get; init; }

    /// <summary>The message in the body of the response.</summary>
    internal string Message { get; init; } = EngineIOErrors.BadRequest;

    /// <summary>The reason for the end of the session; null if it does not end, or if there is none.</summary>
    internal CloseReason? Ends { get; init; }
}

internal static class EngineIOErrors
{
    internal const string BadRequest = "Bad request";

    internal static ErrorOutcome Of(EngineIOError error) => error switch
    {
        EngineIOError.TransportUnknown => Answer(
            400, 0, "The query has no transport, or one that the server does not offer.", "Transport unknown"),
        EngineIOError.SessionUnknown => Answer(400, 1, "No session has this id.", "Session ID unknown"),
        EngineIOError.BadHandshakeMethod => Answer(400, 2, "A session must be opened with GET.", "Bad handshake method"),
        EngineIOError.OriginMalformed => Answer(400, 3, "The Origin is malformed."),
        EngineIOError.TransportMismatch => Answer(400, 3, "The transport does not match the headers of the request, or the session."),
        EngineIOError.JsonpNotEnabled => Answer(400, 3, "JSONP polling is not enabled.", "JSONP polling is not enabled"),
        EngineIOError.JsonpIndexMalformed => Answer(400, 3, "The index of JSONP polling is not a number."),
        EngineIOError.OriginForbidden => Answer(403, 4, "The origin is not allowed.", "Forbidden"),
        EngineIOError.Forbidden => Answer(403, 4, "The application refused the request.", "Forbidden"),
        EngineIOError.VersionUnsupported => Answer(400, 5, "EIO is not 4.", "Unsupported protocol version"),
        EngineIOError.TooManySessions => Answer(503, 4, "MaxSessions is reached.", "Too many sessions"),
        EngineIOError.ServerStopping => Answer(503, 4, "The server is stopping.", "Server is stopping"),
        EngineIOError.MethodNotAllowed => Answer(405, 3, "A session accepts GET and POST only."),
        EngineIOError.PayloadTooLarge => Answer(413, 3, "The body is larger than MaxPayload.", "Payload too large"),
        EngineIOError.PostOutrunByUpgrade => Answer(400, 3, "The upgrade was completed before the POST ended."),

        EngineIOError.ContentNotText => AnswerAndEnd(
            CloseReason.TransportError, "The content type of a POST is application/octet-stream."),
        EngineIOError.PollOverlap => AnswerAndEnd(CloseReason.TransportError, "A GET arrived while another was pending."),
        EngineIOError.PostOverlap => AnswerAndEnd(CloseReason.TransportError, "A POST arrived while another was pending."),
        EngineIOError.PacketMalformed => AnswerAndEnd(CloseReason.ParseError, "The client sent something that is not a packet."),
        EngineIOError.PingFromClient => AnswerAndEnd(CloseReason.TransportError, "The client sent a ping, which only a server may send."),

        EngineIOError.MessageTooLarge => End(CloseReason.TransportError, "A WebSocket message is larger than MaxPayload."),
        EngineIOError.PollAborted => End(CloseReason.TransportError, "A GET was aborted, or its response was lost."),
        EngineIOError.PostAborted => End(CloseReason.TransportError, "A POST was aborted before its end."),
        EngineIOError.PingUnanswered => End(CloseReason.PingTimeout, "Nothing was received within PingTimeout after a ping."),
        EngineIOError.WebSocketClosed => End(CloseReason.TransportClose, "The WebSocket was closed."),
        EngineIOError.NotOpened => End(CloseReason.TransportClose, "The session did not open within UpgradeTimeout."),
        EngineIOError.BufferFull => End(CloseReason.TransportError, "More than MaxBufferedBytes waited for the client."),
    };

    /// <summary>The close code of the WebSocket (RFC 6455 §7.4.1).</summary>
    internal static ushort WebSocketCode(EngineIOError? error, CloseReason reason) =>
        error == EngineIOError.MessageTooLarge ? (ushort)1009 : reason.WebSocketCode();

    private static ErrorOutcome Answer(int status, int code, string description, string message = BadRequest) =>
        new(description) { Status = status, Code = code, Message = message };

    private static ErrorOutcome AnswerAndEnd(CloseReason ends, string description) =>
        new(description) { Status = 400, Code = 3, Ends = ends };

    private static ErrorOutcome End(CloseReason ends, string description) => new(description) { Ends = ends };
}
