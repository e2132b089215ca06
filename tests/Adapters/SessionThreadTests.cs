// On which thread the receiver runs, and when what it sends goes out: the reader lends it its own thread, and is not to be held up by that.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using System.Threading.Tasks.Sources;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

[OneTransport(OneTransportReason.IsScripted)]
public sealed class SessionThreadTests
{
    private static readonly AsyncLocal<string?> _flow = new();

    [ThreadStatic]
    private static bool _inside;

    [Fact]
    public async Task Messages_are_handled_and_answered_on_the_thread_that_read_them_before_it_reads_again()
    {
        await using var fed = new Fed();
        await using WsSession session = fed.Open();
        Task echoing = EchoAsync(session);
        for (int i = 1; i <= 10; i++)
        {
            await fed.IsReading();
            // All of it inside the call that gives the bytes.
            int written = await Task.Run(() =>
            {
                fed.Give(Binary((byte)i));
                return fed.Answers.Count;
            });
            Assert.Equal(i, written);
        }

        await fed.EndAsync();
        await echoing.Soon();
        Assert.Equal(Enumerable.Range(1, 10).Select(i => (byte)i), fed.Answers.Select(answer => answer.Payload[0]));
    }

    [Fact]
    public async Task Answers_to_messages_of_one_read_go_out_together()
    {
        const int messages = 500;
        await using var fed = new Fed();
        await using WsSession session = fed.Open();
        Task echoing = EchoAsync(session);
        await fed.IsReading();
        await Task.Run(() => fed.Give([.. Enumerable.Range(0, messages).SelectMany(i => Binary((byte)i))]));
        await fed.IsReading();
        // The clock is looked at with each fourth message, and may have gone on each time.
        Assert.InRange(fed.Writes, 1, (messages / 4) + 20);
        Assert.Equal(Enumerable.Range(0, messages).Select(i => (byte)i), fed.Answers.Select(answer => answer.Payload[0]));
        await fed.EndAsync();
        await echoing.Soon();
    }

    [Fact]
    public async Task What_was_sent_goes_out_when_the_receiver_waits_for_something_else_than_messages()
    {
        await using var fed = new Fed();
        await using WsSession session = fed.Open();
        var work = new TaskCompletionSource();
        async Task AnswerAndWorkAsync()
        {
            Message? first = await session.ReceiveAsync().ConfigureAwait(false);
            await session.SendAsync(((BytesMessage)first!).Data).ConfigureAwait(false);
            await work.Task.ConfigureAwait(false);
            await EchoAsync(session).ConfigureAwait(false);
        }

        Task answering = AnswerAndWorkAsync();
        await fed.IsReading();
        // The second message is at hand while the first is answered.
        await Task.Run(() => fed.Give([.. Binary(1), .. Binary(2)]));
        Assert.Equal([1], fed.Answers.Select(answer => answer.Payload[0]));
        work.SetResult();
        await Waiting.Until(() => fed.Answers.Count == 2);
        await fed.EndAsync();
        await answering.Soon();
        Assert.Equal([1, 2], fed.Answers.Select(answer => answer.Payload[0]));
    }

