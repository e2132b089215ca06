// One request to a WebSocket route, from its headers to the end of its session.
//
//   RunAsync     checks the request, then runs the route's filters and parameter binding
//   ServeAsync   runs last: asks the application, accepts the connection; WsHandling runs the handler and closes the session
//
// Before the connection is accepted, a refusal is an HTTP response, and an exception reaches the middleware. Afterwards there is no
// response left to send: an exception closes the session.

using System;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Logging;
using WsProto.Adapters;

namespace WsProto.AspNetCore;

internal sealed class WsAttempt
{
    private readonly WsEndpoint _endpoint;
    private readonly HttpContext _context;
    private readonly WsCarrier _carrier;
    private bool _isAccepted;

    internal WsAttempt(WsEndpoint endpoint, HttpContext context)
    {
        _endpoint = endpoint;
        _context = context;
        _carrier = WsCarrier.Of(context, endpoint.Options.Session.Connection);
    }

    internal static WsAttempt Of(HttpContext context) =>
        context.Features.Get<WsAttempt>() ?? throw new InvalidOperationException("The request was not made to a WebSocket route.");

    /// <summary>Checks the request, and runs the route if the request asks for a WebSocket.</summary>
    internal async Task RunAsync(RequestDelegate route)
    {
        if (!await JudgeAsync().ConfigureAwait(false))
            return;
        _context.Features.Set(this);
        _context.Response.OnStarting(NeverOpenByAccident);
        await route(_context).ConfigureAwait(false);
        if (!_isAccepted && !_context.Response.HasStarted)
            await NeverOpenByAccident().ConfigureAwait(false);
    }

    /// <summary>Asks the application, accepts the connection, and runs the handler until the session has ended.</summary>
    internal async Task ServeAsync(Func<WsSession, CancellationToken, Task> handler)
    {
        if (await OpenAsync().ConfigureAwait(false) is { } handling)
            await handling.RunAsync(handler).ConfigureAwait(false);
    }

