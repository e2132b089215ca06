using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace WsProto.Interop.Tests;

/// <summary>ASP.NET Core with its own WebSockets, in this process.</summary>
internal sealed class KestrelServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private KestrelServer(WebApplication application) => _application = application;

    internal int Port => new Uri(_application.Urls.Single()).Port;

    internal static async Task<KestrelServer> StartAsync(
        X509Certificate2? certificate, Func<HttpContext, Task<WebSocket?>> accept, Func<WebSocket, Task> serve)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            if (certificate is not null)
                listen.UseHttps(certificate);
        }));
        WebApplication application = builder.Build();
        application.UseWebSockets();
        application.Run(async context =>
        {
            using WebSocket? socket = await accept(context);
            if (socket is not null)
                await serve(socket);
        });
        await application.StartAsync();
        return new KestrelServer(application);
    }

    /// <summary>Accepts whatever comes.</summary>
    internal static Func<HttpContext, Task<WebSocket?>> Accepting(bool deflate) =>
        async context => await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
        {
            DangerousEnableCompression = deflate,
            SubProtocol = context.WebSockets.WebSocketRequestedProtocols.LastOrDefault(),
        });

    /// <summary>Sends every message back, frame by frame as it arrives, until the client closes.</summary>
    internal static async Task EchoAsync(WebSocket socket)
    {
        byte[] buffer = new byte[16 * 1024];
        while (true)
        {
            WebSocketReceiveResult result = await socket.ReceiveAsync(new ArraySegment<byte>(buffer), CancellationToken.None);
            if (result.MessageType == WebSocketMessageType.Close)
                break;
            await socket.SendAsync(
                new ArraySegment<byte>(buffer, 0, result.Count), result.MessageType, result.EndOfMessage, CancellationToken.None);
        }

        await socket.CloseAsync(socket.CloseStatus!.Value, socket.CloseStatusDescription, CancellationToken.None);
    }

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();
}
