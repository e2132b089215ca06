// A chat: what one says, all hear. `dotnet run -- --urls http://127.0.0.1:8080` listens on another port.

using WsProto.SocketIO.AspNetCore;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Configuration["AllowedHosts"] = "localhost;127.0.0.1";
WebApplication app = builder.Build();
app.UseDefaultFiles();
app.UseStaticFiles();
app.MapSocketIO("/socket.io", io => io.Main
    .On("join", async (SocketIOSocket socket, string name) =>
    {
        socket.Data["name"] = name;
        socket.Broadcast.Emit("message", $"{name} is here.");
        return $"Welcome, {name}!";
    })
    .On("say", async (SocketIOSocket socket, string text) =>
    {
        if (socket.Data.TryGetValue("name", out object? name))
            io.Main.Emit("message", $"{name}: {text}");
    })
    .OnDisconnected(async (socket, _) =>
    {
        if (socket.Data.TryGetValue("name", out object? name))
            io.Main.Emit("message", $"{name} has left.");
    }));
await app.RunAsync();
