using System;
using Microsoft.Extensions.Logging;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>
/// The log messages of the category <c>WsProto.SocketIO</c>. None contains a payload, a query, a token or a whole session id.
/// </summary>
internal static partial class Log
{
    [LoggerMessage(
        1,
        LogLevel.Information,
        "{Count} requests were refused: {Error}, status {Status}. Logged once a minute at most.",
        EventName = "Refused")]
    internal static partial void Refused(ILogger logger, int count, EngineIOError error, int status);

    [LoggerMessage(2, LogLevel.Debug, "Session {Session}… ended: {Reason}. {Detail}", EventName = "SessionClosed")]
    internal static partial void Closed(ILogger logger, string session, CloseReason reason, string? detail);

    [LoggerMessage(3, LogLevel.Error, "The handler of session {Session}… failed.", EventName = "HandlerFailed")]
    internal static partial void HandlerFailed(ILogger logger, string session, Exception exception);

    [LoggerMessage(4, LogLevel.Debug, "The client of session {Session}… violated the protocol: {Error}.", EventName = "Violated")]
    internal static partial void Violated(ILogger logger, string session, SocketIOError error);

    [LoggerMessage(5, LogLevel.Error, "The handler of {Event} in {Namespace} failed.", EventName = "EventFailed")]
    internal static partial void EventFailed(ILogger logger, string @namespace, string @event, Exception exception);

    [LoggerMessage(6, LogLevel.Debug, "{Event} in {Namespace} was not handled: {Reason}", EventName = "EventUnhandled")]
    internal static partial void EventUnhandled(ILogger logger, string @namespace, string @event, string reason);

    [LoggerMessage(
        7,
        LogLevel.Warning,
        "The server receives nothing from the backplane, not even its own messages, so its clients get nothing from other servers. "
        + "It renews its subscription.",
        EventName = "BackplaneSilent")]
    internal static partial void BackplaneSilent(ILogger logger);

    [LoggerMessage(8, LogLevel.Information, "The server receives messages from the backplane.", EventName = "BackplaneHeard")]
    internal static partial void BackplaneHeard(ILogger logger);

    [LoggerMessage(
        9,
        LogLevel.Warning,
        "{Count} messages to other servers were lost. {Reason} Logged once a minute at most.",
        EventName = "PublicationsLost")]
    internal static partial void PublicationsLost(ILogger logger, int count, string reason);

    [LoggerMessage(
        10,
        LogLevel.Warning,
        "{Count} messages from the backplane were malformed. Logged once a minute at most.",
        EventName = "BackplaneMalformed")]
    internal static partial void BackplaneMalformed(ILogger logger, int count);

    [LoggerMessage(11, LogLevel.Error, "A message from the backplane could not be handled.", EventName = "BackplaneFailed")]
    internal static partial void BackplaneFailed(ILogger logger, Exception exception);

    [LoggerMessage(
        12,
        LogLevel.Warning,
        "{Count} events \"{Event}\" in {Namespace} had arguments that do not fit. The last: {Reason} Logged once a minute at most.",
        EventName = "ArgumentsMismatched")]
    internal static partial void ArgumentsMismatched(ILogger logger, int count, string @event, string @namespace, string reason);

    [LoggerMessage(
        13,
        LogLevel.Debug,
        "{Count} events in {Namespace} had no handler. The last: \"{Event}\". Logged once a minute at most.",
        EventName = "EventUnknown")]
    internal static partial void EventUnknown(ILogger logger, int count, string @namespace, string @event);

    [LoggerMessage(
        14,
        LogLevel.Warning,
        "{Count} clients were refused, because their auth is not a JSON object. Logged once a minute at most.",
        EventName = "AuthMalformed")]
    internal static partial void AuthMalformed(ILogger logger, int count);
}
