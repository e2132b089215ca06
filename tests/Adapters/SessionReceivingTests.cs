using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests;

public sealed class SessionReceivingTests
{
    private static readonly byte[] _ping = Encoding.ASCII.GetBytes("ping");

    [Theory]
    [EveryTransport(ConnectionRole.Client)]
    [EveryTransport(ConnectionRole.Server)]
    public async Task Whole_messages_are_delivered_however_they_were_cut(TransportKind over, ConnectionRole role)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, role, mostRead: 1);
        await peer.SendTextAsync("grüß", fin: false);
        await peer.SendAsync(WireFrame.Ping, _ping);
        await peer.SendAsync(WireFrame.Continuation, [], fin: false);
        await peer.SendAsync(WireFrame.Continuation, Encoding.UTF8.GetBytes(" dich"));
        await peer.SendAsync(WireFrame.Binary, [1, 2, 3]);
        await peer.SendTextAsync("");

        Assert.Equal(new TextMessage("grüß dich"), await peer.Session.ReceiveAsync().Soon());
        Assert.Equal(new BytesMessage(new byte[] { 1, 2, 3 }), await peer.Session.ReceiveAsync().Soon());
        Assert.Equal(new TextMessage(""), await peer.Session.ReceiveAsync().Soon());
        Assert.Equal(_ping, (await peer.ReadAsync())!.Payload);
    }

    [Theory]
    [EveryTransport]
    public async Task Chunks_of_a_large_message_are_delivered_as_they_arrive(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, options: new WsSessionOptions
        {
            Connection = new WsConnectionOptions { MessageDelivery = MessageDelivery.Chunks, MaxMessageSize = null },
        });
        byte[] payload = new byte[1_000_000];
        new Random(1).NextBytes(payload);
        byte[] frame = peer.Frame(WireFrame.Binary, payload);
        Task writing = peer.WriteAsync(frame[..^1]);
        var received = new List<byte>();
        while (received.Count < payload.Length - 1)
        {
            var piece = (BytesMessage)(await peer.Session.ReceiveAsync().Soon())!;
            Assert.False(piece.MessageFinished);
            received.AddRange(piece.Data.Span);
        }

        await writing;
        await peer.WriteAsync(frame[^1..]);
        var last = (BytesMessage)(await peer.Session.ReceiveAsync().Soon())!;
        Assert.True(last.MessageFinished);
        Assert.Equal(payload, (byte[])[.. received, .. last.Data.Span]);
    }

    [Theory]
    [EveryTransport]
    public async Task All_messages_are_enumerated_until_the_close(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        for (int i = 0; i < 100; i++)
            await pair.Client.SendAsync($"{i}");
        ValueTask<WsCloseResult> closing = pair.Client.CloseAsync();
        var received = new List<string>();
        await foreach (Message message in pair.Server.ReadAllAsync())
            received.Add(((TextMessage)message).Data);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), received);
        await closing.Soon();
    }

    [Theory]
    [EveryTransport]
    public async Task Receive_that_times_out_leaves_the_session_usable(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        ValueTask<Message?> receiving = pair.Server.ReceiveAsync(TimeSpan.FromSeconds(5));
        pair.Time.Advance(TimeSpan.FromSeconds(4.999));
        Assert.False(receiving.IsCompleted);
        pair.Time.Advance(TimeSpan.FromMilliseconds(1));
        await Assert.ThrowsAsync<TimeoutException>(() => receiving.Soon());

        await pair.Client.SendAsync("late");
        Assert.Equal(new TextMessage("late"), await pair.Server.ReceiveAsync(TimeSpan.FromSeconds(5)).Soon());
        Assert.Equal(ConnectionState.Open, pair.Server.State);
    }

    [Theory]
    [EveryTransport]
    public async Task Timeout_of_zero_only_looks(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        await Assert.ThrowsAsync<TimeoutException>(() => peer.Session.ReceiveAsync(TimeSpan.Zero).Soon());
        await peer.SendTextAsync("one");
        await peer.SettleAsync();
        Assert.Equal(new TextMessage("one"), await peer.Session.ReceiveAsync(TimeSpan.Zero));
        await Assert.ThrowsAsync<TimeoutException>(() => peer.Session.ReceiveAsync(TimeSpan.Zero).Soon());
    }

    [Theory]
    [EveryTransport]
    public async Task Timeout_that_no_timer_takes_is_refused_and_harms_nothing(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => pair.Server.ReceiveAsync(TimeSpan.MaxValue).AsTask());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => pair.Server.ReceiveAsync(TimeSpan.FromSeconds(-2)).AsTask());
        await pair.Client.SendAsync("here");
        Assert.Equal(new TextMessage("here"), await pair.Server.ReceiveAsync(Timeout.InfiniteTimeSpan).Soon());
    }

    [Theory]
    [EveryTransport]
    public async Task Cancelling_1000_receives_in_a_row_loses_no_message(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        for (int i = 0; i < 1000; i++)
        {
            using var cancellation = new CancellationTokenSource();
            ValueTask<Message?> receiving = pair.Server.ReceiveAsync(cancellation.Token);
            await cancellation.CancelAsync();
            OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving.Soon());
            Assert.Equal(cancellation.Token, e.CancellationToken);
        }

        // And now with messages on their way at the same time.
        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < 1000; i++)
                await pair.Client.SendAsync($"{i}");
        });
        int next = 0;
        int cancelled = 0;
        while (next < 1000)
        {
            using var cancellation = new CancellationTokenSource();
            ValueTask<Message?> receiving = pair.Server.ReceiveAsync(cancellation.Token);
            if (cancelled < 1000)
                await cancellation.CancelAsync();
            try
            {
                Assert.Equal(new TextMessage($"{next}"), await receiving.Soon());
                next++;
            }
            catch (OperationCanceledException)
            {
                cancelled++;
            }
        }

        await sending.Soon();
    }

    [Theory]
    [EveryTransport]
    public async Task Second_receive_at_the_same_time_is_refused_and_the_first_goes_on(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        ValueTask<Message?> first = pair.Server.ReceiveAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await pair.Server.ReceiveAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await pair.Server.ReceiveAsync(TimeSpan.Zero));
        await pair.Client.SendAsync("one");
        Assert.Equal(new TextMessage("one"), await first.Soon());
    }

    [Theory]
    [EveryTransport]
    public async Task Receive_that_was_answered_and_did_not_go_on_yet_keeps_its_answer_when_another_comes(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        ValueTask<bool> first = pair.Server.WaitToReceiveAsync();
        await pair.Client.SendTextAsync("one");
        while (!first.IsCompleted)
            await Task.Yield();
        // The other takes what was there, and may not wait in the place of the first.
        Assert.True(pair.Server.TryReceive(out ReceivedMessage message));
        Assert.Equal("one", message.Text);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await pair.Server.WaitToReceiveAsync());
        Assert.True(await first);
        await pair.Client.SendTextAsync("two");
        Assert.Equal(new TextMessage("two"), await pair.Server.ReceiveAsync().Soon());
    }

    /// <summary>Time stands still, so the bytes alone end the turn.</summary>
    [Theory]
    [EveryTransport]
    public async Task Receiver_of_what_is_stored_lets_others_run_after_256_KiB(TransportKind over)
    {
        const int size = 32 * 1024;
        await using SessionPair pair = await SessionPair.OverAsync(over, server: new WsSessionOptions { MaxReceiveBacklog = 4 << 20 });
        for (int i = 0; i < 40; i++)
            await pair.Client.SendBytesAsync(new byte[size]).AsTask().Soon();
        // The answer comes when all that was sent before is stored.
        await pair.Client.PingAsync().AsTask().Soon();
        int taken = 0;
        for (int turn = 0; turn < 5; turn++)
        {
            int inTurn = 0;
            Assert.True(await pair.Server.WaitToReceiveAsync().Soon());
            while (pair.Server.TryReceive(out _))
                inTurn++;
            Assert.Equal(256 * 1024 / size, inTurn);
            taken += inTurn;
        }

        Assert.Equal(40, taken);
    }

    /// <summary>Time stands still, so the bytes alone make it let others run; and just then the session ends.</summary>
    [Theory]
    [EveryTransport]
    public async Task Receiver_that_lets_others_run_gets_what_is_stored_though_the_session_ends_meanwhile(TransportKind over)
    {
        const int size = 32 * 1024;
        for (int round = 0; round < 20; round++)
        {
            await using SessionPair pair = await SessionPair.OverAsync(over, server: new WsSessionOptions { MaxReceiveBacklog = 4 << 20 });
            for (int i = 0; i < 10; i++)
                await pair.Client.SendBytesAsync(new byte[size]).AsTask().Soon();
            await pair.Client.PingAsync().AsTask().Soon();
            for (int i = 0; i < 256 * 1024 / size; i++)
                Assert.True(pair.Server.TryReceive(out _));
            ValueTask<bool> waiting = pair.Server.WaitToReceiveAsync();
            pair.Server.Abort();
            Assert.True(await waiting.Soon());
            Assert.True(pair.Server.TryReceive(out _));
            Assert.True(pair.Server.TryReceive(out _));
            Assert.False(await pair.Server.WaitToReceiveAsync().Soon());
        }
    }

    [Theory]
    [EveryTransport]
    public async Task Receives_from_many_tasks_at_once_end_each_and_take_each_message_once(TransportKind over)
    {
        const int messages = 2000;
        await using SessionPair pair = await SessionPair.OverAsync(over);
        int received = 0;
        Task[] receivers = [.. Enumerable.Range(0, 4).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            while (Volatile.Read(ref received) < messages)
            {
                using var cancelled = new CancellationTokenSource();
                Task<Message?> receiving;
                try
                {
                    receiving = pair.Server.ReceiveAsync(cancelled.Token).AsTask();
                    if (random.Next(2) == 0)
                        await Task.Yield();
                    await cancelled.CancelAsync();
                    if (await receiving is not null)
                        Interlocked.Increment(ref received);
                }
                catch (Exception e) when (e is InvalidOperationException or OperationCanceledException)
                {
                    // Another waits, or it was cancelled.
                }
            }
        }))];
        for (int i = 0; i < messages; i++)
            await pair.Client.SendTextAsync("one");
        await Task.WhenAll(receivers).Soon();
        Assert.Equal(messages, received);
    }

    [Theory]
    [EveryTransport]
    public async Task Messages_that_arrived_are_delivered_before_the_close_is_reported(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        await peer.WriteAsync(
            peer.Frame(WireFrame.Text, [.. "one"u8]),
            peer.Frame(WireFrame.Text, [.. "two"u8]),
            peer.Frame(WireFrame.Close, [0x0F, 0xA0, .. "enough"u8]));
        Assert.Equal(new TextMessage("one"), await peer.Session.ReceiveAsync().Soon());
        Assert.Equal(new TextMessage("two"), await peer.Session.ReceiveAsync().Soon());
        Assert.Equal(0, peer.SessionTransport.BytesWritten);
        Assert.Null(await peer.Session.ReceiveAsync().Soon());
        Assert.Equal(4000, (await peer.ReadAsync())!.CloseCode);
        await peer.Transport.DisposeAsync();
        await peer.Session.Completion.Soon();
        Assert.Null(await peer.Session.ReceiveAsync().Soon());
        Assert.Equal(new CloseConnection((CloseCode)4000, "enough"), peer.Session.Closed);
    }

    [Theory]
    [EveryTransport]
    public async Task Frames_in_the_segment_of_the_101_are_delivered_at_once(TransportKind over)
    {
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        ValueTask<WsSession> connecting = WsSession.ConnectAsync(near, new Request("test", "/"));
        using var server = new WsConnection(ConnectionRole.Server);
        byte[] buffer = new byte[4096];
        server.Receive(buffer.AsSpan(0, await far.ReadAsync(buffer)));
        Assert.True(server.TryReadEvent(out WsEvent? _));
        await far.WriteAsync((byte[])
        [
            .. server.Send(new AcceptConnection()), .. server.Send(new TextMessage("first")), .. server.Send(new TextMessage("second")),
        ]);

        await using WsSession client = await connecting.Soon();
        Assert.Equal(new TextMessage("first"), await client.ReceiveAsync(TimeSpan.Zero));
        Assert.Equal(new TextMessage("second"), await client.ReceiveAsync(TimeSpan.Zero));
        await far.DisposeAsync();
    }

    [Theory]
    [EveryTransport]
    public async Task Frames_in_the_segment_of_the_request_are_delivered_at_once(TransportKind over)
    {
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        byte[] request = Encoding.ASCII.GetBytes(
            "GET / HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + "Sec-WebSocket-Version: 13\r\n\r\n");
        await near.WriteAsync((byte[])[.. request, .. new WireFrame(WireFrame.Text, true, [.. "early"u8]).Encode(masked: true)]);
        await using WsSession server = await WsSession.AcceptAsync(far).Soon();
        Assert.Equal(new TextMessage("early"), await server.ReceiveAsync(TimeSpan.Zero));
        await near.DisposeAsync();
    }

    [Fact]
    [OneTransport(OneTransportReason.IsScripted)]
    public async Task Session_waits_without_a_buffer_between_frames_and_with_it_inside_one()
    {
        byte[] frame = new WireFrame(WireFrame.Binary, true, [1, 2, 3]).Encode(masked: true);
        var pieces = new Queue<byte[]>([frame, frame[..1], frame[1..5], frame[5..]]);
        var calls = new List<string>();
        var transport = new FakeTransport
        {
            OnWait = () =>
            {
                calls.Add("wait");
                return default;
            },
            OnRead = (buffer, _) =>
            {
                calls.Add("read");
                byte[] piece = pieces.TryDequeue(out byte[]? next) ? next : [];
                piece.CopyTo(buffer);
                return new ValueTask<int>(piece.Length);
            },
            OnWrite = static (_, _) => default,
        };
        await using WsSession session = WsSession.FromEstablished(transport, WsConnection.Established(ConnectionRole.Server));
        for (int i = 0; i < 2; i++)
            Assert.Equal(new BytesMessage(new byte[] { 1, 2, 3 }), await session.ReceiveAsync().Soon());
        Assert.Null(await session.ReceiveAsync().Soon());
        Assert.Equal(["wait", "read", "wait", "read", "read", "read", "wait", "read"], calls);
    }

    [Fact]
    [OneTransport(OneTransportReason.IsScripted)]
    public async Task Session_opens_though_the_transport_has_bytes_without_end_at_hand()
    {
        byte[] frame = new WireFrame(WireFrame.Pong, true, []).Encode(masked: true);
        bool stop = false;
        var transport = new FakeTransport
        {
            OnRead = (buffer, _) =>
            {
                frame.CopyTo(buffer);
                return new ValueTask<int>(Volatile.Read(ref stop) ? 0 : frame.Length);
            },
            OnWrite = static (_, _) => default,
        };
        Task<WsSession> opening = Task.Run(() => WsSession.FromEstablished(transport, WsConnection.Established(ConnectionRole.Server)));
        try
        {
            await opening.WaitAsync(TimeSpan.FromSeconds(5));
        }
        finally
        {
            Volatile.Write(ref stop, true);
        }

        await (await opening).DisposeAsync().AsTask().Soon();
    }

    [Theory]
    [EveryTransport]
    public async Task Code_that_blocks_after_a_receive_does_not_hold_the_reader_up(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        using var blocked = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        async Task ReceiveAndBlockAsync()
        {
            await peer.Session.ReceiveAsync().ConfigureAwait(false);
            blocked.Set();
            Assert.True(release.Wait(TimeSpan.FromSeconds(30)));
        }

        Task blocking = ReceiveAndBlockAsync();
        await peer.SendTextAsync("one");
        Assert.True(blocked.Wait(TimeSpan.FromSeconds(30)));
        await peer.SendAsync(WireFrame.Ping, _ping);
        WireFrame? pong = await peer.ReadAsync();
        release.Set();
        await blocking.Soon();
        Assert.Equal(_ping, pong!.Payload);
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Reader_pauses_at_the_backlog_so_that_the_peer_is_held_back_and_goes_on_as_messages_are_received()
    {
        var options = new WsSessionOptions { MaxReceiveBacklog = 10_000 };
        await using BarePeer peer = BarePeer.Of(options: options, toSession: new MemoryTransportOptions { Capacity = 1000 });
        byte[] payload = new byte[468];
        int written = 0;
        Task writing = Task.Run(async () =>
        {
            for (int i = 0; i < 2000; i++)
            {
                payload[0] = (byte)i;
                await peer.SendAsync(WireFrame.Binary, payload);
                Volatile.Write(ref written, i + 1);
            }
        });
        await Waiting.Until(() => peer.Session.IsPaused && peer.Memory.BytesUnderWay == 1000);
        // Each message counts 500; 20 are the backlog. Beyond it there is what one read took, at most 64 KiB, and what the transport holds.
        Assert.InRange(Volatile.Read(ref written), 20, 20 + ((64 * 1024 + 1000) / 476) + 1);

        for (int i = 0; i < 2000; i++)
            Assert.Equal((byte)i, ((BytesMessage)(await peer.Session.ReceiveAsync().Soon())!).Data.Span[0]);
        await writing.Soon();
    }

    [Theory]
    [EveryTransport]
    public async Task What_is_beyond_the_backlog_while_closing_is_dropped_from_the_first_on_and_leaves_no_holes(TransportKind over)
    {
        var options = new WsSessionOptions
        {
            MaxReceiveBacklog = 100,
            Connection = new WsConnectionOptions { MessageDelivery = MessageDelivery.Chunks },
        };
        await using BarePeer peer = await BarePeer.OverAsync(over, options: options);
        ValueTask<WsCloseResult> closing = peer.Session.CloseAsync();
        Assert.Equal(WireFrame.Close, (await peer.ReadAsync())!.Opcode);
        for (int i = 0; i < 10; i++)
        {
            await peer.SendAsync(i == 0 ? WireFrame.Binary : WireFrame.Continuation, [.. Enumerable.Repeat((byte)i, 30)], fin: i == 9);
            await peer.SettleAsync();
            // The receiver makes room in the middle, after some were dropped.
            if (i == 5)
                Assert.NotNull(await peer.Session.ReceiveAsync(TimeSpan.Zero));
        }

        await peer.SendCloseAsync(1000);
        await peer.Transport.DisposeAsync();
        await closing.Soon();
        var received = new List<byte> { 0 };
        while (await peer.Session.ReceiveAsync().Soon() is BytesMessage piece)
            received.Add(piece.Data.Span[0]);
        Assert.Equal(Enumerable.Range(0, received.Count).Select(i => (byte)i), received);
        Assert.True(received.Count < 10);
    }
}
