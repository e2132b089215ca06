using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Guides;

/// <summary>A client that comes back to a server that restarts twice.</summary>
public static class ReconnectingFeed
{
    private static int _tokens;

    public static async Task RunAsync()
    {
        _tokens = 0;
        #region client
        var losses = new List<CloseCode?>();
        var options = new WsReconnectOptions
        {
            InitialDelay = TimeSpan.FromMilliseconds(10),
            Policy = ComeBack,
            OnConnected = (session, stop) => session.SendTextAsync("subscribe tea", stop),
            OnStateChanged = change =>
            {
                if (change.State == WsReconnectState.Waiting)
                    losses.Add((change.Failure as WsClosedException)?.Code);
            },
        };
        await using var client = new WsReconnectingClient(
            async stop => await ConnectAsync(await FetchTokenAsync(stop), stop), options);

        await foreach (Message message in client.ReadAllAsync())
            Console.WriteLine(((TextMessage)message).Data);
        Console.WriteLine($"lost {losses.Count} times: {string.Join(", ", losses)}");
        #endregion
    }

    #region policy
    private static TimeSpan? ComeBack(WsReconnectContext context) =>
        context.Failure is WsHandshakeException { StatusCode: 401 } ? context.Delay : WsReconnectOptions.DefaultPolicy(context);
    #endregion

    private static Task<string> FetchTokenAsync(CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        return Task.FromResult($"token {++_tokens}");
    }

    /// <summary>Connects to a server of one session, which serves the third client longest.</summary>
    private static async ValueTask<WsSession> ConnectAsync(string token, CancellationToken stop)
    {
        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
        _ = ServeAsync(right);
        var request = new Request("localhost", "/feed") { ExtraHeaders = [("Authorization", token)] };
        return await WsSession.ConnectAsync(left, request, cancellationToken: stop);
    }

    private static async Task ServeAsync(MemoryTransport transport)
    {
        await using WsSession session = await WsSession.AcceptAsync(transport);
        string token = session.Request!.ExtraHeaders["Authorization"]!;
        string wish = ((TextMessage)(await session.ReceiveAsync())!).Data;
        await session.SendTextAsync($"{token}: {wish}");
        await session.CloseAsync(token == "token 3" ? CloseCode.NormalClosure : CloseCode.ServiceRestart);
    }
}
