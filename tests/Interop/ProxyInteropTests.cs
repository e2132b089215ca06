using System.Text;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters;
using WsProto.AspNetCore;

namespace WsProto.Interop.Tests;

/// <summary>Routes of WsProto.AspNetCore behind reverse proxies, over every version of HTTP that they carry WebSockets in.</summary>
[Trait("Category", "Interop")]
public sealed class ProxyInteropTests
{
    /// <summary>nginx carries WebSockets over HTTP/1.1 alone.</summary>
    public static readonly object?[][] Upgrades = [[ProxyWay.Plain], [ProxyWay.Tls]];

    public static readonly object?[][] Ways = [.. Enum.GetValues<ProxyWay>().Select(way => (object?[])[way])];

    /// <summary>Lines of the documentation, and what a page gets over TLS from a route behind a proxy without one of them.</summary>
    public static readonly object?[][] Lines =
    [
        ["proxy_http_version", 400, "HTTP/1.0"],
        ["proxy_set_header Upgrade", 400, "a proxy on the way may have removed the upgrade"],
        ["proxy_set_header Connection", 400, "a proxy on the way may have removed the upgrade"],
        ["proxy_set_header Host", 403, "may not connect to https://127.0.0.1:5000"],
    ];

    /// <summary>What a handler does, and the Close that its client gets for it.</summary>
    private static readonly (string Ending, CloseCode Code, string Reason)[] _endings =
        [("returns", CloseCode.NormalClosure, ""), ("throws", CloseCode.InternalError, ""), ("closes", (CloseCode)4001, "own words")];

    private static readonly Payload[] _payloads =
        [.. Payload.Scripts, .. Payload.Lengths, new("text*204800"), new("binary*204800"), new("text~204800"), new("binary~204800")];

    [Theory, Nginx(nameof(Upgrades)), Haproxy(nameof(Ways)), Yarp(nameof(Ways))]
    public async Task Messages_come_back_compressed_or_not_and_Pings_too(PeerKind proxy, ProxyWay way)
    {
        await using ProxiedRoute route = await ProxiedRoute.StartAsync(proxy, way, RouteServer.EchoAsync);
        foreach (bool deflate in (bool[])[true, false])
        {
            WsClientOptions options = deflate ? route.Options : route.Options with { Extensions = [] };
            await using WsSession session = await route.ConnectAsync(options: options);
            Assert.Equal(deflate ? 1 : 0, session.Extensions.Count);
            Task sending = SendAsync(session, route.Guard);
            foreach (Payload payload in _payloads)
                Assert.Equal(payload.Report, Payload.ReportOf((await session.ReceiveAsync(route.Guard))!));
            await sending;
            Assert.True(await session.PingAsync("ping"u8.ToArray(), route.Guard) > TimeSpan.Zero);
        }
    }

    [Theory, Nginx(nameof(Upgrades)), Haproxy(nameof(Ways)), Yarp(nameof(Ways))]
    public async Task Client_closes__code_and_reason_arrive_and_the_connection_ends(PeerKind proxy, ProxyWay way)
    {
        await using ProxiedRoute route = await ProxiedRoute.StartAsync(proxy, way, RouteServer.EchoAsync);
        await using WsSession session = await ConnectPatientlyAsync(route);
        WsCloseResult closed = await session.CloseAsync((CloseCode)4000, "why", route.Guard);
        AssertClean(closed, (CloseCode)4000, "why", WsCloseCause.Local);
        AssertClean(await route.Server.EndAsync(route.Guard), (CloseCode)4000, "why", WsCloseCause.Peer);
    }

    [Theory, Nginx(nameof(Upgrades)), Haproxy(nameof(Ways)), Yarp(nameof(Ways))]
    public async Task Route_closes__code_and_reason_arrive_and_the_connection_ends(PeerKind proxy, ProxyWay way)
    {
        await using ProxiedRoute route = await ProxiedRoute.StartAsync(proxy, way, async (session, stop) =>
        {
            string ending = ((TextMessage)(await session.ReceiveAsync(stop))!).Data;
            if (ending == "throws")
                throw new InvalidOperationException("The handler fails.");
            if (ending == "closes")
                await session.CloseAsync((CloseCode)4001, "own words", stop);
        });
        foreach ((string ending, CloseCode code, string reason) in _endings)
        {
            await using WsSession session = await ConnectPatientlyAsync(route);
            await session.SendTextAsync(ending, route.Guard);
            Assert.Null(await session.ReceiveAsync(route.Guard));
            AssertClean(await session.Completion.WaitAsync(route.Guard), code, reason, WsCloseCause.Peer);
        }
    }

