using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using WsProto.Adapters;
using WsProto.AspNetCore;

namespace WsProto.Interop.Tests;

/// <summary>A route of WsProto.AspNetCore on Kestrel in this process, with one port for each version of HTTP.</summary>
internal sealed class RouteServer : IAsyncDisposable
{
    internal const string Path = "/interop";

    private readonly WebApplication _app;
    private readonly Task<WsSession> _session;

    private RouteServer(WebApplication app, Task<WsSession> session) => (_app, _session) = (app, session);

    /// <summary>Starts a server of one route.</summary>
    /// <param name="handler">The route's.</param>
    /// <param name="configure">The route's options, which have permessage-deflate and the subprotocol chat.v1 already.</param>
    /// <param name="certificate">For TLS on the port of HTTP/1.1; null for none.</param>
    /// <param name="map">More routes.</param>
    internal static async Task<RouteServer> StartAsync(
        Func<WsSession, CancellationToken, Task> handler, Action<WsEndpointOptions>? configure = null,
        X509Certificate2? certificate = null, Action<WebApplication>? map = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // HAProxy says https over HTTP/2 in the clear too.
            kestrel.AllowAlternateSchemes = true;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                if (certificate is not null)
                    listen.UseHttps(certificate);
            });
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        WebApplication app = builder.Build();
        #region forwarded
        // From proxies on this machine; those on others have to be named in KnownProxies.
        app.UseForwardedHeaders(new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
        });
        #endregion
        app.UseRouting();
        var session = new TaskCompletionSource<WsSession>();
        app.MapWebSocket(Path, async (WsSession ws, CancellationToken stop) =>
        {
            session.TrySetResult(ws);
            await handler(ws, stop);
        }).WithWebSocketOptions(options =>
        {
            options.Subprotocols.Add("chat.v1");
            options.Extensions.Add(new PerMessageDeflate());
            configure?.Invoke(options);
        });
        map?.Invoke(app);
        await app.StartAsync();
        return new RouteServer(app, session.Task);
    }

    /// <summary>Sends every message back until the client closes.</summary>
    internal static async Task EchoAsync(WsSession session, CancellationToken stop)
    {
        await foreach (Message message in session.ReadAllAsync(stop))
            await session.SendAsync(message, stop);
    }

    /// <param name="version">The major version of HTTP, 1 or 2.</param>
    internal int Port(int version) => new Uri(_app.Urls.ElementAt(version - 1)).Port;

    /// <summary>The route's first session.</summary>
    internal Task<WsSession> SessionAsync(CancellationToken guard) => _session.WaitAsync(guard);

    /// <summary>How the route's first session ended.</summary>
    internal async Task<WsCloseResult> EndAsync(CancellationToken guard) => await (await SessionAsync(guard)).Completion.WaitAsync(guard);

    internal Task StopAsync(CancellationToken guard) => _app.StopAsync(guard);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
