using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
#region usings
using WsProto;
using WsProto.Adapters;
using WsProto.AspNetCore;
#endregion

namespace WsProto.Docs.Programs.Migrating;

/// <summary>What a program with flask-sock becomes, whole.</summary>
public static class SockShout
{
    public static Task RunAsync() => Task.Run(() => ServeAsync(QuietApp.Arguments));

    private static async Task ServeAsync(string[] args)
    {
        #region app
        WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
        builder.Services.AddWsProto();
        WebApplication app = builder.Build();
        #endregion
        Task talking = QuietApp.TalkAsync(app, TalkAsync);
        #region run
        app.MapWebSocket("/shout/{name}", async (WsSession ws, string name, CancellationToken stop) =>
        {
            await foreach (Message message in ws.ReadAllAsync(stop))
            {
                if (message is TextMessage text)
                    await ws.SendTextAsync($"{name}: {text.Data.ToUpperInvariant()}", stop);
            }
        });

        app.Run();
        #endregion
        await talking;
    }

    private static async Task TalkAsync(string url)
    {
        await using WsSession client = await WsClient.ConnectAsync(new UriBuilder(url) { Scheme = "ws", Path = "/shout/Ann" }.Uri);
        await client.SendTextAsync("hello");
        Console.WriteLine(((TextMessage)(await client.ReceiveAsync())!).Data);
    }
}
