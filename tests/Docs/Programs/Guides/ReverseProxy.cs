using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using WsProto.Adapters;
using WsProto.AspNetCore;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Transforms;

namespace WsProto.Docs.Programs.Guides;

/// <summary>YARP before a route, both in this process.</summary>
public static class ReverseProxy
{
    public static async Task RunAsync()
    {
        await using WebApplication route = CreateRoute();
        await route.StartAsync();
        await using WebApplication proxy = CreateProxy(route.Urls.First());
        await proxy.StartAsync();

        #region client
        string host = new Uri(proxy.Urls.First()).Authority;
        var page = new WsClientOptions { Headers = [("Origin", $"http://{host}")] };
        await using WsSession session = await WsClient.ConnectAsync(new Uri($"ws://{host}/feed"), page);
        Console.WriteLine(((TextMessage)(await session.ReceiveAsync())!).Data);

        try
        {
            var foreign = new WsClientOptions { Headers = [("Origin", "http://elsewhere.example")] };
            await using WsSession refused = await WsClient.ConnectAsync(new Uri($"ws://{host}/feed"), foreign);
        }
        catch (WsHandshakeException e)
        {
            Console.WriteLine(e.StatusCode);
        }
        #endregion
    }

    private static WebApplication CreateRoute()
    {
        WebApplicationBuilder builder = QuietApp.OnLoopback();
        WebApplication app = builder.Build();
        #region route
        app.UseForwardedHeaders(new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
        });
        app.UseRouting();
        app.MapWebSocket("/feed", async (context, ws, stop) =>
            await ws.SendTextAsync($"a client at {context.Connection.RemoteIpAddress}, by {context.Request.Scheme}", stop));
        #endregion
        return app;
    }

    private static WebApplication CreateProxy(string destination)
    {
        WebApplicationBuilder builder = QuietApp.OnLoopback();
        #region yarp
        var route = new RouteConfig { RouteId = "all", ClusterId = "app", Match = new RouteMatch { Path = "/{**rest}" } };
        var cluster = new ClusterConfig
        {
            ClusterId = "app",
            Destinations = new Dictionary<string, DestinationConfig> { ["app"] = new() { Address = destination } },
        };
        builder.Services.AddReverseProxy().LoadFromMemory([route.WithTransformUseOriginalHostHeader()], [cluster]);
        WebApplication proxy = builder.Build();
        proxy.MapReverseProxy();
        #endregion
        return proxy;
    }
}
