using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using WsProto.AspNetCore.Testing;

namespace WsProto.SocketIO.AspNetCore.Testing.Tests;

/// <summary>The code of docs/socketio.md.</summary>
public sealed class Samples
{
    [Fact]
    public async Task Test_of_a_chat()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelInMemory();
        WebApplication app = builder.Build();
        app.MapSocketIO("/socket.io", io => io.Main
            .OnConnecting(async socket => socket.Data["name"] = socket.Handshake.Query["name"].ToString())
            .On("join", async (SocketIOSocket socket, string room) =>
            {
                socket.Join(room);
                socket.To(room).Emit("joined", socket.Data["name"]);
                return $"Welcome to {room}!";
            }));

        #region client
        // Before it was built: builder.WebHost.UseKestrelInMemory();
        await app.StartAsync();
        InMemoryServer server = app.Services.GetInMemoryServer();
        await using SocketIOTestClient ann = await server.ConnectSocketIOAsync(options: new() { Query = "name=Ann" });
        await using SocketIOTestClient bob = await server.ConnectSocketIOAsync(options: new() { Query = "name=Bob" });

        Assert.Equal("Welcome to kitchen!", await ann.CallAsync<string>("join", "kitchen"));
        Assert.Equal("Welcome to kitchen!", await bob.CallAsync<string>("join", "kitchen"));

        SocketIOReceived joined = await ann.WaitForAsync("joined");
        Assert.Equal("Bob", joined.Get<string>(0));
        Assert.Empty(bob.TakeReceived());
        #endregion
        await app.DisposeAsync();
    }
}
