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

    /// <param name="frames">The frames of as many messages as shall be under way.</param>
    /// <param name="depth">How many that are.</param>
    /// <param name="replySize">Bytes that come back for each.</param>
    private EchoClient(byte[] frames, int depth, int replySize)
    {
        (_frames, _depth, _frameSize, _replySize) = (frames, depth, frames.Length / depth, replySize);
        _buffer = new byte[Math.Max(4096, Math.Min(256 * 1024, _frames.Length))];
    }

    /// <summary>Messages of random bytes, which come back; without WebSocket if the server has none.</summary>
    public static async Task<EchoClient> ConnectAsync(int port, bool handshake, int size, int depth)
    {
        byte[] payload = new byte[size];
        new Random(1).NextBytes(payload);
        byte[] frames = FramesOf(depth, (connection, output) => connection.SendBytes(payload, output));
        // A server's frames have no key.
        var client = new EchoClient(frames, depth, (frames.Length / depth) - (handshake ? 4 : 0));
        await client._socket.ConnectAsync(IPAddress.Loopback, port);
        if (handshake)
            (await client.OpenAsync("/")).Dispose();
        return client;
    }

    /// <summary>
    /// A client of Socket.IO over WebSocket alone that is in the namespace "/", and emits one text event with an ack again and again.
    /// </summary>
    /// <param name="message">The event, as it is in a message.</param>
    /// <param name="reply">What comes back for it.</param>
    public static async Task<EchoClient> ConnectSocketIOAsync(int port, string message, string reply, int depth)
    {
        byte[] frames = FramesOf(depth, (connection, output) => connection.SendText(message, output));
        var client = new EchoClient(frames, depth, FrameSizeOf(reply));
        await client._socket.ConnectAsync(IPAddress.Loopback, port);
        using WsConnection connection = await client.OpenAsync("/socket.io/?EIO=4&transport=websocket");
        await client.ReadAsync(connection, "0");
        await client._socket.SendAsync(connection.Send(new TextMessage("40")));
        await client.ReadAsync(connection, "40");
        return client;
    }

    /// <summary>The size of a server's frame with a text, in bytes.</summary>
    public static int FrameSizeOf(string text)
    {
        using WsConnection server = WsConnection.Established(ConnectionRole.Server);
        return server.Send(new TextMessage(text)).Length;
    }

    /// <summary>Receives a number of bytes, which others caused to be sent.</summary>
    public async Task ReceiveAsync(long count)
    {
        while (count > 0)
            count -= await ReceiveSomeAsync();
    }

    /// <summary>Receives bytes, which others caused to be sent, and compares them with what has to come.</summary>
    public async Task ReceiveAsync(ReadOnlyMemory<byte> expected)
    {
        for (int at = 0; at < expected.Length;)
        {
            int count = await ReceiveSomeAsync();
            if (count > expected.Length - at || !_buffer.AsSpan(0, count).SequenceEqual(expected.Span.Slice(at, count)))
                throw new InvalidOperationException("The server sent something else, or something twice.");
            at += count;
        }
    }

    private static byte[] FramesOf(int count, Action<WsConnection, ArrayBufferWriter<byte>> send)
    {
        using WsConnection connection = WsConnection.Established(ConnectionRole.Client);
        var output = new ArrayBufferWriter<byte>();
        for (int i = 0; i < count; i++)
            send(connection, output);
        return output.WrittenSpan.ToArray();
    }

    private async Task<WsConnection> OpenAsync(string target)
    {
        var connection = new WsConnection(ConnectionRole.Client);
        await _socket.SendAsync(connection.Send(new Request("localhost", target)));
        WsEvent e = await ReadAsync(connection);
        return e is AcceptConnection ? connection : throw new InvalidOperationException($"The server refused: {e}.");
    }

    private async Task ReadAsync(WsConnection connection, string start)
    {
        WsEvent e = await ReadAsync(connection);
        if (e is not TextMessage text || !text.Data.StartsWith(start, StringComparison.Ordinal))
            throw new InvalidOperationException($"The server sent {e}, and not {start}.");
    }

    private async Task<WsEvent> ReadAsync(WsConnection connection)
    {
        WsEvent? e;
        while (!connection.TryReadEvent(out e))
            connection.Receive(_buffer.AsSpan(0, await ReceiveSomeAsync()));
        return e;
    }

    private async Task<int> ReceiveSomeAsync()
    {
        int count = await _socket.ReceiveAsync(_buffer);
        return count > 0 ? count : throw new InvalidOperationException("The server ended the connection.");
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
            received += await ReceiveSomeAsync();
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
