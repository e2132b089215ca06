using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using WsProto.SocketIO;
using WsProto.SocketIO.AspNetCore;

namespace WsProto.Interop.Tests;

/// <summary>A server of Socket.IO on Kestrel and loopback, for clients that others have written.</summary>
internal sealed class SocketIORoute : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TaskCompletionSource _early = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SocketIORoute(WebApplication app) => _app = app;

    internal string Address => _app.Urls.Single();

    internal SocketIOServer Server { get; private set; } = null!;

    /// <summary>Who has left, in the order in which they did: the namespace, the name and the reason.</summary>
    internal List<string> Parted { get; } = [];

    internal static async Task<SocketIORoute> StartAsync(SocketIOOptions? options = null, int port = 0)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        WebApplication app = builder.Build();
        var route = new SocketIORoute(app);
        app.MapSocketIO("/socket.io", route.Configure, options);
        await app.StartAsync();
        return route;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private void Configure(SocketIOServer io)
    {
        Server = io;
        io.Main
            .OnConnecting(async socket => socket.Data["name"] = Property(socket.Auth, "name"))
            .OnConnected(async socket =>
            {
                // A client that has sent events before it was greeted asks for another namespace after them.
                if (Property(socket.Auth, "sends") == "early")
                    await _early.Task;
                socket.Emit("welcome", socket.Data["name"], new byte[] { 1 }.Length);
            })
            .OnDisconnected(async (socket, why) => Part($"/ {socket.Data["name"]} {why.Reason}"))
            .On("count", async (SocketIOSocket socket, int number) => number + 1)
            .On("echo", async (SocketIOSocket socket, SocketIOArguments all) => SocketIOAck.Of(All(all).AsSpan()))
            .On("ask", async (SocketIOSocket socket, int number) => await socket.CallAsync<int>("question", number))
            .On("ask bytes", async (SocketIOSocket socket, byte[] bytes) => await socket.CallAsync<byte[]>("binary question", bytes))
            .On("join", async (SocketIOSocket socket, string room) => socket.Join(room))
            .On("say", async (SocketIOSocket socket, string room, string text) => socket.To(room).Emit("said", socket.Data["name"], text))
            .On(
                "say everybody",
                async (SocketIOSocket socket, string room, string text) => io.Main.To(room).Emit("said", socket.Data["name"], text))
            .On("kick", async socket => socket.Disconnect())
            .On("drop", async socket => Drop(socket));
        io.Of("/go").OnConnecting(async _ => _early.TrySetResult());
        io.Of("/kept")
            .EnableRecovery()
            .OnDisconnected(async (socket, _) =>
            {
                // Sent while nobody is there.
                for (int i = 1; i <= 3; i++)
                    socket.Namespace.To("room").Emit("n", i);
                socket.Namespace.To("room").Emit("done");
            })
            .On("join", async (SocketIOSocket socket, string room) => socket.Join(room));
        io.Of("/admin")
            .OnConnecting(async socket =>
            {
                if (Property(socket.Auth, "token") != "right")
                    throw new SocketIORefusedException("Not allowed") { Details = new { Code = 7 } };
            })
            .OnDisconnected(async (_, why) => Part($"/admin {why.Reason}"))
            .On("where", async socket => socket.Namespace.Name);
    }

    /// <summary>The transport is lost, so that the client comes back.</summary>
    private static void Drop(SocketIOSocket socket)
    {
        while (socket.Emit("flood", new byte[500_000]))
        {
        }
    }

    private void Part(string line)
    {
        lock (Parted)
            Parted.Add(line);
    }

    private static string Property(SocketIOArguments auth, string name) =>
        auth.Count > 0 && JsonDocument.Parse(auth.GetJson(0)).RootElement.TryGetProperty(name, out JsonElement value)
            ? value.GetString()!
            : "";

    private static object?[] All(SocketIOArguments arguments) =>
    [
        .. Enumerable.Range(0, arguments.Count)
            .Select(index => arguments.GetAttachment(index) is { } bytes ? (object?)bytes : Read(arguments, index)),
    ];

    /// <summary>What is nested: base64 of attachments becomes attachments again.</summary>
    private static object? Read(SocketIOArguments arguments, int index)
    {
        JsonElement json = JsonDocument.Parse(arguments.GetJson(index)).RootElement;
        if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty("inside", out JsonElement inside))
            return new Nested([inside[0].GetBytesFromBase64(), inside[1].GetString()!]);
        return json;
    }

    private sealed record Nested(object[] Inside);
}
