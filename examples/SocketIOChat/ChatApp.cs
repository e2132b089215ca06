using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using WsProto.SocketIO;
using WsProto.SocketIO.AspNetCore;

namespace SocketIOChat;

/// <summary>The application: its page, the client's script, and a server of Socket.IO.</summary>
public static class ChatApp
{
    private const int MaxNameLength = 24;
    private const int MaxTextLength = 4000;
    private const int MaxKeyLength = 40;

    private static readonly SocketIOOptions _options = new()
    {
        Engine = new() { Server = new() { MaxSessions = 500, MaxPayload = 64 * 1024 } },
        ClientScripts = FindClientScripts(),
    };

    /// <summary>Whether npm has installed socket.io-client, whose script is served to the page.</summary>
    public static bool HasClient => _options.ClientScripts is not null;

    /// <summary>Makes the application, with one address, on loopback.</summary>
    public static WebApplication Build(params string[] args)
    {
        if (!HasClient)
            throw new FileNotFoundException("socket.io-client is not installed.");
        WebApplicationBuilder builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory, WebRootPath = "page" });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        // A name of a stranger that leads to this machine ("DNS rebinding") is refused; see EngineIOOrigins.SameOrigin.
        builder.Configuration["AllowedHosts"] = "localhost;127.0.0.1";
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, builder.Configuration.GetValue("port", 5081)));

        WebApplication app = builder.Build();
        app.Use((context, next) =>
        {
            context.Response.Headers.ContentSecurityPolicy = "default-src 'self'; frame-ancestors 'none'";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return next(context);
        });
        app.UseDefaultFiles();
        app.UseStaticFiles();
        app.MapSocketIO("/socket.io", AddHandlers, _options);
        return app;
    }

    private static void AddHandlers(SocketIOServer io)
    {
        var room = new Room(io.Main);
        io.Main
            .OnConnecting(async socket => socket.Data["name"] = ReadName(socket.Auth))
            .OnConnected(async socket => room.Join(socket, NameOf(socket)))
            .OnDisconnected(async (socket, _) => room.Leave(NameOf(socket)))
            .On("typing", async socket => socket.Broadcast.Emit("typing", NameOf(socket)))
            .On("say", async (SocketIOSocket socket, string? key, string? text) =>
            {
                if (key is { Length: > 0 and <= MaxKeyLength } && text is { Length: > 0 and <= MaxTextLength })
                    room.Say(socket, new Said(NameOf(socket), key, text, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
                else
                    socket.Disconnect();
            });
    }

    private static string NameOf(SocketIOSocket socket) => (string)socket.Data["name"]!;

    /// <summary>The page gives <c>{ name }</c> each time it connects.</summary>
    private static string ReadName(SocketIOArguments auth)
    {
        if (auth.Count > 0)
        {
            using var json = JsonDocument.Parse(auth.GetJson(0));
            if (json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("name", out JsonElement name)
                && name.ValueKind == JsonValueKind.String
                && name.GetString()! is var read
                && IsName(read))
            {
                return read;
            }
        }

        throw new SocketIORefusedException($"A name has 1 to {MaxNameLength} characters.");
    }

    private static bool IsName(string name) =>
        name.Length <= MaxNameLength && !string.IsNullOrWhiteSpace(name) && !name.Any(c => char.IsControl(c) || char.IsSurrogate(c));

    /// <summary>In a folder above the one where the program, or the test that runs it, was built.</summary>
    private static string? FindClientScripts()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string scripts = Path.Combine(folder.FullName, "examples/SocketIOChat/node_modules/socket.io-client/dist");
            if (Directory.Exists(scripts))
                return scripts;
        }

        return null;
    }
}
