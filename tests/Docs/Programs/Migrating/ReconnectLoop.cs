using WsProto.Adapters;

namespace WsProto.Docs.Programs.Migrating;

/// <summary>What a loop over Python's <c>connect</c> becomes, where each connection has state of its own.</summary>
public static class ReconnectLoop
{
    public static async Task RunAsync()
    {
        await using FeedServer server = FeedServer.Start();
        Uri uri = server.Uri;
        #region loop
        var options = new WsReconnectOptions { InitialDelay = TimeSpan.FromMilliseconds(10), Policy = context => context.Delay };
        var heard = new List<string>();
        int attempt = 0;
        while (heard.Count < 2)
        {
            Exception failure;
            try
            {
                await using WsSession ws = await WsClient.ConnectAsync(uri);
                attempt = 0;
                failure = await FollowAsync(ws);
            }
            catch (Exception e) when (e is WsException or TimeoutException)
            {
                failure = e;
            }

            if (options.Decide(++attempt, failure) is not { } delay)
                break;
            await Task.Delay(delay);
        }

        // What belongs to one connection alone lives here.
        async Task<Exception> FollowAsync(WsSession ws)
        {
            await ws.SendTextAsync("subscribe tea");
            while (heard.Count < 2 && await ws.ReceiveAsync() is TextMessage text)
            {
                heard.Add(text.Data);
                Console.WriteLine(text.Data);
            }

            WsCloseResult end = await ws.CloseAsync();
            return new WsClosedException { Code = end.Code, Cause = end.Cause };
        }
        #endregion
    }
}
