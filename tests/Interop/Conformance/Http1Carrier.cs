using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace WsProto.Conformance;

/// <summary>Opens connections by an upgrade of HTTP/1.1 (RFC 6455 §4.1), in the clear.</summary>
internal static class Http1Carrier
{
    private const int LongestHead = 16 << 10;

    public static async Task<ConformanceConnection> ConnectAsync(Uri server, string? offer, CancellationToken cancellationToken)
    {
        // Small pieces go out as they are.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server.Host, server.Port, cancellationToken);
            var stream = new NetworkStream(socket);
            string key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
            string request = $"GET {server.PathAndQuery} HTTP/1.1\r\nHost: {server.Authority}\r\n"
                + "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                + $"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                + (offer is null ? "\r\n" : $"Sec-WebSocket-Extensions: {offer}\r\n\r\n");
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request), cancellationToken);
            string[] head = await ReadHeadAsync(stream, cancellationToken);
            if (!head[0].StartsWith("HTTP/1.1 101", StringComparison.Ordinal) || FieldIn(head, "Sec-WebSocket-Accept") != AcceptFor(key))
                throw new IOException($"The server does not upgrade: {head[0]}");
            return new ConformanceConnection(stream, FieldIn(head, "Sec-WebSocket-Extensions"), socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The key as a server has to answer it (RFC 6455 §4.2.2).</summary>
    [SuppressMessage("Security", "CA5350", Justification = "The RFC asks for it, and nothing is secured by it.")]
    internal static string AcceptFor(string key) =>
        Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));

    /// <summary>The lines of a head, and not an octet of what follows it.</summary>
    internal static async Task<string[]> ReadHeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new List<byte>();
        byte[] octet = new byte[1];
        while (head.Count < LongestHead)
        {
            await stream.ReadExactlyAsync(octet, cancellationToken);
            head.Add(octet[0]);
            if (head is [.., (byte)'\r', (byte)'\n', (byte)'\r', (byte)'\n'])
                return Encoding.Latin1.GetString([.. head]).TrimEnd().Split("\r\n");
        }

        throw new IOException("The head of the answer does not end.");
    }

    /// <summary>The value of a field; null where there is none.</summary>
    internal static string? FieldIn(string[] head, string name) =>
        head.FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
}
