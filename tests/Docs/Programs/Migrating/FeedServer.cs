using System.Net;
using WsProto.Adapters;

namespace WsProto.Docs.Programs.Migrating;

/// <summary>Answers each client once; the first it then sends away, as a server that restarts.</summary>
internal sealed class FeedServer : IAsyncDisposable
{
    private readonly WsListener _listener = new(new IPEndPoint(IPAddress.Loopback, 0));
    private Task _serving = Task.CompletedTask;
    private int _clients;

    private FeedServer()
    {
    }

    internal Uri Uri => new($"ws://{_listener.LocalEndPoint}/feed");

    internal static FeedServer Start()
    {
        var server = new FeedServer();
        server._listener.Start();
        server._serving = server._listener.RunAsync(server.ServeAsync);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.StopAsync();
        await _serving;
        await _listener.DisposeAsync();
    }

    private async Task ServeAsync(WsSession session, CancellationToken stop)
    {
        int number = Interlocked.Increment(ref _clients);
        if (await session.ReceiveAsync(stop) is TextMessage wish)
            await session.SendTextAsync($"connection {number}: {wish.Data}", stop);
        if (number == 1)
            await session.CloseAsync(CloseCode.ServiceRestart, cancellationToken: stop);
        else
            await session.ReceiveAsync(stop);
    }
}
