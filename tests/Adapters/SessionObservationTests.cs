using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Linq;
using System.Net;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests;

[CollectionDefinition("Whole process", DisableParallelization = true)]
public sealed class WholeProcess;

/// <summary>Meters and activities belong to the process, so nothing else runs beside these.</summary>
[Collection("Whole process")]
public sealed class SessionObservationTests
{
    [Theory]
    [EveryTransport]
    public async Task Observer_sees_every_event_of_both_directions_in_order(TransportKind over)
    {
        var seen = new ConcurrentQueue<(WsDirection, WsEvent)>();
        await using (SessionPair pair =
            await SessionPair.OverAsync(over, client: new WsSessionOptions { Observer = (direction, e) => seen.Enqueue((direction, e)) }))
        {
            await pair.Client.SendAsync("text");
            await pair.Client.SendAsync(new byte[] { 1 });
            await pair.Client.PingAsync(new byte[] { 2 });
            await pair.Server.PingAsync(new byte[] { 3 });
            await pair.Server.SendAsync(new TextMessage("back") { MessageFinished = false });
            await pair.Server.SendAsync(new TextMessage("."));
            Assert.NotNull(await pair.Client.ReceiveAsync().Soon());
            // The Close is answered when what came before it was received.
            for (int i = 0; i < 2; i++)
                Assert.NotNull(await pair.Server.ReceiveAsync().Soon());
            Task<WsCloseResult> closing = pair.Client.CloseAsync((CloseCode)4000, "bye").AsTask();
            Assert.Null(await pair.Server.ReceiveAsync().Soon());
            await closing.Soon();
        }

        Assert.Equal(
            [
                (WsDirection.Sent, new TextMessage("text")),
                (WsDirection.Sent, new BytesMessage(new byte[] { 1 })),
                (WsDirection.Sent, new Ping(new byte[] { 2 })),
                (WsDirection.Received, new Pong(new byte[] { 2 })),
                (WsDirection.Received, new Ping(new byte[] { 3 })),
                (WsDirection.Sent, new Pong(new byte[] { 3 })),
                (WsDirection.Received, new TextMessage("back.")),
                (WsDirection.Sent, new CloseConnection((CloseCode)4000, "bye")),
                (WsDirection.Received, new CloseConnection((CloseCode)4000, "bye")),
            ],
            seen);
    }

    [Theory]
    [EveryTransport(WsDirection.Sent)]
    [EveryTransport(WsDirection.Received)]
    public async Task Observer_that_throws_ends_the_session_and_disposal_does_not_throw(TransportKind over, WsDirection where)
    {
        var fault = new InvalidOperationException("observer");
        await using SessionPair pair = await SessionPair.OverAsync(over, client: new WsSessionOptions
        {
            Observer = (direction, _) =>
            {
                if (direction == where)
                    throw fault;
            },
        });
        await pair.Server.SendAsync("one");
        try
        {
            await pair.Client.SendAsync("two");
        }
        catch (WsClosedException)
        {
            // Received: it may have ended already.
        }

        await pair.Client.Completion.Soon();
        Assert.Same(fault, pair.Client.Failure);
        Assert.Equal(WsCloseCause.Local, pair.Client.CloseCause);
        await pair.Client.DisposeAsync().Soon();
        await pair.Server.Completion.Soon();
    }

    [Theory]
    [EveryTransport]
    public async Task Observer_that_throws_at_a_keep_alive_Ping_does_not_throw_into_the_timer(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(
            over, client: new WsSessionOptions { Observer = (_, _) => throw new InvalidOperationException("observer") });
        pair.Time.Advance(TimeSpan.FromSeconds(20));
        await pair.Client.Completion.Soon();
    }

