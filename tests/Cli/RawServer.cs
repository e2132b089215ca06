using System.Net;
using System.Net.Sockets;

namespace WsProto.Cli.Tests;

/// <summary>A place at loopback that takes one connection and keeps what comes, without a thought of WebSockets.</summary>
internal sealed class RawServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    internal RawServer() => _listener.Start();

    internal string Address => $"ws://{_listener.LocalEndpoint}/";

    /// <summary>Takes a connection.</summary>
    internal async Task<NetworkStream> AcceptAsync(CancellationToken guard) =>
        new(await _listener.AcceptSocketAsync(guard), ownsSocket: true);

    /// <summary>Connects to a place.</summary>
    internal static async Task<NetworkStream> ConnectAsync(string address, CancellationToken guard)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPEndPoint.Parse(new Uri(address).Authority), guard);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>All that comes up to the end.</summary>
    internal static async Task<byte[]> RestAsync(Stream stream, CancellationToken guard)
    {
        using var octets = new MemoryStream();
        await stream.CopyToAsync(octets, guard);
        return octets.ToArray();
    }

    public void Dispose() => _listener.Dispose();
}
