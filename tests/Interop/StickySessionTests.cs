using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.Client;
using OurClient = WsProto.SocketIO.Client.SocketIOClient;

namespace WsProto.Interop.Tests;

/// <summary>Two servers of Socket.IO behind one proxy: each session stays with the one that has it.</summary>
[Trait("Category", "Interop")]
public sealed class StickySessionTests
{
    private const int Sessions = 20;

    private const string ByNode = "docs/socketio.md";
    private const string ByAddress = "docs/socketio-scaling.md";

    /// <summary>Ends a test that hangs.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Theory, Nginx, Haproxy]
    public async Task Polls_and_upgrades_reach_the_node_of_their_session(PeerKind kind)
    {
        using var guard = new CancellationTokenSource(_patience);
        await using WebApplication a = await StartAsync("a");
        await using WebApplication b = await StartAsync("b");
        await using Proxy proxy = await StartProxyAsync(kind, ByNode, a, b, guard.Token);
        var nodes = new List<string>();
        for (int i = 0; i < Sessions; i++)
        {
            // Each is a browser of its own, with its cookies.
            var cookies = new CookieContainer();
            using var handler = new SocketsHttpHandler { CookieContainer = cookies };
            using var client = new HttpClient(handler) { BaseAddress = new Uri($"http://127.0.0.1:{proxy.Port}") };
            string open = await client.GetStringAsync(Target("/socket.io/?EIO=4&transport=polling"), guard.Token);
            string id = JsonDocument.Parse(open[1..]).RootElement.GetProperty("sid").GetString()!;
            string session = $"/socket.io/?EIO=4&transport=polling&sid={id}";
            Assert.Equal("ok", await PostAsync(client, session, "40", guard.Token));
            Assert.StartsWith("40{\"sid\"", await client.GetStringAsync(Target(session), guard.Token), StringComparison.Ordinal);
            Assert.Equal("ok", await PostAsync(client, session, "421[\"where\"]", guard.Token));
            string answer = await client.GetStringAsync(Target(session), guard.Token);
            nodes.Add(answer[5..^2]);
            Assert.Equal($"431[\"{nodes[^1]}\"]", answer);
            Assert.StartsWith(nodes[^1] + ".", id, StringComparison.Ordinal);

            // The upgrade finds it as well.
            await using WsSession webSocket = await WsClient.ConnectAsync(
                new Uri($"ws://127.0.0.1:{proxy.Port}/socket.io/?EIO=4&transport=websocket&sid={id}"),
                new() { Headers = CookiesOf(cookies, client.BaseAddress) },
                guard.Token);
            await webSocket.SendTextAsync("2probe", guard.Token);
            Assert.Equal(new TextMessage("3probe"), await webSocket.ReceiveAsync(guard.Token));
        }

        Assert.Equal(["a", "b"], nodes.Distinct().Order());
    }

