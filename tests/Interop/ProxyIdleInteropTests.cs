using WsProto.Adapters;
using WsProto.AspNetCore;

namespace WsProto.Interop.Tests;

/// <summary>Proxies cut connections that are silent for too long; Pings of either side keep them open.</summary>
[Trait("Category", "Interop")]
public sealed class ProxyIdleInteropTests
{
    public static readonly object?[][] Plain = [[ProxyWay.Plain]];

    public static readonly object?[][] Both = [[ProxyWay.Plain], [ProxyWay.Http2]];

    private static readonly WsSessionOptions _pinging = new() { KeepAliveInterval = TimeSpan.FromMilliseconds(300) };

    private static readonly WsSessionOptions _silent = new() { KeepAliveInterval = null };

    [Theory, Nginx(nameof(Plain)), Haproxy(nameof(Both)), Yarp(nameof(Plain))]
    public async Task Silent_session_is_cut_and_those_with_Pings_of_either_side_go_on(PeerKind proxy, ProxyWay way)
    {
        await using ProxiedRoute route = await ProxiedRoute.StartAsync(
            proxy, way, RouteServer.EchoAsync, options => options.Session = _pinging,
            app => app.MapWebSocket("/silent", RouteServer.EchoAsync).WithWebSocketOptions(options => options.Session = _silent),
            settings => settings with { IdleSeconds = 3 });
        using var pings = new SemaphoreSlim(0);
        using var pongs = new SemaphoreSlim(0);
        WsSessionOptions pinged = _silent with { Observer = (_, e) => Count(e is Ping, pings) };
        WsSessionOptions pinging = _pinging with { Observer = (_, e) => Count(e is Pong, pongs) };
        await using WsSession byRoute = await route.ConnectAsync(options: route.Options with { Session = pinged });
        await using WsSession byClient = await route.ConnectAsync("/silent", route.Options with { Session = pinging });
        await using WsSession byNobody = await route.ConnectAsync("/silent", route.Options with { Session = _silent });

        for (int i = 0; i < 3; i++)
        {
            await pings.WaitAsync(route.Guard);
            await pongs.WaitAsync(route.Guard);
        }

        WsCloseResult cut = await byNobody.Completion.WaitAsync(route.Guard);
        Assert.Equal((CloseCode.AbnormalClosure, WsCloseCause.Lost), (cut.Code, cut.Cause));
        foreach (WsSession session in (WsSession[])[byRoute, byClient])
        {
            await session.SendTextAsync("still here", route.Guard);
            Assert.Equal(new TextMessage("still here"), await session.ReceiveAsync(route.Guard));
            Assert.True((await session.CloseAsync(cancellationToken: route.Guard)).IsClean);
        }
    }

    private static void Count(bool counts, SemaphoreSlim semaphore)
    {
        if (counts)
            semaphore.Release();
    }
}
