using System.Collections.Concurrent;
using System.Net;
using System.Net.Http;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.AspNetCore.Tests.Support;

namespace WsProto.AspNetCore.Tests;

/// <summary>
/// A client whose HTTP is done by HttpClient: many sessions over one connection of HTTP/2 (RFC 8441), or an upgrade of HTTP/1.1.
/// </summary>
[Trait("RFC", "8441 §4")]
public class HttpClientTests
{
    /// <summary>Over HTTP/2 with a handler of its own, and over both versions with a shared one.</summary>
    public static TheoryData<Carrier, bool> Ways => new() { { Carrier.Http2, false }, { Carrier.Http2, true }, { Carrier.Http1, true } };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Session_is_as_over_a_socket(Carrier carrier, bool isShared)
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/echo", EchoAsync).WithWebSocketOptions(options =>
        {
            options.Subprotocols.Add("echo");
            options.Extensions.Add(new PerMessageDeflate());
        }));
        WsClientOptions options = Options(app, carrier, isShared) with
        {
            Subprotocols = ["other", "echo"],
            SubprotocolRequired = true,
            Extensions = [new PerMessageDeflate()],
            ExtensionsRequired = true,
            Headers = [("X-Test", "1")],
        };
        await using WsSession session = await WsClient.ConnectAsync(app.Address(carrier, "/echo?x=1"), options).AsTask().Soon();
        Assert.Equal(("echo", "/echo?x=1"), (session.Subprotocol, session.Request!.Target));
        Assert.Single(session.Extensions);
        Assert.Equal(carrier == Carrier.Http1 ? "HTTP/1.1 1" : "HTTP/2 1", (await session.ReceiveAsync().Soon() as TextMessage)?.Data);
        byte[] large = new byte[1 << 20];
        new Random(1).NextBytes(large);
        foreach (Message message in (Message[])[new TextMessage("Grüße 👋"), new BytesMessage(large), new BytesMessage(default)])
        {
            await session.SendAsync(message).AsTask().Soon();
            Assert.Equal(message, await session.ReceiveAsync().Soon());
        }

        await session.PingAsync().Soon();
        WsCloseResult closed = await session.CloseAsync((CloseCode)4321, "done").Soon();
        Assert.Equal(((CloseCode)4321, true), (closed.Code, closed.IsClean));
    }

    [Fact]
    public async Task Sample_of_the_document_works()
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/{what}", EchoAsync));
        Uri server = app.Address(Carrier.Http2, "/");

        #region shared
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { EnableMultipleHttp2Connections = true });
        var options = new WsClientOptions { HttpVersion = HttpVersion.Version20, HttpInvoker = invoker };
        await using WsSession prices = await WsClient.ConnectAsync(new Uri(server, "prices"), options);
        await using WsSession news = await WsClient.ConnectAsync(new Uri(server, "news"), options);
        #endregion

        Assert.Equal(new TextMessage("HTTP/2 "), await prices.ReceiveAsync().Soon());
        Assert.Equal(new TextMessage("HTTP/2 "), await news.ReceiveAsync().Soon());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Refusal_has_status_headers_and_body(Carrier carrier, bool isShared)
    {
        await using App app = await App.StartAsync(app => app.MapFallback((HttpContext context) =>
        {
            context.Response.Headers["X-Why"] = "closed";
            return Results.Text(new string('n', 100_000), statusCode: 403);
        }));
        WsClientOptions options = Options(app, carrier, isShared);
        WsHandshakeException whole = await RefusedAsync(
            options with { Session = new() { Connection = new() { MaxRejectBodySize = 100_000 } } });
        Assert.Equal((403, "closed", 100_000, null), (whole.StatusCode, whole.Headers["X-Why"], whole.Body.Length, whole.Error));
        WsHandshakeException cut = await RefusedAsync(options with { Session = new() { Connection = new() { MaxRejectBodySize = 5000 } } });
        Assert.Equal((403, 5000, ProtocolError.RejectBodyTooLarge), (cut.StatusCode, cut.Body.Length, cut.Error));

        Task<WsHandshakeException> RefusedAsync(WsClientOptions o) =>
            Assert.ThrowsAsync<WsHandshakeException>(async () => await WsClient.ConnectAsync(app.Address(carrier, "/"), o).AsTask().Soon());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task What_is_required_and_not_agreed_to_fails_and_the_server_is_told(Carrier carrier, bool isShared)
    {
        var ended = new TaskCompletionSource<WsCloseResult>();
        await using App app = await App.StartAsync(app => app.MapWebSocket("/", async (session, _) =>
        {
            await session.ReceiveAsync(CancellationToken.None);
            ended.SetResult(await session.Completion);
        }));
        WsClientOptions options = Options(app, carrier, isShared) with
        {
            Extensions = [new PerMessageDeflate()],
            ExtensionsRequired = true,
        };
        await Assert.ThrowsAsync<WsHandshakeException>(
            async () => await WsClient.ConnectAsync(app.Address(carrier, "/"), options).AsTask().Soon());
        WsCloseResult end = await ended.Task.Soon();
        Assert.Equal((CloseCode.MandatoryExtension, "permessage-deflate"), (end.Code, end.Reason));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Two_hundred_sessions_one_after_the_other_are_served_and_share_a_connection(bool someAbort)
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/id", SayConnectionAsync));
        WsClientOptions options = Options(app, Carrier.Http2, isShared: true);
        var connections = new HashSet<string>();
        for (int i = 0; i < 200; i++)
        {
            await using WsSession session = await WsClient.ConnectAsync(app.Address(Carrier.Http2, "/id"), options).AsTask().Soon();
            connections.Add((await session.ReceiveAsync().Soon() as TextMessage)!.Data);
            if (someAbort && i % 2 == 1)
                session.Abort();
            else
                Assert.True((await session.CloseAsync().Soon()).IsClean);
        }

        // After resets, the handler may choose to take another.
        if (!someAbort)
            Assert.Single(connections);
        await Waiting.Until(() => app.Host.Count == 0);
    }

    [Theory]
    [Trait("Demand", "A21")]
    [InlineData(200, 250, false, 1)]
    [InlineData(150, 100, true, 2)]
    public async Task Sessions_at_once_share_as_many_connections_as_their_streams_need(
        int sessions, int streams, bool many, int connections)
    {
        await using App app = await App.StartAsync(
            app => app.MapWebSocket("/id", SayConnectionAsync), kestrel: kestrel => kestrel.Limits.Http2.MaxStreamsPerConnection = streams);
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { EnableMultipleHttp2Connections = many });
        var options = new WsClientOptions { HttpVersion = HttpVersion.Version20, HttpInvoker = invoker };
        var seen = new ConcurrentDictionary<string, int>();
        // The first connection tells how many streams it may have.
        await using (await WsClient.ConnectAsync(app.Address(Carrier.Http2, "/id"), options).AsTask().Soon())
        {
        }

        Uri uri = app.Address(Carrier.Http2, "/id");
        IEnumerable<Task<WsSession>> connecting = Enumerable.Range(0, sessions).Select(_ => WsClient.ConnectAsync(uri, options).AsTask());
        WsSession[] all = await Task.WhenAll(connecting).Soon();
        await Task.WhenAll(all.Select(async session =>
        {
            seen.AddOrUpdate((await session.ReceiveAsync() as TextMessage)!.Data, 1, (_, count) => count + 1);
            await session.SendTextAsync("Hello");
            Assert.Equal(new TextMessage("Hello"), await session.ReceiveAsync());
        })).Soon();
        Assert.Equal(connections, seen.Count);
        await Task.WhenAll(all.Select(session => session.DisposeAsync().AsTask())).Soon();
        await Waiting.Until(() => app.Host.Count == 0);
    }

    [Fact]
    [Trait("Demand", "A21")]
    public async Task Session_beyond_the_streams_of_the_connection_waits_for_its_time_and_harms_no_other()
    {
        var time = new FakeTimeProvider();
        await using App app = await App.StartAsync(
            app => app.MapWebSocket("/echo", EchoAsync), kestrel: kestrel => kestrel.Limits.Http2.MaxStreamsPerConnection = 1);
        WsClientOptions options = Options(app, Carrier.Http2, isShared: true) with { Session = new() { TimeProvider = time } };
        await using WsSession first = await WsClient.ConnectAsync(app.Address(Carrier.Http2, "/echo"), options).AsTask().Soon();
        await first.ReceiveAsync().Soon();
        Task<WsSession> second = WsClient.ConnectAsync(app.Address(Carrier.Http2, "/echo"), options).AsTask();
        while (!second.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await Assert.ThrowsAsync<TimeoutException>(() => second);
        using var cancelled = new CancellationTokenSource();
        Task<WsSession> third = WsClient.ConnectAsync(app.Address(Carrier.Http2, "/echo"), options, cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        Assert.Equal(cancelled.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third.Soon())).CancellationToken);
        await first.SendTextAsync("still here");
        Assert.Equal(new TextMessage("still here"), await first.ReceiveAsync().Soon());
        await first.CloseAsync().Soon();
        await using WsSession next = await WsClient.ConnectAsync(app.Address(Carrier.Http2, "/echo"), options).AsTask().Soon();
        Assert.Equal(ConnectionState.Open, next.State);
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    public async Task Cookies_of_the_handler_come_along(Carrier carrier)
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/", (WsSession session, HttpContext context) =>
            session.SendTextAsync(context.Request.Cookies["who"] ?? "nobody").AsTask()));
        var cookies = new CookieContainer();
        cookies.Add(app.Address(carrier, "/", "http"), new Cookie("who", "Ann"));
        using var client = new HttpClient(new SocketsHttpHandler { CookieContainer = cookies });
        WsClientOptions options = Options(app, carrier, isShared: true) with { HttpInvoker = client };
        await using WsSession session = await WsClient.ConnectAsync(app.Address(carrier, "/"), options).AsTask().Soon();
        Assert.Equal(new TextMessage("Ann"), await session.ReceiveAsync().Soon());
    }

    [Theory]
    [InlineData(HttpProtocols.Http1AndHttp2, "HTTP/2")]
    [InlineData(HttpProtocols.Http1, "HTTP/1.1")]
    public async Task Server_without_HTTP2_is_a_failure_or_where_the_policy_says_so_HTTP1(HttpProtocols protocols, string spoken)
    {
        using TestCertificate certificate = TestCertificate.For("localhost");
        await using App app = await App.StartAsync(
            app => app.MapWebSocket("/", EchoAsync),
            kestrel: kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = protocols;
                listen.UseHttps(certificate.Certificate);
            }));
        // The first address that the application listens to.
        Uri uri = new UriBuilder(app.Address(0, "/")) { Scheme = "wss", Host = "localhost" }.Uri;
        var exact = new WsClientOptions
        {
            HttpVersion = HttpVersion.Version20,
            Tls = new()
            {
                RemoteCertificateValidationCallback = (_, presented, _, _) =>
                    presented!.GetCertHashString() == certificate.Certificate.GetCertHashString(),
            },
        };
        if (protocols == HttpProtocols.Http1)
        {
            WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(
                async () => await WsClient.ConnectAsync(uri, exact).AsTask().Soon());
            Assert.IsType<HttpRequestException>(e.InnerException);
        }

        WsClientOptions lower = exact with { HttpVersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        await using WsSession session = await WsClient.ConnectAsync(uri, lower).AsTask().Soon();
        Assert.StartsWith(spoken, (await session.ReceiveAsync().Soon() as TextMessage)!.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_the_clear_the_lower_version_is_taken_where_it_may_be()
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/", EchoAsync));
        var options = new WsClientOptions
        {
            HttpVersion = HttpVersion.Version20,
            HttpVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        await using WsSession session = await WsClient.ConnectAsync(app.Address(Carrier.Http1, "/"), options).AsTask().Soon();
        Assert.StartsWith("HTTP/1.1", (await session.ReceiveAsync().Soon() as TextMessage)!.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_that_would_be_ignored_or_cannot_be_sent_are_refused()
    {
        var uri = new Uri("ws://localhost/");
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());
        foreach (WsClientOptions options in (WsClientOptions[])
        [
            new() { HttpInvoker = invoker, Tls = new() },
            new() { HttpInvoker = invoker, Proxy = WsProxy.System },
            new() { HttpInvoker = invoker, ConnectTransport = (_, _) => default },
            // What cannot be sent is the caller's mistake here too.
            new() { HttpVersion = HttpVersion.Version20, Subprotocols = ["no token"] },
        ])
        {
            await Assert.ThrowsAsync<ArgumentException>(async () => await WsClient.ConnectAsync(uri, options));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => new WsClientOptions { HttpVersion = HttpVersion.Version30 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WsClientOptions { HttpVersion = HttpVersion.Version10 });
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new WsClientOptions { HttpVersionPolicy = HttpVersionPolicy.RequestVersionOrHigher });
        Assert.Throws<ArgumentNullException>(() => new WsClientOptions { HttpVersion = null! });
    }

    [Fact]
    public async Task Server_that_is_not_there_is_a_failed_connection()
    {
        App app = await App.StartAsync(app => app.MapWebSocket("/", EchoAsync));
        Uri gone = app.Address(Carrier.Http2, "/");
        await app.DisposeAsync();
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(async () =>
            await WsClient.ConnectAsync(gone, new WsClientOptions { HttpVersion = HttpVersion.Version20 }).AsTask().Soon());
        Assert.Equal((null, null), (e.StatusCode, e.Error));
        Assert.IsType<HttpRequestException>(e.InnerException);
    }

    [Fact]
    public async Task Server_that_ends_its_stream_ends_the_session_and_no_other()
    {
        await using App app = await App.StartAsync(app =>
        {
            app.MapWebSocket("/echo", EchoAsync);
            app.MapWebSocket("/throw", (_, _) => throw new InvalidOperationException());
            app.MapWebSocket("/abort", (session, _) =>
            {
                session.Abort();
                return Task.CompletedTask;
            });
        });
        WsClientOptions options = Options(app, Carrier.Http2, isShared: true);
        await using WsSession other = await WsClient.ConnectAsync(app.Address(Carrier.Http2, "/echo"), options).AsTask().Soon();
        await other.ReceiveAsync().Soon();
        await using WsSession thrown = await WsClient.ConnectAsync(app.Address(Carrier.Http2, "/throw"), options).AsTask().Soon();
        Assert.Equal(CloseCode.InternalError, (await thrown.Completion.Soon()).Code);
        await using WsSession aborted = await WsClient.ConnectAsync(app.Address(Carrier.Http2, "/abort"), options).AsTask().Soon();
        Assert.Equal(WsCloseCause.Lost, (await aborted.Completion.Soon()).Cause);
        await other.SendTextAsync("still here");
        Assert.Equal(new TextMessage("still here"), await other.ReceiveAsync().Soon());
    }

    private static WsClientOptions Options(App app, Carrier carrier, bool isShared) => new()
    {
        HttpVersion = carrier == Carrier.Http1 ? HttpVersion.Version11 : HttpVersion.Version20,
        HttpInvoker = isShared ? app.Invoker : null,
    };

    private static Task SayConnectionAsync(HttpContext context, WsSession session, CancellationToken stop) =>
        EchoAsync(session, context.Connection.Id, stop);

    private static Task EchoAsync(HttpContext context, WsSession session, CancellationToken stop) =>
        EchoAsync(session, $"{context.Request.Protocol} {context.Request.Headers["X-Test"]}", stop);

    private static async Task EchoAsync(WsSession session, string first, CancellationToken stop)
    {
        await session.SendTextAsync(first, stop);
        await foreach (Message message in session.ReadAllAsync(stop))
            await session.SendAsync(message, stop);
    }
}
