using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using WsProto.Adapters;
using WsProto.AspNetCore;

namespace WsProto.Docs.Programs.Migrating;

/// <summary>The same with sessions.</summary>
public static class SessionShout
{
    public static async Task RunAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using WebApplication app = builder.Build();
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
