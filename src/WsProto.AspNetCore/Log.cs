using System;
using Microsoft.Extensions.Logging;

namespace WsProto.AspNetCore;

/// <summary>The log messages of the category <c>WsProto.AspNetCore</c>. None contains a payload, a query or a token.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Debug, "WebSocket {Session} of {Endpoint} accepted over {Carrier}.", EventName = "Accepted")]
    internal static partial void Accepted(ILogger logger, long session, string endpoint, string carrier);

    [LoggerMessage(
        2, LogLevel.Debug, "WebSocket {Session} of {Endpoint} ended by {Cause} with {Code} after {Seconds:F1} s.", EventName = "Ended")]
    internal static partial void Ended(
        ILogger logger, long session, string endpoint, Adapters.WsCloseCause cause, int code, double seconds);

    [LoggerMessage(3, LogLevel.Error, "The handler of WebSocket {Session} of {Endpoint} failed.", EventName = "HandlerFailed")]
    internal static partial void HandlerFailed(ILogger logger, long session, string endpoint, Exception exception);

    [LoggerMessage(EventId = 4, EventName = "Refused", Message = "{Endpoint} refused a request for a WebSocket with {Status}: {Reason}")]
    internal static partial void Refused(ILogger logger, LogLevel level, string endpoint, int status, string reason);

    [LoggerMessage(
        5,
        LogLevel.Warning,
        "The handler of WebSocket {Session} of {Endpoint} still runs {Seconds:F0} s after the session has ended.",
        EventName = "HandlerRunsOn")]
    internal static partial void HandlerRunsOn(ILogger logger, long session, string endpoint, double seconds);

    [LoggerMessage(
        6,
        LogLevel.Error,
        "OnException of WebSocket {Session} of {Endpoint} chose no Close that can be sent.",
        EventName = "CloseChoiceFailed")]
    internal static partial void CloseChoiceFailed(ILogger logger, long session, string endpoint, Exception exception);

    [LoggerMessage(7, LogLevel.Information, "The host is stopping: closing {Count} WebSockets.", EventName = "Stopping")]
    internal static partial void Stopping(ILogger logger, int count);
}
