using System.Net;
using System.Net.WebSockets;
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.AspNetCore.Tests.Support;

namespace WsProto.AspNetCore.Tests;

/// <summary>What a route takes, and what a handler gets.</summary>
public class RouteTests
{
    private sealed record Greeter(string Word);

    private static async Task EchoAsync(WsSession ws, CancellationToken stop)
    {
        await foreach (Message message in ws.ReadAllAsync(stop))
            await ws.SendAsync(message, stop);
    }

    [Theory]
    [InlineData(Carrier.Http1, true)]
    [InlineData(Carrier.Http1, false)]
    [InlineData(Carrier.Http2, true)]
    [InlineData(Carrier.Http2, false)]
    [Trait("Demand", "A01")]
    [Trait("Demand", "A02")]
    public async Task Route_without_reflection_echoes(Carrier carrier, bool registers)
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/echo", EchoAsync), registers: registers);
        using ClientWebSocket client = await app.ConnectAsync(carrier, "/echo");
        await client.SendTextAsync("Grüße");
        Assert.Equal("Grüße", await client.ReceiveAsync());
        string large = new('x', 300_000);
        await client.SendTextAsync(large);
        Assert.Equal(large, await client.ReceiveAsync());
        await client.CloseAsync();
        Assert.Equal(WebSocketCloseStatus.NormalClosure, client.CloseStatus);
        await Waiting.Until(() => app.Host.Count == 0);
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    public async Task Handler_with_any_parameters_gets_them(Carrier carrier)
    {
        await using App app = await App.StartAsync(
            app => app.MapGroup("/api").MapWebSocket(
                "/room/{room}",
                async (
                    string room,
                    int count,
                    WsSession ws,
                    Greeter greeter,
                    HttpContext context,
                    ClaimsPrincipal user,
                    CancellationToken stop) =>
                {
                    Assert.Same(user, ws.User);
                    Assert.Equal(context.Request.Path.Value, ws.Request!.Target.Split('?')[0]);
                    Assert.NotNull(ws.RemoteEndPoint);
                    await ws.SendTextAsync($"{greeter.Word} {room} {count} {stop.IsCancellationRequested}", stop);
                }),
            services => services.AddSingleton(new Greeter("Hello")));
        using ClientWebSocket client = await app.ConnectAsync(carrier, "/api/room/red?count=3");
        Assert.Equal("Hello red 3 False", await client.ReceiveAsync());
        Assert.Equal("1000", await client.ReceiveAsync());
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    public async Task Map_of_the_framework_becomes_a_WebSocket_route(Carrier carrier)
    {
        await using App app = await App.StartAsync(
            app => app.Map("/{name}", (string name, WsSession ws) => ws.SendTextAsync(name).AsTask()).AsWebSocket());
        using ClientWebSocket client = await app.ConnectAsync(carrier, "/ada");
        Assert.Equal("ada", await client.ReceiveAsync());
        Assert.Equal("1000", await client.ReceiveAsync());
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    [Trait("Demand", "A12")]
    public async Task Argument_that_cannot_be_bound_is_a_400_and_opens_nothing(Carrier carrier)
    {
        await using App app = await App.StartAsync(
            app => app.MapWebSocket("/{id}", (int id, WsSession ws) => ws.SendTextAsync(id.ToString()).AsTask()));
        using ClientWebSocket client = await app.ConnectAsync(carrier, "/x");
        Assert.Equal(HttpStatusCode.BadRequest, client.HttpStatusCode);
        Assert.Equal(0, app.Host.Count);
        Assert.DoesNotContain(app.Logs.GetSnapshot(), entry => entry.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    [Trait("Demand", "A11")]
    public async Task Filters_of_a_group_and_of_the_route_run_once_and_before_the_connection_is_accepted(Carrier carrier)
    {
        int runs = 0;
        await using App app = await App.StartAsync(app =>
        {
            RouteGroupBuilder group = app.MapGroup("");
            group.AddEndpointFilter((invocation, next) =>
            {
                runs++;
                return invocation.HttpContext.Request.Query.ContainsKey("no") ? new(Results.StatusCode(409)) : next(invocation);
            });
            group.MapWebSocket("/any", async (WsSession ws, string word) => await ws.SendTextAsync(word))
                .AddEndpointFilter((invocation, next) =>
                {
                    runs++;
                    invocation.Arguments[1] = invocation.GetArgument<string>(1) + "!";
                    return next(invocation);
                });
            group.MapWebSocket("/typed", async (WsSession ws, CancellationToken stop) => await ws.SendTextAsync("typed", stop));
        });
        using ClientWebSocket refused = await app.ConnectAsync(carrier, "/any?no=1&word=a");
        Assert.Equal(HttpStatusCode.Conflict, refused.HttpStatusCode);
        Assert.Equal(1, runs);
        using ClientWebSocket any = await app.ConnectAsync(carrier, "/any?word=a");
        Assert.Equal("a!", await any.ReceiveAsync());
        Assert.Equal(3, runs);
        using ClientWebSocket typed = await app.ConnectAsync(carrier, "/typed");
        Assert.Equal("typed", await typed.ReceiveAsync());
        using ClientWebSocket typedRefused = await app.ConnectAsync(carrier, "/typed?no=1");
        Assert.Equal(HttpStatusCode.Conflict, typedRefused.HttpStatusCode);
        Assert.Equal(5, runs);
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    [Trait("Demand", "A09")]
    public async Task Filter_that_answers_by_itself_never_opens_a_WebSocket(Carrier carrier)
    {
        await using App app = await App.StartAsync(app =>
        {
            app.MapWebSocket("/value", EchoAsync).AddEndpointFilter((_, _) => new ValueTask<object?>("done"));
            app.MapWebSocket("/nothing", EchoAsync).AddEndpointFilter((_, _) => new ValueTask<object?>(Results.Empty));
        });
        foreach (string path in (string[])["/value", "/nothing"])
        {
            using ClientWebSocket client = await app.ConnectAsync(carrier, path);
            Assert.Equal(HttpStatusCode.InternalServerError, client.HttpStatusCode);
        }
    }

    [Fact]
    [Trait("Demand", "A02")]
    public async Task Other_methods_are_not_allowed()
    {
        await using App app = await App.StartAsync(app =>
        {
            app.MapWebSocket("/typed", EchoAsync);
            app.Map("/any", (WsSession ws) => EchoAsync(ws, default)).AsWebSocket();
        });
        foreach (string path in (string[])["/typed", "/any"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, app.Address(Carrier.Http1, path, "http"));
            using HttpResponseMessage response = await app.Invoker.SendAsync(request, CancellationToken.None);
            Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        }
    }

    [Fact]
    public async Task Handler_with_parameters_is_refused_where_AddWsProto_was_not_called()
    {
        await using WebApplication app = WebApplication.CreateSlimBuilder().Build();
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(
            () => app.MapWebSocket("/{name}", (WsSession ws, string name) => Task.CompletedTask));
        Assert.Contains("AddWsProto", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Demand", "A08")]
    public async Task Handler_without_a_session_or_with_a_result_fails_when_routes_are_built()
    {
        foreach (Delegate handler in (Delegate[])
        [
            (WsSession ws) => Results.Ok(ws.Id), (WsSession ws) => Task.FromResult(ws.Id), () => Task.CompletedTask,
        ])
        {
            await using App app = await App.StartAsync(app => app.MapWebSocket("/", handler));
            InvalidOperationException e = Assert.Throws<InvalidOperationException>(
                () => app.Services.GetRequiredService<EndpointDataSource>().Endpoints.Count);
            Assert.Contains("WebSocket route", e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    public async Task Options_of_the_application_are_where_those_of_a_route_begin(Carrier carrier)
    {
        await using App app = await App.StartAsync(
            app =>
            {
                app.MapWebSocket("/a", EchoAsync);
                app.MapGroup("/g").WithWebSocketOptions(options => options.Subprotocols.Add("two")).MapWebSocket("/b", EchoAsync)
                    .WithWebSocketOptions(options => options.Subprotocols.Add("three"));
            },
            services => services.AddWsProto(options => options.Subprotocols.Add("one")));
        foreach ((string path, string offer, string? expected) in ((string, string, string?)[])
        [
            ("/a", "one", "one"), ("/a", "two", null), ("/g/b", "two", "two"), ("/g/b", "three", "three"), ("/g/b", "one", "one"),
        ])
        {
            using ClientWebSocket client = await app.ConnectAsync(carrier, path, options => options.AddSubProtocol(offer));
            Assert.Equal(expected, client.SubProtocol);
        }
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    public async Task Handler_of_other_requests_serves_WebSockets_too(Carrier carrier)
    {
        var options = new WsEndpointOptions { MaxSessions = 1 };
        await using App app = await App.StartAsync(
            app => app.Map("/both", (RequestDelegate)(context =>
            {
                context.Response.Headers["X-Seen"] = context.AsksForWebSocket() ? "WebSocket" : "request";
                return context.AsksForWebSocket()
                    ? context.ServeWebSocketAsync(options, EchoAsync)
                    : context.Response.WriteAsync("no WebSocket");
            })),
            registers: false);
        using ClientWebSocket client = await app.ConnectAsync(carrier, "/both");
        Assert.Equal(["WebSocket"], client.HttpResponseHeaders!["X-Seen"]);
        await client.SendTextAsync("Hello");
        Assert.Equal("Hello", await client.ReceiveAsync());
        using ClientWebSocket refused = await app.ConnectAsync(carrier, "/both");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.HttpStatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Get, app.Address(carrier, "/both", "http"))
        {
            Version = carrier == Carrier.Http1 ? HttpVersion.Version11 : HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Headers = { { "Upgrade", "h2c" } },
        };
        if (carrier == Carrier.Http2)
            request.Headers.Remove("Upgrade");
        using HttpResponseMessage response = await app.Invoker.SendAsync(request, CancellationToken.None).Soon();
        Assert.Equal("no WebSocket", await response.Content.ReadAsStringAsync());
    }
}
