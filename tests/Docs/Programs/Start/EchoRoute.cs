using Microsoft.AspNetCore.Builder;
using WsProto.Adapters;
using WsProto.AspNetCore;
using WsProto.AspNetCore.Testing;

namespace WsProto.Docs.Programs.Start;

public static class EchoRoute
{
    public static async Task RunAsync()
    {
        await using WebApplication app = QuietApp.InMemory().Build();
        #region route
        app.MapWebSocket("/echo", async (session, stop) =>
        {
            await foreach (Message message in session.ReadAllAsync(stop))
                await session.SendAsync(message, stop);
        });
        #endregion

        await app.StartAsync();
        InMemoryServer server = app.Services.GetInMemoryServer();
        #region test
        await using WsSession client = await server.ConnectWebSocketAsync("/echo");
        await client.SendTextAsync("Hello");
        Console.WriteLine(await client.ReceiveAsync());
        #endregion
    }
}
