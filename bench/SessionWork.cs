using System.Net.WebSockets;
using System.Threading.Tasks.Sources;
using WsProto.Adapters;

namespace WsProto.Bench;

/// <summary>
/// A server echoes messages over memory, all on the thread that measures: a <see cref="WsSession"/>, and System.Net.WebSockets with one
/// buffer.
/// </summary>
internal sealed class SessionWork : IDisposable
{
    private readonly Traffic _traffic;
    private readonly FedTransport _transport;
    private readonly WsSession _session;
    private readonly WebSocket _peer;
    private readonly byte[] _received;
    private int _echoed;

    private SessionWork(Traffic traffic, int piece, string way)
    {
        _traffic = traffic;
        _transport = new FedTransport(traffic.Wire, piece);
        _session = WsSession.FromEstablished(
            _transport, WsConnection.Established(ConnectionRole.Server), new WsSessionOptions { KeepAliveInterval = null });
        _ = way switch { "views" => EchoViewsAsync(), "receive" => ReceiveViewsAsync(), _ => EchoAsync() };
        _peer = Peer.Server(new LoopStream(traffic.Wire, piece), takeover: null);
        _received = new byte[traffic.Largest];
    }

    /// <param name="kind">Of the messages.</param>
    /// <param name="size">Of a message.</param>
    /// <param name="piece">Of a read.</param>
    /// <param name="way">"messages" to echo with data of their own, "views" to echo views in batches, "receive" to receive views
    /// alone.</param>
    public static SessionWork With(Kind kind, int size, int piece, string way) => new(new Traffic(kind, size), piece, way);

    /// <summary>Passes over all of the traffic once and gives the number of messages.</summary>
    public int Echo()
    {
        _echoed = 0;
        _transport.Feed();
        // A session that has used up its time goes on on another thread.
        SpinWait.SpinUntil(() => Volatile.Read(ref _echoed) == _traffic.Messages.Length, TimeSpan.FromSeconds(10));
        return _echoed == _traffic.Messages.Length
            ? _echoed
            : throw new InvalidOperationException($"{_echoed} of {_traffic.Messages.Length} messages came back.");
    }

    public int TheirEcho() => TheirEchoAsync().GetAwaiter().GetResult();

    public void Dispose()
    {
        _session.Abort();
        _session.DisposeAsync().AsTask().Wait();
        _transport.DisposeAsync().AsTask().Wait();
        _peer.Dispose();
    }

    private async Task EchoAsync()
    {
        while (await _session.ReceiveAsync() is BytesMessage message)
        {
            await _session.SendBytesAsync(message.Data);
            _echoed++;
        }
    }

    private async Task EchoViewsAsync()
    {
        while (await _session.WaitToReceiveAsync())
        {
            using SendBatch batch = _session.BeginBatch();
            while (_session.TryReceive(out ReceivedMessage message))
            {
                batch.SendBytes(message.Bytes.Span);
                _echoed++;
            }

            await batch.FlushAsync();
        }
    }

    private async Task ReceiveViewsAsync()
    {
        while (await _session.WaitToReceiveAsync())
        {
            while (_session.TryReceive(out ReceivedMessage message))
                _echoed += message.Bytes.IsEmpty ? 0 : 1;
        }
    }

    public int TheirReceive() => TheirReceiveAsync().GetAwaiter().GetResult();

    private async Task<int> TheirReceiveAsync()
    {
        for (int i = 0; i < _traffic.Messages.Length; i++)
        {
            int length = 0;
            ValueWebSocketReceiveResult result;
            do
            {
                result = await _peer.ReceiveAsync(_received.AsMemory(length), CancellationToken.None);
                length += result.Count;
            }
            while (!result.EndOfMessage);
        }

        return _traffic.Messages.Length;
    }

    private async Task<int> TheirEchoAsync()
    {
        for (int i = 0; i < _traffic.Messages.Length; i++)
        {
            int length = 0;
            ValueWebSocketReceiveResult result;
            do
            {
                result = await _peer.ReceiveAsync(_received.AsMemory(length), CancellationToken.None);
                length += result.Count;
            }
            while (!result.EndOfMessage);
            await _peer.SendAsync(_received.AsMemory(0, length), result.MessageType, true, CancellationToken.None);
        }

        return _traffic.Messages.Length;
    }

    /// <summary>Gives an array in pieces to whoever reads, on the thread that feeds it, and forgets what is written.</summary>
    private sealed class FedTransport(byte[] data, int piece) : WsTransport, IValueTaskSource<int>
    {
        private ManualResetValueTaskSourceCore<int> _source;
        private Memory<byte> _buffer;
        public void Feed()
        {
            for (int position = 0; position < data.Length;)
            {
                // The session begins on a thread of the pool.
                SpinWait.SpinUntil(() => !_buffer.IsEmpty);
                int count = Math.Min(Math.Min(_buffer.Length, piece), data.Length - position);
                data.AsSpan(position, count).CopyTo(_buffer.Span);
                position += count;
                _buffer = default;
                _source.SetResult(count);
            }
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _source.Reset();
            _buffer = buffer;
            return new ValueTask<int>(this, _source.Version);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default) => default;

        public int GetResult(short token) => _source.GetResult(token);

        public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _source.OnCompleted(continuation, state, token, flags);
    }
}
