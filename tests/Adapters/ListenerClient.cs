using System.Net;
using System.Net.Sockets;
using System.Text;

namespace WsProto.Adapters.Tests;

/// <summary>A client of bare bytes, which can do what no good client does.</summary>
internal sealed class ListenerClient : IDisposable
{
    /// <summary>Ends a test that hangs; nothing is timed.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket;

    private ListenerClient(Socket socket) => _socket = socket;

    /// <summary>Connects to where a listener listens.</summary>
    internal static async Task<ListenerClient> ConnectAsync(EndPoint endPoint) => new(await ConnectSocketAsync(endPoint));

    /// <summary>Connects and opens a WebSocket.</summary>
    internal static async Task<ListenerClient> OpenAsync(EndPoint endPoint)
    {
        ListenerClient client = await ConnectAsync(endPoint);
        await client.SendAsync(Request());
        Assert.StartsWith("HTTP/1.1 101 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        return client;
    }

    internal static async Task<Socket> ConnectSocketAsync(EndPoint endPoint)
    {
        bool isTcp = endPoint is IPEndPoint;
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, isTcp ? ProtocolType.Tcp : ProtocolType.Unspecified);
        await socket.ConnectAsync(endPoint).WaitAsync(Patience);
        if (isTcp)
            socket.NoDelay = true;
        return socket;
    }

    /// <summary>The head of a good request.</summary>
    /// <param name="more">Header lines, each with its end.</param>
    internal static string Request(string more = "") =>
        "GET /chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" + more + "\r\n";

    /// <summary>A masked text message of less than 126 bytes.</summary>
    internal static byte[] Text(string text) => [0x81, (byte)(0x80 | text.Length), 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(text)];

    internal Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    internal async Task SendAsync(ReadOnlyMemory<byte> data) => await _socket.SendAsync(data).AsTask().WaitAsync(Patience);

    internal async Task<byte[]> ReadAsync(int count)
    {
        byte[] data = new byte[count];
        for (int read = 0; read < count;)
        {
            int more = await _socket.ReceiveAsync(data.AsMemory(read)).AsTask().WaitAsync(Patience);
            Assert.NotEqual(0, more);
            read += more;
        }

        return data;
    }

    internal async Task<string> ReadHeadAsync()
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            head.Append((char)(await ReadAsync(1))[0]);
        return head.ToString();
    }

    /// <summary>All until the server ends the connection, in whichever way.</summary>
    internal async Task<string> ReadToEndAsync()
    {
        var all = new StringBuilder();
        byte[] buffer = new byte[4096];
        try
        {
            while (await _socket.ReceiveAsync(buffer.AsMemory()).AsTask().WaitAsync(Patience) is > 0 and int count)
                all.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }
        catch (SocketException)
        {
            // Reset: an end as well.
        }

        return all.ToString();
    }

    internal void EndWrites() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Ends the connection with RST.</summary>
    internal void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();
}
