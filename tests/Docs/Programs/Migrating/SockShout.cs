using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using WsProto.Adapters;
using WsProto.AspNetCore;
using WsProto.AspNetCore.Testing;

namespace WsProto.Docs.Programs.Migrating;

/// <summary>What a program with flask-sock becomes.</summary>
public static class SockShout
{
    public static async Task RunAsync()
    {
        WebApplicationBuilder builder = QuietApp.InMemory();
        #region server
        builder.Services.AddWsProto();
        WebApplication app = builder.Build();

        app.MapWebSocket("/shout/{name}", async (WsSession ws, string name, CancellationToken stop) =>
        {
            await foreach (Message message in ws.ReadAllAsync(stop))
            {
                if (message is TextMessage text)
                    await ws.SendTextAsync($"{name}: {text.Data.ToUpperInvariant()}", stop);
            }
        });
        #endregion
        await app.StartAsync();
        await using (WsSession client = await app.Services.GetInMemoryServer().ConnectWebSocketAsync("/shout/Ann"))
        {
            await client.SendTextAsync("hello");
            Console.WriteLine(((TextMessage)(await client.ReceiveAsync())!).Data);
        }

        await app.StopAsync();
    }
}
