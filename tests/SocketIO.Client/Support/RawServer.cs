using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace WsProto.SocketIO.Client.Tests.Support;

/// <summary>A server on loopback that answers each request of HTTP/1.1 by hand, and may answer anything.</summary>
internal sealed class RawServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, NetworkStream, Task> _answer;

    /// <param name="answer">Is given the head of each request, and writes the answer.</param>
    internal RawServer(Func<string, NetworkStream, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = AcceptAsync();
    }

    internal Uri Address =>
        new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}"));

    /// <summary>The heads of all requests.</summary>
    internal ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>An answer with a body.</summary>
    internal static byte[] Answer(string body, string more = "", string status = "200 OK")
    {
        int length = Encoding.UTF8.GetByteCount(body);
        string head = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{more}\r\n");
        return [.. Encoding.Latin1.GetBytes(head), .. Encoding.UTF8.GetBytes(body)];
    }

    /// <summary>What opens a session.</summary>
    internal static string Opening(string upgrades = "") =>
        $$"""0{"sid":"S","upgrades":[{{upgrades}}],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100000}""";

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task ServeAsync(TcpClient accepted)
    {
        using TcpClient client = accepted;
        try
        {
            NetworkStream stream = client.GetStream();
            while (true)
            {
                string head = await ReadHeadAsync(stream);
                Requests.Enqueue(head);
                await _answer(head, stream);
            }
        }
        catch (IOException)
        {
            // The client has left.
        }
    }

    private static async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new List<byte>();
        byte[] one = new byte[1];
        while (head.Count < 4 || !head[^4..].SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            await stream.ReadExactlyAsync(one);
            head.Add(one[0]);
        }

        string text = Encoding.Latin1.GetString([.. head]);
        string? length = text.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        if (length is not null)
            await stream.ReadExactlyAsync(new byte[int.Parse(length[15..], CultureInfo.InvariantCulture)]);
        return text;
    }
}
