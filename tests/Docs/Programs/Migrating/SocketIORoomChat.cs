using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.Client;

namespace WsProto.Docs.Programs.Migrating;

/// <summary>The chat of <see cref="SignalRChat"/>.</summary>
public static class SocketIORoomChat
{
    public static async Task RunAsync()
    {
        WebApplicationBuilder builder = QuietApp.OnLoopback();
        #region map
        builder.Services.AddSocketIO();
        await using WebApplication app = builder.Build();
        app.MapSocketIO("/chat", io => io.Main.AddHandlers<ChatHandlers>());
        #endregion
        await app.StartAsync();
        await TalkAsync(app.Urls.First());
        await app.StopAsync();
    }

    private static async Task TalkAsync(string url)
    {
        #region client
        await using var ann = new SocketIOClient(new Uri($"{url}/chat"));
        var heard = Channel.CreateUnbounded<string>();
        ann.Main.On<string, string>("said", async (name, text) => await heard.Writer.WriteAsync($"{name}: {text}"));
        await ann.ConnectAsync();

        Console.WriteLine(await ann.CallAsync<string>("join", "kitchen", "Ann"));
        await ann.EmitAsync("say", "kitchen", "Is anybody there?");
        Console.WriteLine(await heard.Reader.ReadAsync());
        #endregion
    }

    #region handlers
    public sealed class ChatHandlers : SocketIOHandlers
    {
        [OnEvent("join")]
        public string Join(string room, string name)
        {
            Socket.Data["name"] = name;
            Socket.Join(room);
            Socket.To(room).Emit("joined", name);
            return $"Welcome to the {room}, {name}!";
        }

        [OnEvent("say")]
        public void Say(string room, string text) => Namespace.To(room).Emit("said", Socket.Data["name"], text);
    }
    #endregion
}