    [Fact]
    public async Task Receiver_that_blocks_again_and_again_holds_up_neither_the_reader_nor_what_it_sent()
    {
        await using var fed = new Fed();
        await using WsSession session = fed.Open();
        using var blocked = new SemaphoreSlim(0);
        using var release = new AutoResetEvent(false);
        async Task AnswerAndBlockAsync()
        {
            while (await session.ReceiveAsync().ConfigureAwait(false) is BytesMessage message)
            {
                await session.SendAsync(message.Data).ConfigureAwait(false);
                blocked.Release();
                Assert.True(release.WaitOne(TimeSpan.FromSeconds(30)));
            }
        }

        Task receiving = AnswerAndBlockAsync();
        var giving = new List<Task>();
        // More often than a receiver gets the thread back.
        for (byte i = 0; i < 6; i++)
        {
            await fed.IsReading();
            byte[] two = [.. Binary(i), .. Binary((byte)(100 + i))];
            giving.Add(Task.Run(() => fed.Give(two)));
            for (int message = 0; message < 2; message++)
            {
                Assert.True(await blocked.WaitAsync(TimeSpan.FromSeconds(30)));
                // The answer is out, and a Ping is answered, though the receiver has not given the thread back.
                await Waiting.Until(() => fed.Answers.Count(answer => answer.Opcode == WireFrame.Binary) == (2 * i) + message + 1);
                await fed.IsReading();
                giving.Add(Task.Run(() => fed.Give(new WireFrame(WireFrame.Ping, true, []).Encode(masked: true))));
                await Waiting.Until(() => fed.Answers.Count(answer => answer.Opcode == WireFrame.Pong) == (2 * i) + message + 1);
                release.Set();
            }
        }

        await Task.WhenAll(giving).Soon();
        await fed.EndAsync();
        await receiving.Soon();
        // One that had read on beside another would have ended the session as lost.
        Assert.Null(session.Failure);
    }

    [Fact]
    public async Task What_was_sent_does_not_wait_for_long_while_the_receiver_has_more_to_do()
    {
        var time = new ManualTime();
        await using var fed = new Fed();
        await using WsSession session = fed.Open(new WsSessionOptions { TimeProvider = time });
        var seen = new List<int>();
        async Task AnswerAndWorkAsync()
        {
            for (int i = 0; await session.ReceiveAsync().ConfigureAwait(false) is BytesMessage message; i++)
            {
                seen.Add(fed.Answers.Count);
                await session.SendAsync(message.Data).ConfigureAwait(false);
                if (i == 10)
                    time.Advance(TimeSpan.FromMilliseconds(3));
            }
        }

        Task receiving = AnswerAndWorkAsync();
        await fed.IsReading();
        await Task.Run(() => fed.Give([.. Enumerable.Range(0, 100).SelectMany(i => Binary((byte)i))]));
        await fed.IsReading();
        // Soon after the work, with the next answers.
        Assert.True(seen[20] > 10);
        await fed.EndAsync();
        await receiving.Soon();
    }

    [Fact]
    public async Task What_was_sent_goes_out_between_events_though_nothing_more_is_sent()
    {
        var time = new ManualTime();
        await using var fed = new Fed();
        await using WsSession session = fed.Open(new WsSessionOptions { TimeProvider = time });
        var seen = new List<int>();
        async Task AnswerOneAsync()
        {
            for (int i = 0; await session.ReceiveAsync().ConfigureAwait(false) is BytesMessage message; i++)
            {
                seen.Add(fed.Answers.Count);
                if (i == 0)
                    await session.SendAsync(message.Data).ConfigureAwait(false);
                // Each takes a while.
                if (i is >= 1 and < 150 && fed.Answers.Count == 0)
                    time.Advance(TimeSpan.FromMilliseconds(3));
            }
        }

        Task receiving = AnswerOneAsync();
        await fed.IsReading();
        await Task.Run(() => fed.Give([.. Enumerable.Range(0, 200).SelectMany(i => Binary((byte)i))]));
        await fed.IsReading();
        Assert.Equal(1, seen[150]);
        await fed.EndAsync();
        await receiving.Soon();
    }

    [Fact]
    public async Task Nothing_is_dropped_on_the_thread_of_the_reader_where_the_transport_takes_all()
    {
        await using var fed = new Fed();
        await using WsSession session = fed.Open(new WsSessionOptions { SendOverflow = SendOverflow.DropOldest });
        async Task AnswerAtLengthAsync()
        {
            while (await session.ReceiveAsync().ConfigureAwait(false) is not null)
                await session.SendAsync(new byte[2048]).ConfigureAwait(false);
        }

        Task answering = AnswerAtLengthAsync();
        await fed.IsReading();
        await Task.Run(() => fed.Give([.. Enumerable.Range(0, 500).SelectMany(i => Binary((byte)i))]));
        await fed.IsReading();
        Assert.Equal(500, fed.Answers.Count);
        await fed.EndAsync();
        await answering.Soon();
    }