    [Theory, Nginx, Haproxy]
    [Trait("Demand", "Q34")]
    [Trait("Demand", "Q35")]
    public async Task A_hundred_clients_stay_with_their_node_and_move_to_a_WebSocket(PeerKind kind)
    {
        using var guard = new CancellationTokenSource(_patience);
        await using WebApplication a = await StartAsync("a");
        await using WebApplication b = await StartAsync("b");
        await using Proxy proxy = await StartProxyAsync(kind, ByNode, a, b, guard.Token);
        var nodes = new ConcurrentQueue<string?>();
        var faults = new ConcurrentQueue<string>();
        var eight = new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = guard.Token };
        await Parallel.ForAsync(0, 100, eight, async (_, stop) =>
        {
            await using OurClient io = new(AddressOf(proxy));
            io.OnDisconnected(async loss => faults.Enqueue(loss.Reason));
            io.OnTransportFailed(e => faults.Enqueue(e.Message));
            await io.ConnectAsync(stop);
            string? node = await io.CallAsync<string>("where").Soon();
            await Waiting.Until(() => io.Transport == EngineIOTransports.WebSocket);
            Assert.Equal(node, await io.CallAsync<string>("where").Soon());
            nodes.Enqueue(node);
            await io.DisconnectAsync(stop);
        });
        Assert.DoesNotContain(faults, fault => fault != "io client disconnect");
        Assert.Equal(100, nodes.Count);
        Assert.Equal(["a", "b"], nodes.Distinct().Order());
    }

    [Theory, Nginx]
    [Trait("Demand", "Q34")]
    public async Task By_address_all_clients_of_a_network_reach_one_node(PeerKind kind)
    {
        using var guard = new CancellationTokenSource(_patience);
        await using WebApplication a = await StartAsync("a");
        await using WebApplication b = await StartAsync("b");
        await using Proxy proxy = await StartProxyAsync(kind, ByAddress, a, b, guard.Token);
        var nodes = new List<string?>();
        // nginx takes the first three octets for the network.
        for (int network = 1; network <= Sessions; network++)
        {
            string? first = await WhereAsync(IPAddress.Parse($"127.0.{network}.1"));
            Assert.Equal(first, await WhereAsync(IPAddress.Parse($"127.0.{network}.77")));
            nodes.Add(first);
        }

        Assert.Equal(["a", "b"], nodes.Distinct().Order());

        async Task<string?> WhereAsync(IPAddress source)
        {
            using var invoker = new HttpMessageInvoker(HandlerFrom(source));
            await using OurClient io = await OurClient.ConnectAsync(AddressOf(proxy), new() { HttpInvoker = invoker }, guard.Token);
            string? node = await io.CallAsync<string>("where").Soon();
            await Waiting.Until(() => io.Transport == EngineIOTransports.WebSocket);
            return node;
        }
    }

    [Theory, Haproxy]
    [Trait("Demand", "Q34")]
    public async Task Without_sticky_sessions_WebSockets_alone_work_and_polling_learns_why_it_does_not(PeerKind kind)
    {
        using var guard = new CancellationTokenSource(_patience);
        await using WebApplication a = await StartAsync("a");
        await using WebApplication b = await StartAsync("b");
        await using Proxy proxy = await StartProxyAsync(kind, ByNode, a, b, guard.Token, without: "cookie NODE");
        var nodes = new List<string?>();
        for (int i = 0; i < Sessions; i++)
        {
            await using OurClient io = await OurClient.ConnectAsync(
                AddressOf(proxy), OptionsOf(EngineIOTransports.WebSocket), guard.Token);
            nodes.Add(await io.CallAsync<string>("where").Soon());
        }

        Assert.Equal(["a", "b"], nodes.Distinct().Order());
        SocketIOConnectException e = await Assert.ThrowsAsync<SocketIOConnectException>(
            () => OurClient.ConnectAsync(AddressOf(proxy), OptionsOf(EngineIOTransports.Polling), guard.Token));
        Assert.Equal((400, 1, "Session ID unknown"), (e.Failure!.Status, e.Failure.Code, e.Failure.Message));
    }

    [Fact]
    public async Task Node_that_has_not_the_session_says_so()
    {
        await using WebApplication a = await StartAsync("a");
        await using WebApplication b = await StartAsync("b");
        using var client = new HttpClient();
        string open = await client.GetStringAsync(new Uri($"http://127.0.0.1:{PortOf(a)}/socket.io/?EIO=4&transport=polling"));
        string id = JsonDocument.Parse(open[1..]).RootElement.GetProperty("sid").GetString()!;
        using HttpResponseMessage elsewhere =
            await client.GetAsync(new Uri($"http://127.0.0.1:{PortOf(b)}/socket.io/?EIO=4&transport=polling&sid={id}"));
        Assert.Equal(
            (HttpStatusCode.BadRequest, """{"code":1,"message":"Session ID unknown"}"""),
            (elsewhere.StatusCode, await elsewhere.Content.ReadAsStringAsync()));
    }

    private static async Task<WebApplication> StartAsync(string node)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        app.MapSocketIO(
            "/socket.io",
            io => io.Main.On("where", async _ => node),
            new() { Engine = new() { Server = new() { SessionIdPrefix = node + "." } } });
        await app.StartAsync();
        return app;
    }

    private static async Task<Proxy> StartProxyAsync(
        PeerKind kind, string document, WebApplication a, WebApplication b, CancellationToken guard, string? without = null)
    {
        using TestCertificate certificate = TestCertificate.For("127.0.0.1");
        var settings = new ProxySettings
        {
            Document = document,
            RoutePort = PortOf(a),
            OtherPort = PortOf(b),
            RouteVersion = 1,
            Certificate = certificate,
            Without = without,
        };
        return await Proxy.StartAsync(kind, settings, guard);
    }

    private static SocketIOClientOptions OptionsOf(EngineIOTransports transport) =>
        new() { Connection = new() { Engine = new() { Transports = [transport] } } };

    private static Uri AddressOf(Proxy proxy) => new($"http://127.0.0.1:{proxy.Port}");

    /// <summary>Connects from an address of loopback.</summary>
    private static SocketsHttpHandler HandlerFrom(IPAddress source) => new()
    {
        UseCookies = false,
        AllowAutoRedirect = false,
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Bind(new IPEndPoint(source, 0));
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    };

    private static int PortOf(WebApplication app) => new Uri(app.Urls.Single()).Port;

    private static Uri Target(string target) => new(target, UriKind.Relative);

    private static async Task<string> PostAsync(HttpClient client, string target, string body, CancellationToken guard)
    {
        using var content = new StringContent(body, Encoding.UTF8, "text/plain");
        using HttpResponseMessage response = await client.PostAsync(Target(target), content, guard);
        return await response.Content.ReadAsStringAsync(guard);
    }

    private static HeaderList CookiesOf(CookieContainer cookies, Uri address) =>
        cookies.GetCookieHeader(address) is { Length: > 0 } header ? [("Cookie", header)] : [];
}
