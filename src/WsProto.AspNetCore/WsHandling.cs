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

    private Activity? _span;
    private volatile bool _hasReturned;

    /// <summary>Refuses a Close that cannot be sent: a connection for this check alone says so.</summary>
    internal static void ThrowIfUnsendable(CloseConnection close)
    {
        using var trial = WsConnection.Established(ConnectionRole.Server);
        trial.Send(close);
    }

    /// <summary>Runs the handler, closes the session, and gives up its place.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "No middleware could answer any more: it is logged and closes the session.")]
    internal async Task RunAsync(Func<WsSession, CancellationToken, Task> handler)
    {
        using WsPlace given = place;
        _span = Spans.StartSession(session, place);
        session.SetHandlerToken(place.HandlerToken, place.Stopping);
        // No registration with the session outlives it.
        session.Ending.UnsafeRegister(static handling => ((WsHandling)handling!).OnEnding(), this);
        using CancellationTokenRegistration lost = context.RequestAborted.UnsafeRegister(
            static handling => ((WsHandling)handling!).OnLost(), this);
        using TicketExpiry? expiry = StartExpiry();
        Exception? failure = null;
        try
        {
            await handler(session, place.HandlerToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = IsFailure(e) ? e : null;
        }

        await CloseAsync(failure).ConfigureAwait(false);
    }

    /// <summary>Whether an exception is the handler's own, and not how it learned that it is to end.</summary>
    private bool IsFailure(Exception e) => e switch
    {
        OperationCanceledException => !place.HandlerToken.IsCancellationRequested,
        // It sent or received after the session had ended.
        WsClosedException => session.State == ConnectionState.Open && !session.Ending.IsCancellationRequested,
        _ => true,
    };

    private async Task CloseAsync(Exception? failure)
    {
        _hasReturned = true;
        if (failure is not null)
            Log.HandlerFailed(endpoint.Logger, session.Id, endpoint.Name, failure);
        CloseConnection close = failure is not null
            ? CloseFor(failure)
            : new CloseConnection(place.IsStopping ? CloseCode.GoingAway : CloseCode.NormalClosure);
        if (context.RequestAborted.IsCancellationRequested && !session.Ending.IsCancellationRequested)
            await ReadToEndAsync().ConfigureAwait(false);
        WsCloseResult result = await session.CloseAsync(close.Code, close.Reason, CancellationToken.None).ConfigureAwait(false);
        Spans.EndSession(_span, result, failure);
        Log.Ended(endpoint.Logger, session.Id, endpoint.Name, result.Cause, (int)result.Code, place.Duration.TotalSeconds);
    }

    private void OnEnding()
    {
        _ = WatchAsync();
        place.NoteEnded();
    }

    private void OnLost()
    {
        _ = AbortLostAsync();
        place.NoteLost();
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
    private async Task WatchAsync()
    {
        TimeSpan grace = endpoint.Options.HandlerGrace;
        await session.Completion.ConfigureAwait(false);
        if (_hasReturned)
            return;
        await Task.Delay(grace, endpoint.Host.Time).ConfigureAwait(false);
        if (!_hasReturned)
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
