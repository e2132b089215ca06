using System;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using WsProto.Adapters;

namespace WsProto.AspNetCore;

/// <summary>
/// The spans of the activity source <c>WsProto.AspNetCore</c>: one for each session, and one for each message of
/// <see cref="WsScopeExtensions.ForEachInScopeAsync"/>. That of a session lasts for hours, so it is never the current one: a message begins
/// a trace of its own, which has a link to the session.
/// </summary>
internal static class Spans
{
    private const string FaultOfListener = "A listener that throws must harm neither a session nor a message.";

    private static readonly ActivitySource _source = new("WsProto.AspNetCore");
    private static readonly ConditionalWeakTable<WsSession, Activity> _sessions = [];

    /// <summary>Starts the span of a session, within that of its request. No span is current afterwards.</summary>
    [SuppressMessage("Design", "CA1031", Justification = FaultOfListener)]
    internal static Activity? StartSession(WsSession session, WsPlace place)
    {
        Activity? span = null;
        try
        {
            span = _source.StartActivity(
                "websocket session", ActivityKind.Internal, default(ActivityContext), [place.Route, place.Carrier]);
            if (span is not null)
                _sessions.Add(session, span);
        }
        catch (Exception)
        {
            // As if nobody listened.
        }

        Activity.Current = null;
        return span;
    }

    /// <summary>Ends the span of a session.</summary>
    /// <param name="span">The span.</param>
    /// <param name="result">How the session ended.</param>
    /// <param name="failure">What the handler threw; null for nothing.</param>
    internal static void EndSession(Activity? span, WsCloseResult result, Exception? failure)
    {
        span?.SetTag("wsproto.close.code", (int)result.Code).SetTag("wsproto.close.cause", result.Cause.ToString());
        End(span, failure);
    }

    /// <summary>Starts the span of a message, which is current until it ends.</summary>
    [SuppressMessage("Design", "CA1031", Justification = FaultOfListener)]
    internal static Activity? StartMessage(WsSession session)
    {
        if (!_source.HasListeners())
            return null;
        Activity.Current = null;
        try
        {
            ActivityLink[] links = _sessions.TryGetValue(session, out Activity? span) ? [new ActivityLink(span.Context)] : [];
            return _source.StartActivity("websocket message", ActivityKind.Consumer, default(ActivityContext), links: links);
        }
        catch (Exception)
        {
            // It may have been made current before the listener was told.
            Activity.Current = null;
            return null;
        }
    }

    /// <summary>Ends a span.</summary>
    /// <param name="span">The span.</param>
    /// <param name="failure">What was thrown; null for nothing.</param>
    [SuppressMessage("Design", "CA1031", Justification = FaultOfListener)]
    internal static void End(Activity? span, Exception? failure)
    {
        if (span is null)
            return;
        if (failure is not null)
            span.SetStatus(ActivityStatusCode.Error).SetTag("error.type", failure.GetType().FullName);
        try
        {
            span.Dispose();
        }
        catch (Exception)
        {
            // It has ended all the same.
        }
    }
}
