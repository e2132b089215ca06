using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests;

public sealed class SessionLivenessTests
{
    private static readonly TimeSpan _tick = TimeSpan.FromTicks(1);

    [Fact]
    [OneTransport(OneTransportReason.TakesTime)]
    public async Task Round_trip_time_is_exact()
    {
        await using SessionPair pair = SessionPair.Create(
            toServer: new MemoryTransportOptions { Delay = TimeSpan.FromMilliseconds(30) },
            toClient: new MemoryTransportOptions { Delay = TimeSpan.FromMilliseconds(40) });
        Task<TimeSpan> ping = pair.Client.PingAsync().AsTask();
        pair.Time.Advance(TimeSpan.FromMilliseconds(30));
        await Waiting.Until(() => pair.ToClient.Frames.Count == 1);
        Assert.False(ping.IsCompleted);
        pair.Time.Advance(TimeSpan.FromMilliseconds(40));
        Assert.Equal(TimeSpan.FromMilliseconds(70), await ping.Soon());
        pair.Client.Abort();
        pair.Server.Abort();
    }

    [Theory]
    [EveryTransport]
    public async Task Pong_of_a_later_Ping_answers_those_before_it_and_no_later_ones(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        Task<TimeSpan> first = peer.Session.PingAsync(new byte[] { 1 }).AsTask();
        peer.Time.Advance(TimeSpan.FromSeconds(1));
        Task<TimeSpan> second = peer.Session.PingAsync().AsTask();
        peer.Time.Advance(TimeSpan.FromSeconds(1));
        Task<TimeSpan> third = peer.Session.PingAsync().AsTask();
        await peer.ReadAsync();
        WireFrame ping = (await peer.ReadAsync())!;
        await peer.SendAsync(WireFrame.Pong, []);
        await peer.SendAsync(WireFrame.Pong, [.. "unasked"u8]);
        await peer.SettleAsync();
        Assert.False(first.IsCompleted || second.IsCompleted || third.IsCompleted);
        await peer.SendAsync(WireFrame.Pong, ping.Payload);
        Assert.Equal(TimeSpan.FromSeconds(2), await first.Soon());
        Assert.Equal(TimeSpan.FromSeconds(1), await second.Soon());
        await peer.SettleAsync();
        Assert.False(third.IsCompleted);
        peer.Session.Abort();
        await Assert.ThrowsAsync<WsClosedException>(() => third.Soon());
    }

