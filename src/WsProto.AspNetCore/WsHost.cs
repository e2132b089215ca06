// All sessions of an application: their number, their instruments, and their end when the host stops.

using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using WsProto.Adapters;

namespace WsProto.AspNetCore;

internal sealed class WsHost
{
    private const string Name = "WsProto.AspNetCore";

    /// <summary>The maximum number of steps of a shutdown.</summary>
    private const int MostSteps = 50;

    /// <summary>The hosts of applications that did not register one. Each lives as long as its application.</summary>
    private static readonly ConditionalWeakTable<IHostApplicationLifetime, WsHost> _unregistered = [];

    private readonly Lock _lock = new();
    private readonly HashSet<WsPlace> _places = [];
    private readonly WsHostOptions _options;
    private readonly ILogger _logger;
    private readonly UpDownCounter<long> _active;
    private readonly Histogram<double> _durations;
    private readonly Counter<long> _refusals;

    [SuppressMessage("Reliability", "CA2000", Justification = "The meter lives as long as the application.")]
    public WsHost(IServiceProvider services)
    {
        _options = services.GetRequiredService<IOptions<WsHostOptions>>().Value;
        _logger = services.GetService<ILoggerFactory>()?.CreateLogger(Name) ?? (ILogger)NullLogger.Instance;
        Meter meter = services.GetService<IMeterFactory>()?.Create(Name) ?? new Meter(Name);
        _active = meter.CreateUpDownCounter<long>("wsproto.server.sessions.active", "{session}", "Sessions that are open or closing.");
        _durations = meter.CreateHistogram<double>("wsproto.server.session.duration", "s", "How long sessions lasted.");
        _refusals = meter.CreateCounter<long>("wsproto.server.refusals", "{request}", "Requests that opened no WebSocket, by status.");
        IHostApplicationLifetime? lifetime = services.GetService<IHostApplicationLifetime>();
        lifetime?.ApplicationStopping.Register(() => _ = StopAsync());
    }

    internal bool IsStopping { get; private set; }

    internal TimeProvider Time => _options.TimeProvider;

    internal int Count
    {
        get
        {
            lock (_lock)
                return _places.Count;
        }
    }

    internal static WsHost Of(IServiceProvider services) =>
        services.GetService<WsHost>()
        ?? _unregistered.GetValue(services.GetRequiredService<IHostApplicationLifetime>(), _ => new WsHost(services));

    /// <summary>Gets a place for a session. Returns null if the limit is reached, or the host is stopping.</summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "A place that was not taken holds nothing.")]
    internal WsPlace? TryEnter(WsEndpoint endpoint, string carrier)
    {
        var place = new WsPlace(this, endpoint, carrier);
        lock (_lock)
        {
            if (IsStopping || _places.Count >= (endpoint.Options.MaxSessions ?? int.MaxValue))
                return null;
            _places.Add(place);
        }

        _active.Add(1, place.Route, place.Carrier);
        return place;
    }

    internal void Leave(WsPlace place, TimeSpan duration, WsCloseResult? result)
    {
        lock (_lock)
            _places.Remove(place);
        _active.Add(-1, place.Route, place.Carrier);
        if (result is not null)
            _durations.Record(duration.TotalSeconds, place.Route, place.Carrier, new("wsproto.close.cause", result.Cause.ToString()));
    }

    internal void CountRefusal(WsEndpoint endpoint, int status) =>
        _refusals.Add(1, new("http.route", endpoint.Name), new("http.response.status_code", status));

    /// <summary>
    /// Tells all sessions that the host is stopping, spread over <see cref="WsHostOptions.ShutdownSpread"/>. New requests are refused.
    /// </summary>
    [SuppressMessage("Design", "CA1031", Justification = "Nobody awaits it, and one session must not keep the others from ending.")]
    private async Task StopAsync()
    {
        WsPlace[] places;
        lock (_lock)
        {
            IsStopping = true;
            places = [.. _places];
        }

        if (places.Length > 0)
            Log.Stopping(_logger, places.Length);
        int steps = _options.ShutdownSpread > TimeSpan.Zero ? Math.Min(places.Length, MostSteps) : 1;
        for (int step = 0; step < steps; step++)
        {
            if (step > 0)
                await Task.Delay(_options.ShutdownSpread / steps, Time).ConfigureAwait(false);
            for (int i = places.Length * step / steps; i < places.Length * (step + 1) / steps; i++)
                _ = places[i].StopAsync();
        }
    }
}
