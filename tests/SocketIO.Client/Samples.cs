using WsProto.SocketIO.MessagePack;

namespace WsProto.SocketIO.Client.Tests;

/// <summary>The code of docs/socketio-client.md and of the package's README. <see cref="SampleTests"/> runs it.</summary>
internal static class Samples
{
    internal static async Task FeedAsync(Uri uri, SocketIOClientOptions options, Action<decimal> show, CancellationToken cancellationToken)
    {
        #region feed
        await using var io = new SocketIOClient(uri, options);
        IAsyncEnumerable<SocketIOReceived> prices = io.ReadAllAsync("price", cancellationToken);
        io.OnConnected(async main => await main.EmitAsync("subscribe", "EURUSD"));
        io.OnStateChanged(change => Console.WriteLine(change.State));
        await io.ConnectAsync(cancellationToken);
        await foreach (SocketIOReceived e in prices)
            show(e.Get<decimal>(0));
        #endregion
    }

    internal static async Task<(string? Welcome, int Sum)> ChatAsync(
        Uri uri, SocketIOClientOptions options, Action<string> show, Task heard)
    {
        #region chat
        await using SocketIOClient io = await SocketIOClient.ConnectAsync(uri, options);
        io.On<string>("said", show);
        string? welcome = await io.CallAsync<string>("join", "kitchen", "Ann");
        await io.EmitAsync("say", "kitchen", "Hello!");

        SocketIOClientNamespace admin = io.Of("/admin");
        await admin.ConnectAsync();
        int sum = await admin.CallAsync<int>("add", 1, 2);
        #endregion
        await heard;
        return (welcome, sum);
    }

    internal static SocketIOClientOptions WithToken(Func<CancellationToken, Task<string>> getTokenAsync)
    {
        #region token
        var options = new SocketIOClientOptions
        {
            // Asked for each namespace, each time that it is connected to.
            AuthProvider = async (_, cancellationToken) => new { token = await getTokenAsync(cancellationToken) },
            Connection = new()
            {
                // Try again when the token was old; give up on anything else.
                RejoinPolicy = context => context.Message == "expired" ? context.Delay : null,
                // Keep trying, though the server was never there.
                ReconnectPolicy = context => context.Delay,
            },
        };
        #endregion
        return options;
    }

    internal static SocketIOParser? Parser()
    {
        #region parser
        var options = new SocketIOClientOptions { Parser = new MessagePackSocketIOParser() };
        #endregion
        return options.Parser;
    }

    internal static async Task<SocketIOArguments> OrderAsync(SocketIOClient io, CancellationToken cancellationToken)
    {
        #region order
        var order = new { Id = Guid.NewGuid(), Item = "tea" };
        SocketIOArguments answer = await io.Main.CallAsync(
            "order", [order], timeout: TimeSpan.FromSeconds(5), retries: 10, cancellationToken);
        #endregion
        return answer;
    }
}