    [Theory, Nginx(nameof(Upgrades)), Haproxy(nameof(Ways)), Yarp(nameof(Ways))]
    public async Task Client_that_is_lost_is_noticed_by_the_route(PeerKind proxy, ProxyWay way)
    {
        await using ProxiedRoute route = await ProxiedRoute.StartAsync(proxy, way, RouteServer.EchoAsync);
        await using WsSession session = await route.ConnectAsync();
        session.Abort();
        AssertLost(await route.Server.EndAsync(route.Guard));
    }

    [Theory, Nginx(nameof(Upgrades)), Haproxy(nameof(Ways)), Yarp(nameof(Ways))]
    public async Task Refusal_arrives_with_status_headers_and_body(PeerKind proxy, ProxyWay way)
    {
        await using ProxiedRoute route = await ProxiedRoute.StartAsync(
            proxy, way, RouteServer.EchoAsync,
            options => options.OnRequest = (_, _) => new(WsResponse.Reject(403, "Kein Zutritt, 禁止入内", [("X-Reason", "interop")])));
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => route.ConnectAsync().AsTask());
        Assert.Equal((403, "interop"), (e.StatusCode, e.Headers["x-reason"]));
        Assert.Equal("Kein Zutritt, 禁止入内", Encoding.UTF8.GetString(e.Body.Span));
    }

    [Theory, Nginx(nameof(Upgrades)), Haproxy(nameof(Ways)), Yarp(nameof(Ways))]
    public async Task Page_of_the_proxys_origin_may_connect_and_no_other(PeerKind proxy, ProxyWay way)
    {
        await using ProxiedRoute route = await ProxiedRoute.StartAsync(proxy, way, RouteServer.EchoAsync);
        await using WsSession session = await route.ConnectAsync(options: route.Options with { Headers = [("Origin", route.Origin)] });
        // A page without TLS can be written by whoever is on the way, and the route knows by the proxy alone that there is TLS.
        string insecure = route.Origin.Replace("https:", "http:", StringComparison.Ordinal);
        string[] others = way.IsSecure() ? ["https://elsewhere.example", insecure] : ["http://elsewhere.example"];
        foreach (string other in others)
        {
            WsClientOptions foreign = route.Options with { Headers = [("Origin", other)] };
            WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => route.ConnectAsync(options: foreign).AsTask());
            Assert.Equal(403, e.StatusCode);
        }
    }

    [Theory, Nginx(nameof(Upgrades)), Haproxy(nameof(Ways)), Yarp(nameof(Ways))]
    public async Task Host_stops__the_client_is_told_that_it_goes_away(PeerKind proxy, ProxyWay way)
    {
        await using ProxiedRoute route = await ProxiedRoute.StartAsync(proxy, way, RouteServer.EchoAsync);
        await using WsSession session = await ConnectPatientlyAsync(route);
        await route.Server.StopAsync(route.Guard);
        AssertClean(await session.Completion.WaitAsync(route.Guard), CloseCode.GoingAway, "", WsCloseCause.Peer);
    }

    [Theory, Nginx(nameof(Lines))]
    public async Task Proxy_without_a_documented_line__the_refusal_names_the_cause(PeerKind proxy, string line, int status, string cause)
    {
        await using ProxiedRoute route = await ProxiedRoute.StartAsync(
            proxy, ProxyWay.Tls, RouteServer.EchoAsync, adjust: settings => settings with { Without = line });
        WsClientOptions page = route.Options with { Headers = [("Origin", route.Origin)] };
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => route.ConnectAsync(options: page).AsTask());
        Assert.Equal(status, e.StatusCode);
        cause = cause.Replace("5000", $"{route.Server.Port(1)}", StringComparison.Ordinal);
        Assert.Contains(cause, Encoding.UTF8.GetString(e.Body.Span), StringComparison.Ordinal);
    }

    /// <summary>On a clock that stands still, so that nothing but the end of the connection ends the session.</summary>
    private static ValueTask<WsSession> ConnectPatientlyAsync(ProxiedRoute route) =>
        route.ConnectAsync(options: route.Options with { Session = new WsSessionOptions { TimeProvider = new FakeTimeProvider() } });

    private static async Task SendAsync(WsSession session, CancellationToken guard)
    {
        foreach (Payload payload in _payloads)
            await session.SendAsync(payload.Message, guard);
    }

    private static void AssertClean(WsCloseResult end, CloseCode code, string reason, WsCloseCause cause) =>
        Assert.Equal((code, reason, cause, true), (end.Code, end.Reason ?? "", end.Cause, end.IsClean));

    private static void AssertLost(WsCloseResult end) =>
        Assert.Equal((CloseCode.AbnormalClosure, WsCloseCause.Lost, false), (end.Code, end.Cause, end.IsClean));
}
