using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;

namespace WsProto.AspNetCore.Testing.Tests;

/// <summary>What a test sends to a Kestrel in memory comes back as over a socket.</summary>
public class ServerTests
{
    public static TheoryData<string> Versions => ["1.1", "2.0"];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Request_is_answered_by_the_real_server(string version)
    {
        await using App app = await App.StartAsync(app => app.MapPost("/double/{n:int}", async (int n, HttpRequest request) =>
            Results.Ok($"{2 * n} {request.Protocol} {request.Host} {(await request.ReadFromJsonAsync<string>())!.Length}")));
        using HttpClient client = app.Server.CreateClient();
        client.DefaultRequestVersion = Version.Parse(version);
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage answer = await client.PostAsJsonAsync($"/double/{i}", new string('x', 300_000));
            Assert.Equal(Version.Parse(version), answer.Version);
            string protocol = "HTTP/" + version.Replace("2.0", "2", StringComparison.Ordinal);
            Assert.Equal($"{2 * i} {protocol} localhost 300000", await answer.Content.ReadFromJsonAsync<string>());
        }
    }

    [Theory]
    [InlineData(HttpVersionPolicy.RequestVersionOrLower, "HTTP/1.1")]
    [InlineData(HttpVersionPolicy.RequestVersionExact, "HTTP/2")]
    [InlineData(HttpVersionPolicy.RequestVersionOrHigher, "HTTP/2")]
    public async Task Policy_of_a_request_for_HTTP_2_decides_as_it_does_in_the_clear(HttpVersionPolicy policy, string protocol)
    {
        await using App app = await App.StartAsync(app => app.MapGet("/", (HttpRequest request) => request.Protocol));
        using HttpClient client = app.Server.CreateClient();
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = policy;
        Assert.Equal(protocol, await client.GetStringAsync(new Uri("/", UriKind.Relative)));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task WebSocket_opens_talks_and_closes(string version)
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/echo/{name}", EchoAsync));
        var options = new WsClientOptions { Extensions = [new PerMessageDeflate()], HttpVersion = Version.Parse(version) };
        await using WsSession session = await app.Server.ConnectWebSocketAsync("/echo/ann?x=1", options);
        await session.SendTextAsync("Hello");
        Assert.Equal(new TextMessage("/echo/ann?x=1 Hello"), await session.ReceiveAsync().Soon());
        Assert.True((await session.CloseAsync().Soon()).IsClean);
    }

    [Fact]
    public async Task WebSocket_that_may_fall_back_goes_over_HTTP_1_as_nothing_tells_beforehand()
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/protocol", async (context, session, stop) =>
            await session.SendTextAsync(context.Request.Protocol, stop)));
        var options = new WsClientOptions
        {
            HttpVersion = HttpVersion.Version20,
            HttpVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        await using WsSession session = await app.Server.ConnectWebSocketAsync("/protocol", options).AsTask().Soon();
        Assert.Equal(new TextMessage("HTTP/1.1"), await session.ReceiveAsync().Soon());
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Other_clients_are_carried_too(string version)
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/echo", EchoAsync));
        using var invoker = new HttpMessageInvoker(app.Server.CreateHandler());
        using var client = new ClientWebSocket();
        client.Options.HttpVersion = Version.Parse(version);
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        await client.ConnectAsync(new Uri("ws://localhost/echo"), invoker, CancellationToken.None).Soon();
        await client.SendAsync("Hello"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        byte[] buffer = new byte[100];
        WebSocketReceiveResult result = await client.ReceiveAsync(buffer, CancellationToken.None).Soon();
        Assert.Equal("/echo Hello", Encoding.UTF8.GetString(buffer, 0, result.Count));
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).Soon();
        Assert.Equal(WebSocketCloseStatus.NormalClosure, client.CloseStatus);
    }

    [Fact]
    public async Task Refusal_is_readable()
    {
        await using App app = await App.StartAsync(app => app.MapGet("/no", () => Results.Text("not here", statusCode: 403)));
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(async () => await app.Server.ConnectWebSocketAsync("/no"));
        Assert.Equal((403, "not here"), (e.StatusCode, Encoding.UTF8.GetString(e.Body.Span)));
    }

    [Fact]
    public async Task Cuts_change_nothing()
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/echo", EchoAsync));
        var cut = new MemoryTransportOptions { Chunk = _ => 1, Capacity = 3 };
        MemoryTransport transport = app.Server.Connect(HttpVersion.Version11, cut);
        await using WsSession session = await WsSession.ConnectAsync(transport, new Request("localhost", "/echo")).AsTask().Soon();
        await session.SendTextAsync("Hello");
        Assert.Equal(new TextMessage("/echo Hello"), await session.ReceiveAsync().Soon());
    }

    [Fact]
    public async Task Silent_peer_is_given_up_in_made_up_time()
    {
        var time = new FakeTimeProvider();
        var ended = new TaskCompletionSource<WsCloseResult>();
        TimeSpan hour = TimeSpan.FromHours(1);
        await using App app = await App.StartAsync(app => app
            .MapWebSocket("/", async (session, _) => ended.SetResult(await session.Completion))
            .WithWebSocketOptions(options =>
                options.Session = new() { TimeProvider = time, KeepAliveInterval = hour, KeepAliveTimeout = hour }));
        // It does not answer Pings.
        await using MemoryTransport transport = app.Server.Connect(HttpVersion.Version11);
        await transport.WriteAsync(Encoding.ASCII.GetBytes(
            "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"));
        while (!ended.Task.IsCompleted)
        {
            // It reads, so that what comes can come.
            if (transport.BytesRead == 0)
                await transport.ReadAsync(new byte[4096]).Soon();
            time.Advance(TimeSpan.FromMinutes(20));
            await Task.Yield();
        }

        Assert.Equal(WsCloseCause.KeepAlive, (await ended.Task).Cause);
    }

    [Fact]
    public async Task Stopping_closes_sessions_with_1001_and_connects_nobody_any_more()
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/echo", EchoAsync));
        await using WsSession session = await app.Server.ConnectWebSocketAsync("/echo");
        Task stopping = app.StopAsync();
        Assert.Null(await session.ReceiveAsync().Soon());
        Assert.Equal(CloseCode.GoingAway, (await session.Completion.Soon()).Code);
        await stopping.Soon();
        Assert.Throws<HttpRequestException>(() => app.Server.Connect(HttpVersion.Version11));
    }

    [Fact]
    public async Task No_port_is_opened_whatever_is_configured()
    {
        int free;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            free = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        await using App app = await App.StartAsync(
            app => app.MapGet("/", () => "here"),
            builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, free)));
        using var client = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(IPAddress.Loopback, free));
        using HttpClient inMemory = app.Server.CreateClient();
        Assert.Equal("here", await inMemory.GetStringAsync(new Uri("/", UriKind.Relative)));
    }

    [Fact]
    public void Other_versions_and_a_server_that_was_not_started_are_refused()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelInMemory();
        using WebApplication app = builder.Build();
        Assert.Throws<ArgumentException>("httpVersion", () => app.Services.GetInMemoryServer().Connect(HttpVersion.Version30));
        Assert.Throws<HttpRequestException>(() => app.Services.GetInMemoryServer().Connect(HttpVersion.Version20));
        using WebApplication other = WebApplication.CreateSlimBuilder().Build();
        Assert.Throws<InvalidOperationException>(() => other.Services.GetInMemoryServer());
    }

    private static async Task EchoAsync(WsSession session, CancellationToken stop)
    {
        await foreach (Message message in session.ReadAllAsync(stop))
            await session.SendTextAsync($"{session.Request!.Target} {((TextMessage)message).Data}", stop);
    }
}
