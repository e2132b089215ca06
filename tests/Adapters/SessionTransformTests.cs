using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests;

/// <summary>
/// What the application and the peer do while an extension transforms a message, which happens without the lock of the sending direction:
/// it waits for the message and goes out behind it in order, or is refused; nobody is held up and nothing is lost.
/// </summary>
public sealed class SessionTransformTests
{
    [Theory]
    [EveryTransport]
    public async Task Messages_of_a_batch_wait_for_the_one_that_is_transformed_and_go_out_before_a_Close(TransportKind over)
    {
        using Transforming sending = await Transforming.BeginAsync(over);
        using (SendBatch batch = sending.Session.BeginBatch())
        {
            batch.SendText("text");
            batch.SendText("utf8"u8);
            batch.SendBytes([1, 2]);
            batch.Send(PreparedMessage.FromText("prepared"));
            batch.Send(PreparedMessage.FromBytes(new byte[] { 3 }));
        }

        Task<WsCloseResult> closing = sending.Session.CloseAsync((CloseCode)4000, "why").AsTask();
        await sending.LeaveAsync();
        Assert.Equal(["first", "text", "utf8", "\u0001\u0002", "prepared", "\u0003"], await sending.ReadTextsAsync(6));
        Assert.Equal(4000, (await sending.ReadAsync()).CloseCode);
        sending.Session.Abort();
        await closing.Soon();
    }

    [Theory]
    [EveryTransport]
    public async Task Send_that_waits_for_the_one_that_is_transformed_goes_out_behind_it_and_one_that_does_not_wait_is_refused(
        TransportKind over)
    {
        using Transforming sending = await Transforming.BeginAsync(over);
        Task second = sending.Session.SendTextAsync("second").AsTask();
        Task third = sending.Session.SendTextAsync("third"u8.ToArray()).AsTask();
        Task ping = sending.Session.SendAsync(new Ping(new byte[] { 9 })).AsTask();
        Assert.False(sending.Session.TrySendText("refused"));
        Assert.False(second.IsCompleted || third.IsCompleted || ping.IsCompleted);
        sending.Session.ReleaseIdleMemory();
        await sending.LeaveAsync();
        await Task.WhenAll(second, third, ping).Soon();
        Assert.Equal(["first", "second", "third", "\t"], await sending.ReadTextsAsync(4));
        sending.Session.Abort();
    }

    [Theory]
    [EveryTransport]
    public async Task Close_that_comes_while_one_is_transformed_fails_those_that_wait_and_goes_out_behind_it(TransportKind over)
    {
        using Transforming sending = await Transforming.BeginAsync(over);
        Task second = sending.Session.SendTextAsync("second").AsTask();
        Task<WsCloseResult> closing = sending.Session.CloseAsync().AsTask();
        await Assert.ThrowsAsync<WsClosedException>(() => second.Soon());
        await Assert.ThrowsAsync<WsClosedException>(() => sending.Session.SendTextAsync("late").AsTask().Soon());
        Assert.False(sending.Session.TrySendText("late"));
        await sending.LeaveAsync();
        Assert.Equal("first", (await sending.ReadAsync()).PayloadText);
        Assert.Equal(1000, (await sending.ReadAsync()).CloseCode);
        sending.Session.Abort();
        await closing.Soon();
    }

    [Theory]
    [EveryTransport]
    public async Task Close_that_cannot_be_sent_throws_while_one_is_transformed_and_changes_nothing(TransportKind over)
    {
        using Transforming sending = await Transforming.BeginAsync(over);
        await Assert.ThrowsAnyAsync<ArgumentException>(() => sending.Session.CloseAsync((CloseCode)999).AsTask().Soon());
        await Assert.ThrowsAnyAsync<ArgumentException>(() => sending.Session.CloseAsync(CloseCode.NormalClosure, "\uD800").AsTask().Soon());
        await sending.LeaveAsync();
        Assert.Equal(["first"], await sending.ReadTextsAsync(1));
        Assert.Equal(ConnectionState.Open, sending.Session.State);
        sending.Session.Abort();
    }

    [Theory]
    [EveryTransport]
    public async Task Latest_Ping_that_came_while_one_is_transformed_is_answered_behind_it(TransportKind over)
    {
        using Transforming sending = await Transforming.BeginAsync(over);
        await sending.Peer.WriteAsync(new WireFrame(WireFrame.Ping, true, [1]).Encode(true));
        await sending.Peer.WriteAsync(new WireFrame(WireFrame.Ping, true, [2]).Encode(true));
        await sending.Peer.WriteAsync(new WireFrame(WireFrame.Text, true, [.. "seen"u8]).Encode(true));
        Assert.Equal(new TextMessage("seen"), await sending.Session.ReceiveAsync().Soon());
        await sending.LeaveAsync();
        Assert.Equal("first", (await sending.ReadAsync()).PayloadText);
        WireFrame pong = await sending.ReadAsync();
        Assert.Equal(WireFrame.Pong, pong.Opcode);
        Assert.Equal([2], pong.Payload);
        sending.Session.Abort();
    }

