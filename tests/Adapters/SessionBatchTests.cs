using System.Buffers;
using WsProto.Adapters.Sessions;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests;

/// <summary>Batches, sends that do not wait, and what fails where.</summary>
public sealed class SessionBatchTests
{
    [Theory]
    [EveryTransport(ConnectionRole.Client)]
    [EveryTransport(ConnectionRole.Server)]
    public async Task Batch_goes_out_whole_in_one_write_and_in_order(TransportKind over, ConnectionRole role)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, role);
        using (SendBatch batch = peer.Session.BeginBatch())
        {
            batch.SendText("grüß");
            batch.SendText("utf8"u8);
            batch.SendBytes([1, 2]);
            batch.Send(PreparedMessage.FromText("prepared"));
            Assert.Equal(0, peer.SessionTransport.Writes);
            await peer.Session.SendTextAsync("in between");
            Assert.Equal(1, peer.SessionTransport.Writes);
        }

        Assert.Equal(2, peer.SessionTransport.Writes);
        foreach (string text in (string[])["in between", "grüß", "utf8"])
            Assert.Equal(text, (await peer.ReadAsync())!.PayloadText);
        Assert.Equal([1, 2], (await peer.ReadAsync())!.Payload);
        Assert.Equal("prepared", (await peer.ReadAsync())!.PayloadText);
    }

    [Theory]
    [EveryTransport]
    public async Task Batch_that_has_ended_throws_and_its_second_end_does_nothing(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        SendBatch batch = pair.Client.BeginBatch();
        batch.SendText("one");
        batch.Dispose();
        batch.Dispose();
        Assert.Throws<InvalidOperationException>(() => batch.SendText("late"));
        SendBatch next = pair.Client.BeginBatch();
        batch.Dispose();
        next.SendText("two");
        next.Dispose();
        Assert.Equal(new TextMessage("one"), await pair.Server.ReceiveAsync().Soon());
        Assert.Equal(new TextMessage("two"), await pair.Server.ReceiveAsync().Soon());
        Assert.ThrowsAny<ArgumentException>(() =>
        {
            using SendBatch bad = pair.Client.BeginBatch();
            bad.SendText("\uD800");
        });
        await pair.Client.CloseAsync().Soon();
        SendBatch closed = pair.Client.BeginBatch();
        closed.SendText("never");
        await Assert.ThrowsAsync<WsClosedException>(() => closed.FlushAsync().AsTask());
        closed.Dispose();
    }

    /// <summary>The encoder is the next session's too.</summary>
    [Theory]
    [EveryTransport]
    public async Task Message_of_a_batch_for_which_there_is_no_memory_leaves_nothing_behind(TransportKind over)
    {
        var pool = new LimitedPool(largest: 100_000);
        await using BarePeer peer = await BarePeer.OverAsync(over, options: new WsSessionOptions { Pool = pool });
        await using BarePeer other = await BarePeer.OverAsync(over);
        using (SendBatch batch = peer.Session.BeginBatch())
        {
            batch.SendText("before");
            // The first steps of it fit.
            Assert.Throws<InsufficientMemoryException>(() => batch.SendBytes(new byte[300_000]));
            batch.SendText("behind");
        }

        using (SendBatch batch = other.Session.BeginBatch())
            batch.SendText("another's");
        Assert.Equal("before", (await peer.ReadAsync())!.PayloadText);
        Assert.Equal("behind", (await peer.ReadAsync())!.PayloadText);
        Assert.Equal("another's", (await other.ReadAsync())!.PayloadText);
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Batch_waits_behind_a_message_in_fragments_and_for_room()
    {
        await using BarePeer peer =
            BarePeer.Of(options: new WsSessionOptions { MaxSendBacklog = 10 }, toPeer: new MemoryTransportOptions { Capacity = 1 });
        await peer.Session.SendAsync(new TextMessage("be") { MessageFinished = false });
        SendBatch batch = peer.Session.BeginBatch();
        batch.SendText("batch of more than the backlog");
        Task room = batch.FlushAsync().AsTask();
        Assert.False(room.IsCompleted);
        await peer.Session.SendAsync(new TextMessage("gun"));
        Assert.Equal("be", (await peer.ReadAsync())!.PayloadText);
        Assert.Equal("gun", (await peer.ReadAsync())!.PayloadText);
        Assert.Equal("batch of more than the backlog", (await peer.ReadAsync())!.PayloadText);
        await room.Soon();
        batch.Dispose();
    }

    [Theory]
    [EveryTransport]
    public async Task Batch_of_a_compressed_session_is_compressed_and_in_order(TransportKind over)
    {
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(far, new WsAcceptOptions { Extensions = [new PerMessageDeflate()] });
        var counted = new CountedTransport(near);
        await using WsSession client =
            await WsSession.ConnectAsync(counted, new Request("test", "/") { Extensions = [new PerMessageDeflate()] }).Soon();
        await using WsSession server = await accepting.Soon();
        await server.SendTextAsync("first");
        using (SendBatch batch = server.BeginBatch())
        {
            for (int i = 0; i < 50; i++)
                batch.SendText(new string('x', 1000) + i);
        }

        Assert.Equal(new TextMessage("first"), await client.ReceiveAsync().Soon());
        for (int i = 0; i < 50; i++)
            Assert.Equal(new TextMessage(new string('x', 1000) + i), await client.ReceiveAsync().Soon());
        Assert.True(counted.BytesRead < 10_000, $"{counted.BytesRead} bytes");
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Broadcast_is_spoilt_by_nobody_who_left_or_does_not_keep_up()
    {
        await using SessionPair here = SessionPair.Create();
        await using SessionPair left = SessionPair.Create();
        await using BarePeer slow =
            BarePeer.Of(options: new WsSessionOptions { MaxSendBacklog = 1 }, toPeer: new MemoryTransportOptions { Capacity = 1 });
        await left.Server.CloseAsync().Soon();
        await slow.Session.SendTextAsync("fills it");
        PreparedMessage message = PreparedMessage.FromText("to all");
        Assert.Equal([true, false, false], new[] { here.Server, left.Server, slow.Session }.Select(session => session.TrySend(message)));
        Assert.Equal([true, false, false], new[] { here.Server, left.Server, slow.Session }.Select(session => session.TrySendText("text")));
        Assert.Equal(
            [true, false, false],
            new[] { here.Server, left.Server, slow.Session }.Select(session => session.TrySendBytes(new byte[] { 1 })));
        Assert.Equal(new TextMessage("to all"), await here.Client.ReceiveAsync().Soon());
        Assert.Equal(new TextMessage("text"), await here.Client.ReceiveAsync().Soon());
        Assert.Equal(new BytesMessage(new byte[] { 1 }), await here.Client.ReceiveAsync().Soon());
    }

    [Theory]
    [EveryTransport]
    public async Task Send_on_a_closed_session_fails_its_task_and_a_wrong_argument_throws_at_once(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        Assert.ThrowsAny<ArgumentException>(() => { _ = pair.Client.SendTextAsync("\uD800").AsTask(); });
        Assert.ThrowsAny<ArgumentException>(() => { _ = pair.Client.SendTextAsync(new byte[] { 0xFF }).AsTask(); });
        await pair.Client.CloseAsync().Soon();
        Task[] sends =
        [
            pair.Client.SendTextAsync("x").AsTask(), pair.Client.SendTextAsync("x"u8.ToArray()).AsTask(),
            pair.Client.SendBytesAsync(new byte[1]).AsTask(),
            pair.Client.SendAsync(new Ping()).AsTask(), pair.Client.SendAsync(new CloseConnection(CloseCode.GoingAway)).AsTask(),
            pair.Client.SendAsync(PreparedMessage.FromText("x")).AsTask(),
        ];
        foreach (Task send in sends)
            Assert.Equal(WsCloseCause.Local, (await Assert.ThrowsAsync<WsClosedException>(() => send)).Cause);
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Peer_that_takes_nothing_is_given_up_after_the_write_timeout_though_it_sends()
    {
        var options = new WsSessionOptions { WriteTimeout = TimeSpan.FromSeconds(30), MaxReceiveBacklog = 1 };
        await using BarePeer peer = BarePeer.Of(options: options, toPeer: new MemoryTransportOptions { Capacity = 1 });
        await peer.Session.SendTextAsync("never taken");
        for (int i = 0; i < 29; i++)
        {
            await peer.SendAsync(WireFrame.Pong, []);
            peer.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Null(peer.Session.CloseResult);
        peer.Time.Advance(TimeSpan.FromSeconds(1));
        await peer.Session.Completion.Soon();
        Assert.Equal(WsCloseCause.Stalled, peer.Session.CloseResult!.Cause);
    }

    [Theory]
    [EveryTransport]
    public async Task Pong_brings_the_next_keep_alive_forward_to_the_interval(TransportKind over)
    {
        var options = new WsSessionOptions { KeepAliveInterval = TimeSpan.FromSeconds(1), KeepAliveTimeout = TimeSpan.FromSeconds(20) };
        await using BarePeer peer = await BarePeer.OverAsync(over, options: options);
        for (int i = 0; i < 5; i++)
        {
            peer.Time.Advance(TimeSpan.FromSeconds(1));
            WireFrame ping = (await peer.ReadAsync())!;
            Assert.Equal(WireFrame.Ping, ping.Opcode);
            await peer.SendAsync(WireFrame.Pong, ping.Payload);
            await peer.SettleAsync();
        }
    }

    [Theory]
    [EveryTransport]
    public async Task Ping_without_a_token_ends_though_its_Pong_never_comes(TransportKind over)
    {
        var options = new WsSessionOptions { KeepAliveInterval = null, KeepAliveTimeout = TimeSpan.FromSeconds(3) };
        await using BarePeer peer = await BarePeer.OverAsync(over, options: options);
        Task<TimeSpan> ping = peer.Session.PingAsync().AsTask();
        Assert.Equal(WireFrame.Ping, (await peer.ReadAsync())!.Opcode);
        await peer.SendAsync(WireFrame.Pong, [1]);
        peer.Time.Advance(TimeSpan.FromSeconds(3));
        await Assert.ThrowsAsync<TimeoutException>(() => ping.Soon());
        Assert.Equal(ConnectionState.Open, peer.Session.State);
    }

    [Fact]
    [OneTransport(OneTransportReason.UsesNoBytes)]
    public void Every_way_to_the_end_ends_and_only_two_Closes_make_it_clean()
    {
        foreach ((CloseState from, CloseTrigger trigger, CloseState to) in CloseHandshake.Rows())
        {
            Assert.True(to > from, $"{from} {trigger} {to}");
            Assert.True(!CloseHandshake.CompletesBothCloses(from, trigger) || to == CloseState.Over);
        }

        for (CloseState state = CloseState.Open; state < CloseState.Over; state++)
            Assert.Equal(CloseState.Over, CloseHandshake.Next(state, CloseTrigger.GiveUp));
    }

    /// <summary>Has no large arrays.</summary>
    private sealed class LimitedPool(int largest) : ArrayPool<byte>
    {
        public override byte[] Rent(int minimumLength) =>
            minimumLength > largest ? throw new InsufficientMemoryException() : Shared.Rent(minimumLength);

        public override void Return(byte[] array, bool clearArray = false) => Shared.Return(array, clearArray);
    }
}
