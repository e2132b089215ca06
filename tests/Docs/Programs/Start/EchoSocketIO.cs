using Microsoft.AspNetCore.Builder;
using WsProto.AspNetCore.Testing;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.AspNetCore.Testing;

namespace WsProto.Docs.Programs.Start;

public static class EchoSocketIO
{
    public static async Task RunAsync()
    {
        await using WebApplication app = QuietApp.InMemory().Build();
        #region server
        app.MapSocketIO("/socket.io", io => io.Main
            .On("echo", async (SocketIOSocket socket, string text) => $"You said: {text}"));
        #endregion

        await app.StartAsync();
        InMemoryServer server = app.Services.GetInMemoryServer();
        #region test
        await using SocketIOTestClient client = await server.ConnectSocketIOAsync();
        Console.WriteLine(await client.CallAsync<string>("echo", "Hello"));
        #endregion
    }
}