    [Theory]
    [EveryTransport]
    public async Task Oldest_that_waits_for_the_one_that_is_transformed_is_dropped_where_there_is_no_room(TransportKind over)
    {
        var options = new WsSessionOptions { SendOverflow = SendOverflow.DropOldest, MaxSendBacklogMessages = 2 };
        using Transforming sending = await Transforming.BeginAsync(over, options);
        Assert.True(sending.Session.TrySendText("dropped"));
        Assert.True(sending.Session.TrySendBytes(new byte[] { 1 }));
        await sending.Session.SendTextAsync("third");
        Assert.ThrowsAny<ArgumentException>(() => sending.Session.TrySendText("\uD800"));
        Assert.ThrowsAny<ArgumentException>(() => sending.Session.TrySendText(new byte[] { 0xFF }));
        await sending.LeaveAsync();
        Assert.Equal(["first", "\u0001", "third"], await sending.ReadTextsAsync(3));
        sending.Session.Abort();
    }

    [Theory]
    [EveryTransport(true)]
    [EveryTransport(false)]
    public async Task Session_that_has_to_keep_up_is_closed_where_too_much_waits_for_the_one_that_is_transformed(
        TransportKind over, bool tries)
    {
        var options = new WsSessionOptions { SendOverflow = SendOverflow.Close, MaxSendBacklog = 10 };
        using Transforming sending = await Transforming.BeginAsync(over, options);
        Task waiting = sending.Session.SendBytesAsync(new byte[10]).AsTask();
        if (tries)
            Assert.False(sending.Session.TrySendText("too much"));
        else
            await Assert.ThrowsAsync<WsClosedException>(() => sending.Session.SendTextAsync("too much").AsTask().Soon());
        await Assert.ThrowsAsync<WsClosedException>(() => waiting.Soon());
        await sending.LeaveAsync();
        Assert.Equal("first", (await sending.ReadAsync()).PayloadText);
        Assert.Equal((int)CloseCode.PolicyViolation, (await sending.ReadAsync()).CloseCode);
        sending.Session.Abort();
    }

    [Theory]
    [EveryTransport]
    public async Task What_fails_to_be_transformed_fails_for_its_own_sender_and_those_behind_it_cannot_be_sent(TransportKind over)
    {
        var fault = new InvalidOperationException("no");
        using Transforming sending = await Transforming.BeginAsync(over, fails: payload => payload.SequenceEqual("third"u8) ? fault : null);
        Task second = sending.Session.SendTextAsync("second").AsTask();
        Task third = sending.Session.SendTextAsync("third").AsTask();
        Task fourth = sending.Session.SendTextAsync("fourth").AsTask();
        await sending.LeaveAsync();
        await second.Soon();
        Exception thrown = await Assert.ThrowsAnyAsync<Exception>(() => third.Soon());
        Assert.Same(fault, thrown.InnerException ?? thrown);
        await Assert.ThrowsAnyAsync<Exception>(() => fourth.Soon());
        Assert.Equal(["first", "second"], await sending.ReadTextsAsync(2));
        sending.Session.Abort();
    }

    [Theory]
    [EveryTransport]
    public async Task Session_that_is_disposed_while_one_is_transformed_ends_when_that_is_done(TransportKind over)
    {
        using Transforming sending = await Transforming.BeginAsync(over);
        Task second = sending.Session.SendTextAsync("second").AsTask();
        sending.Session.Abort();
        await Assert.ThrowsAsync<WsClosedException>(() => second.Soon());
        Assert.False(sending.Session.Completion.IsCompleted);
        await sending.LeaveAsync();
        await sending.Session.Completion.Soon();
    }

    [Theory]
    [EveryTransport]
    public async Task Observer_sees_what_waited_as_what_it_is(TransportKind over)
    {
        var seen = new ConcurrentQueue<WsEvent>();
        using Transforming sending = await Transforming.BeginAsync(over, new WsSessionOptions { Observer = (_, e) => seen.Enqueue(e) });
        using (SendBatch batch = sending.Session.BeginBatch())
        {
            batch.SendText("utf8"u8);
            batch.SendBytes([1]);
            batch.Send(PreparedMessage.FromText("prepared"));
            batch.Send(PreparedMessage.FromBytes(new byte[] { 2 }));
        }

        Task bytes = sending.Session.SendAsync(new BytesMessage(new byte[] { 3 })).AsTask();
        Task pong = sending.Session.SendAsync(new Pong(new byte[] { 4 })).AsTask();
        await sending.LeaveAsync();
        await Task.WhenAll(bytes, pong).Soon();
        _ = await sending.ReadTextsAsync(7);
        await Waiting.Until(() => seen.Count == 7);
        Assert.Equal(
            [
                new TextMessage("first"),
                new TextMessage("utf8"),
                new BytesMessage(new byte[] { 1 }),
                new TextMessage("prepared"),
                new BytesMessage(new byte[] { 2 }),
                new BytesMessage(new byte[] { 3 }),
                new Pong(new byte[] { 4 }),
            ],
            seen);
        sending.Session.Abort();
    }