    [Fact]
    [OneTransport(OneTransportReason.ListensToTheProcess)]
    public async Task Meter_counts_sessions_messages_bytes_and_closes()
    {
        using var meter = new Metering();
        await using (SessionPair pair = SessionPair.Create())
        {
            Assert.Equal(
                (1, 1),
                (meter["wsproto.sessions.active", "wsproto.role=client"], meter["wsproto.sessions.active", "wsproto.role=server"]));
            await pair.Client.SendAsync("four");
            await pair.Client.SendAsync(new byte[5]);
            await pair.Server.ReceiveAsync().Soon();
            await pair.Server.ReceiveAsync().Soon();
            await pair.Client.CloseAsync(CloseCode.GoingAway).Soon();
            await pair.Server.Completion.Soon();
        }

        Assert.Equal(
            (0, 0),
            (meter["wsproto.sessions.active", "wsproto.role=client"], meter["wsproto.sessions.active", "wsproto.role=server"]));
        Assert.Equal(
            (2, 2),
            (meter["wsproto.messages", "wsproto.direction=sent"], meter["wsproto.messages", "wsproto.direction=received"]));
        Assert.Equal((9, 9), (meter["wsproto.payload", "wsproto.direction=sent"], meter["wsproto.payload", "wsproto.direction=received"]));
        Assert.Equal(1, meter["wsproto.sessions.closed", "wsproto.role=client,wsproto.close.code=1001,wsproto.close.cause=Local"]);
        Assert.Equal(1, meter["wsproto.sessions.closed", "wsproto.role=server,wsproto.close.code=1001,wsproto.close.cause=Peer"]);
    }

