using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests;

public sealed class SessionClosingTests
{
    private static readonly CloseConnection _lost = new(CloseCode.AbnormalClosure);

    /// <summary>A handler that ends because of the peer's Close has its session closed, which must not overtake the answer.</summary>
    [Theory]
    [EveryTransport]
    [Trait("RFC", "6455 §5.5.1")]
    public async Task Who_closes_because_of_a_Close_does_not_hide_its_code_from_the_peer(TransportKind over)
    {
        WsSession? session = null;
        bool closes = true;
        var time = new HookedTime(() =>
        {
            // The session looks at the clock when it tells of the Close.
            if (session?.PeerClose is null || !closes)
                return;
            closes = false;
            _ = session.CloseAsync(CloseCode.NormalClosure).AsTask();
        });
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        session =
            WsSession.FromEstablished(near, WsConnection.Established(ConnectionRole.Server), new WsSessionOptions { TimeProvider = time });
        await far.WriteAsync(new WireFrame(WireFrame.Close, true, [0x10, 0xE1]).Encode(true));
        var wire = new WireReader(fromClient: false);
        byte[] buffer = new byte[100];
        while (wire.Frames.Count == 0)
            wire.Feed(buffer.AsMemory(0, await far.ReadAsync(buffer).AsTask().Soon()));
        Assert.Equal(4321, wire.Frames[0].CloseCode);
        Assert.False(closes);
        await far.DisposeAsync();
        await session.Completion.Soon();
    }

    /// <summary>
    /// The client sends a message and its Close, or breaks the protocol, and has ended its stream before anybody has received the message.
    /// </summary>
    [Theory]
    [EveryTransport(0x88, 1000)]
    [EveryTransport(0x83, 1002)]
    [Trait("RFC", "6455 §5.5.1")]
    public async Task End_of_the_stream_behind_the_Close_takes_no_answer_away(TransportKind over, int first, int code)
    {
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        WsSession session = WsSession.FromEstablished(near, WsConnection.Established(ConnectionRole.Server));
        byte[] message = new WireFrame(WireFrame.Text, true, "ask"u8.ToArray()).Encode(true);
        await far.WriteAsync((byte[])[.. message, (byte)first, 0x82, 0, 0, 0, 0, 0x03, 0xE8]);
        await far.CompleteWritesAsync();
        await session.Reader.Ended.Soon();
        Assert.Equal(new TextMessage("ask"), await session.ReceiveAsync().AsTask().Soon());
        await session.SendTextAsync("answer").AsTask().Soon();
        Assert.Null(await session.ReceiveAsync().AsTask().Soon());
        var wire = new WireReader(fromClient: false);
        byte[] buffer = new byte[100];
        for (int count; (count = await far.ReadAsync(buffer).AsTask().Soon()) > 0;)
            wire.Feed(buffer.AsMemory(0, count));
        Assert.Equal(2, wire.Frames.Count);
        Assert.Equal("answer"u8.ToArray(), wire.Frames[0].Payload);
        Assert.Equal(code, wire.Frames[1].CloseCode);
        WsCloseResult result = await session.Completion.Soon();
        Assert.Equal((code == 1000, code == 1000 ? WsCloseCause.Peer : WsCloseCause.ProtocolError), (result.IsClean, result.Cause));
        await far.DisposeAsync();
    }