    [Theory]
    [EveryTransport]
    public async Task Pong_of_a_keep_alive_Ping_answers_those_of_callers_before_it(TransportKind over)
    {
        await using BarePeer peer =
            await BarePeer.OverAsync(over, options: new WsSessionOptions { KeepAliveInterval = TimeSpan.FromSeconds(5) });
        Task<TimeSpan> early = peer.Session.PingAsync().AsTask();
        peer.Time.Advance(TimeSpan.FromSeconds(5));
        Task<TimeSpan> late = peer.Session.PingAsync().AsTask();
        await peer.ReadAsync();
        WireFrame keepAlive = (await peer.ReadAsync())!;
        // "An endpoint MAY elect to send a Pong frame for only the most recently processed Ping frame" (RFC 6455 §5.5.3).
        await peer.SendAsync(WireFrame.Pong, keepAlive.Payload);
        Assert.Equal(TimeSpan.FromSeconds(5), await early.Soon());
        await peer.SettleAsync();
        Assert.False(late.IsCompleted);
        peer.Session.Abort();
        await Assert.ThrowsAsync<WsClosedException>(() => late.Soon());
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Pong_does_not_answer_a_Ping_that_still_waits_for_room()
    {
        var options = new WsSessionOptions { MaxSendBacklog = 1 };
        await using BarePeer peer = BarePeer.Of(options: options, toPeer: new MemoryTransportOptions { Capacity = 1 });
        await peer.Session.SendAsync(new byte[5000]);
        Task<TimeSpan> waiting = peer.Session.PingAsync(new byte[] { 1 }).AsTask();
        await peer.SendAsync(WireFrame.Pong, [1]);
        Assert.Equal(5000, (await peer.ReadAsync())!.Payload.Length);
        Assert.Equal([1], (await peer.ReadAsync())!.Payload);
        await peer.SettleAsync();
        Assert.False(waiting.IsCompleted);
        await peer.SendAsync(WireFrame.Pong, [1]);
        Assert.Equal(TimeSpan.Zero, await waiting.Soon());
    }

    [Theory]
    [EveryTransport]
    public async Task Cancelled_Ping_stops_waiting_and_its_Pong_harms_nothing(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        using var cancellation = new CancellationTokenSource();
        Task<TimeSpan> ping = peer.Session.PingAsync(default, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ping.Soon());
        await peer.SendAsync(WireFrame.Pong, (await peer.ReadAsync())!.Payload);
        await peer.SettleAsync();
        Assert.Equal(ConnectionState.Open, peer.Session.State);
    }

    [Theory]
    [EveryTransport(ConnectionRole.Client)]
    [EveryTransport(ConnectionRole.Server)]
    [Trait("Register", "S53")]
    public async Task Silent_peer_is_given_up_at_interval_plus_timeout_exactly_though_nobody_receives(
        TransportKind over, ConnectionRole role)
    {
        var options = new WsSessionOptions { KeepAliveInterval = TimeSpan.FromSeconds(5), KeepAliveTimeout = TimeSpan.FromSeconds(3) };
        await using BarePeer peer = await BarePeer.OverAsync(over, role, options);
        peer.Time.Advance(TimeSpan.FromSeconds(5) - _tick);
        Assert.Equal(0, peer.SessionTransport.BytesWritten);
        peer.Time.Advance(_tick);
        Assert.Equal(WireFrame.Ping, (await peer.ReadAsync())!.Opcode);
        peer.Time.Advance(TimeSpan.FromSeconds(3) - _tick);
        Assert.Equal((ConnectionState.Open, null), (peer.Session.State, peer.Session.CloseCause));
        peer.Time.Advance(_tick);
        await peer.Session.Completion.Soon();
        Assert.Equal((ConnectionState.Closed, WsCloseCause.KeepAlive), (peer.Session.State, peer.Session.CloseCause));
        Assert.Equal(new CloseConnection(CloseCode.AbnormalClosure), peer.Session.Closed);
        Assert.Equal(1011, (await peer.ReadAsync())!.CloseCode);
        Assert.Null(await peer.ReadAsync());
        Assert.Equal(
            WsCloseCause.KeepAlive,
            (await Assert.ThrowsAsync<WsClosedException>(() => peer.Session.SendAsync("x").AsTask())).Cause);
        Assert.Null(peer.Session.Failure);
    }

    [Theory]
    [EveryTransport]
    public async Task Receive_that_waits_is_woken_when_the_peer_is_given_up(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        Task<Message?> receiving = peer.Session.ReceiveAsync().AsTask();
        peer.Time.Advance(TimeSpan.FromSeconds(40));
        Assert.Null(await receiving.Soon());
        Assert.Equal(WsCloseCause.KeepAlive, peer.Session.CloseCause);
    }

    [Theory]
    [EveryTransport]
    [Trait("Register", "S53")]
    public async Task No_Ping_goes_out_after_our_Close(TransportKind over)
    {
        var options = new WsSessionOptions { KeepAliveInterval = TimeSpan.FromSeconds(1), CloseTimeout = TimeSpan.FromSeconds(100) };
        await using BarePeer peer = await BarePeer.OverAsync(over, options: options);
        Task<WsCloseResult> closing = peer.Session.CloseAsync().AsTask();
        Assert.Equal(WireFrame.Close, (await peer.ReadAsync())!.Opcode);
        long written = peer.SessionTransport.BytesWritten;
        peer.Time.Advance(TimeSpan.FromSeconds(99));
        await Assert.ThrowsAsync<WsClosedException>(() => peer.Session.PingAsync().AsTask());
        Assert.Equal(written, peer.SessionTransport.BytesWritten);
        // A Pong is owed until the peer's Close (RFC 6455 §5.5.2).
        await peer.SendAsync(WireFrame.Ping, [1]);
        Assert.Equal(WireFrame.Pong, (await peer.ReadAsync())!.Opcode);
        Assert.False(closing.IsCompleted);
        peer.Time.Advance(TimeSpan.FromSeconds(1));
        await closing.Soon();
    }

    [Theory]
    [EveryTransport]
    [Trait("Register", "S54")]
    public async Task Idle_connection_has_traffic_every_20_seconds_by_default(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        for (int i = 1; i <= 50; i++)
        {
            pair.Time.Advance(TimeSpan.FromSeconds(20));
            int expected = i;
            await Waiting.Until(() => pair.ToServer.Frames.Count >= expected && pair.ToClient.Frames.Count >= expected);
            await pair.Client.PingAsync().Soon();
        }

        Assert.Equal(ConnectionState.Open, pair.Client.State);
    }

    [Theory]
    [EveryTransport]
    public async Task Large_message_that_the_peer_took_does_not_put_the_next_Ping_off(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        Task sending = peer.Session.SendAsync(new byte[300_000]).AsTask();
        Assert.Equal(300_000, (await peer.ReadAsync())!.Payload.Length);
        await sending.Soon();
        await Waiting.Until(() => peer.Session.BufferedBytes == 0);
        peer.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(WireFrame.Ping, (await peer.ReadAsync())!.Opcode);
    }

    [Theory]
    [EveryTransport]
    public async Task Anything_the_peer_sends_is_a_sign_of_life(TransportKind over)
    {
        var options = new WsSessionOptions
        {
            KeepAliveInterval = TimeSpan.FromSeconds(5),
            KeepAliveTimeout = TimeSpan.FromSeconds(3),
            Connection = new WsConnectionOptions { MessageDelivery = MessageDelivery.Chunks },
        };
        await using BarePeer peer = await BarePeer.OverAsync(over, options: options);
        byte[] frame = peer.Frame(WireFrame.Binary, new byte[100]);
        await peer.WriteAsync(frame[..6]);
        for (int i = 6; i < 100; i++)
        {
            peer.Time.Advance(TimeSpan.FromSeconds(4));
            await peer.WriteAsync([frame[i]]);
            Assert.False(((BytesMessage)(await peer.Session.ReceiveAsync().Soon())!).MessageFinished);
        }

        Assert.Equal(ConnectionState.Open, peer.Session.State);
        Assert.Equal(0, peer.SessionTransport.BytesWritten);
    }

    [Theory]
    [EveryTransport]
    public async Task Receiver_that_lags_does_not_make_a_peer_look_dead_and_the_connection_is_kept_alive(TransportKind over)
    {
        var options = new WsSessionOptions { MaxReceiveBacklog = 1 };
        await using BarePeer peer = await BarePeer.OverAsync(over, options: options);
        await peer.SendTextAsync("one");
        await Waiting.Until(() => peer.Session.IsPaused);
        // The reader pauses at the first message: what comes is not read.
        for (int i = 0; i < 10; i++)
        {
            peer.Time.Advance(TimeSpan.FromSeconds(20));
            WireFrame ping = (await peer.ReadAsync())!;
            Assert.Equal(WireFrame.Ping, ping.Opcode);
            await peer.SendAsync(WireFrame.Pong, ping.Payload);
        }

        Assert.Equal(ConnectionState.Open, peer.Session.State);
        Assert.Equal(new TextMessage("one"), await peer.Session.ReceiveAsync().Soon());
        await peer.SettleAsync();
    }

    [Theory]
    [EveryTransport]
    public async Task Time_in_which_the_reader_paused_does_not_count_against_the_peer(TransportKind over)
    {
        var options = new WsSessionOptions { MaxReceiveBacklog = 1 };
        await using BarePeer peer = await BarePeer.OverAsync(over, options: options);
        peer.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(WireFrame.Ping, (await peer.ReadAsync())!.Opcode);
        await peer.WriteAsync(peer.Frame(WireFrame.Text, [.. "one"u8]), peer.Frame(WireFrame.Text, [.. "two"u8]));
        await Waiting.Until(() => peer.Session.IsPaused);
        peer.Time.Advance(TimeSpan.FromSeconds(19));
        // The reader goes on one second before the time is over; what the peer sent meanwhile is not read yet.
        Assert.Equal(new TextMessage("one"), await peer.Session.ReceiveAsync().Soon());
        peer.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ConnectionState.Open, peer.Session.State);
        Assert.Equal(new TextMessage("two"), await peer.Session.ReceiveAsync().Soon());
    }

