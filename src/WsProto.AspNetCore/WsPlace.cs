using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters;

namespace WsProto.AspNetCore;

/// <summary>The place of one session among those of the application, from before it is accepted until after its end.</summary>
[SuppressMessage("Usage", "CA2213", Justification = "Sources without timers hold nothing, and the host may be about to cancel one.")]
internal sealed class WsPlace(WsHost host, WsEndpoint endpoint, string carrier) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _left = new();
    private readonly long _begin = host.Time.GetTimestamp();

    internal KeyValuePair<string, object?> Route { get; } = new("http.route", endpoint.Name);

    internal KeyValuePair<string, object?> Carrier { get; } = new("network.protocol.version", carrier);

    /// <summary>The session, once there is one.</summary>
    internal WsSession? Session { get; set; }

    /// <summary>Cancelled when the host stops and it is this session's turn.</summary>
    internal CancellationToken Stopping => _stop.Token;

    internal TimeSpan Duration => host.Time.GetElapsedTime(_begin);

    /// <summary>Tells the handler, waits a while, and closes the session.</summary>
    internal async Task StopAsync()
    {
        CancellationToken left = _left.Token;
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.Delay(endpoint.Options.ShutdownGrace, host.Time, left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!left.IsCancellationRequested && Session is { } session)
            await session.CloseAsync(CloseCode.GoingAway, cancellationToken: CancellationToken.None).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _left.Cancel();
        host.Leave(this, Duration, Session?.CloseResult);
    }
}
