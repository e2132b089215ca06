// One request to a WebSocket route, from its first header to the end of its session.
//
//   RunAsync     judges the request, then lets the route's filters and binding run
//   ServeAsync   innermost: asks the application, accepts, runs the handler, closes
//
// What is refused before the connection is accepted is an HTTP answer, and what is thrown there reaches the middleware. After it there is only the session.

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
        context.Features.Get<WsAttempt>() ?? throw new InvalidOperationException("This is no request to a WebSocket route.");

    /// <summary>Judges the request, and runs the route if it asks for a WebSocket.</summary>
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
    [SuppressMessage("Reliability", "CA2000", Justification = "The transport is the session's, which CloseAsync ends.")]
    internal async Task ServeAsync(Func<WsSession, CancellationToken, Task> handler)
    {
        using WsPlace? place = _endpoint.Host.TryEnter(_endpoint, _carrier.Version);
        if (place is null)
        {
            await RefuseBusyAsync(_endpoint.Host.IsStopping ? "The server stops." : "There are too many WebSockets.").ConfigureAwait(false);
            return;
        }

        Request request = _carrier.Negotiation.Request!;
        WsResponse answer = _endpoint.Options.OnRequest is { } decide
            ? await decide(_context, request).ConfigureAwait(false) ?? throw new InvalidOperationException("OnRequest returned null.")
            : WsResponse.Accept();
        if (answer.Refusal is { } refusal)
        {
            if (refusal.StatusCode < StatusCodes.Status300MultipleChoices)
                throw new InvalidOperationException($"A WebSocket is refused with 300 to 599, and not with {refusal.StatusCode}, which would open it over HTTP/2.");
            await RefuseAsync(refusal.StatusCode, refusal.Headers, refusal.Body, "The application refused it.").ConfigureAwait(false);
            return;
        }

        AcceptConnection accept = answer.ToAccept(request, [.. _endpoint.Options.Subprotocols], [.. _endpoint.Options.Extensions])!;
        WsConnection connection = _carrier.Negotiation.Accept(accept, out ResponseHead head);
        if (await AcceptAsync(connection, head).ConfigureAwait(false) is not { } stream)
        {
            connection.Dispose();
            await RefuseBusyAsync("The host takes no more upgraded connections.").ConfigureAwait(false);
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
            await RefuseBusyAsync("The server stops.").ConfigureAwait(false);
            return false;
        }

        if (_carrier.Negotiation.Request is not { } request)
        {
            RejectConnection response = _carrier.Negotiation.Failure!.Response!;
            string reason = _carrier.Describe(_carrier.Negotiation.Failure);
            await RefuseAsync(response.StatusCode, _carrier.SendableOf(response.Headers), reason).ConfigureAwait(false);
            return false;
        }

        // "An HTTP/1.1 or higher GET request" (RFC 6455 §4.2.1); Kestrel would upgrade it all the same.
        if (_carrier.Version == "1.0")
        {
            const string Reason = "A WebSocket is opened over HTTP/1.1, and this is HTTP/1.0; a proxy on the way may have made it that.";
            await RefuseAsync(StatusCodes.Status400BadRequest, [], Reason).ConfigureAwait(false);
            return false;
        }

        // Host and scheme as middleware left them, which may know what a proxy was asked.
        if (!_endpoint.Options.Origins.Allows(request with { Host = _context.Request.Host.Value ?? request.Host }, _context.Request.IsHttps))
        {
            string origin = string.Join(", ", request.ExtraHeaders.GetValues("Origin"));
            await RefuseAsync(StatusCodes.Status403Forbidden, [], $"The origin '{origin}' may not connect to {_context.Request.Scheme}://{_context.Request.Host}.").ConfigureAwait(false);
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

    /// <summary>The stream of the connection; null where the host has too many.</summary>
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
            // The limit of the host for upgraded connections is reached.
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
        session.SetHandlerToken(ended.Token, place.Stopping);
        using ITimer? expiry = StartExpiry(session);
        (CloseConnection close, Exception? failure) = await HandleAsync(session, handler, place, ended.Token).ConfigureAwait(false);
        if (_context.RequestAborted.IsCancellationRequested && !session.Ending.IsCancellationRequested)
            await ReadToEndAsync(session).ConfigureAwait(false);
        WsCloseResult result = await session.CloseAsync(close.Code, close.Reason, CancellationToken.None).ConfigureAwait(false);
        Spans.EndSession(span, result, failure);
        Log.Ended(_endpoint.Logger, session.Id, _endpoint.Name, result.Cause, (int)result.Code, place.Duration.TotalSeconds);
    }

    /// <summary>
    /// The server may know that the client is gone before the session does, whose reading pauses where nobody receives. What is left to
    /// read says how it ended, and not our Close.
    /// </summary>
    private async ValueTask ReadToEndAsync(WsSession session)
    {
        WsSessionOptions options = _endpoint.Options.Session;
        using var limit = new CancellationTokenSource(options.CloseTimeout, options.TimeProvider);
        try
        {
            while (await session.ReceiveAsync(limit.Token).ConfigureAwait(false) is not null)
            {
                // Nobody wants it any more.
            }
        }
        catch (InvalidOperationException)
        {
            // The handler left a receive behind, which reads on.
        }
        catch (OperationCanceledException)
        {
            // The server's stream does not end.
        }
    }

    /// <summary>Runs the handler.</summary>
    /// <returns>How to close the session, if it is still open, and what the handler threw; null for nothing.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "There is no middleware behind it that could answer: it is logged and closes the session.")]
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
            // As it was told.
        }
        catch (WsClosedException) when (session.Ending.IsCancellationRequested)
        {
            // It sent or received when the session had ended.
        }
        catch (Exception e)
        {
            Log.HandlerFailed(_endpoint.Logger, session.Id, _endpoint.Name, e);
            return (CloseFor(session, e), e);
        }

        return (new CloseConnection(place.Stopping.IsCancellationRequested ? CloseCode.GoingAway : CloseCode.NormalClosure), null);
    }

    [SuppressMessage("Design", "CA1031", Justification = "A choice that fails is logged, and the default is taken.")]
    private CloseConnection CloseFor(WsSession session, Exception exception)
    {
        var usual = new CloseConnection(CloseCode.InternalError);
        if (_endpoint.Options.OnException is not { } choose)
            return usual;
        try
        {
            CloseConnection close = choose(_context, exception) ?? usual;
            // Whether it can be sent is asked of the protocol.
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

    /// <summary>Warns of a handler that runs on after its session.</summary>
    private async Task WatchAsync(WsSession session, Task running)
    {
        TimeSpan grace = _endpoint.Options.HandlerGrace;
        if (await Task.WhenAny(running, session.Completion).ConfigureAwait(false) == running)
            return;
        if (await Task.WhenAny(running, Task.Delay(grace, _endpoint.Host.Time)).ConfigureAwait(false) != running)
            Log.HandlerRunsOn(_endpoint.Logger, session.Id, _endpoint.Name, grace.TotalSeconds);
    }

    private ITimer? StartExpiry(WsSession session)
    {
        if (!_endpoint.Options.CloseOnAuthenticationExpiration
            || _context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc is not { } expires)
        {
            return null;
        }

        TimeProvider time = _endpoint.Host.Time;
        TimeSpan left = expires - time.GetUtcNow();
        return time.CreateTimer(
            _ => _ = session.CloseAsync(_endpoint.Options.AuthenticationExpirationCode, "The ticket has expired.").AsTask(),
            null,
            left > TimeSpan.Zero ? left : TimeSpan.Zero,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>Over HTTP/2 any 2xx says that the WebSocket is open (RFC 8441 §5), which a filter that answers by itself did not mean.</summary>
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
        RefuseAsync(status, headers.Set("Content-Type", "text/plain; charset=utf-8"), System.Text.Encoding.UTF8.GetBytes(reason + "\n"), reason);

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
