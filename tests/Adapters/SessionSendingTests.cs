using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests;

public sealed class SessionSendingTests
{
    private static readonly MemoryTransportOptions _narrow = new() { Capacity = 1 };

    [Theory]
    [EveryTransport(ConnectionRole.Client)]
    [EveryTransport(ConnectionRole.Server)]
    public async Task Each_message_goes_out_as_one_frame(TransportKind over, ConnectionRole role)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, role);
        await peer.Session.SendAsync("grüß");
        await peer.Session.SendAsync(new byte[] { 1, 2 });
        await peer.Session.SendAsync(new TextMessage(""));
        Task large = peer.Session.SendAsync(new byte[70_000]).AsTask();
        Assert.Equal("grüß", (await peer.ReadAsync())!.PayloadText);
        Assert.Equal([1, 2], (await peer.ReadAsync())!.Payload);
        Assert.Empty((await peer.ReadAsync())!.Payload);
        Assert.Equal(70_000, (await peer.ReadAsync())!.Payload.Length);
        await large.Soon();
    }

    [Theory]
    [EveryTransport]
    public async Task Text_with_a_lone_surrogate_is_refused_and_harms_nothing(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, ConnectionRole.Client);
        await Assert.ThrowsAnyAsync<ArgumentException>(() => peer.Session.SendAsync("a\ud800").AsTask());
        await Assert.ThrowsAnyAsync<ArgumentException>(() => peer.Session.SendAsync(new TextMessage("\udc00")).AsTask());
        await Assert.ThrowsAnyAsync<ArgumentException>(() => peer.Session.SendAsync(new Ping(new byte[126])).AsTask());
        await Assert.ThrowsAnyAsync<ArgumentException>(() => peer.Session.PingAsync(new byte[126]).AsTask());
        await Assert.ThrowsAnyAsync<ArgumentException>(() => peer.Session.SendAsync(new CloseConnection((CloseCode)1006)).AsTask());
        await Assert.ThrowsAnyAsync<ArgumentException>(() => peer.Session.CloseAsync((CloseCode)999).AsTask());
        await Assert.ThrowsAsync<LocalProtocolException>(() => peer.Session.SendAsync(new Request("test", "/")).AsTask());
        await Assert.ThrowsAsync<ArgumentNullException>(() => peer.Session.SendAsync((string)null!).AsTask());
        Assert.Equal(0, peer.Session.BufferedBytes);
        Assert.Equal(ConnectionState.Open, peer.Session.State);
        await peer.Session.SendAsync("fine");
        Assert.Equal("fine", (await peer.ReadAsync())!.PayloadText);
    }

    [Theory]
    [EveryTransport]
    public async Task Text_with_a_lone_surrogate_that_has_to_wait_is_refused_to_its_sender(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        await peer.Session.SendAsync(new TextMessage("a") { MessageFinished = false });
        Task bad = peer.Session.SendAsync("\ud800").AsTask();
        Task good = peer.Session.SendAsync("good").AsTask();
        await peer.Session.SendAsync(new TextMessage("b"));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => bad.Soon());
        await good.Soon();
        Assert.Equal("a", (await peer.ReadAsync())!.PayloadText);
        Assert.Equal("b", (await peer.ReadAsync())!.PayloadText);
        Assert.Equal("good", (await peer.ReadAsync())!.PayloadText);
    }

    [Theory]
    [EveryTransport]
    public async Task Send_after_the_close_says_who_closed_and_with_which_code(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        ValueTask<WsCloseResult> closing = pair.Client.CloseAsync((CloseCode)4001, "bye");
        Assert.Equal(WsCloseCause.Local, (await Assert.ThrowsAsync<WsClosedException>(() => pair.Client.SendAsync("x").AsTask())).Cause);
        await closing.Soon();
        await pair.Server.Completion.Soon();

        WsClosedException atServer = await Assert.ThrowsAsync<WsClosedException>(() => pair.Server.SendAsync("x").AsTask());
        Assert.Equal((WsCloseCause.Peer, (CloseCode)4001, "bye"), (atServer.Cause, atServer.Code, atServer.Reason));
        WsClosedException atClient = await Assert.ThrowsAsync<WsClosedException>(() => pair.Client.SendAsync(new byte[1]).AsTask());
        Assert.Equal((WsCloseCause.Local, (CloseCode)4001), (atClient.Cause, atClient.Code));
        await Assert.ThrowsAsync<WsClosedException>(() => pair.Server.SendAsync(new CloseConnection(CloseCode.NormalClosure)).AsTask());
        await Assert.ThrowsAsync<WsClosedException>(() => pair.Server.PingAsync().AsTask());
    }

    [Theory]
    [EveryTransport]
    public async Task Control_frames_go_between_fragments_and_whole_messages_after_them(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        await peer.Session.SendAsync(new BytesMessage(new byte[] { 1 }) { MessageFinished = false });
        Task whole = peer.Session.SendAsync("whole").AsTask();
        await peer.Session.SendAsync(new Ping(new byte[] { 9 }));
        await peer.SendAsync(WireFrame.Ping, [8]);
        Assert.Equal([1], (await peer.ReadAsync())!.Payload);
        WireFrame[] control = [(await peer.ReadAsync())!, (await peer.ReadAsync())!];
        Assert.Equal([WireFrame.Ping, WireFrame.Pong], control.Select(frame => frame.Opcode).Order());
        Assert.False(whole.IsCompleted);
        await peer.Session.SendAsync(new BytesMessage(new byte[] { 2 }) { MessageFinished = false });
        Assert.False(whole.IsCompleted);
        await peer.Session.SendAsync(new BytesMessage(new byte[] { 3 }));
        await whole.Soon();
        Assert.Equal([2], (await peer.ReadAsync())!.Payload);
        Assert.Equal([3], (await peer.ReadAsync())!.Payload);
        Assert.Equal("whole", (await peer.ReadAsync())!.PayloadText);
    }

    [Theory]
    [EveryTransport]
    public async Task Piece_of_another_kind_than_the_open_message_is_refused(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        await peer.Session.SendAsync(new TextMessage("a") { MessageFinished = false });
        await Assert.ThrowsAsync<LocalProtocolException>(() => peer.Session.SendAsync(new BytesMessage(new byte[] { 1 })).AsTask());
        await peer.Session.SendAsync(new TextMessage("b"));
        Assert.Equal("a", (await peer.ReadAsync())!.PayloadText);
        Assert.Equal("b", (await peer.ReadAsync())!.PayloadText);
    }

    [Theory]
    [EveryTransport]
    public async Task Cancelled_send_that_waits_for_a_message_in_fragments_sends_nothing(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        using var cancellation = new CancellationTokenSource();
        await peer.Session.SendAsync(new TextMessage("a") { MessageFinished = false });
        Task cancelled = peer.Session.SendAsync("never", cancellation.Token).AsTask();
        Assert.Equal("never".Length * sizeof(char), peer.Session.BufferedBytes);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Soon());
        Assert.Equal(0, peer.Session.BufferedBytes);
        await peer.Session.SendAsync(new TextMessage("b"));
        await peer.Session.SendAsync("c", cancellation.Token)
            .AsTask()
            .ContinueWith(task => Assert.True(task.IsCanceled), TaskScheduler.Default);
        Assert.Equal("a", (await peer.ReadAsync())!.PayloadText);
        Assert.Equal("b", (await peer.ReadAsync())!.PayloadText);
        await peer.Session.SendAsync("d");
        Assert.Equal("d", (await peer.ReadAsync())!.PayloadText);
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Sender_waits_while_the_backlog_is_full_and_BufferedBytes_says_how_much_waits()
    {
        var options = new WsSessionOptions { MaxSendBacklog = 1000 };
        await using BarePeer peer = BarePeer.Of(options: options, toPeer: _narrow);
        byte[] payload = new byte[98];
        for (int i = 0; i < 10; i++)
        {
            // 2 bytes of header: 100 a message. The first batch is under way until it is written whole, so all count.
            Assert.Equal(100 * i, peer.Session.BufferedBytes);
            Assert.True(peer.Session.SendAsync(payload).AsTask().IsCompletedSuccessfully);
        }

        Task eleventh = peer.Session.SendAsync(payload).AsTask();
        Assert.False(eleventh.IsCompleted);
        Assert.Equal(1000 + 98, peer.Session.BufferedBytes);
        for (int i = 0; i < 11; i++)
            Assert.Equal(98, (await peer.ReadAsync())!.Payload.Length);
        await eleventh.Soon();
        await Waiting.Until(() => peer.Session.BufferedBytes == 0);
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Sender_waits_while_too_many_messages_wait()
    {
        var options = new WsSessionOptions { MaxSendBacklogMessages = 3 };
        await using BarePeer peer = BarePeer.Of(options: options, toPeer: _narrow);
        for (int i = 0; i < 3; i++)
            Assert.True(peer.Session.SendAsync("x").AsTask().IsCompletedSuccessfully);
        Task fourth = peer.Session.SendAsync("x").AsTask();
        Assert.False(fourth.IsCompleted);
        for (int i = 0; i < 4; i++)
            await peer.ReadAsync();
        await fourth.Soon();
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Cancelled_send_that_waits_for_room_sends_nothing_and_the_others_keep_their_order()
    {
        var options = new WsSessionOptions { MaxSendBacklog = 1 };
        await using BarePeer peer = BarePeer.Of(options: options, toPeer: _narrow);
        using var cancellation = new CancellationTokenSource();
        await peer.Session.SendAsync("0");
        Task[] sends =
        [
            .. Enumerable.Range(1, 20).Select(i => peer.Session.SendAsync($"{i}", i % 2 == 0 ? cancellation.Token : default).AsTask()),
        ];
        await cancellation.CancelAsync();
        var received = new List<string>();
        while (received.LastOrDefault() != "19")
            received.Add((await peer.ReadAsync())!.PayloadText);
        for (int i = 1; i <= 20; i++)
        {
            if (i % 2 == 0)
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sends[i - 1].Soon());
            else
                await sends[i - 1].Soon();
        }

        Assert.Equal(["0", .. Enumerable.Range(1, 20).Where(i => i % 2 == 1).Select(i => $"{i}")], received);
    }

    [Theory]
    [EveryTransport]
    public async Task Close_that_is_sent_with_a_cancelled_token_is_not_sent(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => peer.Session.SendAsync(new CloseConnection(CloseCode.NormalClosure), new CancellationToken(canceled: true)).AsTask());
        Assert.Equal(ConnectionState.Open, peer.Session.State);
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task DropOldest_keeps_the_newest_and_the_bounds()
    {
        var options = new WsSessionOptions { MaxSendBacklog = 1000, SendOverflow = SendOverflow.DropOldest };
        await using BarePeer peer = BarePeer.Of(options: options, toPeer: _narrow);
        byte[] payload = new byte[98];
        for (int i = 0; i < 200; i++)
        {
            payload[0] = (byte)i;
            // The caller may use its memory again at once.
            Assert.True(peer.Session.SendAsync(payload).AsTask().IsCompletedSuccessfully);
            Assert.InRange(peer.Session.BufferedBytes, 1, 1000 + 1000);
        }

        Assert.Equal(1000 + (10 * 98), peer.Session.BufferedBytes);
        var received = new List<byte>();
        while (received.LastOrDefault() != 199)
            received.Add((await peer.ReadAsync())!.Payload[0]);
        Assert.Equal([.. Enumerable.Range(0, 10).Concat(Enumerable.Range(190, 10)).Select(i => (byte)i)], received);
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task DropOldest_counts_messages_too_and_never_drops_control_frames_or_pieces()
    {
        var options = new WsSessionOptions { MaxSendBacklogMessages = 2, SendOverflow = SendOverflow.DropOldest };
        await using BarePeer peer = BarePeer.Of(options: options, toPeer: _narrow);
        await peer.Session.SendAsync("0");
        await peer.Session.SendAsync("1");
        Task piece = peer.Session.SendAsync(new TextMessage("piece")).AsTask();
        for (int i = 2; i < 10; i++)
            await peer.Session.SendAsync($"{i}");
        var received = new List<string>();
        while (received.LastOrDefault() != "9")
            received.Add((await peer.ReadAsync())!.PayloadText);
        await piece.Soon();
        Assert.Equal(["0", "1", "piece", "9"], received);
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task DropOldest_refuses_a_lone_surrogate_where_it_is_sent()
    {
        var options = new WsSessionOptions { MaxSendBacklog = 1, SendOverflow = SendOverflow.DropOldest };
        await using BarePeer peer = BarePeer.Of(options: options, toPeer: _narrow);
        await peer.Session.SendAsync("0");
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await peer.Session.SendAsync("\ud800"));
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Overflow_can_close_the_session_though_nobody_receives()
    {
        var options = new WsSessionOptions { MaxSendBacklog = 1000, SendOverflow = SendOverflow.Close, MaxReceiveBacklog = 1 };
        await using BarePeer peer = BarePeer.Of(options: options, toPeer: _narrow);
        // The reader pauses: nobody receives.
        await peer.SendTextAsync("unread");
        await peer.SendTextAsync("unread too");
        await Waiting.Until(() => peer.Session.IsPaused);
        for (int i = 0; i < 10; i++)
            await peer.Session.SendAsync(new byte[98]);
        WsClosedException e = await Assert.ThrowsAsync<WsClosedException>(async () => await peer.Session.SendAsync(new byte[98]));
        Assert.Equal(WsCloseCause.Overflow, e.Cause);

        for (int i = 0; i < 10; i++)
            Assert.Equal(WireFrame.Binary, (await peer.ReadAsync())!.Opcode);
        Assert.Equal(1008, (await peer.ReadAsync())!.CloseCode);
        await peer.SendCloseAsync(1008);
        await peer.Transport.DisposeAsync();
        // No timer is needed for that.
        await peer.Session.Completion.Soon();
        Assert.Equal(CloseCode.PolicyViolation, peer.Session.Closed!.Code);
        Assert.Equal(WsCloseCause.Overflow, peer.Session.CloseCause);
    }

    [Theory]
    [EveryTransport(1000, 4096, 10)]
    [EveryTransport(1_000_000, 20, 20)]
    public async Task Overflow_closes_the_session_also_while_messages_wait_for_the_end_of_one_in_fragments(
        TransportKind over, int bytes, int messages, int accepted)
    {
        var options = new WsSessionOptions { MaxSendBacklog = bytes, MaxSendBacklogMessages = messages, SendOverflow = SendOverflow.Close };
        await using BarePeer peer = await BarePeer.OverAsync(over, options: options);
        await peer.Session.SendAsync(new BytesMessage(new byte[1]) { MessageFinished = false });
        Task[] waiting = [.. Enumerable.Range(0, accepted).Select(_ => peer.Session.SendAsync(new byte[100]).AsTask())];
        Assert.All(waiting, send => Assert.False(send.IsCompleted));
        WsClosedException e = await Assert.ThrowsAsync<WsClosedException>(() => peer.Session.SendAsync(new byte[100]).AsTask());
        Assert.Equal(WsCloseCause.Overflow, e.Cause);
        Assert.All(waiting, send => Assert.IsType<WsClosedException>(send.Exception!.InnerException));
        Assert.Equal(WireFrame.Binary, (await peer.ReadAsync())!.Opcode);
        Assert.Equal(1008, (await peer.ReadAsync())!.CloseCode);
        peer.Session.Abort();
    }

    [Theory]
    [EveryTransport]
    [Trait("Register", "S36")]
    public async Task Peer_that_never_reads__memory_is_bounded_and_senders_wait(TransportKind over)
    {
        var options = new WsSessionOptions { MaxSendBacklog = 10_000 };
        var pool = new CanaryPool();
        await using BarePeer peer = await BarePeer.OverAsync(over, options: options with { Pool = pool });
        Task[] senders = [.. Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            while (true)
                await peer.Session.SendAsync(new byte[98]);
        }))];
        await Waiting.Until(() => peer.Session.BufferedBytes == 10_000 + (8 * 98));
        Assert.True(pool.Outstanding <= 2);
        peer.Session.Abort();
        foreach (Task sender in senders)
            await Assert.ThrowsAsync<WsClosedException>(() => sender.Soon());
        await peer.Session.Completion.Soon();
    }

    [Theory]
    [EveryTransport]
    public async Task Message_larger_than_the_backlog_is_sent(TransportKind over)
    {
        var options = new WsSessionOptions { MaxSendBacklog = 10 };
        await using SessionPair pair = await SessionPair.OverAsync(over, client: options);
        byte[] payload = new byte[500_000];
        new Random(2).NextBytes(payload);
        Task sending = Task.Run(async () =>
        {
            await pair.Client.SendAsync(payload);
            await pair.Client.SendAsync("after");
        });
        Assert.Equal(new BytesMessage(payload), await pair.Server.ReceiveAsync().Soon());
        Assert.Equal(new TextMessage("after"), await pair.Server.ReceiveAsync().Soon());
        await sending.Soon();
    }

    [Theory]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Eight_senders_and_pings_and_a_close_at_once__the_wire_is_whole_however_little_it_takes(int capacity)
    {
        var options = new WsSessionOptions { MaxSendBacklog = 2000, Pool = new CanaryPool() };
        await using SessionPair pair =
            SessionPair.Create(client: options, toServer: new MemoryTransportOptions { Capacity = capacity });
        await SendAllAtOnceAsync(pair, (CanaryPool)options.Pool);
    }

    [Theory]
    [EveryTransport]
    [Trait("Register", "S39")]
    public async Task Eight_senders_and_pings_and_a_close_at_once__the_wire_is_whole_and_no_message_is_lost_or_doubled(TransportKind over)
    {
        var options = new WsSessionOptions { MaxSendBacklog = 2000, Pool = new CanaryPool() };
        await using SessionPair pair = await SessionPair.OverAsync(over, client: options);
        await SendAllAtOnceAsync(pair, (CanaryPool)options.Pool);
    }

    private static async Task SendAllAtOnceAsync(SessionPair pair, CanaryPool pool)
    {
        var accepted = new ConcurrentBag<string>();
        Task[] senders = [.. Enumerable.Range(0, 8).Select(sender => Task.Run(async () =>
        {
            try
            {
                for (int i = 0; ; i++)
                {
                    string text = $"{sender} {i} {new string((char)('a' + sender), i % 200)}";
                    await pair.Client.SendAsync(text);
                    accepted.Add(text);
                    if (i % 10 == 0)
                        await pair.Client.PingAsync();
                }
            }
            catch (WsClosedException)
            {
            }
        }))];
        var received = new List<string>();
        while (received.Count < 1000)
            received.Add(((TextMessage)(await pair.Server.ReceiveAsync().Soon())!).Data);
        ValueTask<WsCloseResult> closing = pair.Client.CloseAsync();
        while (await pair.Server.ReceiveAsync().Soon() is TextMessage message)
            received.Add(message.Data);
        await closing.Soon();
        foreach (Task sender in senders)
            await sender.Soon();

        Assert.Null(pair.ToServer.Error);
        Assert.Equal(0, pair.ToServer.Rest);
        Assert.True(pair.ToServer.HasClosed);
        Assert.Equal(received, pair.ToServer.Messages.Select(message => Encoding.UTF8.GetString(message.Payload)));
        Assert.Equal(accepted.Order(StringComparer.Ordinal), received.Order(StringComparer.Ordinal));
        Assert.All(received.GroupBy(text => text[0]), each =>
            Assert.Equal(
                Enumerable.Range(0, each.Count()),
                each.Select(text => int.Parse(text.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture))));
        Assert.True(pair.Client.ClosedCleanly && pair.Server.ClosedCleanly);
        Assert.Equal(0, pool.Outstanding);
        Assert.False(pool.WasReturnedTwice);
    }

    [Fact]
    [OneTransport(OneTransportReason.IsScripted)]
    [Trait("Register", "S52")]
    public async Task Memory_that_the_transport_was_lent_does_not_change_before_the_write_is_done()
    {
        var pool = new CanaryPool();
        var gates = new ConcurrentQueue<TaskCompletionSource>();
        bool changed = false;
        var read = new WireReader(fromClient: true);
        var transport = new FakeTransport
        {
            OnWrite = async (data, token) =>
            {
                byte[] before = data.ToArray();
                var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                gates.Enqueue(gate);
                await gate.Task.WaitAsync(token);
                changed |= !data.Span.SequenceEqual(before);
                read.Feed(before);
            },
        };
        WsSession session = WsSession.FromEstablished(
            transport,
            WsConnection.Established(ConnectionRole.Client),
            new WsSessionOptions { Pool = pool, TimeProvider = new ManualTime() });
        for (int i = 0; i < 100; i++)
        {
            await session.SendAsync(new byte[100 * i]).Soon();
            await session.SendAsync(new Ping(new byte[i]));
            await Waiting.Until(() => !gates.IsEmpty);
            if (gates.TryDequeue(out TaskCompletionSource? gate))
                gate.SetResult();
        }

        session.Abort();
        await session.Completion.Soon();
        await Waiting.Until(() => pool.Outstanding == 0);
        Assert.False(changed);
        Assert.False(pool.WasReturnedTwice);
        Assert.Null(read.Error);
    }

    [Theory]
    [EveryTransport]
    [Trait("Register", "S38")]
    public async Task Every_byte_on_the_wire_comes_from_what_was_sent(TransportKind over)
    {
        var seen = new List<byte>();
        var time = new ManualTime();
        (WsTransport below, WsTransport far) = await TransportPair.OpenAsync(over);
        var near = new CountedTransport(below, data => seen.AddRange(data.Span));
        // The pool's arrays are full of 0xCC and 0xDD; a server does not mask, so its payloads stand there as they are.
        WsSession session = WsSession.FromEstablished(
            near, WsConnection.Established(ConnectionRole.Server), new WsSessionOptions { Pool = new CanaryPool(), TimeProvider = time });
        await session.SendAsync(new Ping(new byte[3]));
        await session.SendAsync(new Pong(new byte[] { 1 }));
        await session.SendAsync("text");
        await session.SendAsync(new byte[300]);
        await far.WriteAsync(new WireFrame(WireFrame.Ping, true, [7, 7]).Encode(masked: true));
        await Waiting.Until(() => near.BytesWritten == 5 + 3 + 6 + 304 + 4 && session.BufferedBytes == 0);
        time.Advance(TimeSpan.FromSeconds(20));
        await session.SendAsync(new CloseConnection(CloseCode.NormalClosure, "bye"));
        await Waiting.Until(() => session.BufferedBytes == 0);
        session.Abort();
        await session.Completion.Soon();
        byte[] keepAlive = [0x89, 8, 0, 0, 0, 0, 0, 0, 0, 1];
        byte[] expected =
        [
            0x89, 3, 0, 0, 0, 0x8A, 1, 1, 0x81, 4, .. "text"u8, 0x82, 126, 300 >> 8, 300 & 0xFF, .. new byte[300],
            0x8A, 2, 7, 7, .. keepAlive, 0x88, 5, 1000 >> 8, 1000 & 0xFF, .. "bye"u8,
        ];
        Assert.Equal(expected, seen);
    }

    [Fact]
    [OneTransport(OneTransportReason.IsScripted)]
    public async Task Nothing_more_is_written_once_the_session_is_aborted()
    {
        int writes = 0;
        var release = new TaskCompletionSource();
        var transport = new FakeTransport
        {
            // A transport that does not heed its token, and whose write succeeds while it is disposed of.
            OnWrite = (_, _) => ++writes > 1 ? default : new ValueTask(release.Task),
            OnDispose = () =>
            {
                release.SetResult();
                return default;
            },
        };
        WsSession session = WsSession.FromEstablished(
            transport, WsConnection.Established(ConnectionRole.Client), new WsSessionOptions { TimeProvider = new ManualTime() });
        await session.SendAsync("under way");
        await session.SendAsync("waits");
        session.Abort();
        await session.Completion.Soon();
        Assert.Equal(1, writes);
    }
}
