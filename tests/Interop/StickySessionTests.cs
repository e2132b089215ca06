using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore;

namespace WsProto.Interop.Tests;

/// <summary>Two servers of Socket.IO behind one proxy: each session stays with the one that has it.</summary>
[Trait("Category", "Interop")]
public sealed class StickySessionTests
{
    private const int Sessions = 20;

    /// <summary>Ends a test that hangs.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Theory, Nginx, Haproxy]
    public async Task Polls_and_upgrades_reach_the_node_of_their_session(PeerKind kind)
    {
        using var guard = new CancellationTokenSource(_patience);
        using TestCertificate certificate = TestCertificate.For("127.0.0.1");
        await using WebApplication a = await StartAsync("a");
        await using WebApplication b = await StartAsync("b");
        var settings = new ProxySettings
        {
            Document = "docs/socketio.md",
            RoutePort = PortOf(a),
            OtherPort = PortOf(b),
            RouteVersion = 1,
            Certificate = certificate,
        };
        await using Proxy proxy = await Proxy.StartAsync(kind, settings, guard.Token);
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
