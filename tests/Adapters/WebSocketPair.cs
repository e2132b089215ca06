// Two ends of a stream in memory, and a peer on the bare core at one of them. No time passes and nothing is cut: what one end writes, the
// other reads at once.

using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace WsProto.Adapters.Tests;

/// <summary>One end of a stream in memory.</summary>
internal sealed class PairStream : Stream, IPeerEnd
{
    private readonly Way _in;
    private readonly Way _out;

    private PairStream(Way incoming, Way outgoing) => (_in, _out) = (incoming, outgoing);

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    internal static (PairStream Near, PairStream Far) Create()
    {
        Way there = new();
        Way back = new();
        return (new PairStream(back, there), new PairStream(there, back));
    }

    /// <summary>Ends when whoever reads here has read all that was written so far and waits for more, or has gone.</summary>
    internal Task DrainedAsync() => _in.DrainedAsync();

    public void CompleteWrites() => _out.End();

    /// <summary>From now on reads fail at both ends, once they have what was written before, and so do writes.</summary>
    public void Break()
    {
        _in.Fail();
        _out.Fail();
    }

    /// <summary>
    /// Heeds no token, and ends when it is disposed of: the base class library's WebSocket does both at once, and which it notices first is
    /// chance.
    /// </summary>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        await _in.ReadAsync(buffer);

    ValueTask<int> IPeerEnd.ReadAsync(Memory<byte> buffer) => ReadAsync(buffer);

    void IPeerEnd.Write(ReadOnlySpan<byte> data) => _out.Write(data);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        _out.Write(buffer.Span);
        return default;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => _out.Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _out.End();
        _in.Close();
        base.Dispose(disposing);
    }

    /// <summary>The bytes in one direction.</summary>
    private sealed class Way
    {
        private readonly Lock _lock = new();
        private readonly ArrayBufferWriter<byte> _bytes = new();
        private TaskCompletionSource _changed = New();
        private TaskCompletionSource _drained = New();
        private int _read;
        private bool _waiting;
        private bool _ended;
        private bool _failed;
        private bool _closed;

        internal async Task<int> ReadAsync(Memory<byte> buffer)
        {
            while (true)
            {
                Task changed;
                lock (_lock)
                {
                    _waiting = false;
                    ObjectDisposedException.ThrowIf(_closed, typeof(PairStream));
                    if (_bytes.WrittenCount > _read)
                    {
                        int count = Math.Min(buffer.Length, _bytes.WrittenCount - _read);
                        _bytes.WrittenMemory.Slice(_read, count).CopyTo(buffer);
                        _read += count;
                        return count;
                    }

                    if (_failed)
                        throw new IOException("The transport is lost.");
                    if (_ended)
                    {
                        _drained.TrySetResult();
                        return 0;
                    }

                    _waiting = true;
                    _drained.TrySetResult();
                    changed = _changed.Task;
                }

                await changed;
            }
        }

        internal void Write(ReadOnlySpan<byte> data)
        {
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_ended, typeof(PairStream));
                if (_failed)
                    throw new IOException("The transport is lost.");
                _bytes.Write(data);
                Change();
            }
        }

        internal void End()
        {
            lock (_lock)
            {
                _ended = true;
                Change();
            }
        }

        internal void Fail()
        {
            lock (_lock)
            {
                _failed = true;
                Change();
            }
        }

        internal void Close()
        {
            lock (_lock)
            {
                _closed = true;
                Change();
                _drained.TrySetResult();
            }
        }

        internal Task DrainedAsync()
        {
            lock (_lock)
            {
                if (_closed || (_waiting && _bytes.WrittenCount == _read))
                    return Task.CompletedTask;
                if (_drained.Task.IsCompleted)
                    _drained = New();
                return _drained.Task;
            }
        }

        private void Change()
        {
            TaskCompletionSource changed = _changed;
            _changed = New();
            changed.TrySetResult();
        }

        private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>The other side of a WebSocket: does what a test says, notes what it sees, and answers a Close if it is told to.</summary>
internal sealed class WebSocketPeer : IDisposable
{
    private readonly Lock _lock = new();
    private readonly WsConnection _connection;
    private readonly IPeerEnd _stream;
    private readonly List<WsEvent> _seen = [];
    private readonly SemaphoreSlim _arrivals = new(0);
    private readonly Task _reading;
    private int _read;

    internal WebSocketPeer(IPeerEnd stream, WsConnection connection, bool answersClose = true)
    {
        _stream = stream;
        _connection = connection;
        _reading = Task.Run(() => ReadToEndAsync(answersClose));
    }

