using WsProto.Adapters;

namespace WsProto.Docs.Programs.Migrating;

/// <summary>The feed of <see cref="WebsocketClientFeed"/>.</summary>
public static class ReconnectingClientFeed
{
    public static async Task RunAsync()
    {
        await using FeedServer server = FeedServer.Start();
        Uri uri = server.Uri;
        #region client
        await using var client = new WsReconnectingClient(uri, options: new WsReconnectOptions
        {
            InitialDelay = TimeSpan.FromMilliseconds(10),
            OnConnected = (session, stop) => session.SendTextAsync("subscribe tea", stop),
        });

        int count = 0;
        await foreach (Message message in client.ReadAllAsync())
        {
            Console.WriteLine(((TextMessage)message).Data);
            if (++count == 2)
                break;
        }

        await client.CloseAsync(CloseCode.NormalClosure, "done");
        #endregion
    }
}
