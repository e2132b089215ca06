using System.Net.WebSockets;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;
using WsProto.Extensions;

namespace WsProto.Adapters.Tests;

/// <summary>Ways in which one direction, one message or one moment could harm the rest of a session.</summary>
public class SessionFaultTests
{
    private static readonly byte[] _masked = [0x82, 0x81, 0, 0, 0, 0, 7];

    [Theory]
    [EveryTransport]
    public async Task Message_is_received_while_another_is_transformed_for_sending(TransportKind over)
    {
        using var entered = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        (WsSession session, WsTransport peer) = await HookCodec.SessionAsync(over, new HookCodec(onSend: _ =>
        {
            entered.Set();
            leave.Wait();
        }));
        Task sending = Task.Run(() => session.SendBytesAsync(new byte[10]).AsTask());
        entered.Wait();
        await peer.WriteAsync(_masked);
        Assert.Equal(new BytesMessage(new byte[] { 7 }), await session.ReceiveAsync().Soon());
        Assert.Equal(ConnectionState.Open, session.State);
        Assert.False(sending.IsCompleted);
        leave.Set();
        await sending.Soon();
        session.Abort();
    }

    [Theory]
    [EveryTransport]
    public async Task Message_is_sent_while_another_is_transformed_after_receiving(TransportKind over)
    {
        using var entered = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        (WsSession session, WsTransport peer) = await HookCodec.SessionAsync(over, new HookCodec(onReceive: () =>
        {
            entered.Set();
            leave.Wait();
        }));
        Task<Message?> receiving = Task.Run(() => session.ReceiveAsync().AsTask());
        await peer.WriteAsync(_masked);
        entered.Wait();
        await session.SendBytesAsync(new byte[] { 1, 2 }).Soon();
        byte[] buffer = new byte[100];
        Assert.Equal(4, await peer.ReadAsync(buffer).Soon());
        Assert.Equal([0x82, 2, 1, 2], buffer[..4]);
        Assert.False(receiving.IsCompleted);
        leave.Set();
        Assert.Equal(new BytesMessage(new byte[] { 7 }), await receiving.Soon());
        session.Abort();
    }

    /// <summary>Half of the payload was transformed already: the peer must not take what follows for the other half.</summary>
    [Theory]
    [EveryTransport]
    public async Task Send_whose_extension_fails_half_way_leaves_no_part_of_a_frame_and_the_session_can_only_close(TransportKind over)
    {
        var fault = new InvalidOperationException("half way");
        (WsSession session, WsTransport peer) = await HookCodec.SessionAsync(over, new HookCodec(onSend: payload =>
        {
            if (payload.Length == 10)
                throw fault;
        }));
        await session.SendBytesAsync(new byte[] { 1 }).Soon();
        Exception thrown = await Assert.ThrowsAnyAsync<Exception>(() => session.SendBytesAsync(new byte[10]).Soon());
        Assert.Same(fault, thrown.InnerException ?? thrown);
        await Assert.ThrowsAnyAsync<Exception>(() => session.SendBytesAsync(new byte[] { 2 }).Soon());

        Task closing = session.CloseAsync(CloseCode.InternalError).AsTask();
        var wire = new WireReader(fromClient: false);
        byte[] buffer = new byte[100];
        while (wire.Frames.Count < 2)
            wire.Feed(buffer.AsMemory(0, await peer.ReadAsync(buffer).Soon()));
        Assert.Equal((WireFrame.Binary, 1), (wire.Frames[0].Opcode, Assert.Single(wire.Frames[0].Payload)));
        Assert.Equal((WireFrame.Close, 0x03, 0xF3), (wire.Frames[1].Opcode, wire.Frames[1].Payload[0], wire.Frames[1].Payload[1]));
        Assert.Equal(0, wire.Rest);
        session.Abort();
        await closing.Soon();
    }

    [Theory]
    [EveryTransport]
    public async Task Time_in_which_the_process_stood_still_does_not_count_against_the_peer(TransportKind over)
    {
        var options = new WsSessionOptions { KeepAliveInterval = TimeSpan.FromSeconds(20), KeepAliveTimeout = TimeSpan.FromSeconds(20) };
        await using BarePeer peer = await BarePeer.OverAsync(over, options: options);
        peer.Time.Advance(TimeSpan.FromSeconds(20));
        byte[] ping = (await peer.ReadAsync())!.Payload;
        peer.Time.Sleep(TimeSpan.FromHours(1));
        Assert.Equal(ConnectionState.Open, peer.Session.State);
        await peer.SendAsync(WireFrame.Pong, ping);
        await peer.SettleAsync();
        Assert.Equal(ConnectionState.Open, peer.Session.State);
        // Silence while it runs counts as ever.
        for (int i = 0; i < 5; i++)
            peer.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(WsCloseCause.KeepAlive, (await peer.Session.Completion.Soon()).Cause);
    }

