using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters;

namespace WsProto.AspNetCore;

/// <summary>
/// The place of a session among those of the application. It is taken before the connection is accepted, and given up after its end.
/// </summary>
[SuppressMessage("Usage", "CA2213", Justification = "Sources without timers hold no resources, and the host may be about to cancel one.")]
internal sealed class WsPlace(WsHost host, WsEndpoint endpoint, string carrier) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _left = new();
    private readonly long _begin = host.Time.GetTimestamp();

    internal KeyValuePair<string, object?> Route { get; } = new("http.route", endpoint.Name);

    internal KeyValuePair<string, object?> Carrier { get; } = new("network.protocol.version", carrier);

    /// <summary>The session; null until the connection is accepted.</summary>
    internal WsSession? Session { get; set; }

    /// <summary>Cancelled when the host stops, in this session's step of the shutdown.</summary>
    internal CancellationToken Stopping => _stop.Token;

    internal TimeSpan Duration => host.Time.GetElapsedTime(_begin);

    /// <summary>Cancels the handler's token, waits for <see cref="WsEndpointOptions.ShutdownGrace"/>, and closes the session.</summary>
    internal async Task StopAsync()
    {
        CancellationToken left = _left.Token;
        try
        {
            await _stop.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException e)
        {
            // A callback that the handler registered has thrown. The session is closed all the same.
            Log.HandlerFailed(endpoint.Logger, Session?.Id ?? 0, endpoint.Name, e);
        }

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
