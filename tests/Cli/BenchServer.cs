using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using WsProto.Adapters;

namespace WsProto.Cli.Tests;

/// <summary>A server that answers as the test wants.</summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<int, WsResponse> _decide;
    private readonly Func<WsSession, Task> _serve;
    private readonly Task _accepting;

    /// <param name="decide">What the connection of this number, from 0, is answered.</param>
    /// <param name="serve">What is done on it.</param>
    internal BenchServer(Func<int, WsResponse> decide, Func<WsSession, Task> serve)
    {
        _decide = decide;
        _serve = serve;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>From where connections have come.</summary>
    internal ConcurrentQueue<IPAddress> Clients { get; } = [];

    internal string Address => $"ws://{_listener.LocalEndpoint}/";

    /// <summary>Answers each message so many times.</summary>
    internal static BenchServer Answering(Func<int, int> times) => new(_ => WsResponse.Accept(), async session =>
    {
        int number = 0;
        await foreach (Message message in session.ReadAllAsync())
        {
            for (int i = times(number++); i > 0; i--)
                await session.SendAsync(message);
        }
    });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            for (int number = 0; ; number++)
            {
                Socket socket = await _listener.AcceptSocketAsync(_stop.Token);
                Clients.Enqueue(((IPEndPoint)socket.RemoteEndPoint!).Address);
                serving.Add(ServeAsync(socket, number));
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(Socket socket, int number)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var options = new WsAcceptOptions { Origins = OriginPolicy.Any, OnRequest = (_, _) => new(_decide(number)) };
            await using WsSession session = await WsSession.AcceptAsync(stream, options, _stop.Token);
            await _serve(session);
        }
        catch (Exception e) when (e is WsException or IOException or OperationCanceledException)
        {
            // Refused, or ended.
        }
    }
}
