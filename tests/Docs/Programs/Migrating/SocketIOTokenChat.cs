using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using WsProto.SocketIO;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.Client;

namespace WsProto.Docs.Programs.Migrating;

/// <summary>The chat of flask_socketio_chat.py and socketio_chat.js.</summary>
public static class SocketIOTokenChat
{
    public static async Task RunAsync()
    {
        await using WebApplication app = QuietApp.OnLoopback().Build();
        #region server
        app.MapSocketIO("/socket.io", io => io.Main
            .OnConnecting(async socket =>
            {
                if (TokenOf(socket.Auth) != "secret")
                    throw new SocketIORefusedException("Your token is not valid.");
            })
            .On("join", async (SocketIOSocket socket, string room, string name) =>
            {
                socket.Data["name"] = name;
                socket.Join(room);
                socket.To(room).Emit("joined", name);
                return $"Welcome to the {room}, {name}!";
            })
            .On("say", async (SocketIOSocket socket, string room, string text) =>
                io.Main.To(room).Emit("said", socket.Data["name"], text)));
        #endregion
        await app.StartAsync();
        await TalkAsync(app.Urls.First());
        await app.StopAsync();
    }

    #region token
    private static string? TokenOf(SocketIOArguments auth) =>
        auth.Count > 0 && JsonNode.Parse(auth.GetJson(0).Span) is JsonObject fields ? fields["token"]?.ToString() : null;
    #endregion

    private static async Task TalkAsync(string url)
    {
        #region client
        await using var ann = new SocketIOClient(new Uri(url), new SocketIOClientOptions { Auth = new { token = "secret" } });
        var heard = Channel.CreateUnbounded<string>();
        ann.Main.On<string, string>("said", async (name, text) => await heard.Writer.WriteAsync($"{name}: {text}"));
        await ann.ConnectAsync();

        Console.WriteLine(await ann.CallAsync<string>("join", "kitchen", "Ann"));
        await ann.EmitAsync("say", "kitchen", "Is anybody there?");
        Console.WriteLine(await heard.Reader.ReadAsync());
        await ann.DisconnectAsync();

        await using var stranger = new SocketIOClient(new Uri(url), new SocketIOClientOptions { Auth = new { token = "guess" } });
        try
        {
            await stranger.ConnectAsync();
        }
        catch (SocketIOJoinException e)
        {
            Console.WriteLine($"refused: {e.Message}");
        }
        #endregion
    }
}