    [Fact]
    public async Task What_was_sent_goes_out_before_the_reader_waits_for_room()
    {
        await using var fed = new Fed();
        await using WsSession session = fed.Open(new WsSessionOptions { MaxReceiveBacklog = 100 });
        var work = new TaskCompletionSource();
        async Task AnswerAndWorkAsync()
        {
            var first = (BytesMessage)(await session.ReceiveAsync().ConfigureAwait(false))!;
            await session.SendAsync(first.Data).ConfigureAwait(false);
            await work.Task.ConfigureAwait(false);
            await EchoAsync(session).ConfigureAwait(false);
        }

        Task answering = AnswerAndWorkAsync();
        await fed.IsReading();
        await Task.Run(() => fed.Give([.. Enumerable.Range(0, 20).SelectMany(i => Binary((byte)i))]));
        // The loop goes on without the receiver, as that stays away.
        await Waiting.Until(() => session.IsPaused);
        Assert.Single(fed.Answers);
        work.SetResult();
        await fed.EndAsync();
        await answering.Soon();
        Assert.Equal(20, fed.Answers.Count);
    }

    [Fact]
    public async Task Last_answers_go_out_though_the_stream_ends_at_once()
    {
        var begin = new TaskCompletionSource();
        var written = new WireReader(fromClient: false);
        int reads = 0;
        await using var transport = new FakeTransport
        {
            OnRead = (buffer, _) => ++reads == 1 ? BeginAsync(buffer) : new ValueTask<int>(0),
            OnWrite = (data, _) =>
            {
                written.Feed(data);
                return default;
            },
        };
        async ValueTask<int> BeginAsync(Memory<byte> buffer)
        {
            await begin.Task.ConfigureAwait(false);
            byte[] bytes = [.. Binary(1), .. Binary(2)];
            bytes.CopyTo(buffer);
            return bytes.Length;
        }

        await using WsSession session = WsSession.FromEstablished(transport, WsConnection.Established(ConnectionRole.Server));
        Task echoing = EchoAsync(session);
        begin.SetResult();
        await echoing.Soon();
        await session.Completion.Soon();
        Assert.Equal([1, 2], written.Frames.Where(frame => frame.Opcode == WireFrame.Binary).Select(frame => frame.Payload[0]));
    }

