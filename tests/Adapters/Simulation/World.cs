// One server, its clients, and the network between them, in one process and in made-up time. All runs on one thread, and the plan is all
// there is to
// chance; so the same plan is the same run. Time goes on to whatever comes next when nobody has anything more to do.

using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests.Simulation;

internal sealed class World : IDisposable
{
    /// <summary>After the last act: longer than a handshake, or what is owed, may take.</summary>
    private static readonly TimeSpan _settling = TimeSpan.FromSeconds(15);

    /// <summary>After all went home: longer than closing may take.</summary>
    private static readonly TimeSpan _ending = TimeSpan.FromSeconds(15);

    private readonly List<string>? _trace;
    private readonly CanaryPool _pool = new();
    private readonly MeterListener _meter = new();
    private readonly Dictionary<int, Client> _clients = [];
    private long _openSessions;
    private int _next;
    private int _running;
    private Exception? _failure;

    internal World(int seed, Act[] acts, List<string>? trace)
    {
        (Seed, Acts, _trace) = (seed, acts, trace);
        Server = new Server(this);
        _meter.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name == "wsproto.sessions.active")
                listener.EnableMeasurementEvents(instrument);
        };
        _meter.SetMeasurementEventCallback<long>((_, change, _, _) => _openSessions += change);
        _meter.Start();
    }

    internal int Seed { get; }

    internal Act[] Acts { get; }

    internal ManualTime Time { get; } = new(sweepsByHand: true);

    internal Server Server { get; }

    /// <summary>How many acts were carried out on something that was there.</summary>
    internal int Done { get; private set; }

    /// <summary>How many times the network gave somebody bytes.</summary>
    internal int Deliveries { get; private set; }

    /// <summary>A digest of all that happened, in order.</summary>
    internal long Hash { get; private set; }

    internal static void Expect(bool condition, string otherwise)
    {
        if (!condition)
            throw new InvalidOperationException(otherwise);
    }

    public void Dispose() => _meter.Dispose();

    internal async Task RunAsync()
    {
        foreach (int who in Acts.Where(act => act.Who != Plan.Server).Select(act => act.Who).Distinct())
            _clients[who] = new Client(this, who);
        await PassAsync(TimeSpan.FromMilliseconds(Acts.LastOrDefault()?.At ?? 0) + _settling);
        foreach (Client client in _clients.Values)
            client.CheckSettled();

        Note("all go home");
        foreach (Client client in _clients.Values)
            client.GoHome();
        await PassAsync(Time.Now + _ending);
        Expect(_running == 0, $"it goes on: {string.Join("; ", _clients.Values.Select(client => client.Describe()))}");
        foreach (Client client in _clients.Values)
            client.CheckEnded();
        Expect(Server.Members == 0 && _openSessions == 0, $"{Server.Members} members and {_openSessions} sessions are left");
        Expect(
            _pool.Outstanding == 0 && !_pool.WasReturnedTwice,
            $"{_pool.Outstanding} arrays are out, returned twice: {_pool.WasReturnedTwice}");
        Expect(Time.Pending == 0, $"{Time.Pending} timers are set");
    }

    /// <summary>Sees to it that a failure of what was begun is not overlooked, nor that it does not end.</summary>
    internal void Watch(Task work)
    {
        if (!work.IsCompletedSuccessfully)
            _ = WatchAsync(work);
    }

    internal void Count(Act act)
    {
        Done++;
        Note(act.ToString());
    }

    internal void Deliver(string whom, int count)
    {
        Deliveries++;
        Digest(count);
        if (_trace is not null)
            Note($"{whom} {count} bytes");
    }

    internal void Note(string what)
    {
        foreach (char c in what)
            Digest(c);
        _trace?.Add(string.Create(CultureInfo.InvariantCulture, $"  {Time.Now.TotalMilliseconds,9} {what}"));
    }

    internal bool Has(Kind kind, int who) => Acts.Any(act => act.Who == who && act.Kind == kind);

    internal WsSessionOptions Configure(int who)
    {
        var options = new WsSessionOptions { TimeProvider = Time, Pool = _pool };
        foreach (Act act in Acts.Where(act => act.Who == who))
        {
            options = act.Kind switch
            {
                Kind.Overflow => options with { SendOverflow = (SendOverflow)act.Value },
                Kind.SendBacklog => options with { MaxSendBacklog = act.Value },
                Kind.SendMessages => options with { MaxSendBacklogMessages = act.Value },
                Kind.ReceiveBacklog => options with { MaxReceiveBacklog = act.Value },
                Kind.KeepAlive => options with { KeepAliveInterval = act.Value == 0 ? null : TimeSpan.FromMilliseconds(act.Value) },
                _ => options,
            };
        }

        return options;
    }

    private void Digest(int value) => Hash = unchecked((Hash * 31) + value + Time.Now.Ticks);

    private async Task WatchAsync(Task work)
    {
        _running++;
        await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _running--;
        _failure ??= work.Exception?.InnerException;
    }

    /// <summary>Lets acts and time pass, up to a time or, after the last act, until nothing goes on any more.</summary>
    private async Task PassAsync(TimeSpan until)
    {
        while (true)
        {
            await OneThread.QuietAsync();
            if (_failure is not null)
                ExceptionDispatchInfo.Throw(_failure);
            if (Time.Now >= until || (_next == Acts.Length && _running == 0))
                return;
            TimeSpan act = _next < Acts.Length ? TimeSpan.FromMilliseconds(Acts[_next].At) : until;
            TimeSpan timer = Time.Next ?? until;
            Time.Advance((act < timer ? act : timer < until ? timer : until) - Time.Now);
            while (_next < Acts.Length && TimeSpan.FromMilliseconds(Acts[_next].At) <= Time.Now)
            {
                if (_clients.TryGetValue(Acts[_next].Who, out Client? client))
                    client.Do(Acts[_next]);
                _next++;
            }
        }
    }
}
