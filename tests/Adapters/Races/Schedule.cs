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

internal sealed class Schedule(int seed, bool trace = false, bool parallel = false)
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
        (MemoryTransport near, MemoryTransport far) =
            MemoryTransport.CreatePair(toServer with { Tap = readers[0].Feed }, toClient with { Tap = readers[1].Feed });
        _plan = $"to server {Show(toServer)}; to client {Show(toClient)}";
        ends[0] = new End(this, "client", ConnectionRole.Client, near, Options());
        ends[1] = new End(this, "server", ConnectionRole.Server, far, Options());
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

    /// <summary>One of the two sessions and those who use it.</summary>
    private sealed class End
    {
        private readonly Schedule _schedule;
        private readonly string _name;
        private readonly MemoryTransport _transport;
        private readonly List<string> _accepted = [];
        private readonly List<string> _uncertain = [];
        private readonly List<string> _received = [];
        private bool _dropsOnClose;

        internal End(Schedule schedule, string name, ConnectionRole role, MemoryTransport transport, WsSessionOptions options)
        {
            (_schedule, _name, _transport) = (schedule, name, transport);
            Session = WsSession.FromEstablished(transport, WsConnection.Established(role), options);
        }

        internal WsSession Session { get; }

        public override string ToString() =>
            $"{_name} {Session.State} {Session.CloseCause} {Session.BufferedBytes} buffered "
            + $"{(Session.Completion.IsCompleted ? "ended" : "")}";

        internal IEnumerable<Task> Start()
        {
            yield return ReceiveAsync();
            int senders = _schedule.Draw(1, 5);
            for (int i = 0; i < senders; i++)
                yield return SendAsync(i);
            if (_schedule.Chance(70))
                yield return PingAsync();
            if (_schedule.Chance(20))
                yield return SendPiecesAsync();
            yield return CloseAsync();
        }

        /// <summary>A token that is cancelled at some time, or never.</summary>
        private CancellationTokenSource Cancellation()
        {
            if (!_schedule.Chance(30))
                return new CancellationTokenSource();
            int after = _schedule.Pick(0, 1, 5, 40);
            return after > 0
                ? new CancellationTokenSource(TimeSpan.FromMilliseconds(after), _schedule._time)
                : CancelSoon();
        }

        private static CancellationTokenSource CancelSoon()
        {
            var source = new CancellationTokenSource();
            ThreadPool.UnsafeQueueUserWorkItem(static s => s.Cancel(), source, preferLocal: false);
            return source;
        }

        private async Task SendAsync(int sender)
        {
            for (int i = 0; i < 12; i++)
            {
                await _schedule.PauseAsync();
                string text = $"{sender}.{i}." + new string((char)('a' + sender), _schedule.Pick(0, 1, 130, 300));
                try
                {
                    CancellationTokenSource cancellation = Cancellation();
                    lock (_schedule._lock)
                        _uncertain.Add(text);
                    await (_schedule.Chance(50)
                        ? Session.SendAsync(text, cancellation.Token)
                        : Session.SendAsync(Encoding.UTF8.GetBytes(text), cancellation.Token));
                    Accept(text);
                }
                catch (OperationCanceledException)
                {
                    Refuse(text, "cancelled");
                    _schedule.Cancelled++;
                }
                catch (WsClosedException e)
                {
                    Refuse(text, $"closed {e.Cause}");
                    return;
                }
            }
        }

        /// <summary>A message in three pieces. Whoever begins one has to finish it, so nothing is cancelled here.</summary>
        private async Task SendPiecesAsync()
        {
            string text = "9.0.pieces";
            lock (_schedule._lock)
                _uncertain.Add(text);
            try
            {
                for (int i = 0; i < 3; i++)
                {
                    await _schedule.PauseAsync();
                    await Session.SendAsync(new TextMessage(i < 2 ? text[(4 * i)..((4 * i) + 4)] : text[8..]) { MessageFinished = i == 2 });
                }

                Accept(text);
            }
            catch (WsClosedException e)
            {
                Refuse(text, $"closed {e.Cause}");
            }
        }

        private void Accept(string text)
        {
            lock (_schedule._lock)
            {
                _uncertain.Remove(text);
                _accepted.Add(text);
                _schedule.Sent++;
            }

            _schedule.Note($"{_name} sent {text}");
        }

        private void Refuse(string text, string why)
        {
            lock (_schedule._lock)
                _uncertain.Remove(text);
            _schedule.Note($"{_name} {why}, not sent {text}");
        }

        private async Task ReceiveAsync()
        {
            while (true)
            {
                if (_schedule.Chance(20))
                    await _schedule.PauseAsync();
                try
                {
                    CancellationTokenSource cancellation = Cancellation();
                    Message? message = _schedule.Chance(20)
                        ? await Session.ReceiveAsync(TimeSpan.FromMilliseconds(_schedule.Pick(0, 1, 50)), cancellation.Token)
                        : await Session.ReceiveAsync(cancellation.Token);
                    if (message is null)
                        return;
                    _received.Add(message is TextMessage text ? text.Data : Encoding.UTF8.GetString(((BytesMessage)message).Data.Span));
                    _schedule.Received++;
                    _schedule.Note($"{_name} received {_received[^1]}");
                }
                catch (Exception e) when (e is OperationCanceledException or TimeoutException)
                {
                    _schedule.Cancelled++;
                    _schedule.Note($"{_name} receives no more for now");
                    // Time only goes on when nobody runs.
                    await Task.Delay(TimeSpan.FromMilliseconds(1), _schedule._time);
                }
            }
        }

        private async Task PingAsync()
        {
            for (int i = 0; i < 6; i++)
            {
                await _schedule.PauseAsync();
                try
                {
                    CancellationTokenSource cancellation = Cancellation();
                    TimeSpan time = await Session.PingAsync(default, cancellation.Token);
                    _schedule.Note($"{_name} pong after {time}");
                }
                catch (Exception e) when (e is OperationCanceledException or TimeoutException)
                {
                    _schedule.Cancelled++;
                }
                catch (WsClosedException)
                {
                    return;
                }
            }
        }

        private async Task CloseAsync()
        {
            await Task.Delay(TimeSpan.FromMilliseconds(_schedule.Pick(0, 1, 20, 200, 200, 2000, 2000, 30_000)), _schedule._time);
            int way = _schedule.Draw(0, 10);
            _schedule.Note($"{_name} closes, way {way}");
            // Who closes drops what comes beyond the backlog.
            _dropsOnClose = true;
            try
            {
                switch (way)
                {
                    case 0:
                        Session.Abort();
                        break;
                    case 1:
                        await Session.DisposeAsync();
                        break;
                    case 2:
                        _transport.Break();
                        break;
                    case 3:
                        await Session.SendAsync(new CloseConnection(CloseCode.GoingAway));
                        break;
                    case 4:
                        await Task.WhenAll(Session.CloseAsync((CloseCode)4001).AsTask(), Session.CloseAsync((CloseCode)4002).AsTask());
                        break;
                    default:
                        CancellationTokenSource cancellation = Cancellation();
                        await Session.CloseAsync((CloseCode)4000, "done", cancellation.Token);
                        break;
                }
            }
            catch (Exception e) when (e is OperationCanceledException or WsClosedException)
            {
            }

            _schedule.Note($"{_name} closed");
        }

        /// <param name="written">What this end wrote.</param>
        /// <param name="arriving">What the other end wrote.</param>
        /// <param name="other">The other end.</param>
        internal void Check(WireReader written, WireReader arriving, End other)
        {
            Expect(written.Error is null, $"{_name} wrote {written.Error}");
            Expect(Session.Closed is not null && Session.CloseCause is not null, $"{_name} does not know how it was closed");
            Expect(Session.BufferedBytes == 0, $"{_name} has {Session.BufferedBytes} bytes buffered");
            string[] wire = [.. written.Messages.Select(message => Encoding.UTF8.GetString(message.Payload))];
            Expect(wire.Distinct().Count() == wire.Length, $"{_name} wrote a message twice");
            foreach (IGrouping<char, string> each in wire.GroupBy(text => text[0]))
                Expect(each.Select(Number).SequenceEqual(each.Select(Number).Order()), $"{_name} changed the order of sender {each.Key}");
            Expect(!wire.Except(_accepted).Any(), $"{_name} wrote what it said it had not: {string.Join(", ", wire.Except(_accepted))}");
            // Whole closing handshake: all that was accepted went out.
            if (written.HasClosed)
                Expect(!_accepted.Except(wire).Any(), $"{_name} lost {string.Join(", ", _accepted.Except(wire))}");
            string[] came = [.. arriving.Messages.Select(message => Encoding.UTF8.GetString(message.Payload))];
            Expect(
                came.AsSpan().StartsWith([.. _received]),
                $"{_name} received {string.Join(", ", _received)} of {string.Join(", ", came)}");
            if (Session.Closed!.Code != CloseCode.AbnormalClosure && !_dropsOnClose)
                Expect(_received.Count == came.Length, $"{_name} received {_received.Count} of {came.Length} messages before the close");
            if (Session.ClosedCleanly)
                Expect(written.HasClosed && arriving.HasClosed, $"{_name} closed cleanly without two Closes ({other})");
        }

        private static int Number(string text) => int.Parse(text.Split('.')[1], CultureInfo.InvariantCulture);
    }
}
