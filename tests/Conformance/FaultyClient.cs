using System.Net.Sockets;
using System.Text;

namespace WsProto.Conformance.Tests;

/// <summary>A client over TCP that takes any answer for the right one: to see whether a judge notices.</summary>
internal static class FaultyClient
{
    /// <summary>Runs it in all cases of a listener at once, and gives their results.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="serve">Does what it does after the handshake.</param>
    /// <param name="stop">Gives up.</param>
    /// <param name="readHead">How it reads the answer; null for as it should.</param>
    internal static async Task<IReadOnlyList<ConformanceResult>> JudgeAsync(
        IReadOnlyList<ConformanceCase> cases, Func<Stream, CancellationToken, Task> serve, CancellationToken stop,
        Func<Stream, CancellationToken, Task<string[]>>? readHead = null)
    {
        await using ConformanceListener listener = ConformanceListener.Start(
            new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0),
            cases,
            new ConformanceOptions { Silence = TimeSpan.FromSeconds(2) });
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task[] clients =
        [
            .. listener.Cases.Select((_, i) => RunAsync(listener.Address, i + 1, serve, readHead ?? HttpHead.ReadAsync, over.Token)),
        ];
        await listener.ReadResultsAsync(stop).Take(listener.Cases.Count).ToArrayAsync(stop);
        await over.CancelAsync();
        await Task.WhenAll(clients);
        return listener.ResultsOf("faulty");
    }

    private static async Task RunAsync(
        Uri listener, int number, Func<Stream, CancellationToken, Task> serve, Func<Stream, CancellationToken, Task<string[]>> readHead,
        CancellationToken stop)
    {
        using var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync(listener.Host, listener.Port, stop);
            NetworkStream stream = client.GetStream();
            string request = $"GET /runCase?case={number}&agent=faulty HTTP/1.1\r\nHost: {listener.Authority}\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request), stop);
            await readHead(stream, stop);
            await serve(stream, stop);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The judge has seen enough.
        }
    }
}
