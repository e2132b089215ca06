using System.Net;
using System.Net.WebSockets;
using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.AspNetCore.Tests.Support;
using WsProto.Extensions;

namespace WsProto.AspNetCore.Tests;

/// <summary>What is answered before a connection is accepted.</summary>
public class RefusalTests
{
    private static Task WaitAsync(WsSession ws, CancellationToken stop) => ws.WaitToReceiveAsync(stop).AsTask();

    private static async Task<(HttpStatusCode Status, string Body, HttpResponseMessage Response)> GetAsync(
        App app, Carrier carrier, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, app.Address(carrier, path, "http"))
        {
            Version = carrier == Carrier.Http1 ? HttpVersion.Version11 : HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        HttpResponseMessage response = await app.Invoker.SendAsync(request, CancellationToken.None).Soon();
        return (response.StatusCode, await response.Content.ReadAsStringAsync(), response);
    }

    [Fact]
    [Trait("Demand", "A16")]
    public async Task Request_without_an_upgrade_is_told_what_is_missing_and_warned_of_once()
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/", WaitAsync));
        (HttpStatusCode status, string body, _) = await GetAsync(app, Carrier.Http1, "/");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("proxy", body, StringComparison.Ordinal);
        (status, body, _) = await GetAsync(app, Carrier.Http2, "/");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("extended CONNECT", body, StringComparison.Ordinal);
        Assert.Equal(1, app.Logs.GetSnapshot().Count(entry => entry.Level == LogLevel.Warning));
    }

    [Fact]
    [Trait("Demand", "A16")]
    public async Task Request_of_another_version_of_the_protocol_is_told_which_there_is()
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/", WaitAsync));
        byte[] answer = await app.ExchangeAsync(Encoding.ASCII.GetBytes(
            "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                + "Sec-WebSocket-Version: 8\r\n\r\n"));
        string text = Encoding.ASCII.GetString(answer);
        Assert.StartsWith("HTTP/1.1 426 ", text, StringComparison.Ordinal);
        Assert.Contains("\r\nSec-WebSocket-Version: 13\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("RFC", "6455 §4.2.1")]
    public async Task Request_over_HTTP_1_0_is_told_so()
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/", WaitAsync));
        byte[] answer = await app.ExchangeAsync(Encoding.ASCII.GetBytes(
            "GET / HTTP/1.0\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"));
        string text = Encoding.ASCII.GetString(answer);
        Assert.StartsWith("HTTP/1.1 400 ", text, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.0", text, StringComparison.Ordinal);
        Assert.Contains("proxy", text, StringComparison.Ordinal);
        Assert.All(app.Logs.GetSnapshot(), entry => Assert.True(entry.Level < LogLevel.Error, entry.ToString()));
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    [Trait("Demand", "A15")]
    public async Task Page_of_another_origin_is_refused_unless_the_policy_says_otherwise(Carrier carrier)
    {
        await using App app = await App.StartAsync(app =>
        {
            app.MapWebSocket("/same", WaitAsync);
            app.MapWebSocket("/list", WaitAsync)
                .WithWebSocketOptions(options => options.Origins = OriginPolicy.Only("https://good.example"));
        });
        string self = app.Address(carrier, "/", "http").GetLeftPart(UriPartial.Authority);
        foreach ((string path, string origin, HttpStatusCode expected) in ((string, string, HttpStatusCode)[])
            [
                ("/same", "https://evil.example", HttpStatusCode.Forbidden), ("/same", "null", HttpStatusCode.Forbidden),
                ("/same", self, default), ("/list", "https://good.example", default), ("/list", self, HttpStatusCode.Forbidden),
            ])
        {
            using ClientWebSocket client = await app.ConnectAsync(carrier, path, options => options.SetRequestHeader("Origin", origin));
            if (expected == default)
                Assert.Equal(WebSocketState.Open, client.State);
            else
                Assert.Equal(expected, client.HttpStatusCode);
        }

        Assert.Contains(app.Logs.GetSnapshot(), entry =>
            entry.Message.Contains("evil.example", StringComparison.Ordinal) && entry.Message.Contains(self, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    [Trait("Demand", "A10")]
    public async Task Application_refuses_with_status_headers_and_body(Carrier carrier)
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/", WaitAsync).WithWebSocketOptions(options =>
            options.OnRequest = (context, request) => new(context.Request.Query["as"] == "ok"
                ? WsResponse.Accept("chat", [("X-Room", "red")])
                : WsResponse.Reject(
                    int.Parse(context.Request.Query["as"]!), "because", [("Retry-After", "7"), ("WWW-Authenticate", "Basic")]))));
        foreach (int status in (int[])[401, 404, 429, 503])
        {
            using ClientWebSocket client = await app.ConnectAsync(carrier, $"/?as={status}");
            Assert.Equal(status, (int)client.HttpStatusCode);
            Assert.Equal(["7"], client.HttpResponseHeaders!["Retry-After"]);
            Assert.Equal(["Basic"], client.HttpResponseHeaders!["WWW-Authenticate"]);
        }

        using ClientWebSocket open = await app.ConnectAsync(carrier, "/?as=ok", options => options.AddSubProtocol("chat"));
        Assert.Equal("chat", open.SubProtocol);
        Assert.Equal(["red"], open.HttpResponseHeaders!["X-Room"]);
        // A 2xx would open it over HTTP/2.
        using ClientWebSocket wrong = await app.ConnectAsync(carrier, "/?as=200");
        Assert.Equal(HttpStatusCode.InternalServerError, wrong.HttpStatusCode);
    }

    [Fact]
    [Trait("Demand", "A10")]
    public async Task Client_reads_the_body_of_a_refusal()
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/", WaitAsync).WithWebSocketOptions(options =>
            options.OnRequest = (_, _) => new(WsResponse.Reject(429, "too many"))));
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(
            () => WsClient.ConnectAsync(app.Address(Carrier.Http1, "/")).AsTask());
        Assert.Equal(429, e.StatusCode);
        Assert.Equal("too many", Encoding.UTF8.GetString(e.Body.Span));
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    public async Task Compression_is_agreed_on_and_declined_for_one_client(Carrier carrier)
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/", async (WsSession ws, CancellationToken stop) =>
            await ws.SendTextAsync($"{ws.Extensions.Count} {new string('x', 100_000)}", stop)).WithWebSocketOptions(options =>
        {
            options.Extensions.Add(new PerMessageDeflate());
            options.OnRequest =
                (context, _) => new(context.Request.Query.ContainsKey("plain") ? WsResponse.Accept(extensions: []) : WsResponse.Accept());
        }));
        foreach ((string path, string count) in ((string, string)[])[("/", "1"), ("/?plain=1", "0")])
        {
            using ClientWebSocket client =
                await app.ConnectAsync(carrier, path, options => options.DangerousDeflateOptions = new WebSocketDeflateOptions());
            Assert.StartsWith(count + " xxx", await client.ReceiveAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    [Trait("Demand", "A20")]
    public async Task Sessions_beyond_the_limit_get_503_until_one_ends(Carrier carrier)
    {
        await using App app = await App.StartAsync(
            app => app.MapWebSocket("/", WaitAsync).WithWebSocketOptions(options => options.MaxSessions = 1));
        using ClientWebSocket first = await app.ConnectAsync(Carrier.Http1, "/");
        using ClientWebSocket second = await app.ConnectAsync(carrier, "/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.HttpStatusCode);
        Assert.Equal(["5"], second.HttpResponseHeaders!["Retry-After"]);
        await first.CloseAsync();
        await Waiting.Until(() => app.Host.Count == 0);
        using ClientWebSocket third = await app.ConnectAsync(carrier, "/");
        Assert.Equal(WebSocketState.Open, third.State);
    }

    [Fact]
    [Trait("Demand", "A20")]
    public async Task Limit_of_the_host_for_upgrades_gives_the_same_answer()
    {
        await using App app = await App.StartAsync(
            app => app.MapWebSocket("/", WaitAsync),
            kestrel: options => options.Limits.MaxConcurrentUpgradedConnections = 1);
        using ClientWebSocket first = await app.ConnectAsync(Carrier.Http1, "/");
        using ClientWebSocket second = await app.ConnectAsync(Carrier.Http1, "/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.HttpStatusCode);
        Assert.Equal(["5"], second.HttpResponseHeaders!["Retry-After"]);
        Assert.Equal(1, app.Host.Count);
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    [Trait("Demand", "A11")]
    [Trait("Demand", "A14")]
    [Trait("Demand", "A27")]
    [Trait("Gate", "Whole")]
    public async Task Authorization_and_rate_limits_of_a_group_hold(Carrier carrier)
    {
        await using App app = await App.StartAsync(
            app =>
            {
                app.UseWebSocketToken();
                app.UseAuthentication();
                app.UseAuthorization();
                app.UseRateLimiter();
                var group = app.MapGroup("").RequireAuthorization();
                group.MapWebSocket("/", async (WsSession ws, CancellationToken stop) => await ws.SendTextAsync(
                    $"{ws.User!.Identity!.Name} {ws.Subprotocol} {string.Join('|', ws.Request!.Subprotocols)}",
                    stop))
                    .WithWebSocketOptions(options => options.Subprotocols.Add("chat"));
                group.MapWebSocket("/limited", WaitAsync).RequireRateLimiting("one");
            },
            services =>
            {
                services.AddAuthentication("Token").AddScheme<AuthenticationSchemeOptions, TokenHandler>("Token", null);
                services.AddAuthorization();
                services.AddRateLimiter(
                    options => options.AddConcurrencyLimiter("one", limiter => limiter.PermitLimit = 1).RejectionStatusCode = 429);
            });
        using ClientWebSocket stranger = await app.ConnectAsync(carrier, "/");
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.HttpStatusCode);
        using ClientWebSocket known = await app.ConnectAsync(carrier, "/", options =>
        {
            options.AddSubProtocol("bearer.ada");
            options.AddSubProtocol("chat");
        });
        Assert.Equal("ada chat chat", await known.ReceiveAsync());
        Assert.Equal("chat", known.SubProtocol);

        using ClientWebSocket first = await app.ConnectAsync(carrier, "/limited", options => options.AddSubProtocol("bearer.ada"));
        Assert.Equal(WebSocketState.Open, first.State);
        using ClientWebSocket second = await app.ConnectAsync(carrier, "/limited", options => options.AddSubProtocol("bearer.ada"));
        Assert.Equal(HttpStatusCode.TooManyRequests, second.HttpStatusCode);
        await first.CloseAsync();
        await Waiting.Until(() => app.Host.Count == 0);
        using ClientWebSocket third = await app.ConnectAsync(carrier, "/limited", options => options.AddSubProtocol("bearer.ada"));
        Assert.Equal(WebSocketState.Open, third.State);
        Assert.DoesNotContain(
            app.Logs.GetSnapshot(),
            entry => entry.Category == "WsProto.AspNetCore" && entry.Message.Contains("ada", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    [Trait("Demand", "A07")]
    public async Task What_is_thrown_before_the_connection_is_accepted_reaches_the_middleware(Carrier carrier)
    {
        await using App app = await App.StartAsync(app =>
        {
            app.UseExceptionHandler(handler => handler.Run(context =>
            {
                context.Response.StatusCode = 418;
                return Task.CompletedTask;
            }));
            app.MapWebSocket("/", WaitAsync)
                .WithWebSocketOptions(options => options.OnRequest = (_, _) => throw new InvalidOperationException("no"));
        });
        using ClientWebSocket client = await app.ConnectAsync(carrier, "/");
        Assert.Equal(418, (int)client.HttpStatusCode);
        Assert.Equal(0, app.Host.Count);
    }

    [Fact]
    [Trait("Demand", "A29")]
    public async Task Server_that_cannot_upgrade_says_what_to_use_instead()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        await using WebApplication app = builder.Build();
        app.MapWebSocket("/", WaitAsync);
        await app.StartAsync();
        // TestServer's own client for WebSockets puts a feature of the built-in middleware into the request, and no upgrade.
        Microsoft.AspNetCore.TestHost.WebSocketClient client = app.GetTestServer().CreateWebSocketClient();
        client.ConfigureRequest = request => request.Headers.SecWebSocketKey = "AAAAAAAAAAAAAAAAAAAAAA==";
        InvalidOperationException e = await Assert.ThrowsAsync<InvalidOperationException>(
            () => client.ConnectAsync(new Uri("ws://localhost/"), CancellationToken.None));
        Assert.Contains("WsProto.AspNetCore.Testing", e.ToString(), StringComparison.Ordinal);
    }

    private sealed class TokenHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            string header = Request.Headers.Authorization.ToString();
            if (!header.StartsWith("Bearer ", StringComparison.Ordinal))
                return Task.FromResult(AuthenticateResult.NoResult());
            var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, header["Bearer ".Length..])], "Token");
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), "Token")));
        }
    }
}
