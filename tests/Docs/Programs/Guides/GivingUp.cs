using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Guides;

/// <summary>A client that gives up: its server takes two connections, drops both, and is gone.</summary>
public static class GivingUp
{
    public static async Task RunAsync()
    {
        int connections = 0;
        #region client
        var options = new WsReconnectOptions
        {
            InitialDelay = TimeSpan.FromMilliseconds(10),
            Policy = context =>
            {
                Console.WriteLine($"failure {context.Attempt}: {(context.Failure is WsClosedException ? "lost" : "no connection")}");
                return context.Attempt < 5 ? WsReconnectOptions.DefaultPolicy(context) : null;
            },
        };
        await using var client = new WsReconnectingClient(ConnectAsync, options);
        try
        {
            await foreach (Message message in client.ReadAllAsync())
                Console.WriteLine(message);
        }
        catch (Exception e) when (e is WsException or TimeoutException)
        {
            Console.WriteLine($"gave up after {e.GetType().Name}");
        }
        #endregion

        async ValueTask<WsSession> ConnectAsync(CancellationToken stop)
        {
            (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
            if (++connections > 2)
            {
                await right.DisposeAsync();
                return await WsSession.ConnectAsync(left, new Request("localhost", "/"), cancellationToken: stop);
            }

            ValueTask<WsSession> accepting = WsSession.AcceptAsync(right, cancellationToken: stop);
            WsSession session = await WsSession.ConnectAsync(left, new Request("localhost", "/"), cancellationToken: stop);
            (await accepting).Abort();
            return session;
        }
    }
}
