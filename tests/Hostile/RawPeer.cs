using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace WsProto.Hostile;

/// <summary>A client of bare bytes, which can do what no good client does.</summary>
internal static class RawPeer
{
    /// <summary>Ends what hangs.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Connects. Sources differ, so that ports suffice for any number of connections.</summary>
    internal static async Task<Socket> ConnectAsync(int port, int number)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(new IPAddress([127, 0, 0, (byte)(2 + (number % 200))]), 0));
        await socket.ConnectAsync(IPAddress.Loopback, port).WaitAsync(Patience);
        return socket;
    }

    internal static byte[] Request(string target, bool deflate = false) => Encoding.ASCII.GetBytes(
        $"GET {target} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        + (deflate ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "") + "\r\n");

    /// <summary>Connects and opens a WebSocket.</summary>
    internal static async Task<Socket> OpenAsync(int port, int number, string target, bool deflate = false)
    {
        Socket socket = await ConnectAsync(port, number);
        await socket.SendAsync(Request(target, deflate));
        byte[] head = new byte[1024];
        int count = 0;
        while (!head.AsSpan(0, count).EndsWith("\r\n\r\n"u8))
        {
            int read = await socket.ReceiveAsync(head.AsMemory(count)).AsTask().WaitAsync(Patience);
            if (read == 0)
                throw new FaultException("the server ended an opening handshake");
            count += read;
        }

        if (!head.AsSpan(0, count).StartsWith("HTTP/1.1 101 "u8))
            throw new FaultException(Encoding.ASCII.GetString(head, 0, count));
        return socket;
    }

    /// <summary>A masked frame, with a key of zeros.</summary>
    internal static byte[] Frame(byte first, ReadOnlySpan<byte> payload)
    {
        byte[] length = payload.Length switch
        {
            < 126 => [(byte)(0x80 | payload.Length)],
            <= ushort.MaxValue => [0x80 | 126, (byte)(payload.Length >> 8), (byte)payload.Length],
            _ => [0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 0],
        };
        if (length.Length == 9)
            BinaryPrimitives.WriteInt64BigEndian(length.AsSpan(1), payload.Length);
        return [first, .. length, 0, 0, 0, 0, .. payload];
    }

    /// <summary>Reads and drops until the server ends the connection.</summary>
    /// <returns>The last bytes, at most 1 KiB.</returns>
    internal static async Task<byte[]> ReadToEndAsync(Socket socket, TimeSpan patience)
    {
        byte[] last = [];
        byte[] buffer = new byte[64 * 1024];
        using var late = new CancellationTokenSource(patience);
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(), late.Token) is > 0 and int count)
                last = [.. last.Concat(buffer.Take(count)).TakeLast(1024)];
        }
        catch (SocketException)
        {
            // A reset is an end too.
        }
        catch (OperationCanceledException)
        {
            throw new FaultException($"the server did not end a connection within {patience.TotalSeconds} s");
        }

        return last;
    }

    /// <summary>Leaves without a word: the peer sees a reset.</summary>
    internal static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }
}
