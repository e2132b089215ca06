using Microsoft.AspNetCore.Builder;
using WsProto.Adapters;
using WsProto.AspNetCore;

namespace WsProto.Docs.Programs.Migrating;

/// <summary>What a program with simple-websocket becomes.</summary>
public static class SimpleEcho
{
    public static async Task RunAsync()
    {
        await using WebApplication app = QuietApp.OnLoopback().Build();
        #region server
        app.MapWebSocket("/echo", async (ws, stop) =>
        {
            await foreach (Message message in ws.ReadAllAsync(stop))
                await ws.SendAsync(message, stop);
        });
        #endregion
        await app.StartAsync();
        await TalkAsync(new UriBuilder(app.Urls.First()) { Scheme = "ws", Path = "/echo" }.Uri);
        await app.StopAsync();
    }

    private static async Task TalkAsync(Uri uri)
    {
        #region client
        await using WsSession ws = await WsClient.ConnectAsync(uri);
        await ws.SendTextAsync("hello");
        if (await ws.ReceiveAsync() is TextMessage text)
            Console.WriteLine(text.Data);

        try
        {
            await ws.ReceiveAsync(TimeSpan.FromMilliseconds(50));
        }
        catch (TimeoutException)
        {
            Console.WriteLine("nothing came");
        }

        await ws.CloseAsync();
        #endregion
    }
}