    /// <summary>The next thing that it sees.</summary>
    internal async Task<WsEvent> NextAsync()
    {
        await _arrivals.WaitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        lock (_lock)
            return _seen[_read++];
    }

    /// <summary>All that it has seen when its stream has ended, in words.</summary>
    internal async Task<string> SeenAsync()
    {
        await _reading.WaitAsync(TimeSpan.FromSeconds(30));
        return string.Join(", ", _seen.Select(Describe));
    }

    internal void Send(WsEvent e)
    {
        lock (_lock)
            _stream.Write(_connection.Send(e));
    }

    internal void SendText(string text, bool finished = true) => Send(new TextMessage(text) { MessageFinished = finished });

    internal void SendBytes(byte[] data, bool finished = true) => Send(new BytesMessage(data) { MessageFinished = finished });

    /// <summary>Sends a frame that the core would not.</summary>
    internal void SendFrame(byte first, params byte[] payload)
    {
        SendRaw([.. FrameHead(first, payload.Length), .. payload]);
    }

    /// <summary>The head of a frame; a mask of zeroes leaves the payload as it is.</summary>
    internal byte[] FrameHead(byte first, int length)
    {
        byte[] size = length < 126 ? [(byte)length] : [126, (byte)(length >> 8), (byte)length];
        if (_connection.Role == ConnectionRole.Server)
            return [first, .. size];
        size[0] |= 0x80;
        return [first, .. size, 0, 0, 0, 0];
    }

    internal void SendRaw(params byte[] bytes) => _stream.Write(bytes);

    internal void End() => _stream.CompleteWrites();

    internal void Break() => _stream.Break();

    public void Dispose()
    {
        _connection.Dispose();
        _arrivals.Dispose();
    }

    internal static string Describe(WsEvent e) => e switch
    {
        TextMessage text => $"Text {Describe(Encoding.UTF8.GetBytes(text.Data))}",
        BytesMessage bytes => $"Binary {Describe(bytes.Data.Span)}",
        Pong pong => $"Pong {Describe(pong.Payload.Span)}",
        Ping ping => $"Ping {Describe(ping.Payload.Span)}",
        CloseConnection { Code: CloseCode.AbnormalClosure } => "lost",
        CloseConnection { Error: { } error } => $"broken by {error}",
        CloseConnection close =>
            string.Create(CultureInfo.InvariantCulture, $"Close {(int)close.Code}{(close.Reason is null ? "" : $" {close.Reason}")}"),
        _ => e.ToString(),
    };

    /// <summary>Short data as it is, or in hex, long data by its length and a sum.</summary>
    internal static string Describe(ReadOnlySpan<byte> data) =>
        data.Length > 32 ? string.Create(CultureInfo.InvariantCulture, $"{data.Length} bytes")
        : data.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E) ? $"0x{Convert.ToHexString(data)}"
        : $"'{Encoding.ASCII.GetString(data)}'";

    private async Task ReadToEndAsync(bool answersClose)
    {
        byte[] buffer = new byte[64 * 1024];
        int count = -1;
        while (count != 0)
        {
            try
            {
                count = await _stream.ReadAsync(buffer);
            }
            catch (IOException)
            {
                count = 0;
            }

            lock (_lock)
            {
                if (count > 0)
                    _connection.Receive(buffer.AsSpan(0, count));
                else
                    _connection.ReceiveEndOfStream();
                while (_connection.TryReadEvent(out WsEvent? e))
                    Take(e, answersClose);
            }
        }

        try
        {
            _stream.CompleteWrites();
        }
        catch (Exception gone) when (gone.GetBaseException() is IOException or ObjectDisposedException or SocketException)
        {
            // It was broken, and there is nothing to end.
        }
    }

    /// <summary>As far as anybody still reads.</summary>
    private void Reply(WsEvent e)
    {
        try
        {
            _stream.Write(_connection.Send(e));
        }
        catch (Exception gone) when (gone.GetBaseException() is IOException or ObjectDisposedException or SocketException)
        {
            // A peer that answers too late.
        }
    }

    private void Take(WsEvent e, bool answersClose)
    {
        _seen.Add(e);
        if (e is CloseConnection close)
        {
            if (answersClose && _connection.State == ConnectionState.RemoteClosing)
                Reply(close.Response());
            // RFC 6455 §7.1.1: the server closes the transport first.
            if (_connection is { State: ConnectionState.Closed, Role: ConnectionRole.Server })
                _stream.CompleteWrites();
        }

        _arrivals.Release();
    }
}
