// One loop connects, again and again. A session passes through it to two sides:
//
//   connect ─▶ OnConnected ─┬▶ current session ─▶ SendAsync
//                           └▶ queue of sessions ─▶ ReadAllAsync, which takes all messages of one before it goes on to the next
//
// The loop goes on when a session has ended, whether its messages were read or not; but no more than two sessions hold messages that were
// not read.

using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Sessions;

namespace WsProto.Adapters;

public sealed partial class WsReconnectingClient
{
    private void Begin()
    {
        lock (_lock)
        {
            if (_running is not null || _stop.IsCancellationRequested)
                return;
            // The loop does not belong to the flow that started it.
            using (Flow.Suppress())
                _running = Task.Run(RunAsync);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever fails, there is a next attempt or the end, and both are told of it.")]
    private async Task RunAsync()
    {
        Exception? failure = null;
        try
        {
            for (int attempt = 1; ; attempt++)
            {
                Change(new WsReconnectChange { State = WsReconnectState.Connecting });
                await TakePlaceAsync().ConfigureAwait(false);
                try
                {
                    WsSession session = await OpenAsync().ConfigureAwait(false);
                    long since = _options.TimeProvider.GetTimestamp();
                    failure = new WsClosedException(await ServeAsync(session).ConfigureAwait(false));
                    if (_options.TimeProvider.GetElapsedTime(since) >= _options.StableAfter)
                        attempt = 1;
                }
                catch (Exception e)
                {
                    failure = e;
                    _places.Release();
                }

                if (_stop.IsCancellationRequested)
                    break;
                if (_options.Decide(attempt, failure) is not { } delay)
                    break;
                await WaitAsync(delay, failure).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            // The policy has thrown, or it was closed while it waited.
            failure = e;
        }

        await StopAsync(_stop.IsCancellationRequested ? null : failure).ConfigureAwait(false);
    }

    /// <summary>Waits before the next attempt, or until nobody wants to wait any longer.</summary>
    private async Task WaitAsync(TimeSpan delay, Exception failure)
    {
        var hurry = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
            _waiting = hurry;
        // Who sees that it waits sees a timer that is set.
        Task waiting = hurry.Task.WaitAsync(delay, _options.TimeProvider, _stop.Token);
        Change(new WsReconnectChange { State = WsReconnectState.Waiting, Delay = delay, Failure = failure });
        try
        {
            await waiting.ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // As long as it was to wait.
        }

        lock (_lock)
            _waiting = null;
    }

    /// <summary>Connects, and lets the application have the session first.</summary>
    private async Task<WsSession> OpenAsync()
    {
        WsSession session = await _connect(_stop.Token).ConfigureAwait(false);
        try
        {
            // Who closes the client does not wait for what a server does not send.
            using (_stop.Token.UnsafeRegister(static session => ((WsSession)session!).Abort(), session))
            {
                if (_options.OnConnected is { } prepare)
                    await prepare(session, _stop.Token).ConfigureAwait(false);
            }

            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Hands a session to both sides until it has ended.</summary>
    private async Task<WsCloseResult> ServeAsync(WsSession session)
    {
        // A reader that is behind does not delay the next connection. Its answers go out on that one.
        session.AnswerCloseAtOnce();
        lock (_lock)
        {
            _session = session;
            _sessions.Writer.TryWrite(session);
            _next.TrySetResult(session);
        }

        Change(new WsReconnectChange { State = WsReconnectState.Connected, Session = session });
        // Closed in the moment in which it came.
        if (_stop.IsCancellationRequested)
            await session.CloseAsync().ConfigureAwait(false);
        WsCloseResult result = await session.Completion.ConfigureAwait(false);
        Leave(session);
        return result;
    }

    /// <summary>From here on, senders wait for the next session. The first who knows that this one has ended calls it.</summary>
    private void Leave(WsSession session)
    {
        lock (_lock)
        {
            if (_session != session)
                return;
            _session = null;
            _next = NewSource();
        }
    }

    /// <summary>
    /// While nobody reads, the oldest session is let go, with what it has not delivered; or who only sends would stay away.
    /// </summary>
    private async Task TakePlaceAsync()
    {
        bool hasReader;
        lock (_lock)
            hasReader = _hasReader;
        if (!hasReader && _places.CurrentCount == 0 && TryTakeOldest() is { } oldest)
            await DropAsync(oldest).ConfigureAwait(false);
        await _places.WaitAsync(_stop.Token).ConfigureAwait(false);
    }

    private Task StopAsync(Exception? failure)
    {
        bool isNormal = failure is null or WsClosedException { Cause: WsCloseCause.Peer, Code: CloseCode.NormalClosure };
        // Who sees the end of the messages sees the state that belongs to it.
        Change(new WsReconnectChange { State = WsReconnectState.Stopped, Failure = failure });
        lock (_lock)
        {
            _sessions.Writer.TryComplete(isNormal ? null : failure);
            string why = failure is null ? "The client was closed." : $"The client has given up: {failure.Message}";
            _next.TrySetException(new WsClosedException(why, failure));
            // Nobody may be waiting for it.
            _ = _next.Task.Exception;
        }

        return Task.CompletedTask;
    }

    /// <summary>The session to read from: the one that the last enumeration left, or the next.</summary>
    private async ValueTask<WsSession?> NextSessionAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_reading is not null)
                return _reading;
        }

        while (await _sessions.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            lock (_lock)
            {
                if (_sessions.Reader.TryRead(out _reading))
                    return _reading;
            }
        }

        return null;
    }

    private WsSession? TryTakeOldest()
    {
        lock (_lock)
        {
            if (_reading is null)
                _sessions.Reader.TryRead(out _reading);
            return _reading;
        }
    }

    /// <summary>Gives back a session from which nothing more is to be read.</summary>
    private async ValueTask DropAsync(WsSession session)
    {
        lock (_lock)
        {
            if (_reading != session)
                return;
            _reading = null;
        }

        await session.DisposeAsync().ConfigureAwait(false);
        _places.Release();
    }

    [SuppressMessage("Design", "CA1031", Justification = "Who is told has no say in what goes on.")]
    private void Change(WsReconnectChange change)
    {
        lock (_lock)
            _state = change.State;
        try
        {
            _options.OnStateChanged?.Invoke(change);
        }
        catch (Exception)
        {
            // As documented.
        }
    }

    private static TaskCompletionSource<WsSession> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
