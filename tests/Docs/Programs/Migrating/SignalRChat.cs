using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace WsProto.Docs.Programs.Migrating;

/// <summary>A chat of SignalR.</summary>
public static class SignalRChat
{
    public static async Task RunAsync()
    {
        WebApplicationBuilder builder = QuietApp.OnLoopback();
        #region map
        builder.Services.AddSignalR();
        await using WebApplication app = builder.Build();
        app.MapHub<ChatHub>("/chat");
        #endregion
        await app.StartAsync();
        await TalkAsync(app.Urls.First());
        await app.StopAsync();
    }

    private static async Task TalkAsync(string url)
    {
        #region client
        await using HubConnection ann = new HubConnectionBuilder().WithUrl($"{url}/chat").WithAutomaticReconnect().Build();
        var heard = Channel.CreateUnbounded<string>();
        ann.On<string, string>("said", (name, text) => heard.Writer.TryWrite($"{name}: {text}"));
        await ann.StartAsync();

        Console.WriteLine(await ann.InvokeAsync<string>("Join", "kitchen", "Ann"));
        await ann.SendAsync("Say", "kitchen", "Is anybody there?");
        Console.WriteLine(await heard.Reader.ReadAsync());
        #endregion
    }

    #region hub
    public sealed class ChatHub : Hub
    {
        public async Task<string> Join(string room, string name)
        {
            Context.Items["name"] = name;
            await Groups.AddToGroupAsync(Context.ConnectionId, room);
            await Clients.OthersInGroup(room).SendAsync("joined", name);
            return $"Welcome to the {room}, {name}!";
        }

        public Task Say(string room, string text) => Clients.Group(room).SendAsync("said", Context.Items["name"], text);
    }
    #endregion
}
