using System.Net;
using System.Net.Sockets;
using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Hostile;

/// <summary>
/// Two sessions, and several callers of each that send, receive, close, abort and dispose at once: each call and each session ends.
/// </summary>
internal static class Races
{
    private const int Callers = 4;

    private static int _unobserved;

    internal static async Task<string> RunAsync(Target target, int rounds)
    {
        TaskScheduler.UnobservedTaskException += (_, _) => Interlocked.Increment(ref _unobserved);
        int calls = 0;
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(512);
        await Parallel.ForEachAsync(Enumerable.Range(0, rounds), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (seed, _) =>
        {
            var random = new Random(seed);
            WsSession[] ends = seed % 2 == 0 ? InMemory(random) : await OverSocketsAsync(listener, random);
            Task<int>[] all =
            [
                .. from end in ends
                   from caller in Enumerable.Range(0, Callers)
                   select CallAsync(end, new Random((seed * 100) + caller)),
            ];
            try
            {
                foreach (int made in await Task.WhenAll(all).WaitAsync(RawPeer.Patience, CancellationToken.None))
                    Interlocked.Add(ref calls, made);
                // Whoever was not closed by a caller is now.
                foreach (WsSession end in ends)
                    await end.DisposeAsync().AsTask().WaitAsync(RawPeer.Patience, CancellationToken.None);
                await Task.WhenAll(ends.Select(end => end.Completion)).WaitAsync(RawPeer.Patience, CancellationToken.None);
            }
            catch (TimeoutException)
            {
                throw new FaultException($"round {seed} hangs: {string.Join(", ", ends.Select(end => $"{end.State} {end.CloseResult}"))}");
            }
        });
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return _unobserved == 0
            ? $"{calls:N0} calls and {2 * rounds:N0} sessions ended"
            : throw new FaultException($"{_unobserved} exceptions were unobserved");
    }

    private static WsSession[] InMemory(Random random)
    {
        MemoryTransportOptions options = new()
        {
            Capacity = 1 << random.Next(0, 17),
            Chunk = random.Next(2) == 0 ? static size => (size + 1) / 2 : null,
        };
        (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair(options, options);
        return [Established(near, ConnectionRole.Client, random), Established(far, ConnectionRole.Server, random)];
    }

    private static WsSession Established(WsTransport transport, ConnectionRole role, Random random) =>
        WsSession.FromEstablished(transport, WsConnection.Established(role), Options(random));

    private static WsSessionOptions Options(Random random) => new()
    {
        CloseTimeout = TimeSpan.FromMilliseconds(200),
        MaxSendBacklog = 1 << random.Next(4, 17),
        SendOverflow = (SendOverflow)random.Next(3),
    };

    private static async Task<WsSession[]> OverSocketsAsync(Socket listener, Random random)
    {
        Task<Socket> accepting = listener.AcceptAsync();
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(listener.LocalEndPoint!);
        // Rounds share the listener, so this may be another round's client: any two that were paired do.
        Socket server = await accepting;
        Task<WsSession> accept = server.AcceptWebSocketAsync(new() { Session = Options(random) }).AsTask();
        Task<WsSession> connect = client.ConnectWebSocketAsync(new Request("localhost", "/"), new() { Session = Options(random) }).AsTask();
        return await Task.WhenAll(accept, connect);
    }

    /// <summary>A caller of one session.</summary>
    /// <returns>How many calls it made.</returns>
    private static async Task<int> CallAsync(WsSession session, Random random)
    {
        int calls = 0;
        int last = random.Next(1, 12);
        byte[] data = new byte[random.Next(0, 40_000)];
        for (; calls < last; calls++)
        {
            using var cancelled = new CancellationTokenSource();
            if (random.Next(4) == 0)
                cancelled.CancelAfter(random.Next(0, 3));
            try
            {
                await (random.Next(14) switch
                {
                    0 => session.CloseAsync(cancellationToken: cancelled.Token).AsTask(),
                    1 => session.DisposeAsync().AsTask(),
                    2 => Task.Run(session.Abort, CancellationToken.None),
                    3 => session.PingAsync(default, cancelled.Token).AsTask(),
                    < 8 => session.SendBytesAsync(data, cancelled.Token).AsTask(),
                    9 => Task.Run(() => session.TrySendText("try"), CancellationToken.None),
                    _ => ReceiveAsync(session, cancelled),
                });
            }
            catch (Exception e) when (e is WsException or OperationCanceledException or TimeoutException or InvalidOperationException)
            {
                // What a caller may be told: it is closed, it was cancelled, or another receives already.
            }
        }

        return calls;
    }

    /// <summary>Nothing may come, as the other may have stopped.</summary>
    private static async Task ReceiveAsync(WsSession session, CancellationTokenSource cancelled)
    {
        cancelled.CancelAfter(20);
        await session.ReceiveAsync(cancelled.Token);
    }
}
