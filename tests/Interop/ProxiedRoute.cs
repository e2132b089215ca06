using System.Net;
using Microsoft.AspNetCore.Builder;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.AspNetCore;

namespace WsProto.Interop.Tests;

/// <summary>A route, a proxy in front of it, and what a client needs to come through.</summary>
internal sealed class ProxiedRoute : IAsyncDisposable
{
    /// <summary>Ends a test that hangs.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly TestCertificate _certificate = TestCertificate.For("localhost", "127.0.0.1");
    private readonly CancellationTokenSource _guard = new(_patience);
    private readonly ProxyWay _way;
    private Proxy? _proxy;
    private RouteServer? _server;

    private ProxiedRoute(ProxyWay way)
    {
        _way = way;
        Options = new WsClientOptions
        {
            Extensions = [new PerMessageDeflate()],
            HttpVersion = way.ToProxy() == 2 ? HttpVersion.Version20 : HttpVersion.Version11,
            Tls = way.IsSecure() ? _certificate.Trusted() : null,
        };
    }

    /// <summary>Offers permessage-deflate.</summary>
    internal WsClientOptions Options { get; }

    internal CancellationToken Guard => _guard.Token;

    internal RouteServer Server => _server!;

    /// <summary>The origin of a page that came through the proxy.</summary>
    internal string Origin => Uri("/").GetLeftPart(UriPartial.Authority).Replace("ws", "http", StringComparison.Ordinal);

    internal static async Task<ProxiedRoute> StartAsync(
        PeerKind proxy, ProxyWay way, Func<WsSession, CancellationToken, Task> handler, Action<WsEndpointOptions>? configure = null,
        Action<WebApplication>? map = null, Func<ProxySettings, ProxySettings>? adjust = null)
    {
        var route = new ProxiedRoute(way);
        try
        {
            route._server = await RouteServer.StartAsync(handler, configure, map: map);
            var settings = new ProxySettings
            {
                RoutePort = route._server.Port(way.ToRoute()),
                RouteVersion = way.ToRoute(),
                Certificate = route._certificate,
            };
            route._proxy = await Proxy.StartAsync(proxy, adjust?.Invoke(settings) ?? settings, route.Guard);
            return route;
        }
        catch
        {
            await route.DisposeAsync();
            throw;
        }
    }

    internal ValueTask<WsSession> ConnectAsync(string path = RouteServer.Path, WsClientOptions? options = null) =>
        WsClient.ConnectAsync(Uri(path), options ?? Options, Guard);

    public async ValueTask DisposeAsync()
    {
        if (_proxy is not null)
            await _proxy.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        _guard.Dispose();
        _certificate.Dispose();
    }

    private Uri Uri(string path) =>
        new(_way.IsSecure() ? $"wss://127.0.0.1:{_proxy!.TlsPort}{path}" : $"ws://127.0.0.1:{_proxy!.Port}{path}");
}
