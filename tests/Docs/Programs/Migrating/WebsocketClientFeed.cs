using System.Net.WebSockets;
using System.Threading.Channels;
using Websocket.Client;

namespace WsProto.Docs.Programs.Migrating;

/// <summary>A feed whose server restarts once, with Websocket.Client.</summary>
public static class WebsocketClientFeed
{
    public static async Task RunAsync()
    {
        await using FeedServer server = FeedServer.Start();
        Uri uri = server.Uri;
        #region client
        using var client = new WebsocketClient(uri)
        {
            ReconnectTimeout = null,
            LostReconnectTimeout = TimeSpan.FromMilliseconds(10),
            ErrorReconnectTimeout = TimeSpan.FromSeconds(1),
        };
        Channel<string> received = Channel.CreateUnbounded<string>();
        client.MessageReceived.Subscribe(message => received.Writer.TryWrite(message.Text!));
        client.ReconnectionHappened.Subscribe(_ => client.Send("subscribe tea"));
        await client.Start();

        Console.WriteLine(await received.Reader.ReadAsync());
        Console.WriteLine(await received.Reader.ReadAsync());
        await client.Stop(WebSocketCloseStatus.NormalClosure, "done");
        #endregion
    }
}
