using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters;

namespace WsProto.AspNetCore;

/// <summary>
/// The place of a session among those of the application. It is taken before the connection is accepted, and given up after its end. It has
/// what ends the session's handler, so that a host that stops needs no registration for each session.
/// </summary>
[SuppressMessage("Usage", "CA2213", Justification = "Sources without timers hold no resources, and the host may be about to cancel one.")]
internal sealed class WsPlace(WsHost host, WsEndpoint endpoint, string carrier) : IDisposable
{
    private static readonly CancellationTokenSource _nobody = new();

    private readonly CancellationTokenSource _handler = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly long _begin = host.Time.GetTimestamp();

    /// <summary>What ends the wait of the host. Null until the host stops; <see cref="_nobody"/> after the place was given up.</summary>
    private CancellationTokenSource? _left;

    internal KeyValuePair<string, object?> Route { get; } = new("http.route", endpoint.Name);

    internal KeyValuePair<string, object?> Carrier { get; } = new("network.protocol.version", carrier);

    /// <summary>The session; null until the connection is accepted.</summary>
    internal WsSession? Session { get; set; }

    /// <summary>The token that the handler gets.</summary>
    internal CancellationToken HandlerToken => _handler.Token;

    /// <summary>
    /// Cancelled when the host stops, in this session's step of the shutdown, and when the client is gone: after <see
    /// cref="HandlerToken"/>, so that a handler whose wait is cancelled sees why.
    /// </summary>
    internal CancellationToken Stopping => _stopping.Token;

    /// <summary>Whether the host stops.</summary>
    internal bool IsStopping { get; private set; }

    internal TimeSpan Duration => host.Time.GetElapsedTime(_begin);

    /// <summary>Tells the handler that its session has ended.</summary>
    internal void NoteEnded() => _handler.Cancel();

    /// <summary>Tells the handler that its client is gone, which a session that does not read cannot know.</summary>
    internal void NoteLost()
    {
        try
        {
            _handler.Cancel();
        }
        finally
        {
            _stopping.Cancel();
        }
    }

    /// <summary>Cancels the handler's token, waits for <see cref="WsEndpointOptions.ShutdownGrace"/>, and closes the session.</summary>
    internal async Task StopAsync()
    {
        var left = new CancellationTokenSource();
        if (Interlocked.CompareExchange(ref _left, left, null) is not null)
            return;
        IsStopping = true;
        await CancelAsync(_handler).ConfigureAwait(false);
        await CancelAsync(_stopping).ConfigureAwait(false);
        await Task.Delay(endpoint.Options.ShutdownGrace, host.Time, left.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!left.IsCancellationRequested && Session is { } session)
            await session.CloseAsync(CloseCode.GoingAway, cancellationToken: CancellationToken.None).ConfigureAwait(false);
    }

    private async ValueTask CancelAsync(CancellationTokenSource source)
    {
        try
        {
            await source.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException e)
        {
            // A callback that the handler registered has thrown. The session is closed all the same.
            Log.HandlerFailed(endpoint.Logger, Session?.Id ?? 0, endpoint.Name, e);
        }
    }

    public void Dispose()
    {
        Interlocked.Exchange(ref _left, _nobody)?.Cancel();
        host.Leave(this, Duration, Session?.CloseResult);
    }
}
