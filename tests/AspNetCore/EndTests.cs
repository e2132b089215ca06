using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.WebSockets;
using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.AspNetCore.Tests.Support;

namespace WsProto.AspNetCore.Tests;

/// <summary>How sessions end, and what is left of them.</summary>
public class EndTests
{
    private const string Handshake =
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        + "Sec-WebSocket-Version: 13\r\n\r\n";

    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    [Fact]
    [Trait("Demand", "A06")]
    public async Task After_the_Close_only_the_end_of_the_stream_follows()
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/", (_, _) => Task.CompletedTask));
        // Our Close of 1000, masked with zeros.
        byte[] answer = await app.ExchangeAsync(Encoding.ASCII.GetBytes(Handshake), [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8]);
        int end = Encoding.Latin1.GetString(answer).IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        Assert.StartsWith("HTTP/1.1 101 ", Encoding.ASCII.GetString(answer), StringComparison.Ordinal);
        Assert.Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", Encoding.ASCII.GetString(answer), StringComparison.Ordinal);
        Assert.Equal([0x88, 2, 0x03, 0xE8], answer[end..]);
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    public async Task Two_hundred_sessions_one_after_the_other_end_clean(Carrier carrier)
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/", async (WsSession ws, CancellationToken stop) =>
        {
            if (await ws.ReceiveAsync(stop) is { } message)
                await ws.SendAsync(message, stop);
        }));
        for (int i = 0; i < 200; i++)
        {
            using ClientWebSocket client = await app.ConnectAsync(carrier, "/");
            await client.SendTextAsync($"{i}");
            Assert.Equal($"{i}", await client.ReceiveAsync());
            Assert.Equal("1000", await client.ReceiveAsync());
            await client.CloseAsync();
        }

        await Waiting.Until(() => app.Host.Count == 0);
        Assert.All(app.Logs.GetSnapshot(), entry => Assert.True(entry.Level < LogLevel.Warning, entry.ToString()));
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    public async Task Two_hundred_sessions_at_once_each_get_their_own(Carrier carrier)
    {
        await using App app = await App.StartAsync(
            app => app.MapWebSocket("/", async (WsSession ws, CancellationToken stop) =>
            {
                await foreach (Message message in ws.ReadAllAsync(stop))
                    await ws.SendAsync(message, stop);
            }),
            kestrel: options => options.Limits.Http2.MaxStreamsPerConnection = 300);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            using ClientWebSocket client = await app.ConnectAsync(carrier, "/");
            for (int n = 0; n < 10; n++)
            {
                await client.SendTextAsync($"{i} {n}");
                Assert.Equal($"{i} {n}", await client.ReceiveAsync());
            }

            await client.CloseAsync();
        }));
        await Waiting.Until(() => app.Host.Count == 0);
    }

    [Theory]
    [InlineData(Carrier.Http1, false)]
    [InlineData(Carrier.Http2, false)]
    [InlineData(Carrier.Http1, true)]
    [InlineData(Carrier.Http2, true)]
    [Trait("Demand", "A07")]
    public async Task Handler_that_throws_closes_with_1011_and_is_logged_once(Carrier carrier, bool afterAwait)
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/room", async (WsSession ws, CancellationToken stop) =>
        {
            if (afterAwait)
                await ws.ReceiveAsync(stop);
            throw new InvalidDataException("secret");
        }));
        using ClientWebSocket client = await app.ConnectAsync(carrier, "/room");
        await client.SendTextAsync("payload");
        Assert.Equal("1011", await client.ReceiveAsync());
        await client.CloseAsync(); // by 1000
        await Waiting.Until(() => app.Host.Count == 0);
        var error = Assert.Single(app.Logs.GetSnapshot(), entry => entry.Level >= LogLevel.Warning);
        Assert.IsType<InvalidDataException>(error.Exception);
        Assert.Contains("/room", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("payload", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Demand", "A07")]
    public async Task Application_chooses_the_Close_for_what_its_handler_throws()
    {
        await using App app = await App.StartAsync(app =>
        {
            app.MapWebSocket("/chosen", (WsSession _, CancellationToken _) => throw new UnauthorizedAccessException())
                .WithWebSocketOptions(options => options.OnException = (_, e) => new CloseConnection((CloseCode)4403, e.GetType().Name));
            app.MapWebSocket("/wrong", (WsSession _, CancellationToken _) => throw new UnauthorizedAccessException())
                .WithWebSocketOptions(options => options.OnException = (_, _) => new CloseConnection((CloseCode)1005, "no"));
        });
        using ClientWebSocket chosen = await app.ConnectAsync(Carrier.Http1, "/chosen");
        Assert.Equal("4403 UnauthorizedAccessException", await chosen.ReceiveAsync());
        using ClientWebSocket wrong = await app.ConnectAsync(Carrier.Http1, "/wrong");
        Assert.Equal("1011", await wrong.ReceiveAsync());
        Assert.Contains(app.Logs.GetSnapshot(), entry => entry.Id.Name == "CloseChoiceFailed");
    }

    [Theory]
    [InlineData(Carrier.Http1, true)]
    [InlineData(Carrier.Http2, true)]
    [InlineData(Carrier.Http1, false)]
    [InlineData(Carrier.Http2, false)]
    [Trait("Demand", "A26")]
    public async Task Handler_that_receives_nothing_learns_that_the_client_left(Carrier carrier, bool closes)
    {
        var left = new TaskCompletionSource<WsSession>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using App app = await App.StartAsync(app => app.MapWebSocket("/", async (WsSession ws, CancellationToken stop) =>
        {
            try
            {
                await Task.Delay(_hour, stop);
            }
            catch (OperationCanceledException)
            {
                left.SetResult(ws);
                throw;
            }
        }));
        ClientWebSocket client = await app.ConnectAsync(carrier, "/");
        await client.SendTextAsync("unread");
        if (closes)
            await client.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, "bye", CancellationToken.None);
        else
            client.Abort();
        WsSession session = await left.Task.Soon();
        WsCloseResult result = await session.Completion.Soon();
        await Waiting.Until(() => app.Host.Count == 0);
        if (closes)
            Assert.Equal((CloseCode.GoingAway, "bye", WsCloseCause.Peer), (result.Code, result.Reason, result.Cause));
        else
            Assert.Equal((CloseCode.AbnormalClosure, WsCloseCause.Lost), (result.Code, result.Cause));
        Assert.All(app.Logs.GetSnapshot(), entry => Assert.True(entry.Level < LogLevel.Warning, entry.ToString()));
        client.Dispose();
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    public async Task Client_that_is_lost_while_reading_pauses_is_the_cause_of_the_end(Carrier carrier)
    {
        var served = new TaskCompletionSource<WsSession>(TaskCreationOptions.RunContinuationsAsynchronously);
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using App app = await App.StartAsync(app => app.MapWebSocket("/", async (WsSession ws, CancellationToken stop) =>
        {
            served.SetResult(ws);
            await Task.Delay(_hour, stop);
        }).WithWebSocketOptions(options => options.Session = new WsSessionOptions
        {
            MaxReceiveBacklog = 1,
            Observer = (_, _) => full.TrySetResult(),
        }));
        using ClientWebSocket client = await app.ConnectAsync(carrier, "/");
        await client.SendTextAsync("unread");
        await client.SendTextAsync("not even seen");
        await full.Task.Soon();
        client.Abort();
        WsCloseResult result = await (await served.Task.Soon()).Completion.Soon();
        Assert.Equal((CloseCode.AbnormalClosure, WsCloseCause.Lost), (result.Code, result.Cause));
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    [Trait("Demand", "A04")]
    public async Task Host_that_stops_lets_handlers_send_and_closes_with_1001(Carrier carrier)
    {
        // Time stands still: however slow the machine is, no session is given up.
        var time = new FakeTimeProvider();
        await using App app = await App.StartAsync(
            app => app.MapWebSocket("/", async (WsSession ws, CancellationToken stop) =>
            {
                await ws.SendTextAsync("open", default);
                var stopped = new TaskCompletionSource();
                using (stop.Register(stopped.SetResult))
                    await stopped.Task;
                await ws.SendTextAsync($"stopping {ws.CloseResult is null}", default);
            }),
            services => services
                .AddWsProto(options => options.Session = new WsSessionOptions { TimeProvider = time })
                .Configure<WsHostOptions>(options => options.TimeProvider = time));
        ClientWebSocket[] clients = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => app.ConnectAsync(carrier, "/")));
        foreach (ClientWebSocket client in clients)
            Assert.Equal("open", await client.ReceiveAsync());
        Task stopping = app.StopAsync();
        foreach (ClientWebSocket client in clients)
        {
            Assert.Equal("stopping True", await client.ReceiveAsync());
            Assert.Equal("1001", await client.ReceiveAsync());
            await client.CloseAsync();
            client.Dispose();
        }

        await stopping.Soon();
        Assert.Equal(0, app.Host.Count);
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    [Trait("Demand", "A04")]
    public async Task Handler_that_ignores_its_token_is_closed_after_the_grace_and_newcomers_get_503(Carrier carrier)
    {
        var time = new FakeTimeProvider();
        await using App app = await App.StartAsync(
            app => app.MapWebSocket("/", async (WsSession ws, CancellationToken _) =>
            {
                await ws.SendTextAsync("open", CancellationToken.None);
                while (await ws.ReceiveAsync(CancellationToken.None) is not null)
                {
                }
            }),
            services => services.Configure<WsHostOptions>(options => options.TimeProvider = time));
        ClientWebSocket client = await app.ConnectAsync(carrier, "/");
        Assert.Equal("open", await client.ReceiveAsync());
        IHostApplicationLifetime lifetime = app.Services.GetRequiredService<IHostApplicationLifetime>();
        // Kestrel still listens while the host only says that it stops.
        lifetime.StopApplication();
        await Waiting.Until(() => app.Host.IsStopping);
        using ClientWebSocket late = await app.ConnectAsync(carrier, "/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, late.HttpStatusCode);
        Task<string> close = client.ReceiveAsync();
        Assert.False(close.IsCompleted);
        DateTimeOffset begin = time.GetUtcNow();
        Assert.Equal("1001", await PassAsync(time, close));
        Assert.True(time.GetUtcNow() - begin >= TimeSpan.FromSeconds(2));
        await client.CloseAsync();
        await Waiting.Until(() => app.Host.Count == 0);
        client.Dispose();
    }

    [Fact]
    [Trait("Demand", "A04")]
    public async Task Handler_that_throws_when_it_is_told_to_stop_is_closed_all_the_same()
    {
        var time = new FakeTimeProvider();
        await using App app = await App.StartAsync(
            app => app.MapWebSocket("/", async (ws, stop) =>
            {
                stop.Register(() => throw new InvalidOperationException("at the wrong time"));
                await ws.SendTextAsync("open", CancellationToken.None);
                await ws.ReceiveAsync(CancellationToken.None);
            }),
            services => services.Configure<WsHostOptions>(options => options.TimeProvider = time));
        using ClientWebSocket client = await app.ConnectAsync(Carrier.Http1, "/");
        Assert.Equal("open", await client.ReceiveAsync());
        app.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await Waiting.Until(() => app.Logs.GetSnapshot().Any(entry => entry.Id.Name == "HandlerFailed"));
        Assert.Equal("1001", await PassAsync(time, client.ReceiveAsync()));
    }

    /// <summary>Lets time pass until a task completes, as nobody tells when a timer was set.</summary>
    private static async Task<string> PassAsync(FakeTimeProvider time, Task<string> task)
    {
        await Waiting.Until(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            return task.IsCompleted;
        });
        return await task;
    }

    [Fact]
    [Trait("Demand", "A05")]
    public async Task Shutdown_is_spread_over_its_time_in_equal_steps()
    {
        var time = new FakeTimeProvider();
        int told = 0;
        await using App app = await App.StartAsync(
            app => app.MapWebSocket("/", async (WsSession ws, CancellationToken stop) =>
            {
                await ws.SendTextAsync("open", default);
                var stopped = new TaskCompletionSource();
                using (stop.Register(stopped.SetResult))
                    await stopped.Task;
                Interlocked.Increment(ref told);
            }),
            services => services.Configure<WsHostOptions>(
                options => (options.TimeProvider, options.ShutdownSpread) = (time, TimeSpan.FromSeconds(5))));
        ClientWebSocket[] clients = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => app.ConnectAsync(Carrier.Http1, "/")));
        foreach (ClientWebSocket client in clients)
            Assert.Equal("open", await client.ReceiveAsync());
        app.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        DateTimeOffset begin = time.GetUtcNow();
        // The first of fifty steps takes no time, and each of the others a tenth of a second.
        await Waiting.Until(() => Volatile.Read(ref told) == 2);
        await Waiting.Until(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            return Volatile.Read(ref told) == 100;
        });
        Assert.True(time.GetUtcNow() - begin >= TimeSpan.FromSeconds(4.9));

        foreach (ClientWebSocket client in clients)
        {
            Assert.Equal("1001", await client.ReceiveAsync());
            client.Dispose();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Demand", "A13")]
    public async Task Ticket_that_expires_ends_the_session(bool expires)
    {
        var time = new FakeTimeProvider();
        await using App app = await App.StartAsync(
            app =>
            {
                app.UseAuthentication();
                app.MapWebSocket("/", async (WsSession ws, CancellationToken stop) =>
                {
                    await ws.SendTextAsync("open", stop);
                    await ws.ReceiveAsync(stop);
                    await ws.SendTextAsync("received", stop);
                });
            },
            services =>
            {
                services.AddWsProto(options => options.CloseOnAuthenticationExpiration = true);
                services.Configure<WsHostOptions>(options => options.TimeProvider = time);
                services.AddAuthentication("Ticket").AddScheme<AuthenticationSchemeOptions, TicketHandler>("Ticket", null);
                services.AddSingleton(new Expiry(expires ? time.GetUtcNow() + TimeSpan.FromSeconds(2) : null));
            });
        using ClientWebSocket client = await app.ConnectAsync(Carrier.Http1, "/");
        Assert.Equal("open", await client.ReceiveAsync());
        time.Advance(TimeSpan.FromSeconds(3));
        if (expires)
        {
            Assert.Equal("1008 The ticket has expired.", await client.ReceiveAsync());
            return;
        }

        await client.SendTextAsync("x");
        Assert.Equal("received", await client.ReceiveAsync());
    }

    /// <summary>A timer waits 49 days at most.</summary>
    [Fact]
    public async Task Ticket_that_expires_after_months_ends_the_session_then()
    {
        var time = new FakeTimeProvider();
        await using App app = await App.StartAsync(
            app =>
            {
                app.UseAuthentication();
                app.MapWebSocket("/", async (WsSession ws, CancellationToken stop) =>
                {
                    await ws.SendTextAsync("open", stop);
                    await foreach (Message _ in ws.ReadAllAsync(stop))
                        await ws.SendTextAsync("received", stop);
                });
            },
            services =>
            {
                services.AddWsProto(options => options.CloseOnAuthenticationExpiration = true);
                services.Configure<WsHostOptions>(options => options.TimeProvider = time);
                services.AddAuthentication("Ticket").AddScheme<AuthenticationSchemeOptions, TicketHandler>("Ticket", null);
                services.AddSingleton(new Expiry(time.GetUtcNow() + TimeSpan.FromDays(100)));
            });
        using ClientWebSocket client = await app.ConnectAsync(Carrier.Http1, "/");
        Assert.Equal("open", await client.ReceiveAsync());
        time.Advance(TimeSpan.FromDays(99));
        await client.SendTextAsync("x");
        Assert.Equal("received", await client.ReceiveAsync());
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal("1008 The ticket has expired.", await client.ReceiveAsync());
    }

    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    [Trait("Demand", "A03")]
    public async Task Default_request_timeout_does_not_end_a_session(Carrier carrier)
    {
        bool isDisabled = false;
        await using App app = await App.StartAsync(
            app =>
            {
                app.UseRequestTimeouts();
                app.Use(next => context =>
                {
                    context.Features.Set<IHttpRequestTimeoutFeature>(new TimeoutFeature(() => isDisabled = true));
                    return next(context);
                });
                app.MapWebSocket("/", (WsSession ws, CancellationToken stop) => ws.SendTextAsync("open", stop).AsTask());
            },
            services => services.AddRequestTimeouts());
        using ClientWebSocket client = await app.ConnectAsync(carrier, "/");
        Assert.Equal("open", await client.ReceiveAsync());
        Assert.True(isDisabled);
    }

    [Fact]
    [Trait("Demand", "A23")]
    [Trait("Demand", "A24")]
    public async Task Sessions_are_measured_by_route_and_no_span_stays_ambient()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        await using App app = await App.StartAsync(app => app.MapWebSocket("/room/{id}", async (WsSession ws, CancellationToken stop) =>
        {
            await ws.SendTextAsync($"{Activity.Current is null}", stop);
            await ws.ReceiveAsync(stop);
        }));
        IMeterFactory meters = app.Services.GetRequiredService<IMeterFactory>();
        using var active = new MetricCollector<long>(meters, "WsProto.AspNetCore", "wsproto.server.sessions.active");
        using var durations = new MetricCollector<double>(meters, "WsProto.AspNetCore", "wsproto.server.session.duration");
        using var requests = new MetricCollector<double>(meters, "Microsoft.AspNetCore.Hosting", "http.server.request.duration");
        using ClientWebSocket client = await app.ConnectAsync(Carrier.Http2, "/room/7");
        Assert.Equal("True", await client.ReceiveAsync());
        Assert.Equal(1, active.LastMeasurement!.Value);
        await client.CloseAsync();
        await Waiting.Until(() => durations.LastMeasurement is not null);
        Assert.Equal(-1, active.LastMeasurement!.Value);
        Assert.Equal("/room/{id}", durations.LastMeasurement!.Tags["http.route"]);
        Assert.Equal("2", durations.LastMeasurement!.Tags["network.protocol.version"]);
        Assert.Equal("Peer", durations.LastMeasurement!.Tags["wsproto.close.cause"]);
        Assert.Empty(requests.GetMeasurementSnapshot());
    }

    /// <summary>The handler's token is cancelled by the Close that it is given to, and while messages wait to be received.</summary>
    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    public async Task Handlers_token_keeps_no_result_and_no_message_from_the_handler(Carrier carrier)
    {
        var results = new ConcurrentQueue<string>();
        await using App app = await App.StartAsync(app =>
        {
            app.MapWebSocket("/close", async (WsSession ws, CancellationToken stop) =>
                results.Enqueue($"{(await ws.CloseAsync(CloseCode.PolicyViolation, "enough", stop)).Cause}"));
            app.MapWebSocket("/read", async (WsSession ws, CancellationToken stop) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await foreach (Message message in ws.ReadAllAsync(stop))
                    results.Enqueue(((TextMessage)message).Data);
                results.Enqueue("end");
            });
        });
        using (ClientWebSocket closed = await app.ConnectAsync(carrier, "/close"))
        {
            Assert.Equal("1008 enough", await closed.ReceiveAsync());
            await closed.CloseAsync();
            await Waiting.Until(() => results.Count == 1);
        }

        using (ClientWebSocket read = await app.ConnectAsync(carrier, "/read"))
        {
            await read.SendTextAsync("first");
            await read.SendTextAsync("second");
            await read.CloseAsync();
            await Waiting.Until(() => results.Count == 4);
        }

        Assert.Equal(["Local", "first", "second", "end"], results);
    }

    /// <summary>It reads nothing, as nobody receives and the backlog is full, and the server drops what it writes.</summary>
    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    public async Task Client_that_is_gone_ends_a_session_that_does_not_read(Carrier carrier)
    {
        var time = new FakeTimeProvider();
        var ended = new TaskCompletionSource<WsCloseResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using App app = await App.StartAsync(app => app
            .MapWebSocket("/", async (WsSession ws, CancellationToken _) => ended.SetResult(await ws.Completion))
            .WithWebSocketOptions(options => options.Session = options.Session with
            {
                MaxReceiveBacklog = 1,
                KeepAliveInterval = null,
                TimeProvider = time,
            }));
        using (ClientWebSocket client = await app.ConnectAsync(carrier, "/"))
        {
            for (int i = 0; i < 3; i++)
                await client.SendTextAsync("unread");
            client.Abort();
        }

        await Waiting.Until(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return ended.Task.IsCompleted;
        });
        Assert.False((await ended.Task).IsClean);
    }

    [Theory]
    [InlineData(CloseCode.NoStatusReceived)]
    [InlineData((CloseCode)2000)]
    public void Code_of_an_expired_ticket_can_be_sent(CloseCode code) =>
        Assert.ThrowsAny<ArgumentException>(() => new WsEndpointOptions { AuthenticationExpirationCode = code });

    /// <summary>What a handler waits for on its session is cancelled when its token is, and not before.</summary>
    [Fact]
    public async Task Host_that_stops_cancels_the_handlers_token_before_what_waits_for_it()
    {
        var seen = new ConcurrentQueue<bool>();
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        App app = await App.StartAsync(app => app.MapWebSocket("/", async (WsSession ws, CancellationToken stop) =>
        {
            ValueTask<bool> receiving = ws.WaitToReceiveAsync(stop);
            using CancellationTokenRegistration told = stop.Register(() => seen.Enqueue(receiving.IsCompleted));
            waiting.SetResult();
            await receiving;
        }));
        await using (app)
        {
            using ClientWebSocket client = await app.ConnectAsync(Carrier.Http1, "/");
            await waiting.Task.Soon();
            Task stopping = app.StopAsync();
            Assert.Equal("1001", await client.ReceiveAsync());
            await client.CloseAsync();
            await stopping.Soon();
        }

        Assert.Equal([false], seen);
    }

    [Fact]
    [Trait("Demand", "A24")]
    public async Task Messages_are_traces_of_their_own_with_a_link_to_the_session()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "WsProto.AspNetCore" or "Downstream",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var downstream = new ActivitySource("Downstream");
        string route = $"/{Guid.NewGuid():N}/{{id}}";
        await using App app = await App.StartAsync(app => app.MapWebSocket(
            route,
            (WsSession ws, IServiceScopeFactory scopes, CancellationToken stop) => ws.ForEachInScopeAsync(
                scopes,
                async (message, _) =>
                {
                    using Activity? call = downstream.StartActivity(route);
                    if (message is TextMessage { Data: "fail" })
                        throw new InvalidDataException("As asked.");
                    await ws.SendTextAsync("done", stop);
                },
                stop)));
        using ClientWebSocket client = await app.ConnectAsync(Carrier.Http1, route.Replace("{id}", "7", StringComparison.Ordinal));
        foreach (string text in new[] { "one", "fail" })
            await client.SendTextAsync(text);
        Assert.Equal("done", await client.ReceiveAsync());
        Assert.Equal("1011", await client.ReceiveAsync());
        await client.CloseAsync(); // by 1000
        await Waiting.Until(() => ended.Any(span => Equals(span.GetTagItem("http.route"), route)));

        Activity session = ended.Single(span => Equals(span.GetTagItem("http.route"), route));
        Assert.Equal(
            ("websocket session", "1.1", 1000, "Local", ActivityStatusCode.Error, typeof(InvalidDataException).FullName),
            (session.OperationName, session.GetTagItem("network.protocol.version"), session.GetTagItem("wsproto.close.code"),
                session.GetTagItem("wsproto.close.cause"), session.Status, session.GetTagItem("error.type")));
        Activity[] messages =
        [
            .. ended.Where(span => span.OperationName == "websocket message" && span.Links.Any(link => link.Context == session.Context)),
        ];
        Assert.Equal([ActivityStatusCode.Unset, ActivityStatusCode.Error], messages.Select(span => span.Status));
        Activity[] calls = [.. ended.Where(span => span.OperationName == route)];
        Assert.Equal(messages.Select(span => span.SpanId), calls.Select(span => span.ParentSpanId));
        Assert.Equal(3, messages.Select(span => span.TraceId).Append(session.TraceId).Distinct().Count());
    }

    [Fact]
    [Trait("Demand", "A25")]
    public async Task Each_message_has_a_scope_of_its_own()
    {
        await using App app = await App.StartAsync(
            app => app.MapWebSocket("/", (WsSession ws, IServiceScopeFactory scopes, CancellationToken stop) => ws.ForEachInScopeAsync(
                scopes,
                async (message, services) =>
                {
                    Scoped scoped = services.GetRequiredService<Scoped>();
                    await ws.SendTextAsync($"{scoped.Number} {Scoped.Disposed}", stop);
                },
                stop)),
            services => services.AddScoped<Scoped>());
        using ClientWebSocket client = await app.ConnectAsync(Carrier.Http1, "/");
        for (int i = 1; i <= 3; i++)
        {
            await client.SendTextAsync("x");
            Assert.Equal($"{i} {i - 1}", await client.ReceiveAsync());
        }
    }

    private sealed record Expiry(DateTimeOffset? At);

    private sealed class Scoped : IDisposable
    {
        private static int _made;

        public Scoped() => Number = ++_made;

        public static int Disposed { get; private set; }

        public int Number { get; }

        public void Dispose() => Disposed++;
    }

    private sealed class TimeoutFeature(Action disabled) : IHttpRequestTimeoutFeature
    {
        public CancellationToken RequestTimeoutToken => default;

        public void DisableTimeout() => disabled();
    }

    private sealed class TicketHandler(
        IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, Expiry expiry)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
            Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(
                new ClaimsPrincipal(new ClaimsIdentity("Ticket")), new AuthenticationProperties { ExpiresUtc = expiry.At }, "Ticket")));
    }
}