    /// <summary>Asks the application, and accepts the connection. Returns null if the request was refused.</summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "The place is given up after the session.")]
    private async Task<WsHandling?> OpenAsync()
    {
        WsPlace? place = _endpoint.Host.TryEnter(_endpoint, _carrier.Version);
        if (place is null)
        {
            string busy = _endpoint.Host.IsStopping ? "The server is stopping." : "The server has too many WebSockets.";
            await RefuseBusyAsync(busy).ConfigureAwait(false);
            return null;
        }

        try
        {
            place.Session = await OpenSessionAsync().ConfigureAwait(false);
        }
        finally
        {
            if (place.Session is null)
                place.Dispose();
        }

        if (place.Session is not { } session)
            return null;
        Log.Accepted(_endpoint.Logger, session.Id, _endpoint.Name, _carrier.Version);
        return new WsHandling(_endpoint, _context, session, place);
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "The session owns the transport; its end disposes of it.")]
    private async Task<WsSession?> OpenSessionAsync()
    {
        Request request = _carrier.Negotiation.Request!;
        WsResponse answer = _endpoint.Options.OnRequest is { } decide
            ? await decide(_context, request).ConfigureAwait(false) ?? throw new InvalidOperationException("OnRequest returned null.")
            : WsResponse.Accept();
        if (answer.Refusal is { } refusal)
        {
            if (refusal.StatusCode < StatusCodes.Status300MultipleChoices)
            {
                throw new InvalidOperationException(
                    $"A WebSocket is refused with a status of 300 to 599, not {refusal.StatusCode}: "
                    + "over HTTP/2 any 2xx opens the WebSocket.");
            }

            const string Reason = "The application refused the request.";
            await RefuseAsync(refusal.StatusCode, refusal.Headers, refusal.Body, Reason).ConfigureAwait(false);
            return null;
        }

        AcceptConnection accept = answer.ToAccept(request, [.. _endpoint.Options.Subprotocols], [.. _endpoint.Options.Extensions])!;
        WsConnection connection = _carrier.Negotiation.Accept(accept, out ResponseHead head);
        if (await AcceptAsync(connection, head).ConfigureAwait(false) is not { } stream)
        {
            connection.Dispose();
            await RefuseBusyAsync("The server has too many upgraded connections.").ConfigureAwait(false);
            return null;
        }

        WsSession session = WsSession.FromEstablished(
            new HttpTransport(_context.Features.Get<IHttpConnectionFeature>(), stream), connection, _endpoint.Options.Session);
        session.User = _context.Features.Get<IHttpAuthenticationFeature>()?.User;
        return session;
    }

    private async ValueTask<bool> JudgeAsync()
    {
        if (_endpoint.Host.IsStopping)
        {
            await RefuseBusyAsync("The server is stopping.").ConfigureAwait(false);
            return false;
        }

        if (_carrier.Negotiation.Request is not { } request)
        {
            RejectConnection response = _carrier.Negotiation.Failure!.Response!;
            string reason = _carrier.Describe(_carrier.Negotiation.Failure);
            await RefuseAsync(response.StatusCode, _carrier.SendableOf(response.Headers), reason).ConfigureAwait(false);
            return false;
        }

        // "An HTTP/1.1 or higher GET request" (RFC 6455 §4.2.1). Kestrel would upgrade HTTP/1.0 too.
        if (_carrier.Version == "1.0")
        {
            const string Reason = "A WebSocket needs HTTP/1.1, but the request is HTTP/1.0; a proxy on the way may have changed it.";
            await RefuseAsync(StatusCodes.Status400BadRequest, [], Reason).ConfigureAwait(false);
            return false;
        }

        // The host and the scheme as middleware left them: forwarded headers may name the ones that the client used.
        Request asked = request with { Host = _context.Request.Host.Value ?? request.Host };
        if (!_endpoint.Options.Origins.Allows(asked, _context.Request.IsHttps))
        {
            string origin = string.Join(", ", request.ExtraHeaders.GetValues("Origin"));
            string reason = $"The origin '{origin}' may not connect to {_context.Request.Scheme}://{_context.Request.Host}.";
            await RefuseAsync(StatusCodes.Status403Forbidden, [], reason).ConfigureAwait(false);
            return false;
        }

        if (!_carrier.IsSupported)
        {
            throw new InvalidOperationException(
                "The server cannot hand out connections. Kestrel can; TestServer cannot: "
                + "run tests on Kestrel in memory (package WsProto.AspNetCore.Testing) or on a port of loopback.");
        }

        return true;
    }

    /// <summary>Accepts the connection. Returns its stream, or null if the host has reached its limit of upgraded connections.</summary>
    private async ValueTask<Stream?> AcceptAsync(WsConnection connection, ResponseHead head)
    {
        foreach (HeaderField field in head.Headers.Where(field => _carrier.MaySend(field.Name)))
            _context.Response.Headers.Append(field.Name, field.Value);
        _context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        if (!_endpoint.Options.CountsInHttpMetrics && _context.Features.Get<IHttpMetricsTagsFeature>() is { } metrics)
            metrics.MetricsDisabled = true;
        _isAccepted = true;
        try
        {
            return await _carrier.AcceptAsync().ConfigureAwait(false);
        }
        catch (InvalidOperationException) when (!_context.Response.HasStarted)
        {
            // The host has reached its limit of upgraded connections (KestrelServerLimits.MaxConcurrentUpgradedConnections).
            _isAccepted = false;
            foreach (HeaderField field in head.Headers)
                _context.Response.Headers.Remove(field.Name);
            return null;
        }
    }

    /// <summary>
    /// Changes a 2xx to 500 if the connection was not accepted. Over HTTP/2 any 2xx opens the WebSocket (RFC 8441 §5), which a filter that
    /// answers the request itself does not intend.
    /// </summary>
    private Task NeverOpenByAccident()
    {
        if (!_isAccepted && _context.Response.StatusCode < StatusCodes.Status300MultipleChoices)
            _context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        return Task.CompletedTask;
    }

    private Task RefuseBusyAsync(string reason)
    {
        string seconds = Math.Ceiling(_endpoint.Options.RetryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return RefuseAsync(StatusCodes.Status503ServiceUnavailable, [("Retry-After", seconds)], reason);
    }

    private Task RefuseAsync(int status, HeaderList headers, string reason) =>
        RefuseAsync(
            status,
            headers.Set("Content-Type", "text/plain; charset=utf-8"),
            System.Text.Encoding.UTF8.GetBytes(reason + "\n"),
            reason);

    private async Task RefuseAsync(int status, HeaderList headers, ReadOnlyMemory<byte> body, string reason)
    {
        LogLevel level = _endpoint.LevelOfRefusal();
        Log.Refused(_endpoint.Logger, level, _endpoint.Name, status, reason);
        _endpoint.Host.CountRefusal(_endpoint, status);
        _context.Response.StatusCode = status;
        foreach (HeaderField field in headers)
            _context.Response.Headers.Append(field.Name, field.Value);
        if (!body.IsEmpty)
            await _context.Response.Body.WriteAsync(body).ConfigureAwait(false);
    }
}
