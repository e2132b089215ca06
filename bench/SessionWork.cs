using System.Net.WebSockets;
using System.Threading.Tasks.Sources;
using WsProto.Adapters;

namespace WsProto.Bench;

/// <summary>A server echoes messages over memory, all on the thread that measures: a <see cref="WsSession"/>, and System.Net.WebSockets with one buffer.</summary>
internal sealed class SessionWork : IDisposable
{
    private readonly Traffic _traffic;
    private readonly FedTransport _transport;
    private readonly WsSession _session;
    private readonly WebSocket _peer;
    private readonly byte[] _received;
    private int _echoed;

    private SessionWork(Traffic traffic, int piece)
    {
        _traffic = traffic;
        _transport = new FedTransport(traffic.Wire, piece);
        _session = WsSession.FromEstablished(_transport, WsConnection.Established(ConnectionRole.Server), new WsSessionOptions { KeepAliveInterval = null });
        _ = EchoAsync();
        _peer = Peer.Server(new LoopStream(traffic.Wire, piece), takeover: null);
        _received = new byte[traffic.Largest];
    }

    public static SessionWork With(Kind kind, int size, int piece) => new(new Traffic(kind, size), piece);

    /// <summary>Passes over all of the traffic once and gives the number of messages.</summary>
    public int Echo()
    {
        _echoed = 0;
        _transport.Feed();
        return _echoed == _traffic.Messages.Length ? _echoed : throw new InvalidOperationException($"{_echoed} of {_traffic.Messages.Length} messages came back.");
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
            await _session.SendAsync(message.Data);
            _echoed++;
        }
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
