using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;

namespace WsProto.Interop.Tests;

/// <summary>YARP in this process.</summary>
internal sealed class YarpProxy : Proxy
{
    private readonly WebApplication _app;

    private YarpProxy(WebApplication app) => _app = app;

    internal override int Port => new Uri(_app.Urls.First()).Port;

    internal override int TlsPort => new Uri(_app.Urls.Last()).Port;

    internal static async Task<Proxy> StartAsync(ProxySettings settings, CancellationToken guard)
    {
        var route = new RouteConfig { RouteId = "all", ClusterId = "app", Match = new RouteMatch { Path = "/{**rest}" } };
        var cluster = new ClusterConfig
        {
            ClusterId = "app",
            Destinations = new Dictionary<string, DestinationConfig>
            {
                ["app"] = new() { Address = $"http://127.0.0.1:{settings.RoutePort}" },
            },
            HttpRequest = new ForwarderRequestConfig
            {
                Version = new Version(settings.RouteVersion, settings.RouteVersion == 1 ? 1 : 0),
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                ActivityTimeout = TimeSpan.FromSeconds(settings.IdleSeconds),
            },
        };
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddReverseProxy().LoadFromMemory([route.WithTransformUseOriginalHostHeader()], [cluster]);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(settings.Certificate.Certificate));
        });
        WebApplication app = builder.Build();
        app.MapReverseProxy();
        await app.StartAsync(guard);
        return new YarpProxy(app);
    }

    public override ValueTask DisposeAsync() => _app.DisposeAsync();
}