    [Fact]
    [OneTransport(OneTransportReason.ArrivesAtOnce)]
    public async Task Receiver_lets_others_run_after_256_KiB_of_what_messages_are_decompressed_to()
    {
        const int size = 32 * 1024;
        ExtensionElement agreed = new("permessage-deflate");
        WsConnection client = WsConnection.Established(ConnectionRole.Client, [new PerMessageDeflate().Confirm(agreed)!]);
        WsConnection server = WsConnection.Established(ConnectionRole.Server, [new PerMessageDeflate().Accept(agreed)!]);
        (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair();
        WsSession session = WsSession.FromEstablished(far, server, new() { TimeProvider = new ManualTime(), MaxReceiveBacklog = 4 << 20 });
        byte[][] frames = [.. Enumerable.Range(0, 24).Select(_ => client.Send(new BytesMessage(new byte[size])))];
        Assert.True(frames.Sum(frame => frame.Length) < 16 * 1024);
        await near.WriteAsync(frames.SelectMany(frame => frame).ToArray());
        List<int> turns = [];
        while (turns.Sum() < 24 * size && await session.WaitToReceiveAsync().Soon())
        {
            int inTurn = 0;
            while (session.TryReceive(out ReceivedMessage message))
                inTurn += message.Bytes.Length;
            turns.Add(inTurn);
        }

        // On a clock that stands still nothing else would end it.
        session.Abort();
        Assert.Equal([256 * 1024, 256 * 1024, 256 * 1024], turns);
    }

    [Theory]
    [EveryTransport]
    public async Task Receiver_lets_others_run_after_two_milliseconds(TransportKind over)
    {
        var time = new ManualTime();
        await using SessionPair pair = await SessionPair.OverAsync(over, time: time);
        for (int i = 0; i < 100; i++)
            await pair.Client.SendAsync("x");
        // The answer comes when all that was sent before is stored.
        await pair.Client.PingAsync().AsTask().Soon();
        List<int> turns = [];
        while (turns.Sum() < 100 && await pair.Server.WaitToReceiveAsync().Soon())
        {
            int inTurn = 0;
            while (pair.Server.TryReceive(out _))
            {
                inTurn++;
                time.Advance(TimeSpan.FromMilliseconds(1));
            }

            turns.Add(inTurn);
        }

        Assert.Equal(100, turns.Sum());
        Assert.All(turns, inTurn => Assert.InRange(inTurn, 0, 5));
    }

    [Fact]
    [OneTransport(OneTransportReason.IsScripted)]
    public async Task Read_of_a_stream_has_ended_when_the_session_has()
    {
        await using var stream = new SlowToCancel();
        WsSession session =
            WsSession.FromEstablished(stream, WsConnection.Established(ConnectionRole.Server), new() { TimeProvider = new ManualTime() });
        await stream.Reading.Soon();
        session.Abort();
        await session.Completion.Soon();
        Assert.False(stream.IsReading);
    }

    [Theory]
    [EveryTransport]
    public async Task WebSocket_receives_after_a_receive_that_was_refused(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        WebSocket socket = pair.Server.AsWebSocket();
        byte[] buffer = new byte[10];
        using var cancel = new CancellationTokenSource();
        Task<Message?> first = pair.Server.ReceiveAsync(cancel.Token).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => socket.ReceiveAsync(buffer.AsMemory(), default).Soon());
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.Soon());

        await pair.Client.SendAsync("x");
        ValueWebSocketReceiveResult received = await socket.ReceiveAsync(buffer.AsMemory(), default).Soon();
        Assert.Equal((1, (byte)'x'), (received.Count, buffer[0]));
    }

    /// <summary>A stream whose reads go on for a while after they were cancelled.</summary>
    private sealed class SlowToCancel : MemoryStream
    {
        private readonly TaskCompletionSource _reading = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task Reading => _reading.Task;

        internal volatile bool IsReading;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            IsReading = true;
            _reading.TrySetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return 0;
            }
            finally
            {
                for (int i = 0; i < 1000; i++)
                    await Task.Yield();
                IsReading = false;
            }
        }
    }
}
