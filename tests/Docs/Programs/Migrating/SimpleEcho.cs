using Microsoft.AspNetCore.Builder;
#region usings
using WsProto;
using WsProto.Adapters;
using WsProto.AspNetCore;
#endregion

namespace WsProto.Docs.Programs.Migrating;

/// <summary>What a program with simple-websocket becomes, whole.</summary>
public static class SimpleEcho
{
    public static Task RunAsync() => Task.Run(() => ServeAsync(QuietApp.Arguments));

    private static async Task ServeAsync(string[] args)
    {
        #region app
        WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
        WebApplication app = builder.Build();
        #endregion
        Task talking = QuietApp.TalkAsync(app, url => TalkAsync(new UriBuilder(url) { Scheme = "ws", Path = "/echo" }.Uri));
        #region run
        app.MapWebSocket("/echo", async (ws, stop) =>
        {
            await foreach (Message message in ws.ReadAllAsync(stop))
                await ws.SendAsync(message, stop);
        });

        app.Run();
        #endregion
        await talking;
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
