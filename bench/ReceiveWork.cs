using System.Net.WebSockets;

namespace WsProto.Bench;

/// <summary>
/// A server receives masked frames in pieces: ours and System.Net.WebSockets. Each method passes over all of the traffic once and gives the
/// number of messages.
/// </summary>
internal sealed class ReceiveWork : IDisposable
{
    private readonly Traffic _traffic;
    private readonly int _piece;
    private readonly WsConnection _whole;
    private readonly WsConnection _chunks;
    private readonly WebSocket _peer;
    private readonly byte[] _received;

    private ReceiveWork(Traffic traffic, int piece)
    {
        _traffic = traffic;
        _piece = piece;
        _whole = WsConnection.Established(ConnectionRole.Server, options: new WsConnectionOptions { MaxMessageSize = null });
        _chunks = WsConnection.Established(
            ConnectionRole.Server,
            options: new WsConnectionOptions { MaxMessageSize = null, MessageDelivery = MessageDelivery.Chunks });
        _peer = Peer.Server(new LoopStream(traffic.Wire, piece), takeover: null);
        _received = new byte[traffic.Largest];
    }

    public static ReceiveWork With(Kind kind, int size, int piece) => new(new Traffic(kind, size), piece);

    public int Frames() => Frames(_whole);

    public int Chunks() => Frames(_chunks);

    public int Events()
    {
        int messages = 0;
        foreach (ReadOnlySpan<byte> piece in new Pieces(_traffic.Wire, _piece))
        {
            _whole.Receive(piece);
            while (_whole.TryReadEvent(out _))
                messages++;
        }

        return messages;
    }

    public int TheirMessages() => TheirMessagesAsync().GetAwaiter().GetResult();

    public void Dispose()
    {
        _whole.Dispose();
        _chunks.Dispose();
        _peer.Dispose();
    }

    private int Frames(WsConnection connection)
    {
        int messages = 0;
        foreach (ReadOnlySpan<byte> piece in new Pieces(_traffic.Wire, _piece))
        {
            connection.Receive(piece);
            while (connection.TryReadFrame(out Frame frame))
            {
                if (frame.MessageFinished)
                    messages++;
            }
        }

        return messages;
    }

    private async Task<int> TheirMessagesAsync()
    {
        int messages = _traffic.Messages.Length;
        for (int i = 0; i < messages; i++)
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

        return messages;
    }

    private ref struct Pieces(ReadOnlySpan<byte> rest, int size)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public ReadOnlySpan<byte> Current { get; private set; }

        public readonly Pieces GetEnumerator() => this;

        public bool MoveNext()
        {
            Current = _rest[..Math.Min(size, _rest.Length)];
            _rest = _rest[Current.Length..];
            return !Current.IsEmpty;
        }
    }
}
