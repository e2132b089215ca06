using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
#region usings
using WsProto.SocketIO.AspNetCore;
#endregion
using WsProto.SocketIO.Client;

namespace WsProto.Docs.Programs.Migrating;

/// <summary>The chat of flask_socketio_chat.py and socketio_chat.js, whole.</summary>
public static class SocketIOTokenChat
{
    public static Task RunAsync() => Task.Run(() => ServeAsync(QuietApp.Arguments));

    private static async Task ServeAsync(string[] args)
    {
        #region app
        WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
        WebApplication app = builder.Build();
        #endregion
        Task talking = QuietApp.TalkAsync(app, TalkAsync);
        #region server
        app.MapSocketIO("/socket.io", io => io.Main
            .OnConnecting(async socket =>
            {
                if (socket.ReadAuth<Credentials>()?.Token != "secret")
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
        #region run
        app.Run();
        #endregion
        await talking;
    }

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

    #region credentials
    public sealed record Credentials(string? Token);
    #endregion
}
