using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using WsProto.Adapters;

namespace WsProto.AspNetCore;

/// <summary>WebSockets within a handler that serves other requests too, such as a protocol that begins with polling.</summary>
public static class WsHttpContextExtensions
{
    /// <summary>
    /// Whether a request asks for a WebSocket: by <c>Upgrade: websocket</c> (RFC 6455 §4.1) or by an extended CONNECT (RFC 8441 §4). Whether
    /// it does so without a mistake, <see cref="ServeWebSocketAsync"/> judges.
    /// </summary>
    /// <param name="context">The request.</param>
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
    /// Judges a request as a route of <see cref="WsEndpointRouteBuilderExtensions"/> does, accepts it, and runs a handler until its session
    /// has ended. What is refused is answered, and the handler does not run.
    /// </summary>
    /// <param name="context">The request, whose response has not begun. Headers that it has go out with the answer.</param>
    /// <param name="options">What is accepted; keep one for all requests.</param>
    /// <param name="handler">Serves the session, as the handler of a route.</param>
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
