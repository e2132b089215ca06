// How a listener stops: no more connections, Close 1001 to all sessions, a limited time for their ends, and then the rest is broken off.

using System;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Listening;

namespace WsProto.Adapters;

public sealed partial class WsListener
{
    /// <summary>
    /// Stops for good: accepts no more, breaks handshakes off, closes every session with <see cref="CloseCode.GoingAway"/>, waits for their
    /// ends and their handlers, at most <see cref="WsListenerOptions.ShutdownTimeout"/>, and then breaks off the sessions that are left. A
    /// handler that does not heed even that is not waited for.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting: what is left is broken off at once.</param>
    /// <returns>It completes when the listener has stopped, without an exception.</returns>
    public Task StopAsync(CancellationToken cancellationToken = default)
    {
        Task stopping;
        lock (_lock)
            stopping = _stopping ??= Task.Run(StopOnceAsync, CancellationToken.None);
        return cancellationToken.CanBeCanceled ? ForceStopAsync(stopping, cancellationToken) : stopping;
    }

    /// <summary>Stops as <see cref="StopAsync"/> does. It never throws.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None).ConfigureAwait(false);

    private async Task ForceStopAsync(Task stopping, CancellationToken cancellationToken)
    {
        using (cancellationToken.UnsafeRegister(_ => _force.Cancel(), null))
            await stopping.ConfigureAwait(false);
    }

    private async Task StopOnceAsync()
    {
        await CancelAsync(_stop).ConfigureAwait(false);
        _acceptor.Dispose();
        await (_accepting ?? Task.CompletedTask).ConfigureAwait(false);

        lock (_lock)
        {
            // From here on, a handshake that succeeds all the same ends in OpenAsync.
            _ready.Writer.Complete();
            if (_connections.Count == 0)
                _empty.TrySetResult();
        }

        while (_ready.Reader.TryRead(out PendingConnection? connection))
            _ = ReleaseOnCompletionAsync(connection);
        foreach (WsSession session in Sessions())
            _ = CloseAsync(session, CloseCode.GoingAway);
        _ = CancelAsync(_handlersStop);

        using var timer = new CancellationTokenSource(_options.ShutdownTimeout, _options.Accept.Session.TimeProvider);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, _force.Token);
        try
        {
            await _empty.Task.WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            WsSession[] rest = Sessions();
            foreach (WsSession session in rest)
                session.Abort();
            await Task.WhenAll(rest.Select(session => session.Completion)).ConfigureAwait(false);
        }
    }

    private WsSession[] Sessions()
    {
        lock (_lock)
            return [.. _connections.Select(connection => connection.Session).OfType<WsSession>()];
    }

    private static async Task CloseAsync(WsSession session, CloseCode code)
    {
        await session.CloseAsync(code).ConfigureAwait(false);
        await session.DisposeAsync().ConfigureAwait(false);
    }

    [SuppressMessage(
        "Design", "CA1031", Justification = "What applications have registered with the token must not keep the listener from stopping.")]
    private static async Task CancelAsync(CancellationTokenSource source)
    {
        try
        {
            await source.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // All the others were called.
        }
    }
}
