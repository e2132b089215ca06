using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using WsProto.EngineIO;
using WsProto.SocketIO;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.Client;
using WsProto.SocketIO.MessagePack;

namespace WsProto.Publish;

/// <summary>A server and a client of Socket.IO whose types are known at compile time: text, bytes and acks go both ways.</summary>
internal static class SocketIORoundTrip
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { TypeInfoResolver = KnownTypes.Default };

    /// <summary>Runs it over both transports and the upgrade, in both forms of packets.</summary>
    /// <returns>In how many ways it was right, and in how many it was run.</returns>
    internal static async Task<(int Right, int Run)> RunAsync()
    {
        EngineIOTransports[][] ways =
        [
            [EngineIOTransports.Polling], [EngineIOTransports.WebSocket], [EngineIOTransports.Polling, EngineIOTransports.WebSocket],
        ];
        SocketIOParser?[] parsers = [null, new MessagePackSocketIOParser()];
        int right = 0;
        foreach (SocketIOParser? parser in parsers)
        {
            await using WebApplication app = Serve(parser);
            await app.StartAsync();
            foreach (EngineIOTransports[] way in ways)
                right += await TalkAsync(new Uri(app.Urls.Single()), parser, way) ? 1 : 0;
        }

        return (right, parsers.Length * ways.Length);
    }

    private static WebApplication Serve(SocketIOParser? parser)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        app.MapSocketIO(
            "/socket.io",
            io => io.Main
                .On<Order, byte[], Receipt>("order", async (_, order, bytes) => new Receipt(order.Item, [.. bytes.Reverse()]))
                .On<string>("say", async (socket, text) => socket.Emit("said", text)),
            new SocketIOOptions { Json = _json, Parser = parser });
        return app;
    }

    private static async Task<bool> TalkAsync(Uri uri, SocketIOParser? parser, EngineIOTransports[] way)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var said = new TaskCompletionSource<string>();
        await using var io = new SocketIOClient(uri, new SocketIOClientOptions
        {
            Json = _json,
            Parser = parser,
            Auth = new Order("auth"),
            Connection = new() { Engine = new() { Transports = way } },
        });
        io.On<string>("said", said.SetResult);
        await io.ConnectAsync(patience.Token);
        Receipt? receipt = await io.CallAsync<Receipt>("order", new Order("Grüße 🎈"), new byte[] { 1, 2, 3 });
        await io.EmitAsync("say", "hello");
        return receipt is { Item: "Grüße 🎈", Bytes: [3, 2, 1] } && await said.Task.WaitAsync(patience.Token) == "hello";
    }
}

internal sealed record Order(string Item);

internal sealed record Receipt(string Item, byte[] Bytes);

[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(Receipt))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
internal sealed partial class KnownTypes : JsonSerializerContext;
