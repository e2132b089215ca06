// One schedule: everything that is left to chance is drawn from one seed. Two sessions, on memory with random cuts, delays, capacities and
// perhaps a fault, are sent on, received from, pinged and closed by several tasks at both ends, each of which may be cancelled at any of
// its awaits. Time moves by hand. All runs on one thread, and nothing but the seed decides what comes next.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests.Races;

internal sealed partial class Schedule(
    int seed, bool trace = false, bool parallel = false, TransportKind over = TransportKind.Memory)
{
    /// <summary>No schedule needs longer than keep-alive and closing take.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(200);

    /// <summary>From this seed on, a seed says where the transport fails: at each byte, each way, in each direction.</summary>
    internal const int FirstFault = 1_000_000;

    private readonly int? _fault = seed >= FirstFault ? seed - FirstFault : null;
    private readonly Random _random = new(seed >= FirstFault ? 5 : seed);
    private readonly Lock _lock = new();
    private readonly ManualTime _time = new(sweepsByHand: true);
    private readonly List<string> _log = [];
    private readonly CanaryPool _pool = new();
    private string _plan = "";

    internal long Sent { get; private set; }

    internal long Received { get; private set; }

    internal long Cancelled { get; private set; }

    /// <summary>How many messages were sent or received as a stream.</summary>
    internal long Streams { get; private set; }

    /// <summary>How many views were received.</summary>
    internal long Views { get; private set; }

    /// <summary>How many views and streams were used after the next receive, which must be refused.</summary>
    internal long Stale { get; private set; }

    internal bool HasFault { get; private set; }

    internal bool ClosedCleanly { get; private set; }

    /// <summary>A digest of all that happened, in order.</summary>
    internal long Hash { get; private set; }

    internal string Describe()
    {
        lock (_lock)
            return $"  {_plan}\n  replay: DOTNET_PROCESSOR_COUNT=1 dotnet WsProto.Adapters.Tests.dll races {seed} 1 trace\n"
                + string.Join('\n', _log);
    }

    internal async Task RunAsync()
    {
        var ends = new End[2];
        MemoryTransportOptions toServer = Direction(0);
        MemoryTransportOptions toClient = Direction(1);
        HasFault = (toServer.BreakAfter
            ?? toServer.EndAfter
            ?? toServer.StallAfter
            ?? toClient.BreakAfter
            ?? toClient.EndAfter
            ?? toClient.StallAfter) is not null;
        var readers = new WireReader[] { new(fromClient: true), new(fromClient: false) };
        TransportPair pair = over == TransportKind.Memory
            ? TransportPair.OverMemory(toServer with { Tap = readers[0].Feed }, toClient with { Tap = readers[1].Feed })
            : await TransportPair.OpenAsync(over);
        (WsTransport near, WsTransport far) = over == TransportKind.Memory
            ? (pair.Near, pair.Far)
            : (new CountedTransport(pair.Near, readers[0].Feed), new CountedTransport(pair.Far, readers[1].Feed));
        _plan = over == TransportKind.Memory ? $"to server {Show(toServer)}; to client {Show(toClient)}" : $"over {over}";
        ends[0] = new End(this, "client", ConnectionRole.Client, near, pair, Options());
        ends[1] = new End(this, "server", ConnectionRole.Server, far, pair, Options());
        Task[] work = [.. ends.SelectMany(end => end.Start())];
        Task all = Task.WhenAll([.. work, .. ends.Select(end => end.Session.Completion)]);

        // Time goes on when nothing else does.
        while (!all.IsCompleted)
        {
            await QuietAsync();
            if (all.IsCompleted)
                break;
            if (_time.Now > _longest && !parallel)
                throw new InvalidOperationException(
                    $"It goes on after {_time.Now}: {string.Join(", ", ends.Select(end => end.ToString()))}.");
            TimeSpan step = TimeSpan.FromMilliseconds(Pick(1, 5, 30, 200, 1000));
            if (Chance(10) && _time.Next is { } next && next > _time.Now + step)
                step = next - _time.Now;
            _time.Advance(step);
        }

        await all;
        // A write that was broken off gives its memory back a little later.
        do
            await QuietAsync();
        while (parallel && _pool.Outstanding > 0);
        ends[0].Check(readers[0], readers[1], ends[1]);
        ends[1].Check(readers[1], readers[0], ends[0]);
        Expect(
            _pool.Outstanding == 0 && !_pool.WasReturnedTwice,
            $"{_pool.Outstanding} arrays are out, returned twice: {_pool.WasReturnedTwice}");
        ClosedCleanly = ends[0].Session.ClosedCleanly && ends[1].Session.ClosedCleanly;
    }

    /// <summary>Waits until nobody else has anything to do; on all threads, for a while.</summary>
    private async Task QuietAsync()
    {
        if (!parallel)
            await OneThread.QuietAsync();
        for (int i = 0; parallel && i < 50; i++)
            await Task.Yield();
    }

    private MemoryTransportOptions Direction(int direction)
    {
        int most = Pick(1, 2, 7, 100, 100_000);
        var options = new MemoryTransportOptions
        {
            TimeProvider = _time,
            Capacity = Pick(1, 5, 60, 1000, 64 * 1024),
            Delay = TimeSpan.FromMilliseconds(Pick(0, 0, 1, 15, 300)),
            Chunk = available => Math.Min(available, Draw(1, most + 1)),
        };
        int fault = Draw(0, 8);
        long at = Draw(0, 400);
        if (_fault is { } place)
            (fault, at) = place % 2 == direction ? (place / 2 % 3, place / 6) : (-1, 0);
        return fault switch
        {
            0 => options with { BreakAfter = at },
            1 => options with { EndAfter = at },
            2 => options with { StallAfter = at },
            _ => options,
        };
    }

    private static string Show(MemoryTransportOptions o) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"capacity {o.Capacity}, delay {o.Delay.TotalMilliseconds} ms, break {o.BreakAfter}, end {o.EndAfter}, stall {o.StallAfter}");

    private WsSessionOptions Options() => new()
    {
        TimeProvider = _time,
        Pool = _pool,
        KeepAliveInterval = Chance(30) ? null : TimeSpan.FromMilliseconds(Pick(50, 1000, 20_000)),
        KeepAliveTimeout = TimeSpan.FromMilliseconds(Pick(700, 20_000)),
        CloseTimeout = TimeSpan.FromMilliseconds(Pick(100, 2000, 10_000)),
        MaxSendBacklog = Pick(1, 50, 64 * 1024),
        MaxSendBacklogMessages = Pick(1, 3, 4096),
        MaxReceiveBacklog = Pick(1, 200, 256 * 1024),
        Connection = new WsConnectionOptions { MaxWholeMessageSize = Chance(50) ? null : Pick(0, 40, 200) },
    };

    private int Draw(int from, int to)
    {
        lock (_lock)
            return _random.Next(from, to);
    }

    private bool Chance(int percent) => Draw(0, 100) < percent;

    private int Pick(params ReadOnlySpan<int> values) => values[Draw(0, values.Length)];

    private void Note(string what)
    {
        lock (_lock)
        {
            foreach (char c in what)
                Hash = unchecked((Hash * 31) + c);
            Hash = unchecked((Hash * 31) + _time.Now.Ticks);
            if (trace)
                _log.Add(string.Create(CultureInfo.InvariantCulture, $"    {_time.Now.TotalMilliseconds,8} {what}"));
        }
    }

    private static void Expect(bool condition, string otherwise)
    {
        if (!condition)
            throw new InvalidOperationException(otherwise);
    }

    private Task PauseAsync() => Chance(40)
        ? Task.Delay(TimeSpan.FromMilliseconds(Pick(0, 1, 10, 100)), _time)
        : Chance(50) ? Task.CompletedTask : Task.Run(static () => { });
}