    [Theory]
    [EveryTransport]
    public async Task Without_keep_alive_no_timer_runs(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, options: new WsSessionOptions { KeepAliveInterval = null });
        Assert.Equal(0, peer.Time.Pending);
        peer.Time.Advance(TimeSpan.FromDays(10));
        await peer.SettleAsync();
    }

    [Theory]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    [InlineData(0)]
    [InlineData(125)]
    [Trait("Register", "S34")]
    public async Task Ping_while_nothing_can_be_written__is_answered_once_it_can(int size)
    {
        await using BarePeer peer = BarePeer.Of(toPeer: new MemoryTransportOptions { Capacity = 1 });
        await peer.Session.SendAsync(new byte[10]);
        await peer.SendAsync(WireFrame.Ping, new byte[size]);
        Assert.Equal(10, (await peer.ReadAsync())!.Payload.Length);
        Assert.Equal(size, (await peer.ReadAsync())!.Payload.Length);
        await peer.SettleAsync();
        Assert.Equal(0, peer.Session.BufferedBytes);
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    [Trait("Register", "S35")]
    public async Task A_million_Pings_while_nothing_can_be_written__are_bounded_and_the_newest_is_answered()
    {
        await using BarePeer peer = BarePeer.Of(toPeer: new MemoryTransportOptions { Capacity = 1 });
        var pings = new List<byte>();
        for (int i = 0; i < 10_000; i++)
            pings.AddRange(peer.Frame(WireFrame.Ping, BitConverter.GetBytes(i)));
        byte[] flood = [.. pings];
        for (int i = 0; i < 100; i++)
            await peer.WriteAsync(flood);
        await peer.SendAsync(WireFrame.Ping, [.. "newest"u8]);
        await peer.SendTextAsync("read");
        Assert.Equal(new TextMessage("read"), await peer.Session.ReceiveAsync().Soon());
        Assert.InRange(peer.Session.BufferedBytes, 4 * 1024, (4 * 1024) + 127);
        int answers = 0;
        while ((await peer.ReadAsync())!.Payload is var payload && !payload.SequenceEqual("newest"u8.ToArray()))
            answers++;
        Assert.InRange(answers, 4 * 1024 / 6, (4 * 1024 / 6) + 1);
    }

    [Theory]
    [EveryTransport]
    [Trait("Register", "S37")]
    public async Task A_million_unasked_Pongs__keep_nothing(TransportKind over)
    {
        var pool = new CanaryPool();
        await using BarePeer peer = await BarePeer.OverAsync(over, options: new WsSessionOptions { Pool = pool });
        byte[] flood = [.. Enumerable.Range(0, 10_000).SelectMany(i => peer.Frame(WireFrame.Pong, BitConverter.GetBytes(i)))];
        Task<TimeSpan> ping = peer.Session.PingAsync().AsTask();
        for (int i = 0; i < 100; i++)
            await peer.WriteAsync(flood);
        await peer.SendAsync(WireFrame.Pong, (await peer.ReadAsync())!.Payload);
        await ping.Soon();
        Assert.Equal((1, 0), (pool.Rented, pool.Outstanding));
    }
}
