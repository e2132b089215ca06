using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace WsProto.Bench;

/// <summary>Keeps a number of messages under way and only counts the bytes that come back, so that it costs less than any server.</summary>
internal sealed class EchoClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly int _depth;
    private readonly byte[] _frames;
    private readonly int _frameSize;
    private readonly int _replySize;
    private readonly byte[] _buffer;

    private EchoClient(bool frames, int size, int depth)
    {
        _depth = depth;
        using WsConnection connection = WsConnection.Established(ConnectionRole.Client);
        var output = new ArrayBufferWriter<byte>();
        byte[] payload = new byte[size];
        new Random(1).NextBytes(payload);
        for (int i = 0; i < depth; i++)
            connection.SendBytes(payload, output);
        _frames = output.WrittenSpan.ToArray();
        _frameSize = _frames.Length / depth;
        // A server's frames have no key.
        _replySize = frames ? _frameSize - 4 : _frameSize;
        _buffer = new byte[Math.Max(4096, Math.Min(256 * 1024, _frames.Length))];
    }

    public static async Task<EchoClient> ConnectAsync(int port, bool handshake, int size, int depth)
    {
        var client = new EchoClient(handshake, size, depth);
        await client._socket.ConnectAsync(IPAddress.Loopback, port);
        if (handshake)
        {
            using var connection = new WsConnection(ConnectionRole.Client);
            await client._socket.SendAsync(connection.Send(new Request("localhost", "/")));
            WsEvent? e;
            while (!connection.TryReadEvent(out e))
                connection.Receive(client._buffer.AsSpan(0, await client._socket.ReceiveAsync(client._buffer)));
            if (e is not AcceptConnection)
                throw new InvalidOperationException($"The server refused: {e}.");
        }

        return client;
    }

    /// <summary>Sends and receives until a time, and until everything is back.</summary>
    public async Task<long> RunAsync(long end)
    {
        await _socket.SendAsync(_frames);
        long sent = _depth;
        long received = 0;
        while (received < sent * _replySize)
        {
            long before = received / _replySize;
            received += await _socket.ReceiveAsync(_buffer);
            int more = (int)(received / _replySize - before);
            if (more > 0 && Stopwatch.GetTimestamp() < end)
            {
                await _socket.SendAsync(_frames.AsMemory(0, more * _frameSize));
                sent += more;
            }
        }

        return sent;
    }

    public void Dispose() => _socket.Dispose();
}