    /// <summary>A session whose extension holds the message "first", which a thread sends, until the test lets it go on.</summary>
    /// <summary>
    /// A sender has the right to encode and has not begun when the peer breaks the protocol: the core takes its message no more, and the
    /// Close that has waited for the encoder must not wait for anything else.
    /// </summary>
    [Fact]
    [OneTransport(OneTransportReason.ShowsWhatIsUnderWay)]
    public async Task Close_that_waits_for_the_encoder_goes_out_where_the_message_before_it_is_refused()
    {
        using var entered = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        using var data = new HookMemory(() =>
        {
            entered.Set();
            leave.Wait();
        });
        (WsSession session, WsTransport peer) = await HookCodec.SessionAsync(TransportKind.Memory, new HookCodec());
        Task sending = Task.Run(() => session.SendBytesAsync(data.Memory).AsTask());
        entered.Wait();
        // An opcode that is reserved. What follows is read when that has been dealt with.
        await peer.WriteAsync(new byte[] { 0x83, 0x80, 0, 0, 0, 0 });
        await Waiting.Until(() => session.Ending.IsCancellationRequested);
        for (int i = 0; i < 3; i++)
        {
            await peer.WriteAsync(new byte[1]);
            await Waiting.Until(() => ((MemoryTransport)peer).BytesUnderWay == 0);
        }

        leave.Set();
        await Assert.ThrowsAsync<WsClosedException>(() => sending.Soon());
        byte[] frame = new byte[4];
        Assert.Equal(4, await peer.ReadAsync(frame).AsTask().Soon());
        Assert.Equal((0x88, 1002), (frame[0], (frame[2] << 8) + frame[3]));
        session.Abort();
        await session.Completion.Soon();
    }

    /// <summary>Memory whose reader can be held up.</summary>
    private sealed class HookMemory(Action onRead) : MemoryManager<byte>
    {
        private readonly byte[] _data = [1];

        public override Memory<byte> Memory => CreateMemory(1);

        public override Span<byte> GetSpan()
        {
            onRead();
            return _data;
        }

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }

    private sealed class Transforming : IDisposable
    {
        private readonly ManualResetEventSlim _entered = new();
        private readonly ManualResetEventSlim _leave = new();
        private Task _first = Task.CompletedTask;
        private readonly byte[] _buffer = new byte[1000];
        private int _read;

        private WsTransport? _peer;
        private WsSession? _session;

        internal WsSession Session => _session!;

        internal WsTransport Peer => _peer!;

        internal static async Task<Transforming> BeginAsync(
            TransportKind over, WsSessionOptions? options = null, Func<byte[], Exception?>? fails = null)
        {
            var transforming = new Transforming();
            await transforming.SendFirstAsync(over, options, fails);
            return transforming;
        }

        private async Task SendFirstAsync(TransportKind over, WsSessionOptions? options, Func<byte[], Exception?>? fails)
        {
            var codec = new HookCodec(onSend: payload =>
            {
                if (fails?.Invoke(payload.ToArray()) is { } fault)
                    throw fault;
                if (!payload.SequenceEqual("first"u8))
                    return;
                _entered.Set();
                _leave.Wait();
            });
            (_session, _peer) = await HookCodec.SessionAsync(over, codec, options: options);
            _first = Task.Run(() => Session.SendTextAsync("first").AsTask());
            _entered.Wait();
        }

        internal WireReader Wire { get; } = new(fromClient: false);

        internal async Task LeaveAsync()
        {
            _leave.Set();
            await Task.WhenAny(_first).Soon();
        }

        internal async Task<WireFrame> ReadAsync()
        {
            while (_read == Wire.Frames.Count)
            {
                int count = await Peer.ReadAsync(_buffer).AsTask().Soon();
                Assert.NotEqual(0, count);
                Wire.Feed(_buffer.AsMemory(0, count));
                Assert.Null(Wire.Error);
            }

            return Wire.Frames[_read++];
        }

        internal async Task<string[]> ReadTextsAsync(int count)
        {
            string[] texts = new string[count];
            for (int i = 0; i < count; i++)
                texts[i] = Encoding.UTF8.GetString((await ReadAsync()).Payload);
            return texts;
        }

        public void Dispose()
        {
            _entered.Dispose();
            _leave.Dispose();
        }
    }
}
