using System.Buffers;
using System.Net.WebSockets;

namespace WsProto.Bench;

/// <summary>
/// Sends messages to a writer that forgets them: ours and System.Net.WebSockets. Each method sends all of the traffic once and gives the
/// number of messages.
/// </summary>
internal sealed class SendWork : IDisposable
{
    private readonly Traffic _traffic;
    private readonly WsConnection _ours;
    private readonly WebSocket _peer;
    private readonly Sink _sink;

    private SendWork(Traffic traffic, ConnectionRole role)
    {
        _traffic = traffic;
        _ours = WsConnection.Established(role);
        var stream = new LoopStream([0], 1);
        _peer = role == ConnectionRole.Server ? Peer.Server(stream, takeover: null) : Peer.Client(stream, takeover: null);
        _sink = new Sink(traffic.Largest + 64);
    }

    public static SendWork As(ConnectionRole role, int size) => new(new Traffic(Kind.Binary, size), role);

    /// <summary>As bytes, as System.Net.WebSockets never looks at the text that it sends.</summary>
    public int Messages()
    {
        foreach ((_, byte[] payload) in _traffic.Messages)
        {
            _ours.SendBytes(payload, _sink);
            _sink.Forget();
        }

        return _traffic.Messages.Length;
    }

    /// <summary>Headers alone, as a server sends whose transport writes the payloads from where they lie.</summary>
    public int Headers()
    {
        foreach ((_, byte[] payload) in _traffic.Messages)
        {
            _ours.SendFrameHeader(Opcode.Binary, payload.Length, _sink);
            _sink.Forget();
        }

        return _traffic.Messages.Length;
    }

    public int TheirMessages() => TheirMessagesAsync().GetAwaiter().GetResult();

    public void Dispose()
    {
        _ours.Dispose();
        _peer.Dispose();
    }

    private async Task<int> TheirMessagesAsync()
    {
        foreach ((_, byte[] payload) in _traffic.Messages)
            await _peer.SendAsync(payload.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        return _traffic.Messages.Length;
    }

    private sealed class Sink(int size) : IBufferWriter<byte>
    {
        private readonly byte[] _array = new byte[size];
        private int _written;

        public void Forget() => _written = 0;

        public void Advance(int count) => _written += count;

        public Memory<byte> GetMemory(int sizeHint = 0) => _array.AsMemory(_written);

        public Span<byte> GetSpan(int sizeHint = 0) => _array.AsSpan(_written);
    }
}
