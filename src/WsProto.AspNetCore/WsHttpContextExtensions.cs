using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using WsProto.Adapters;

namespace WsProto.AspNetCore;

/// <summary>Serves a WebSocket in a handler that serves other requests too, for example for a protocol that begins with polling.</summary>
public static class WsHttpContextExtensions
{
    /// <summary>
    /// Whether the request asks for a WebSocket: with <c>Upgrade: websocket</c> (RFC 6455 §4.1) or with an extended CONNECT (RFC 8441 §4).
    /// </summary>
    /// <param name="context">The request.</param>
    /// <returns>True if it asks for one. The request may still be invalid: <see cref="ServeWebSocketAsync"/> checks it.</returns>
    public static bool AsksForWebSocket(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
            return string.Equals(connect.Protocol, "websocket", StringComparison.OrdinalIgnoreCase);
        foreach (string? line in context.Request.Headers.Upgrade)
        {
            foreach (Range range in line.AsSpan().Split(','))
            {
                if (line.AsSpan(range).Trim(" \t").Equals("websocket", StringComparison.OrdinalIgnoreCase))
                    return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Checks a request as a route of <see cref="WsEndpointRouteBuilderExtensions"/> does, accepts it, and runs the handler.
    /// </summary>
    /// <param name="context">The request. Its response must not have started. Headers that are set on the response are sent.</param>
    /// <param name="options">What to accept. Use one instance for all requests.</param>
    /// <param name="handler">Serves the session, as the handler of a route does.</param>
    /// <returns>
    /// A task that completes when the session has ended. If the request is refused, the response is sent, and the handler does not run.
    /// </returns>
    public static Task ServeWebSocketAsync(
        this HttpContext context, WsEndpointOptions options, Func<WsSession, CancellationToken, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handler);
        var attempt = new WsAttempt(options.EndpointFor(context), context);
        return attempt.RunAsync(_ => attempt.ServeAsync(handler));
    }
}
