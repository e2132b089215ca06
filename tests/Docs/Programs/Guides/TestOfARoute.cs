using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WsProto.Adapters;
using WsProto.AspNetCore;
using WsProto.AspNetCore.Testing;

namespace WsProto.Docs.Programs.Guides;

/// <summary>An application on Kestrel in memory.</summary>
public static class TestOfARoute
{
    public static async Task RunAsync()
    {
        #region route
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelInMemory();
        await using WebApplication app = builder.Build();
        app.MapWebSocket("/sum", async (ws, stop) =>
        {
            int sum = 0;
            await foreach (Message message in ws.ReadAllAsync(stop))
                await ws.SendTextAsync($"{sum += int.Parse(((TextMessage)message).Data, null)}", stop);
        });
        await app.StartAsync();

        InMemoryServer server = app.Services.GetInMemoryServer();
        await using WsSession session = await server.ConnectWebSocketAsync("/sum");
        await session.SendTextAsync("40");
        await session.SendTextAsync("2");
        Console.WriteLine($"{await session.ReceiveAsync()}, {await session.ReceiveAsync()}");
        await session.SendTextAsync("two");
        Console.WriteLine($"{await session.ReceiveAsync() is null}, {session.CloseResult!.Code}");
        #endregion
    }
}