    [Fact]
    public async Task Receiver_that_blocks_after_the_end_does_not_hold_up_the_end_of_the_session()
    {
        await using var fed = new Fed();
        await using WsSession session = fed.Open();
        using var release = new ManualResetEventSlim();
        async Task BlockAtTheEndAsync()
        {
            Assert.Null(await session.ReceiveAsync().ConfigureAwait(false));
            Assert.True(release.Wait(TimeSpan.FromSeconds(30)));
        }

        Task blocking = BlockAtTheEndAsync();
        await fed.EndAsync();
        await session.Completion.Soon();
        release.Set();
        await blocking.Soon();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_receiver_sets_in_its_flow_stays_with_it(bool suppressed)
    {
        await using var fed = new Fed();
        await using WsSession session = fed.Open();
        async Task SetAsync()
        {
            while (await session.ReceiveAsync().ConfigureAwait(false) is not null)
                _flow.Value = "of the receiver";
        }

        Task setting;
        using (suppressed ? ExecutionContext.SuppressFlow() : default(AsyncFlowControl?))
            setting = SetAsync();
        for (int i = 0; i < 3; i++)
        {
            await fed.IsReading();
            string? left = await Task.Run(() =>
            {
                fed.Give(Binary(1));
                return fed.FlowOfReading;
            });
            Assert.Null(left);
        }

        await fed.EndAsync();
        await setting.Soon();
    }

    [Fact]
    public async Task Receiver_of_another_session_does_not_run_inside_one()
    {
        await using var near = new Fed();
        await using var far = new Fed();
        await using WsSession outer = near.Open();
        await using WsSession inner = far.Open();
        async Task PassOnAsync()
        {
            while (await outer.ReceiveAsync().ConfigureAwait(false) is not null)
            {
                await far.IsReading().ConfigureAwait(false);
                _inside = true;
                far.Give(Binary(7));
                _inside = false;
            }
        }

        var nested = new List<bool>();
        async Task LookAsync()
        {
            while (await inner.ReceiveAsync().ConfigureAwait(false) is BytesMessage message)
            {
                nested.Add(_inside);
                await inner.SendAsync(message.Data).ConfigureAwait(false);
            }
        }

        Task passing = PassOnAsync();
        Task looking = LookAsync();
        await near.IsReading();
        for (int i = 1; i <= 5; i++)
        {
            await far.IsReading();
            await Task.Run(() => near.Give(Binary(1)));
            await Waiting.Until(() => far.Answers.Count == i);
            await near.IsReading();
        }

        await near.EndAsync();
        await far.EndAsync();
        await passing.Soon();
        await looking.Soon();
        Assert.Equal(Enumerable.Repeat(false, 5), nested);
    }

    private static byte[] Binary(byte value) => new WireFrame(WireFrame.Binary, true, [value]).Encode(masked: true);

    private static async Task EchoAsync(WsSession session)
    {
        while (await session.ReceiveAsync().ConfigureAwait(false) is BytesMessage message)
            await session.SendAsync(message.Data).ConfigureAwait(false);
    }

    /// <summary>A transport that is given its bytes, and lets the session go on inside the call that gives them.</summary>
    private sealed class Fed : IValueTaskSource<int>, IAsyncDisposable
    {
        private readonly WireReader _reader = new(fromClient: false);
        private readonly Lock _lock = new();
        private readonly FakeTransport _transport;
        private ManualResetValueTaskSourceCore<int> _source;
        private Memory<byte> _buffer;
        private bool _isAwaited;
        private bool _isPending;
        private int _writes;

        internal Fed() => _transport = new FakeTransport { OnRead = (buffer, _) => Read(buffer), OnWrite = (data, _) => Write(data) };

        internal int Writes
        {
            get
            {
                lock (_lock)
                    return _writes;
            }
        }

        internal IReadOnlyList<WireFrame> Answers
        {
            get
            {
                lock (_lock)
                    return [.. _reader.Frames];
            }
        }

        public int GetResult(short token) => _source.GetResult(token);

        public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        {
            _source.OnCompleted(continuation, state, token, flags);
            Volatile.Write(ref _isAwaited, true);
        }

        /// <summary>What the reader's flow held when it read last.</summary>
        internal string? FlowOfReading { get; private set; }

        internal WsSession Open(WsSessionOptions? options = null) =>
            WsSession.FromEstablished(
                _transport,
                WsConnection.Established(ConnectionRole.Server),
                (options ?? new WsSessionOptions()) with { KeepAliveInterval = null });

        internal Task IsReading() => Waiting.Until(() => Volatile.Read(ref _isAwaited));

        internal void Give(byte[] bytes)
        {
            bytes.CopyTo(_buffer);
            _isAwaited = false;
            _isPending = false;
            _source.SetResult(bytes.Length);
        }

        internal async Task EndAsync()
        {
            await IsReading();
            _ = Task.Run(() => Give([]));
        }

        public ValueTask DisposeAsync() => _transport.DisposeAsync();

        private ValueTask<int> Read(Memory<byte> buffer)
        {
            Assert.False(Interlocked.Exchange(ref _isPending, true), "Two read at once.");
            FlowOfReading = _flow.Value;
            _buffer = buffer;
            _source.Reset();
            return new ValueTask<int>(this, _source.Version);
        }

        private ValueTask Write(ReadOnlyMemory<byte> data)
        {
            lock (_lock)
            {
                _writes++;
                _reader.Feed(data);
            }

            return default;
        }
    }
}