    [Fact]
    [OneTransport(OneTransportReason.ListensToTheProcess)]
    public async Task Meter_counts_dropped_messages_and_failed_handshakes()
    {
        using var meter = new Metering();
        await using (BarePeer peer = BarePeer.Of(
            options: new WsSessionOptions { MaxSendBacklogMessages = 1, SendOverflow = SendOverflow.DropOldest },
            toPeer: new MemoryTransportOptions { Capacity = 1 }))
        {
            for (int i = 0; i < 5; i++)
                await peer.Session.SendAsync("x");
        }

        Assert.Equal(3, meter["wsproto.messages.dropped", ""]);
        (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair();
        await near.WriteAsync(Encoding.ASCII.GetBytes("no request\r\n\r\n"));
        await near.DisposeAsync();
        await Assert.ThrowsAsync<WsHandshakeException>(() => WsSession.AcceptAsync(far).Soon());
        Assert.Equal(1, meter["wsproto.handshakes.failed", "wsproto.role=server"]);
    }

    [Fact]
    [OneTransport(OneTransportReason.ListensToTheProcess)]
    public async Task Who_begins_to_listen_late_sees_only_sessions_that_open_from_then_on()
    {
        await using SessionPair before = SessionPair.Create();
        using var meter = new Metering();
        await using SessionPair after = SessionPair.Create();
        await before.Client.CloseAsync().Soon();
        await before.Server.Completion.Soon();
        Assert.Equal(1, meter["wsproto.sessions.active", "wsproto.role=client"]);
        Assert.Equal(1, meter["wsproto.sessions.active", "wsproto.role=server"]);
        await after.Client.CloseAsync().Soon();
        await after.Server.Completion.Soon();
        Assert.Equal(0, meter["wsproto.sessions.active", "wsproto.role=client"]);
        Assert.Equal(0, meter["wsproto.sessions.active", "wsproto.role=server"]);
    }

    [Fact]
    [OneTransport(OneTransportReason.ListensToTheProcess)]
    public async Task Listeners_that_throw_harm_no_session()
    {
        int thrown = 0;
        Exception Fault() => new InvalidOperationException($"fault {Interlocked.Increment(ref thrown)}");
        using var meters = new MeterListener();
        meters.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "WsProto.Adapters")
                self.EnableMeasurementEvents(instrument);
        };
        meters.SetMeasurementEventCallback<long>((_, _, _, _) => throw Fault());
        meters.Start();
        using var activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "WsProto.Adapters",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = _ => throw Fault(),
            ActivityStopped = _ => throw Fault(),
        };
        ActivitySource.AddActivityListener(activities);

        (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(far);
        await using (WsSession client = await WsSession.ConnectAsync(near, new Request("test", "/")).Soon())
        await using (WsSession server = await accepting.Soon())
        {
            await client.SendAsync("hello").Soon();
            Assert.Equal(new TextMessage("hello"), await server.ReceiveAsync().Soon());
            await client.CloseAsync().Soon();
            await server.Completion.Soon();
            Assert.True(client.ClosedCleanly && server.ClosedCleanly);
        }

        (near, far) = MemoryTransport.CreatePair();
        await far.DisposeAsync();
        await Assert.ThrowsAsync<WsHandshakeException>(() => WsSession.ConnectAsync(near, new Request("test", "/")).Soon());
        // Two handshakes that began, one that failed, two sessions, a message each way, two closes.
        Assert.InRange(thrown, 10, 30);
    }

    [Theory]
    [EveryTransport(false)]
    [EveryTransport(true)]
    public async Task Reader_and_accept_loop_do_not_belong_to_the_flow_that_started_them(TransportKind over, bool suppressed)
    {
        var flow = new AsyncLocal<string> { Value = "of the caller" };
        var seen = new ConcurrentQueue<string?>();
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        var options = new WsSessionOptions { Observer = (_, _) => seen.Enqueue(flow.Value) };
        await using var listener = new WsListener(
            new IPEndPoint(IPAddress.Loopback, 0),
            new WsListenerOptions
            {
                Accept = new()
                {
                    OnRequest = (_, _) =>
                    {
                        seen.Enqueue(flow.Value);
                        return new(WsResponse.Accept());
                    },
                },
            });
        WsSession session;
        using (suppressed ? ExecutionContext.SuppressFlow() : (AsyncFlowControl?)null)
        {
            session = WsSession.FromEstablished(near, WsConnection.Established(ConnectionRole.Client), options);
            listener.Start();
            Assert.Equal(suppressed, ExecutionContext.IsFlowSuppressed());
        }

        await using (WsSession peer = WsSession.FromEstablished(far, WsConnection.Established(ConnectionRole.Server)))
        {
            await peer.SendAsync("hello").Soon();
            await session.ReceiveAsync().Soon();
            await using WsSession client = await WsClient.ConnectAsync(new Uri($"ws://{listener.LocalEndPoint}/")).Soon();
            Assert.Equal([null, null], seen);
        }

        await session.DisposeAsync();
    }

    [Fact]
    [OneTransport(OneTransportReason.ListensToTheProcess)]
    public async Task Handshakes_are_activities_and_those_that_fail_say_so()
    {
        var activities = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "WsProto.Adapters",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activities.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(far);
        await using (WsSession client = await WsSession.ConnectAsync(near, new Request("test", "/")).Soon())
        await using (await accepting.Soon())
        {
            Assert.Equal(
                [
                    ("websocket accept", ActivityKind.Server, ActivityStatusCode.Unset),
                    ("websocket connect", ActivityKind.Client, ActivityStatusCode.Unset),
                ],
                activities.Select(a => (a.OperationName, a.Kind, a.Status)).Order());
        }

        activities.Clear();
        (near, far) = MemoryTransport.CreatePair();
        accepting = WsSession.AcceptAsync(far, new WsAcceptOptions { OnRequest = (_, _) => new(WsResponse.Reject(403)) });
        await Assert.ThrowsAsync<WsHandshakeException>(() => WsSession.ConnectAsync(near, new Request("test", "/")).Soon());
        await Assert.ThrowsAsync<WsHandshakeException>(() => accepting.Soon());
        Assert.Equal(
            [("websocket accept", ActivityStatusCode.Error), ("websocket connect", ActivityStatusCode.Error)],
            activities.Select(a => (a.OperationName, a.Status)).Order());
    }

    /// <summary>Sums per instrument and tags.</summary>
    private sealed class Metering : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly Lock _lock = new();
        private readonly Dictionary<string, long> _sums = [];

        internal Metering()
        {
            _listener.InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.Meter.Name == "WsProto.Adapters")
                    self.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            {
                string key = instrument.Name + " " + string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
                lock (_lock)
                    _sums[key] = _sums.GetValueOrDefault(key) + value;
            });
            _listener.Start();
        }

        internal long this[string instrument, string tags]
        {
            get
            {
                lock (_lock)
                    return _sums.GetValueOrDefault(instrument + " " + tags);
            }
        }

        public void Dispose() => _listener.Dispose();
    }
}
