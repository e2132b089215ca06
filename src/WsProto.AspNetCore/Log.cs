using System;
using Microsoft.Extensions.Logging;

namespace WsProto.AspNetCore;

/// <summary>What is logged, under the category <c>WsProto.AspNetCore</c>. No payload, no query and no token is.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Debug, "WebSocket {Session} of {Endpoint} accepted over {Carrier}.", EventName = "Accepted")]
    internal static partial void Accepted(ILogger logger, long session, string endpoint, string carrier);

    [LoggerMessage(2, LogLevel.Debug, "WebSocket {Session} of {Endpoint} ended by {Cause} with {Code} after {Seconds:F1} s.", EventName = "Ended")]
    internal static partial void Ended(ILogger logger, long session, string endpoint, Adapters.WsCloseCause cause, int code, double seconds);

    [LoggerMessage(3, LogLevel.Error, "The handler of WebSocket {Session} of {Endpoint} failed.", EventName = "HandlerFailed")]
    internal static partial void HandlerFailed(ILogger logger, long session, string endpoint, Exception exception);

    [LoggerMessage(EventId = 4, EventName = "Refused", Message = "{Endpoint} refused a request for a WebSocket with {Status}: {Reason}")]
    internal static partial void Refused(ILogger logger, LogLevel level, string endpoint, int status, string reason);

    [LoggerMessage(5, LogLevel.Warning, "The handler of WebSocket {Session} of {Endpoint} still runs {Seconds:F0} s after the session has ended.", EventName = "HandlerRunsOn")]
    internal static partial void HandlerRunsOn(ILogger logger, long session, string endpoint, double seconds);

    [LoggerMessage(6, LogLevel.Error, "What was to choose the Close of WebSocket {Session} of {Endpoint} failed.", EventName = "CloseChoiceFailed")]
    internal static partial void CloseChoiceFailed(ILogger logger, long session, string endpoint, Exception exception);

    [LoggerMessage(7, LogLevel.Information, "The host stops: {Count} WebSockets are told.", EventName = "Stopping")]
    internal static partial void Stopping(ILogger logger, int count);
}
