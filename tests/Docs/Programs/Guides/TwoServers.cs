using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using WsProto.AspNetCore.Testing;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.AspNetCore.Testing;

namespace WsProto.Docs.Programs.Guides;

/// <summary>Two servers of Socket.IO that are one.</summary>
public static class TwoServers
{
    public static async Task RunAsync()
    {
        #region servers
        var hub = new SocketIOInMemoryHub();
        await using WebApplication one = CreateServer(new SocketIOOptions { Backplane = hub.Connect() });
        await using WebApplication other = CreateServer(new SocketIOOptions { Backplane = hub.Connect() });
        #endregion
        await one.StartAsync();
        await other.StartAsync();

        #region clients
        await using SocketIOTestClient ann = await one.Services.GetInMemoryServer().ConnectSocketIOAsync();
        await using SocketIOTestClient bob = await other.Services.GetInMemoryServer().ConnectSocketIOAsync();
        await ann.CallAsync<string>("join", "kitchen");
        await bob.CallAsync<string>("join", "kitchen");

        await ann.EmitAsync("say", "kitchen", "Is anybody there?");
        Console.WriteLine((await bob.WaitForAsync("said")).Get<string>(0));
        #endregion
    }

    private static WebApplication CreateServer(SocketIOOptions options)
    {
        WebApplicationBuilder builder = QuietApp.InMemory();
        builder.Services.AddSocketIO(options);
        WebApplication app = builder.Build();
        #region map
        app.MapSocketIO("/socket.io", io => io.Main
            .On("join", async (SocketIOSocket socket, string room) => socket.Join(room) ? $"You are in {room}." : "You have left.")
            .On("say", async (SocketIOSocket _, string room, string text) => io.Main.To(room).Emit("said", text)));
        #endregion
        return app;
    }
}
