using System.Buffers;
using System.IO.Pipelines;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests.Transports;

/// <summary>
/// What pipes have beyond other transports: completion by the peer, pauses, and buffers that must not go back while they are read.
/// </summary>
public sealed class PipeTransportTests
{
    private readonly Pipe _in = new();
    private readonly Pipe _out = new(new PipeOptions(pauseWriterThreshold: 10, resumeWriterThreshold: 5));

    private WsTransport Transport => field ??= WsTransport.From(new DuplexPipe(_in.Reader, _out.Writer));

    [Fact]
    public async Task WebSocket_is_opened_at_both_ends_of_a_pair_of_pipes()
    {
        var other = new Pipe();
        ValueTask<WsSession> accepting = new DuplexPipe(_in.Reader, other.Writer).AcceptWebSocketAsync();
        await using WsSession client =
            await new DuplexPipe(other.Reader, _in.Writer).ConnectWebSocketAsync(new Request("h", "/pipe")).Soon();
        await using WsSession server = await accepting.Soon();
        Assert.Equal("/pipe", server.Request!.Target);
        await client.SendTextAsync("through pipes").AsTask().Soon();
        Assert.Equal(new TextMessage("through pipes"), await server.ReceiveAsync().Soon());
        Task<WsCloseResult> closing = client.CloseAsync((CloseCode)4000).AsTask();
        Assert.Null(await server.ReceiveAsync().Soon());
        Assert.Equal((CloseCode)4000, (await closing.Soon()).Code);
    }

    [Fact]
    public async Task Read_crosses_the_segments_of_a_pipe()
    {
        byte[] sent = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i % 251))];
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await pipe.Writer.WriteAsync(sent);
        await using WsTransport transport = WsTransport.From(new DuplexPipe(pipe.Reader, _out.Writer));
        byte[] read = new byte[150_000];
        Assert.Equal(150_000, await transport.ReadAsync(read).Soon());
        Assert.Equal(sent[..150_000], read);
        Assert.Equal(50_000, await transport.ReadAsync(read).Soon());
        Assert.Equal(sent[150_000..], read[..50_000]);
    }

    [Fact]
    public async Task Pipe_that_its_writer_completed_is_the_end_once_its_bytes_were_read()
    {
        await _in.Writer.WriteAsync(new byte[3]);
        await _in.Writer.CompleteAsync();
        await Transport.WaitToReadAsync().Soon();
        Assert.Equal(3, await Transport.ReadAsync(new byte[16]).Soon());
        await Transport.WaitToReadAsync().Soon();
        Assert.Equal(0, await Transport.ReadAsync(new byte[16]).Soon());
    }

    [Fact]
    public async Task Pipe_that_its_writer_completed_with_an_error_fails_with_it()
    {
        await _in.Writer.CompleteAsync(new InvalidDataException("broken"));
        InvalidDataException e = await Assert.ThrowsAsync<InvalidDataException>(() => Transport.ReadAsync(new byte[16]).Soon());
        Assert.Equal("broken", e.Message);
    }

    [Fact]
    public async Task Pipe_that_its_reader_completed_takes_no_more_bytes()
    {
        Task writing = Transport.WriteAsync(new byte[100]).AsTask();
        Assert.False(writing.IsCompleted);
        await _out.Reader.CompleteAsync();
        await Assert.ThrowsAsync<IOException>(() => writing.Soon());
        await Assert.ThrowsAsync<IOException>(() => Transport.WriteAsync(new byte[1]).Soon());
    }

    [Fact]
    public async Task Write_waits_while_the_peer_does_not_read()
    {
        Task writing = Transport.WriteAsync(new byte[100]).AsTask();
        Assert.False(writing.IsCompleted);
        ReadResult result = await _out.Reader.ReadAsync();
        Assert.Equal(100, result.Buffer.Length);
        Assert.False(writing.IsCompleted);
        _out.Reader.AdvanceTo(result.Buffer.End);
        await writing.Soon();
    }

    [Fact]
    public async Task Read_that_a_pipe_completes_without_bytes_goes_on_waiting()
    {
        var reader = new ScriptedReader();
        await using WsTransport transport = WsTransport.From(new DuplexPipe(reader, _out.Writer));
        Task<int> reading = transport.ReadAsync(new byte[16]).AsTask();
        reader.Give(new ReadResult(ReadOnlySequence<byte>.Empty, isCanceled: false, isCompleted: false));
        await Waiting.Until(() => reader.Log.Count >= 3);
        Assert.False(reading.IsCompleted);
        reader.Give(new ReadResult(new ReadOnlySequence<byte>(new byte[2]), isCanceled: false, isCompleted: false));
        Assert.Equal(2, await reading.Soon());
    }

    [Fact]
    public async Task Reader_is_completed_only_after_the_read_that_still_looks_at_its_buffers()
    {
        var reader = new ScriptedReader();
        WsTransport transport = WsTransport.From(new DuplexPipe(reader, _out.Writer));
        Task<int> reading = transport.ReadAsync(new byte[16]).AsTask();
        // This reader does not heed the cancellation, so its bytes are still to be copied when disposal is over.
        await transport.DisposeAsync().Soon();
        Assert.Equal(["read", "cancel"], reader.Log);
        reader.Give(new ReadResult(new ReadOnlySequence<byte>(new byte[4]), isCanceled: false, isCompleted: false));
        Assert.Equal(4, await reading.Soon());
        Assert.Equal(["read", "cancel", "advance", "complete"], reader.Log);
    }

    [Fact]
    public async Task Writer_is_completed_by_disposal_and_a_pending_write_fails()
    {
        Task writing = Transport.WriteAsync(new byte[100]).AsTask();
        await Transport.DisposeAsync().Soon();
        await Assert.ThrowsAsync<IOException>(() => writing.Soon());
        ReadResult result = await _out.Reader.ReadAsync();
        Assert.True(result.IsCompleted);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Transport.WriteAsync(new byte[1]).Soon());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Transport.ReadAsync(new byte[1]).Soon());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Transport.WaitToReadAsync().Soon());
        FlushResult flush = await _in.Writer.WriteAsync(new byte[1]);
        Assert.True(flush.IsCompleted);
    }

    [Fact]
    public async Task Writes_are_completed_once()
    {
        await Transport.CompleteWritesAsync().Soon();
        await Transport.CompleteWritesAsync().Soon();
        await Transport.DisposeAsync().Soon();
        Assert.True((await _out.Reader.ReadAsync()).IsCompleted);
    }

    /// <summary>A reader whose reads complete when a test says so, and which heeds nothing.</summary>
    private sealed class ScriptedReader : PipeReader
    {
        private TaskCompletionSource<ReadResult> _result = new();

        internal List<string> Log { get; } = [];

        internal void Give(ReadResult result)
        {
            TaskCompletionSource<ReadResult> pending = _result;
            _result = new TaskCompletionSource<ReadResult>();
            pending.SetResult(result);
        }

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            Log.Add("read");
            return new ValueTask<ReadResult>(_result.Task);
        }

        public override void AdvanceTo(SequencePosition consumed) => Log.Add("advance");

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => Log.Add("advance");

        public override void CancelPendingRead() => Log.Add("cancel");

        public override void Complete(Exception? exception = null) => Log.Add("complete");

        public override bool TryRead(out ReadResult result) => throw new NotSupportedException();
    }
}
