using System.Net;
using Microsoft.AspNetCore.Builder;
using WsProto.Adapters;
using WsProto.AspNetCore;
using WsProto.AspNetCore.Testing;

namespace WsProto.Docs.Programs.Guides;

/// <summary>Two WebSockets on one connection of HTTP/2.</summary>
public static class TwoStreams
{
    public static async Task RunAsync()
    {
        _connections.Clear();
        WebApplication app = QuietApp.InMemory().Build();
        #region server
        app.MapWebSocket("/{name}", async (context, ws, stop) => await ws.SendTextAsync(
            $"{context.Request.RouteValues["name"]} over {context.Request.Protocol}, connection {Number(context.Connection.Id)}", stop));
        #endregion
        await app.StartAsync();
        InMemoryServer server = app.Services.GetInMemoryServer();
        using SocketsHttpHandler handler = server.CreateHandler();
        await TalkAsync(handler, new UriBuilder(server.BaseAddress) { Scheme = "ws" }.Uri);
        await app.StopAsync();
    }

    private static readonly List<string> _connections = [];

    private static int Number(string connection)
    {
        lock (_connections)
        {
            if (!_connections.Contains(connection))
                _connections.Add(connection);
            return _connections.IndexOf(connection) + 1;
        }
    }

    private static async Task TalkAsync(SocketsHttpHandler handler, Uri server)
    {
        #region client
        handler.EnableMultipleHttp2Connections = true;
        using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
        var options = new WsClientOptions { HttpVersion = HttpVersion.Version20, HttpInvoker = invoker };

        await using WsSession prices = await WsClient.ConnectAsync(new Uri(server, "prices"), options);
        await using WsSession news = await WsClient.ConnectAsync(new Uri(server, "news"), options);
        Console.WriteLine(((TextMessage)(await prices.ReceiveAsync())!).Data);
        Console.WriteLine(((TextMessage)(await news.ReceiveAsync())!).Data);
        #endregion
    }
}
