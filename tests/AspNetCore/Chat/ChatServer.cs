using AspNetChat;
using Microsoft.AspNetCore.Builder;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;

namespace WsProto.AspNetCore.Tests.Chat;

/// <summary>The example, on ports of its own.</summary>
internal sealed class ChatServer : IAsyncDisposable
{
    private readonly WebApplication _app = ChatApp.Build("--http", "0", "--https", "0");

    private ChatServer()
    {
    }

    internal Uri Address => new(_app.Urls.First());

    internal static async Task<ChatServer> StartAsync()
    {
        var server = new ChatServer();
        await server._app.StartAsync();
        return server;
    }

    internal Task<WsSession> ConnectAsync(string room, string name, string epoch = "", long since = 0)
    {
        var uri = new Uri($"ws://{Address.Authority}/chat/{room}?name={name}&epoch={epoch}&since={since}");
        return WsClient.ConnectAsync(uri, new WsClientOptions { Extensions = [new PerMessageDeflate()] }).Soon();
    }

    public ValueTask DisposeAsync() => new(_app.DisposeAsync().AsTask().Soon());
}
