// One request to a WebSocket route, from its headers to the end of its session.
//
//   RunAsync     checks the request, then runs the route's filters and parameter binding
//   ServeAsync   runs last: asks the application, accepts the connection, runs the handler, closes the session
//
// Before the connection is accepted, a refusal is an HTTP response, and an exception reaches the middleware. Afterwards there is no
// response left to send: an exception closes the session.

using System;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
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
    [SuppressMessage("Reliability", "CA2000", Justification = "The session owns the transport; CloseAsync disposes of it.")]
    internal async Task ServeAsync(Func<WsSession, CancellationToken, Task> handler)
    {
        using WsPlace? place = _endpoint.Host.TryEnter(_endpoint, _carrier.Version);
        if (place is null)
        {
            string busy = _endpoint.Host.IsStopping ? "The server is stopping." : "The server has too many WebSockets.";
            await RefuseBusyAsync(busy).ConfigureAwait(false);
            return;
        }

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
            return;
        }

        AcceptConnection accept = answer.ToAccept(request, [.. _endpoint.Options.Subprotocols], [.. _endpoint.Options.Extensions])!;
        WsConnection connection = _carrier.Negotiation.Accept(accept, out ResponseHead head);
        if (await AcceptAsync(connection, head).ConfigureAwait(false) is not { } stream)
        {
            connection.Dispose();
            await RefuseBusyAsync("The server has too many upgraded connections.").ConfigureAwait(false);
            return;
        }

        WsSession session = WsSession.FromEstablished(new HttpTransport(_context, stream), connection, _endpoint.Options.Session);
        session.User = _context.User;
        place.Session = session;
        await RunHandlerAsync(session, handler, place).ConfigureAwait(false);
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

    private async Task RunHandlerAsync(WsSession session, Func<WsSession, CancellationToken, Task> handler, WsPlace place)
    {
        Log.Accepted(_endpoint.Logger, session.Id, _endpoint.Name, _carrier.Version);
        Activity? span = Spans.StartSession(session, place);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(session.Ending, place.Stopping, _context.RequestAborted);
        // What the handler waits for is cancelled after its own token is, so that it sees why.
        using var stopping = new CancellationTokenSource();
        using CancellationTokenRegistration stops = ended.Token.UnsafeRegister(
            static state =>
            {
                // A session that does not read, as nobody receives, does not know that its client is gone.
                (CancellationToken host, CancellationToken client, CancellationTokenSource stopping) =
                    ((CancellationToken, CancellationToken, CancellationTokenSource))state!;
                if (host.IsCancellationRequested || client.IsCancellationRequested)
                    stopping.Cancel();
            },
            (place.Stopping, _context.RequestAborted, stopping));
        session.SetHandlerToken(ended.Token, stopping.Token);
        using TicketExpiry? expiry = StartExpiry(session);
        (CloseConnection close, Exception? failure) = await HandleAsync(session, handler, place, ended.Token).ConfigureAwait(false);
        if (_context.RequestAborted.IsCancellationRequested && !session.Ending.IsCancellationRequested)
            await ReadToEndAsync(session).ConfigureAwait(false);
        WsCloseResult result = await session.CloseAsync(close.Code, close.Reason, CancellationToken.None).ConfigureAwait(false);
        Spans.EndSession(span, result, failure);
        Log.Ended(_endpoint.Logger, session.Id, _endpoint.Name, result.Cause, (int)result.Code, place.Duration.TotalSeconds);
    }

    /// <summary>
    /// Reads the session to its end. The server may notice before the session that the client is gone, because a session without a receiver
    /// pauses reading. The rest of the stream tells how the session ended, which our own Close would hide.
    /// </summary>
    private async ValueTask ReadToEndAsync(WsSession session)
    {
        WsSessionOptions options = _endpoint.Options.Session;
        using var limit = new CancellationTokenSource(options.CloseTimeout, options.TimeProvider);
        try
        {
            while (await session.ReceiveAsync(limit.Token).ConfigureAwait(false) is not null)
            {
                // Nobody receives these messages any more.
            }
        }
        catch (InvalidOperationException)
        {
            // The handler has left a receive in progress, which continues to read.
        }
        catch (OperationCanceledException)
        {
            // The stream of the server does not end within the limit.
        }
    }

    /// <summary>Runs the handler.</summary>
    /// <returns>How to close the session, if it is still open, and what the handler threw; null for nothing.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "No middleware could answer any more: it is logged and closes the session.")]
    private async ValueTask<(CloseConnection Close, Exception? Failure)> HandleAsync(
        WsSession session, Func<WsSession, CancellationToken, Task> handler, WsPlace place, CancellationToken ended)
    {
        try
        {
            Task running = handler(session, ended);
            if (!running.IsCompleted)
                _ = WatchAsync(session, running);
            await running.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The handler stopped because its token was cancelled.
        }
        catch (WsClosedException) when (session.Ending.IsCancellationRequested)
        {
            // The handler sent or received after the session had ended.
        }
        catch (Exception e)
        {
            Log.HandlerFailed(_endpoint.Logger, session.Id, _endpoint.Name, e);
            return (CloseFor(session, e), e);
        }

        return (new CloseConnection(place.Stopping.IsCancellationRequested ? CloseCode.GoingAway : CloseCode.NormalClosure), null);
    }

    [SuppressMessage("Design", "CA1031", Justification = "The failure is logged, and the default Close is sent.")]
    private CloseConnection CloseFor(WsSession session, Exception exception)
    {
        var usual = new CloseConnection(CloseCode.InternalError);
        if (_endpoint.Options.OnException is not { } choose)
            return usual;
        try
        {
            CloseConnection close = choose(_context, exception) ?? usual;
            // A connection for this check alone throws if the Close cannot be sent.
            using var trial = WsConnection.Established(ConnectionRole.Server);
            trial.Send(close);
            return close;
        }
        catch (Exception e)
        {
            Log.CloseChoiceFailed(_endpoint.Logger, session.Id, _endpoint.Name, e);
            return usual;
        }
    }

    /// <summary>Logs a warning if the handler still runs a while after its session has ended.</summary>
    private async Task WatchAsync(WsSession session, Task running)
    {
        TimeSpan grace = _endpoint.Options.HandlerGrace;
        if (await Task.WhenAny(running, session.Completion).ConfigureAwait(false) == running)
            return;
        if (await Task.WhenAny(running, Task.Delay(grace, _endpoint.Host.Time)).ConfigureAwait(false) != running)
            Log.HandlerRunsOn(_endpoint.Logger, session.Id, _endpoint.Name, grace.TotalSeconds);
    }

    private TicketExpiry? StartExpiry(WsSession session)
    {
        if (!_endpoint.Options.CloseOnAuthenticationExpiration
            || _context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc is not { } expires)
        {
            return null;
        }

        CloseCode code = _endpoint.Options.AuthenticationExpirationCode;
        return new TicketExpiry(
            expires, _endpoint.Host.Time, () => _ = session.CloseAsync(code, "The ticket has expired.").AsTask());
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
