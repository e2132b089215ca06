using Microsoft.AspNetCore.Builder;
using WsProto.Adapters;
using WsProto.AspNetCore;

namespace WsProto.Docs.Programs.Migrating;

/// <summary>The same with sessions.</summary>
public static class SessionShout
{
    public static async Task RunAsync()
    {
        await using WebApplication app = QuietApp.OnLoopback().Build();
        #region server
        app.MapWebSocket("/shout", async (ws, stop) =>
        {
            await foreach (Message message in ws.ReadAllAsync(stop))
            {
                if (message is TextMessage text)
                    await ws.SendTextAsync(text.Data.ToUpperInvariant(), stop);
            }
        }).WithWebSocketOptions(options => options.Subprotocols.Add("shout.v1"));
        #endregion
        await app.StartAsync();
        await TalkAsync(new UriBuilder(app.Urls.First()) { Scheme = "ws", Path = "/shout" }.Uri);
        await app.StopAsync();
    }

    private static async Task TalkAsync(Uri uri)
    {
        #region client
        await using WsSession client = await WsClient.ConnectAsync(uri, new WsClientOptions { Subprotocols = ["shout.v1"] });
        Console.WriteLine(client.Subprotocol);

        await client.SendTextAsync("hello");
        if (await client.ReceiveAsync() is TextMessage text)
            Console.WriteLine(text.Data);

        WsCloseResult closed = await client.CloseAsync(CloseCode.NormalClosure, "done");
        Console.WriteLine((int)closed.Code);
        #endregion
    }
}