    [Theory]
    [EveryTransport]
    public async Task Close_waits_for_the_Close_of_the_peer_and_the_server_ends_the_transport_first(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, ConnectionRole.Server);
        ValueTask<WsCloseResult> closing = peer.Session.CloseAsync((CloseCode)4000, "done");
        WsClosedException early = await Assert.ThrowsAsync<WsClosedException>(async () => await peer.Session.SendAsync("x"));
        Assert.Equal(WsCloseCause.Local, early.Cause);
        Assert.Equal(4000, (await peer.ReadAsync())!.CloseCode);
        Assert.False(closing.IsCompleted);
        await peer.SendCloseAsync(4000, "done");
        Assert.Null(await peer.ReadAsync());
        Assert.False(closing.IsCompleted);
        await peer.Transport.DisposeAsync();
        Assert.Equal(new CloseConnection((CloseCode)4000, "done"), (await closing.Soon()).ToClose());
        Assert.True(peer.Session.ClosedCleanly);
        Assert.Equal(WsCloseCause.Local, peer.Session.CloseCause);
        Assert.Null(peer.Session.Failure);
    }

    [Theory]
    [EveryTransport]
    public async Task Client_lets_the_server_end_the_transport_first(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, ConnectionRole.Client);
        await peer.SendCloseAsync(1000);
        Assert.Equal(1000, (await peer.ReadAsync())!.CloseCode);
        Task<int> end = peer.Transport.ReadAsync(new byte[1]).AsTask();
        Assert.False(end.IsCompleted);
        await peer.Transport.CompleteWritesAsync();
        Assert.Equal(0, await end.Soon());
        await peer.Session.Completion.Soon();
        Assert.True(peer.Session.ClosedCleanly);
    }

    [Theory]
    [EveryTransport]
    public async Task Close_of_the_peer_without_a_code_is_answered_without_one(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        await peer.SendAsync(WireFrame.Close, []);
        Assert.Empty((await peer.ReadAsync())!.Payload);
        Assert.Null(await peer.Session.ReceiveAsync().Soon());
        Assert.Equal(CloseCode.NoStatusReceived, peer.Session.Closed!.Code);
        Assert.Equal(WsCloseCause.Peer, peer.Session.CloseCause);
        Assert.True(peer.Session.ClosedCleanly);
    }

    [Theory]
    [EveryTransport]
    public async Task Close_at_both_ends_at_once_is_clean_at_both(TransportKind over)
    {
        // TLS takes its time to open.
        int rounds = over == TransportKind.Memory ? 200 : 20;
        for (int i = 0; i < rounds; i++)
        {
            await using SessionPair pair = await SessionPair.OverAsync(over);
            Task<WsCloseResult> client = Task.Run(() => pair.Client.CloseAsync((CloseCode)4001).AsTask());
            WsCloseResult server = await pair.Server.CloseAsync((CloseCode)4002).Soon();
            await client.Soon();
            Assert.True(pair.Client.ClosedCleanly && pair.Server.ClosedCleanly);
            Assert.Contains((int)server.Code, (int[])[4001, 4002]);
            Assert.Null(pair.ToClient.Error ?? pair.ToServer.Error);
        }
    }

    [Theory]
    [EveryTransport]
    public async Task Close_is_idempotent_also_when_called_many_times_at_once(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        WsCloseResult[] closes = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => Task.Run(() => pair.Client.CloseAsync((CloseCode)(4000 + i)).AsTask()))).Soon();
        Assert.Single(closes.Distinct());
        Assert.Equal(closes[0], await pair.Client.CloseAsync().Soon());
        Assert.Single(pair.ToServer.Frames);
        await pair.Client.DisposeAsync().Soon();
        Assert.Equal(closes[0], await pair.Client.CloseAsync().Soon());
    }

    [Theory]
    [EveryTransport]
    public async Task Cancelled_close_stops_waiting_and_the_session_goes_on_closing(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        using var cancellation = new CancellationTokenSource();
        ValueTask<WsCloseResult> closing = peer.Session.CloseAsync(cancellationToken: cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => closing.Soon());
        await peer.SendCloseAsync(1000);
        await peer.Transport.CompleteWritesAsync();
        await peer.Session.Completion.Soon();
        Assert.True(peer.Session.ClosedCleanly);
    }

    [Theory]
    [EveryTransport(ConnectionRole.Client)]
    [EveryTransport(ConnectionRole.Server)]
    [Trait("Register", "S40")]
    public async Task Peer_ignores_our_close__the_session_ends_at_the_timeout_exactly(TransportKind over, ConnectionRole role)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, role, new WsSessionOptions { CloseTimeout = TimeSpan.FromSeconds(7) });
        ValueTask<WsCloseResult> closing = peer.Session.CloseAsync();
        peer.Time.Advance(TimeSpan.FromSeconds(7) - TimeSpan.FromTicks(1));
        await peer.SettleAsync();
        Assert.Null(peer.Session.Closed);
        Assert.False(closing.IsCompleted);
        peer.Time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(_lost, (await closing.Soon()).ToClose());
        Assert.False(peer.Session.ClosedCleanly);
        Assert.Equal(WsCloseCause.Local, peer.Session.CloseCause);
        Assert.Null(peer.Session.Failure);
        await peer.WriteUntilRefusedAsync();
        Assert.Equal(0, peer.Time.Pending);
    }

    [Theory]
    [EveryTransport(ConnectionRole.Client)]
    [EveryTransport(ConnectionRole.Server)]
    [Trait("Register", "S40")]
    public async Task Peer_closes_and_keeps_the_transport_open__it_is_closed_at_the_timeout(TransportKind over, ConnectionRole role)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, role);
        await peer.SendCloseAsync(1001);
        Assert.Equal(1001, (await peer.ReadAsync())!.CloseCode);
        // The peer may have the Close before the session knows that it is written.
        await Waiting.Until(() => peer.Session.CloseResult is not null);
        Assert.False(peer.Session.Completion.IsCompleted);
        peer.Time.Advance(TimeSpan.FromSeconds(10));
        await peer.Session.Completion.Soon();
        Assert.True(peer.Session.ClosedCleanly);
        Assert.Equal(CloseCode.GoingAway, peer.Session.Closed!.Code);
    }

    [Theory]
    [EveryTransport]
    public async Task Peer_that_floods_while_we_close_ends_at_the_timeout_too(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        ValueTask<WsCloseResult> closing = peer.Session.CloseAsync();
        Task flood = Task.Run(async () =>
        {
            while (true)
                await peer.Transport.WriteAsync(peer.Frame(WireFrame.Binary, new byte[1000]));
        });
        await Waiting.Until(() => peer.SessionTransport.BytesRead > 1_000_000);
        peer.Time.Advance(TimeSpan.FromSeconds(10));
        await closing.Soon();
        await Task.WhenAny(flood).Soon();
        Assert.True(flood.IsFaulted);
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Messages_that_were_accepted_go_out_before_the_close()
    {
        await using BarePeer peer = BarePeer.Of(toPeer: new MemoryTransportOptions { Capacity = 1 });
        for (int i = 0; i < 10; i++)
            await peer.Session.SendAsync($"{i}");
        Task<WsCloseResult> closing = peer.Session.CloseAsync().AsTask();
        Assert.False(closing.IsCompleted);
        for (int i = 0; i < 10; i++)
            Assert.Equal($"{i}", (await peer.ReadAsync())!.PayloadText);
        Assert.Equal(1000, (await peer.ReadAsync())!.CloseCode);
    }

    [Theory]
    [EveryTransport(0)]
    [EveryTransport(1)]
    [EveryTransport(3)]
    [EveryTransport(7)]
    public async Task Stream_that_ends_without_a_close_or_in_the_middle_of_a_frame_is_1006(TransportKind over, int bytes)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        await peer.SendTextAsync("whole");
        await peer.WriteAsync(peer.Frame(WireFrame.Text, [.. "cut"u8])[..bytes]);
        await peer.Transport.DisposeAsync();
        Assert.Equal(new TextMessage("whole"), await peer.Session.ReceiveAsync().Soon());
        Assert.Null(await peer.Session.ReceiveAsync().Soon());
        await peer.Session.Completion.Soon();
        Assert.Equal(_lost, peer.Session.Closed);
        Assert.Equal(WsCloseCause.Lost, peer.Session.CloseCause);
        Assert.False(peer.Session.ClosedCleanly);
        Assert.Null(peer.Session.Failure);
        Assert.Equal(WsCloseCause.Lost, (await Assert.ThrowsAsync<WsClosedException>(() => peer.Session.SendAsync("x").AsTask())).Cause);
    }

    [Fact]
    [OneTransport(OneTransportReason.FailsWithAGivenException)]
    public async Task Transport_that_breaks_is_1006_and_Failure_says_why()
    {
        await using BarePeer peer = BarePeer.Of();
        ValueTask<Message?> receiving = peer.Session.ReceiveAsync();
        var cause = new IOException("cable");
        peer.Memory.Break(cause);
        Assert.Null(await receiving.Soon());
        await peer.Session.Completion.Soon();
        Assert.Equal(_lost, peer.Session.Closed);
        Assert.Same(cause, peer.Session.Failure);
        WsClosedException e = await Assert.ThrowsAsync<WsClosedException>(() => peer.Session.SendAsync("x").AsTask());
        Assert.Same(cause, e.InnerException);
    }

    [Theory]
    [EveryTransport]
    public async Task Connection_that_is_broken_off_is_1006_and_whoever_waits_is_woken(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        await peer.SendTextAsync("whole");
        await peer.SettleAsync();
        Assert.Equal(new TextMessage("whole"), await peer.Session.ReceiveAsync().Soon());
        ValueTask<Message?> receiving = peer.Session.ReceiveAsync();
        Task<TimeSpan> ping = peer.Session.PingAsync().AsTask();
        await peer.BreakAsync();
        Assert.Null(await receiving.Soon());
        Assert.Equal(WsCloseCause.Lost, (await Assert.ThrowsAsync<WsClosedException>(() => ping.Soon())).Cause);
        await peer.Session.Completion.Soon();
        Assert.Equal((_lost, WsCloseCause.Lost), (peer.Session.Closed, peer.Session.CloseCause));
        Assert.NotNull(peer.Session.Failure);
        WsClosedException e = await Assert.ThrowsAsync<WsClosedException>(() => peer.Session.SendAsync("x").AsTask());
        Assert.Same(peer.Session.Failure, e.InnerException);
    }

    [Theory]
    [EveryTransport(ConnectionRole.Client)]
    [EveryTransport(ConnectionRole.Server)]
    [Trait("Register", "S41")]
    public async Task Peer_breaks_the_protocol__it_is_told_and_nothing_is_thrown(TransportKind over, ConnectionRole role)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, role);
        await peer.SendTextAsync("before");
        await peer.WriteAsync([0xFF, 0xFF]);
        Assert.Equal(new TextMessage("before"), await peer.Session.ReceiveAsync().Soon());
        Assert.Null(await peer.Session.ReceiveAsync().Soon());
        Assert.Equal(1002, (await peer.ReadAsync())!.CloseCode);
        Assert.Equal(WsCloseCause.ProtocolError, peer.Session.CloseCause);
        Assert.NotNull(peer.Session.Closed!.Error);
        Assert.False(peer.Session.ClosedCleanly);
        WsClosedException e = await Assert.ThrowsAsync<WsClosedException>(() => peer.Session.SendAsync("x").AsTask());
        Assert.Equal(peer.Session.CloseResult?.Error, e.Error);
    }

    [Fact]
    [OneTransport(OneTransportReason.FailsOneWay)]
    public async Task Writing_that_fails_still_lets_the_close_of_the_peer_be_read()
    {
        await using BarePeer peer = BarePeer.Of(toPeer: new MemoryTransportOptions { BreakAfter = 0 });
        await peer.Session.SendAsync("fails");
        await Waiting.Until(() => peer.Session.Failure is not null);
        await peer.SendTextAsync("last words");
        await peer.SendCloseAsync(1001);
        Assert.Equal(new TextMessage("last words"), await peer.Session.ReceiveAsync().Soon());
        Assert.Null(await peer.Session.ReceiveAsync().Soon());
        Assert.Equal(CloseCode.GoingAway, peer.Session.Closed!.Code);
        Assert.False(peer.Session.ClosedCleanly);
    }

    [Fact]
    [OneTransport(OneTransportReason.FailsOneWay)]
    public async Task Writing_that_fails_ends_the_session_at_the_timeout_if_nothing_more_comes()
    {
        await using BarePeer peer = BarePeer.Of(toPeer: new MemoryTransportOptions { BreakAfter = 0 });
        await peer.Session.SendAsync("fails");
        await Waiting.Until(() => peer.Session.Failure is not null);
        WsClosedException e = await Assert.ThrowsAsync<WsClosedException>(() => peer.Session.SendAsync("x").AsTask());
        Assert.Equal(WsCloseCause.Lost, e.Cause);
        peer.Time.Advance(TimeSpan.FromSeconds(10));
        await peer.Session.Completion.Soon();
        Assert.Equal(WsCloseCause.Lost, peer.Session.CloseCause);
    }

    [Theory]
    [EveryTransport]
    public async Task Abort_ends_at_once_and_what_arrived_can_be_received(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        await peer.SendTextAsync("one");
        await peer.SettleAsync();
        peer.Session.Abort();
        Assert.Equal(ConnectionState.Closed, peer.Session.State);
        await peer.Session.Completion.Soon();
        Assert.Equal(new TextMessage("one"), await peer.Session.ReceiveAsync().Soon());
        Assert.Null(await peer.Session.ReceiveAsync().Soon());
        Assert.Equal((WsCloseCause.Local, _lost), (peer.Session.CloseCause, peer.Session.Closed));
        Assert.Null(peer.Session.Failure);
        Assert.Null(await peer.ReadAsync());
    }

    [Theory]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public async Task Close_is_written_whole_before_the_transport_is_ended(ConnectionRole role)
    {
        await using BarePeer peer = BarePeer.Of(role, toPeer: new MemoryTransportOptions { Capacity = 1 });
        await peer.Session.SendAsync("slow");
        await peer.SendCloseAsync(1000);
        await peer.Transport.CompleteWritesAsync();
        await Waiting.Until(() => peer.Session.PeerClose is not null);
        Assert.Equal("slow", (await peer.ReadAsync())!.PayloadText);
        Assert.Equal(1000, (await peer.ReadAsync())!.CloseCode);
        Assert.Null(await peer.ReadAsync());
        await peer.Session.Completion.Soon();
        Assert.True(peer.Session.ClosedCleanly);
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Close_that_was_never_written_is_not_clean()
    {
        await using BarePeer peer = BarePeer.Of(toPeer: new MemoryTransportOptions { Capacity = 1 });
        await peer.Session.SendAsync("blocks");
        await peer.SendCloseAsync(1000);
        await Waiting.Until(() => peer.Session.PeerClose is not null);
        Assert.False(peer.Session.ClosedCleanly);
        peer.Session.Abort();
        await peer.Session.Completion.Soon();
        Assert.Equal(CloseCode.NormalClosure, peer.Session.Closed!.Code);
        Assert.False(peer.Session.ClosedCleanly);
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Abort_wakes_whoever_waits()
    {
        await using BarePeer peer =
            BarePeer.Of(options: new WsSessionOptions { MaxSendBacklog = 1 }, toPeer: new MemoryTransportOptions { Capacity = 1 });
        Task<Message?> receive = peer.Session.ReceiveAsync().AsTask();
        await peer.Session.SendAsync("0").Soon();
        Task<TimeSpan> ping = peer.Session.PingAsync().AsTask();
        Task send = peer.Session.SendAsync("1").AsTask();
        peer.Session.Abort();
        Assert.Null(await receive.Soon());
        Assert.Equal(WsCloseCause.Local, (await Assert.ThrowsAsync<WsClosedException>(() => ping.Soon())).Cause);
        await Assert.ThrowsAsync<WsClosedException>(() => send.Soon());
    }

    public static TheoryData<string, string, string> HangsAndThrows()
    {
        string[] ways = ["hangs", "throws", "throws later"];
        var all = new TheoryData<string, string, string>();
        IEnumerable<(string Read, string Write, string Dispose)> combinations =
            from read in ways
            from write in ways
            from dispose in ways
            select (read, write, dispose);
        foreach ((string read, string write, string dispose) in combinations)
            all.Add(read, write, dispose);
        return all;
    }

    /// <summary>Operations that do not even heed their tokens.</summary>
    private static ValueTask<int> Behave(string way) => way switch
    {
        "hangs" => new ValueTask<int>(new TaskCompletionSource<int>().Task),
        "throws" => throw new InvalidOperationException(way),
        _ => new ValueTask<int>(Task.Run(int () => throw new InvalidOperationException(way))),
    };

    [Theory]
    [OneTransport(OneTransportReason.IsScripted)]
    [MemberData(nameof(HangsAndThrows))]
    public async Task Disposal_ends_and_does_not_throw_whatever_the_transport_does(string read, string write, string dispose)
    {
        var time = new ManualTime();
        var transport = new FakeTransport
        {
            OnRead = (_, _) => Behave(read),
            OnWrite = async (_, _) => await Behave(write),
            OnComplete = async () => await Behave(write),
            OnDispose = async () => await Behave(dispose),
        };
        var options = new WsSessionOptions { TimeProvider = time, KeepAliveInterval = null, WriteTimeout = Timeout.InfiniteTimeSpan };
        WsSession session = WsSession.FromEstablished(transport, WsConnection.Established(ConnectionRole.Server), options);
        Task disposing = Task.Run(() => session.DisposeAsync().AsTask());
        TimeSpan limit = TimeSpan.FromSeconds(10);
        while (!disposing.IsCompleted && time.Now < limit)
        {
            await Task.Yield();
            if (time.Next is { } next)
                time.Advance((next < limit ? next : limit) - time.Now);
        }

        // No more time goes by.
        await disposing.Soon();
        Assert.Equal(1, transport.Disposals);
        Assert.True(session.Completion.IsCompletedSuccessfully);
        Assert.Null(await session.ReceiveAsync().Soon());
    }

    [Fact]
    [OneTransport(OneTransportReason.IsScripted)]
    public async Task Handshake_ends_in_time_though_the_transport_cannot_be_disposed_of()
    {
        var time = new ManualTime();
        var transport = new FakeTransport { OnDispose = () => new ValueTask(new TaskCompletionSource().Task) };
        Task connecting =
            WsSession.ConnectAsync(transport, new Request("test", "/"), new WsConnectOptions { Session = new() { TimeProvider = time } })
                .AsTask();
        time.Advance(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<TimeoutException>(() => connecting.Soon());
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Session_that_closes_by_hand_ends_though_a_write_hangs_and_the_peer_is_gone()
    {
        await using BarePeer peer = BarePeer.Of(toPeer: new MemoryTransportOptions { Capacity = 1 });
        peer.Session.AsWebSocket();
        await peer.Session.SendAsync("hangs");
        await peer.Transport.CompleteWritesAsync();
        Assert.Null(await peer.Session.ReceiveAsync().Soon());
        peer.Time.Advance(TimeSpan.FromSeconds(10));
        await peer.Session.DisposeAsync().Soon();
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Failures_that_nobody_awaits_are_not_reported_as_unobserved()
    {
        Exception? unobserved = null;
        void Note(object? sender, UnobservedTaskExceptionEventArgs e)
        {
            if (e.Exception.InnerExceptions.Any(inner => inner is WsClosedException or IOException { Message: "S41" }))
                unobserved = e.Exception;
        }

        TaskScheduler.UnobservedTaskException += Note;
        try
        {
            for (int i = 0; i < 20; i++)
            {
                await PingAndBreakAsync();
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Note;
        }

        Assert.Null(unobserved);
    }

    private static async Task PingAndBreakAsync()
    {
        await using BarePeer peer =
            BarePeer.Of(options: new WsSessionOptions { MaxSendBacklog = 1 }, toPeer: new MemoryTransportOptions { Capacity = 1 });
        await peer.Session.SendAsync(new byte[5000]);
        // It waits for room, so its answer is not awaited yet.
        Task<TimeSpan> waiting = peer.Session.PingAsync().AsTask();
        using var cancellation = new CancellationTokenSource();
        Task<TimeSpan> cancelled = peer.Session.PingAsync(default, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Soon());
        peer.Memory.Break(new IOException("S41"));
        await Assert.ThrowsAsync<WsClosedException>(() => waiting.Soon());
    }

    private sealed class HookedTime(Action look) : TimeProvider
    {
        public override long GetTimestamp()
        {
            look();
            return base.GetTimestamp();
        }
    }
}
