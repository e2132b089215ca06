using System.Net;
using System.Net.Sockets;
using System.Text;

namespace WsProto.Adapters.Tests;

/// <summary>What a client meets: a listener on loopback whose connections say what a test says, byte for byte.</summary>
internal sealed class ClientPeer : IDisposable
{
    private readonly TcpListener _listener;

    internal ClientPeer(IPAddress? address = null)
    {
        _listener = new TcpListener(address ?? IPAddress.Loopback, 0);
        _listener.Start();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Whether somebody has connected whom nobody has accepted.</summary>
    internal bool IsAwaited => _listener.Pending();

    internal Uri Uri(string scheme = "ws", string pathAndQuery = "/") => new($"{scheme}://127.0.0.1:{Port}{pathAndQuery}");

    /// <summary>Whatever the URI says, the way leads here.</summary>
    internal async ValueTask<Stream> ConnectAsync(CancellationToken cancellationToken = default)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_listener.LocalEndpoint, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    internal async Task<Stream> AcceptAsync() => new NetworkStream(await _listener.AcceptSocketAsync().Soon(), ownsSocket: true);

    internal async Task<WsSession> AcceptWebSocketAsync(WsAcceptOptions? options = null) =>
        await WsSession.AcceptAsync(await AcceptAsync(), options).Soon();

    /// <summary>Accepts, reads a head, writes a text and leaves the stream open.</summary>
    internal async Task<(Stream Stream, string Head)> AnswerAsync(string answer)
    {
        Stream stream = await AcceptAsync();
        string head = await ReadHeadAsync(stream);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(answer)).AsTask().Soon();
        return (stream, head);
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>Reads a head, its empty line included, and nothing after it.</summary>
    internal static async Task<string> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one).AsTask().Soon();
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    /// <summary>The values of the lines of that name in a head.</summary>
    internal static string[] Values(string head, string name) =>
    [
        .. head.Split("\r\n")
            .Where(line => line.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase))
            .Select(line => line[(name.Length + 2)..]),
    ];

    /// <summary>The 101 that a request asks for.</summary>
    internal static byte[] Upgrade(string requestHead)
    {
        using var server = new WsConnection(ConnectionRole.Server);
        server.Receive(Encoding.Latin1.GetBytes(requestHead));
        Assert.True(server.TryReadEvent(out _));
        return server.Send(new AcceptConnection());
    }

    /// <summary>Reads until the other side has closed its transport, in whichever way.</summary>
    internal static async Task AssertGivenUpAsync(Stream stream)
    {
        try
        {
            byte[] rest = new byte[1024];
            while (await stream.ReadAsync(rest).AsTask().Soon() > 0)
            {
            }
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            // With bytes that it never read, this is how a transport ends.
        }
    }
}

/// <summary>A net under every wait: no test depends on how long it is.</summary>
internal static class ClientPatience
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    internal static Task Soon(this Task task) => task.WaitAsync(_patience);

    internal static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(_patience);

    internal static Task<T> Soon<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(_patience);
}
