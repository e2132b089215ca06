using System.Net;
using System.Net.Sockets;

namespace WsProto.SocketIO.AspNetCore.Tests.Servers;

/// <summary>Relays connections to a port, until it lets those that there are go dead: neither end is told.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly Lock _lock = new();
    private readonly List<TcpClient> _clients = [];
    private readonly int _port;
    private CancellationTokenSource _dead = new();

    internal Relay(int port)
    {
        _port = port;
        _listener.Start();
        _ = AcceptAsync();
    }

    internal string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>Nothing more goes through the connections that there are. New ones work.</summary>
    internal async Task DieAsync()
    {
        CancellationTokenSource former = _dead;
        _dead = new CancellationTokenSource();
        await former.CancelAsync();
        former.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await DieAsync();
        _dead.Dispose();
        _over.Dispose();
        _listener.Dispose();
        lock (_lock)
            _clients.ForEach(client => client.Dispose());
    }

    private async Task AcceptAsync()
    {
        CancellationToken over = _over.Token;
        while (!over.IsCancellationRequested)
        {
            TcpClient client = await _listener.AcceptTcpClientAsync(over);
            var server = new TcpClient();
            lock (_lock)
                _clients.AddRange([client, server]);
            await server.ConnectAsync(IPAddress.Loopback, _port, over);
            CancellationToken dead = _dead.Token;
            _ = CopyAsync(client, server, dead);
            _ = CopyAsync(server, client, dead);
        }
    }

    private static async Task CopyAsync(TcpClient from, TcpClient to, CancellationToken dead)
    {
        byte[] buffer = new byte[4096];
        while (!dead.IsCancellationRequested)
        {
            int count = await from.GetStream().ReadAsync(buffer, dead);
            if (count == 0)
                break;
            await to.GetStream().WriteAsync(buffer.AsMemory(0, count), dead);
        }

        to.Client.Shutdown(SocketShutdown.Send);
    }
}
