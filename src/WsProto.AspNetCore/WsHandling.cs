using System;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using WsProto.Adapters;

namespace WsProto.AspNetCore;

/// <summary>
/// The session of an accepted request: its handler runs, and it is closed, whatever the handler, the client or the host do.
/// </summary>
internal sealed class WsHandling(WsEndpoint endpoint, HttpContext context, WsSession session, WsPlace place)
{
    internal const string ExpirationReason = "The ticket has expired.";

    /// <summary>Refuses a Close that cannot be sent: a connection for this check alone says so.</summary>
    internal static void ThrowIfUnsendable(CloseConnection close)
    {
        using var trial = WsConnection.Established(ConnectionRole.Server);
        trial.Send(close);
    }

    /// <summary>Runs the handler, and closes the session.</summary>
    internal async Task RunAsync(Func<WsSession, CancellationToken, Task> handler)
    {
        Activity? span = Spans.StartSession(session, place);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(session.Ending, place.Stopping, context.RequestAborted);
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
            (place.Stopping, context.RequestAborted, stopping));
        session.SetHandlerToken(ended.Token, stopping.Token);
        using CancellationTokenRegistration lost = context.RequestAborted.UnsafeRegister(
            static handling => _ = ((WsHandling)handling!).AbortLostAsync(), this);
        using TicketExpiry? expiry = StartExpiry();
        (CloseConnection close, Exception? failure) = await HandleAsync(handler, ended.Token).ConfigureAwait(false);
        if (context.RequestAborted.IsCancellationRequested && !session.Ending.IsCancellationRequested)
            await ReadToEndAsync().ConfigureAwait(false);
        WsCloseResult result = await session.CloseAsync(close.Code, close.Reason, CancellationToken.None).ConfigureAwait(false);
        Spans.EndSession(span, result, failure);
        Log.Ended(endpoint.Logger, session.Id, endpoint.Name, result.Cause, (int)result.Code, place.Duration.TotalSeconds);
    }

    /// <summary>
    /// Reads the session to its end. The server may notice before the session that the client is gone, because a session without a receiver
    /// pauses reading. The rest of the stream tells how the session ended, which our own Close would hide.
    /// </summary>
    private async ValueTask ReadToEndAsync()
    {
        WsSessionOptions options = endpoint.Options.Session;
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

    /// <summary>
    /// Ends a session that does not notice that its client is gone: it pauses reading, as nobody receives, and the server drops what it
    /// writes. Messages that wait can be received until then.
    /// </summary>
    private async Task AbortLostAsync()
    {
        WsSessionOptions options = endpoint.Options.Session;
        try
        {
            await session.Completion.WaitAsync(options.CloseTimeout, options.TimeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            session.Abort();
        }
    }

    /// <summary>Runs the handler.</summary>
    /// <returns>How to close the session, if it is still open, and what the handler threw; null for nothing.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "No middleware could answer any more: it is logged and closes the session.")]
    private async ValueTask<(CloseConnection Close, Exception? Failure)> HandleAsync(
        Func<WsSession, CancellationToken, Task> handler, CancellationToken ended)
    {
        try
        {
            Task running = handler(session, ended);
            if (!running.IsCompleted)
                _ = WatchAsync(running);
            await running.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The handler stopped because its token was cancelled.
        }
        catch (WsClosedException) when (session.State != ConnectionState.Open || session.Ending.IsCancellationRequested)
        {
            // The handler sent or received after the session had ended.
        }
        catch (Exception e)
        {
            Log.HandlerFailed(endpoint.Logger, session.Id, endpoint.Name, e);
            return (CloseFor(e), e);
        }

        return (new CloseConnection(place.Stopping.IsCancellationRequested ? CloseCode.GoingAway : CloseCode.NormalClosure), null);
    }

    [SuppressMessage("Design", "CA1031", Justification = "The failure is logged, and the default Close is sent.")]
    private CloseConnection CloseFor(Exception exception)
    {
        var usual = new CloseConnection(CloseCode.InternalError);
        if (endpoint.Options.OnException is not { } choose)
            return usual;
        try
        {
            CloseConnection close = choose(context, exception) ?? usual;
            ThrowIfUnsendable(close);
            return close;
        }
        catch (Exception e)
        {
            Log.CloseChoiceFailed(endpoint.Logger, session.Id, endpoint.Name, e);
            return usual;
        }
    }

    /// <summary>Logs a warning if the handler still runs a while after its session has ended.</summary>
    private async Task WatchAsync(Task running)
    {
        TimeSpan grace = endpoint.Options.HandlerGrace;
        if (await Task.WhenAny(running, session.Completion).ConfigureAwait(false) == running)
            return;
        if (await Task.WhenAny(running, Task.Delay(grace, endpoint.Host.Time)).ConfigureAwait(false) != running)
            Log.HandlerRunsOn(endpoint.Logger, session.Id, endpoint.Name, grace.TotalSeconds);
    }

    private TicketExpiry? StartExpiry()
    {
        if (!endpoint.Options.CloseOnAuthenticationExpiration
            || context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc is not { } expires)
        {
            return null;
        }

        CloseCode code = endpoint.Options.AuthenticationExpirationCode;
        return new TicketExpiry(
            expires, endpoint.Host.Time, () => _ = session.CloseAsync(code, ExpirationReason).AsTask());
    }
}
