using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using WsProto.Adapters.Tests.Support;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.Client.Tests.Support;

namespace WsProto.SocketIO.Client.Tests;

public sealed class ClientTests
{
    public static readonly object[][] Ways = [["polling"], ["websocket"], ["upgrade"]];

    [Theory]
    [MemberData(nameof(Ways))]
    [Trait("Demand", "Q44")]
    public async Task Events_answers_and_bytes_at_any_depth_go_both_ways(string way)
    {
        await using Served served = await Served.StartAsync(io => io.Main
            .On("echo", async (SocketIOSocket _, Nested nested, string text) => SocketIOAck.Of(nested, text))
            .On("ask", async (SocketIOSocket socket, int number) => await socket.CallAsync<int>("question", number))
            .On("tell", async (SocketIOSocket socket, byte[] bytes) => socket.Emit("told", bytes, new Nested("n", [bytes]))));
        SocketIOClient io = await served.ConnectAsync(way);
        Assert.Equal(way == "polling" ? EngineIOTransports.Polling : EngineIOTransports.WebSocket, io.Transport);
        Assert.NotNull(io.Id);

        SocketIOArguments answer = await io.Main.CallAsync("echo", [new Nested("x", [[1, 2], [3]]), "Grüße 🎈"]).Soon();
        Nested nested = answer.Get(
            0, (System.Text.Json.Serialization.Metadata.JsonTypeInfo<Nested>)JsonSerializerOptions.Web.GetTypeInfo(typeof(Nested)))!;
        Assert.Equal("Grüße 🎈", JsonDocument.Parse(answer.GetJson(1)).RootElement.GetString());
        Assert.Equal(["0102", "03"], nested.Parts.Select(Convert.ToHexString));

        io.Main.OnCall("question", async (int number) => number * 2);
        Assert.Equal(42, await io.CallAsync<int>("ask", 21).Soon());

        var told = new TaskCompletionSource<string>();
        io.Main.On(
            "told",
            async (byte[] bytes, Nested inside) => told.SetResult($"{Convert.ToHexString(bytes)} {Convert.ToHexString(inside.Parts[0])}"));
        await io.EmitAsync("tell", new byte[] { 7 }).Soon();
        Assert.Equal("07 07", await told.Task.Soon());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Namespaces_share_one_session_and_bring_what_they_are_asked_for(string way)
    {
        await using Served served = await Served.StartAsync(io =>
        {
            io.Main.OnConnected(async socket => socket.Data["x"] = 1);
            io.Of("/admin")
                .OnConnecting(async socket =>
                {
                    if (JsonDocument.Parse(socket.Auth.GetJson(0)).RootElement.GetProperty("token").GetString() != "/admin 1")
                        throw new SocketIORefusedException("Not allowed") { Details = new { Code = 7 } };
                })
                .On("where", async socket => socket.Namespace.Name);
        });
        int asked = 0;
        SocketIOClientOptions options = served.Options(way) with
        {
            AuthProvider = async (name, _) => name == "/" ? null : new { token = $"{name} {Interlocked.Increment(ref asked)}" },
        };
        SocketIOClient io = await served.ConnectAsync(way, options);
        SocketIOClientNamespace admin = io.Of("/admin");
        Assert.False(admin.IsConnected);
        await admin.ConnectAsync().Soon();
        await admin.ConnectAsync().Soon();
        Assert.Equal("/admin", await admin.CallAsync<string>("where").Soon());
        Assert.Same(admin, io.Of("/admin"));
        Assert.Equal((1, 1), (served.Server.Main.SocketCount, served.Handshakes));

        admin.Leave();
        await Waiting.Until(() => served.Server.Of("/admin").SocketCount == 0);
        SocketIOJoinException refusal = await Assert.ThrowsAsync<SocketIOJoinException>(() => admin.ConnectAsync()).Soon();
        Assert.Equal(("Not allowed", SocketIORefusalKind.Refused, "/admin", "{\"code\":7}"),
            (refusal.Message, refusal.Kind, refusal.Namespace, Encoding.UTF8.GetString(refusal.Details.GetJson(0).Span)));
        Assert.True(io.Main.IsConnected);
        SocketIOJoinException unknown = await Assert.ThrowsAsync<SocketIOJoinException>(() => io.Of("/nobody").ConnectAsync()).Soon();
        Assert.Equal("Invalid namespace", unknown.Message);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    [Trait("Demand", "Q36")]
    public async Task Client_comes_back_when_the_server_was_killed_and_what_waited_is_sent_once(string way)
    {
        var got = new ConcurrentQueue<string>();
        await using Served served = await Served.StartAsync(
            io => io.Main.On("say", async (SocketIOSocket _, string text) => got.Enqueue(text)));
        SocketIOClient io = served.Client(served.Options(way));
        var states = new ConcurrentQueue<string>();
        var losses = new ConcurrentQueue<SocketIOLoss>();
        io.OnStateChanged(change => states.Enqueue(change.State.ToString()));
        io.Main.OnConnected(async main => await main.EmitAsync("say", "hello"));
        io.Main.OnDisconnected(async loss => losses.Enqueue(loss));
        await io.ConnectAsync().Soon();
        // The server ends a poll after a time where an upgrade waits for it, and what is sent meanwhile waits too.
        await served.Until(() => got.Count == 1);

        await served.KillAsync();
        await Waiting.Until(() => losses.Count == 1);
        SocketIOLoss loss = losses.Single();
        Assert.True(loss.ComesBack);
        Task[] sends = [.. Enumerable.Range(0, 20).Select(number => io.EmitAsync("say", $"{number}"))];
        Assert.True(io.TryEmit("say", "and this"));
        Assert.False(io.Main.EmitVolatile("say", "not this"));
        await served.RestartAsync();
        await served.Until(() => io.Main.IsConnected, () => io.State == SocketIOClientState.Waiting);
        await Task.WhenAll(sends).Soon();
        await served.Until(() => got.Count == 23);
        Assert.Equal(["hello", "hello", .. Enumerable.Range(0, 20).Select(number => $"{number}"), "and this"], got);
        Assert.Single(losses);
        await Waiting.Until(() => states.Contains("Open"));
        Assert.Equal(["Connecting", "Open", "Waiting"], states.Take(3));
    }

    [Fact]
    [Trait("Demand", "Q36")]
    public async Task Reconnecting_now_needs_no_time()
    {
        await using Served served = await Served.StartAsync(_ => { });
        SocketIOClient io = await served.ConnectAsync();
        await served.RestartAsync();
        await Waiting.Until(() => io.State == SocketIOClientState.Waiting);
        io.ReconnectNow();
        await Waiting.Until(() => io.Main.IsConnected);
        Assert.Equal(SocketIOClientState.Open, io.State);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    [Trait("Demand", "Q03")]
    public async Task What_is_emitted_before_the_end_arrives(string way)
    {
        var got = new ConcurrentQueue<int>();
        await using Served served = await Served.StartAsync(
            io => io.Main.On("n", async (SocketIOSocket _, int number) => got.Enqueue(number)));
        SocketIOClient io = await served.ConnectAsync(way);
        for (int i = 0; i < 100; i++)
            Assert.True(io.TryEmit("n", i));
        await io.DisposeAsync().Soon();
        await Waiting.Until(() => got.Count == 100 && served.Server.Main.SocketCount == 0);
        Assert.Equal(Enumerable.Range(0, 100), got);
        Assert.Equal(0, io.Driver.CarriedCount);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Server_that_takes_the_client_out_is_told_once_and_not_asked_again(string way)
    {
        await using Served served = await Served.StartAsync(io => io.Main.On("kick", async socket => socket.Disconnect()));
        SocketIOClient io = await served.ConnectAsync(way);
        var losses = new ConcurrentQueue<SocketIOLoss>();
        io.OnDisconnected(async loss => losses.Enqueue(loss));
        Task<int> call = io.CallAsync<int>("nobody answers");
        await io.EmitAsync("kick").Soon();
        await Waiting.Until(() => losses.Count == 1);
        Assert.Equal(("io server disconnect", false), (losses.Single().Reason, losses.Single().ComesBack));
        SocketIOEmitException lost = await Assert.ThrowsAsync<SocketIOEmitException>(() => call).Soon();
        Assert.Equal(SocketIOEmitOutcome.Disconnected, lost.Outcome);
        SocketIOEmitException gone = await Assert.ThrowsAsync<SocketIOEmitException>(() => io.EmitAsync("x")).Soon();
        Assert.Equal(SocketIOEmitOutcome.NotConnected, gone.Outcome);
        await io.ConnectAsync().Soon();
        Assert.True(io.Main.IsConnected);
        Assert.Single(losses);
    }

    [Fact]
    [Trait("Demand", "Q05")]
    public async Task Event_that_is_larger_than_the_server_takes_fails_here_with_both_numbers_and_harms_nothing()
    {
        await using Served served = await Served.StartAsync(
            io => io.Main.On("size", async (SocketIOSocket _, byte[] bytes) => bytes.Length),
            new SocketIOOptions { Engine = new() { Server = new() { MaxPayload = 1000 } } });
        foreach (string way in (string[])["polling", "websocket"])
        {
            SocketIOClient io = await served.ConnectAsync(way);
            SocketIOEmitException e = await Assert.ThrowsAsync<SocketIOEmitException>(() => io.EmitAsync("size", new byte[1200])).Soon();
            Assert.Equal((SocketIOEmitOutcome.TooLarge, 1000, way == "polling" ? 1601 : 1200), (e.Outcome, e.MaxPayload, e.MessageSize));
            Assert.Contains("1000", e.Message, StringComparison.Ordinal);
            Assert.False(io.TryEmit("size", new byte[1200]));
            Assert.Equal(500, await io.CallAsync<int>("size", new byte[500]).Soon());
        }
    }

    [Fact]
    [Trait("Demand", "Q14")]
    [Trait("Demand", "Q39")]
    public async Task Calls_and_emits_end_late_cancelled_or_with_the_connection_and_are_not_sent_afterwards()
    {
        var got = new ConcurrentQueue<string>();
        await using Served served = await Served.StartAsync(io => io.Main
            .On("say", async (SocketIOSocket _, string text) => got.Enqueue(text))
            .On("never", async (SocketIOSocket socket) => await Task.Delay(Timeout.Infinite, socket.Disconnected)));
        SocketIOClient io = await served.ConnectAsync();
        Task late = io.Main.CallAsync("never", [], TimeSpan.FromSeconds(3));
        await Waiting.Until(() => served.Server.Main.SocketCount == 1);
        served.Time.Advance(TimeSpan.FromSeconds(3));
        await Assert.ThrowsAsync<TimeoutException>(() => late).Soon();

        using var cancel = new CancellationTokenSource();
        Task cancelled = io.Main.CallAsync("never", [], cancellationToken: cancel.Token);
        Task lost = io.Main.CallAsync("never", []);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled).Soon();

        await served.KillAsync();
        SocketIOEmitException e = await Assert.ThrowsAsync<SocketIOEmitException>(() => lost).Soon();
        Assert.Equal(SocketIOEmitOutcome.Disconnected, e.Outcome);

        using var cancelWaiting = new CancellationTokenSource();
        Task waits = io.Main.EmitAsync("say", ["cancelled"], cancelWaiting.Token);
        Task first = io.EmitAsync("say", "sent");
        Task timed = io.Main.CallAsync("say", ["timed out"], TimeSpan.FromMilliseconds(1));
        Assert.False(waits.IsCompleted);
        await cancelWaiting.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waits).Soon();
        served.Time.Advance(TimeSpan.FromMilliseconds(1));
        await Assert.ThrowsAsync<TimeoutException>(() => timed).Soon();
        await served.RestartAsync();
        await served.Until(() => first.IsCompleted, () => io.State == SocketIOClientState.Waiting);
        await io.CallAsync<object>("say", "last").Soon();
        Assert.Equal(["sent", "last"], got);
        Assert.Equal(0, io.Driver.BufferedEmits);
    }

    [Fact]
    [Trait("Demand", "Q40")]
    public async Task Failures_say_transport_status_headers_body_code_and_message()
    {
        await using Served served = await Served.StartAsync(_ => { });
        served.Intercept = async context =>
        {
            context.Response.StatusCode = 403;
            context.Response.Headers["X-Why"] = "because";
            await context.Response.Body.WriteAsync("""{"code":4,"message":"Not you"}"""u8.ToArray());
            return true;
        };
        foreach (string way in (string[])["polling", "websocket"])
        {
            SocketIOClient io = served.Client(served.Options(way));
            SocketIOConnectException e = await Assert.ThrowsAsync<SocketIOConnectException>(() => io.ConnectAsync()).Soon();
            EngineIOFailure failure = e.Failure!;
            Assert.Equal((EngineIOClientError.Refused, 403, 4, "Not you"), (failure.Error, failure.Status, failure.Code, failure.Message));
            Assert.Equal(way == "polling" ? EngineIOTransports.Polling : EngineIOTransports.WebSocket, failure.Transport);
            Assert.Contains(KeyValuePair.Create("X-Why", "because"), e.Headers);
            Assert.Equal("""{"code":4,"message":"Not you"}""", Encoding.UTF8.GetString(failure.Body.Span));
            Assert.Equal(SocketIOClientState.Idle, io.State);
            await Waiting.Until(() => io.Driver.CarriedCount == 0);
        }

        await served.KillAsync();
        SocketIOConnectException unreachable =
            await Assert.ThrowsAsync<SocketIOConnectException>(() => served.Client(served.Options("polling")).ConnectAsync()).Soon();
        Assert.IsType<HttpRequestException>(unreachable.InnerException);
    }

    [Fact]
    [Trait("Demand", "Q40")]
    public async Task WebSocket_that_is_blocked_leaves_polling_and_one_notice()
    {
        await using Served served = await Served.StartAsync(io => io.Main.On("ping me", async _ => "here"));
        served.Intercept = async context =>
        {
            if (!context.WebSockets.IsWebSocketRequest
                && !context.Request.QueryString.Value!.Contains("websocket", StringComparison.Ordinal))
                return false;
            context.Response.StatusCode = 400;
            return true;
        };
        EngineIOTransports[][] orders =
        [
            [EngineIOTransports.WebSocket, EngineIOTransports.Polling], [EngineIOTransports.Polling, EngineIOTransports.WebSocket],
        ];
        foreach (EngineIOTransports[] order in orders)
        {
            SocketIOClientOptions options = served.Options(
                change: connection => connection with { Engine = connection.Engine with { Transports = order } });
            SocketIOClient io = served.Client(options);
            var notices = new ConcurrentQueue<SocketIOConnectException>();
            io.OnTransportFailed(notices.Enqueue);
            await io.ConnectAsync().Soon();
            Assert.Equal("here", await io.CallAsync<string>("ping me").Soon());
            await Waiting.Until(() => notices.Count == 1);
            Assert.Equal((400, EngineIOTransports.WebSocket), (notices.Single().Failure!.Status, notices.Single().Failure!.Transport));
            Assert.Equal(EngineIOTransports.Polling, io.Transport);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    [Trait("Demand", "Q35")]
    [Trait("Demand", "Q41")]
    public async Task Headers_cookies_and_query_go_with_all_requests_of_both_transports(string way)
    {
        await using Served served = await Served.StartAsync(
            _ => { },
            new SocketIOOptions { Engine = new() { Server = new() { InitialHeaders = [new("Set-Cookie", "node=7; Path=/")] } } });
        int asked = 0;
        SocketIOClientOptions options = served.Options(way) with
        {
            Headers = [new("Authorization", "Bearer x")],
            HeadersProvider = async _ => [new("X-Attempt", $"{Interlocked.Increment(ref asked)}")],
        };
        await using var io = new SocketIOClient(new Uri("ws://localhost/socket.io/?room=red"), options);
        await io.ConnectAsync().Soon();
        await io.EmitAsync("x").Soon();
        if (way == "upgrade")
            await served.Until(() => io.Transport == EngineIOTransports.WebSocket);
        if (way == "polling")
            await Waiting.Until(() => served.Requests.Count(request => request.Line.StartsWith("POST", StringComparison.Ordinal)) > 1);
        (string Line, IDictionary<string, string> Headers)[] requests = [.. served.Requests];
        Assert.All(requests, request => Assert.Equal(("Bearer x", "1"), (request.Headers["Authorization"], request.Headers["X-Attempt"])));
        Assert.All(requests, request => Assert.EndsWith("&room=red", request.Line, StringComparison.Ordinal));
        Assert.All(requests.Skip(1), request => Assert.Equal("node=7", request.Headers["Cookie"]));
        Assert.Equal(way != "polling", requests.Any(request => request.Line.Contains("transport=websocket", StringComparison.Ordinal)));
        Assert.Equal(1, asked);
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task Binary_events_of_64_tasks_keep_together(string way)
    {
        const int Each = 157;
        var got = new ConcurrentDictionary<(int, int), int>();
        int broken = 0;
        await using Served served = await Served.StartAsync(
            io => io.Main.On("b", async (SocketIOSocket _, int task, int number, byte[] first, byte[] second) =>
            {
                if (first.Length != 1 + (number % 50)
                    || second.Length != 1 + (task % 50)
                    || Array.Exists(first, b => b != (byte)task)
                    || Array.Exists(second, b => b != (byte)number))
                    Interlocked.Increment(ref broken);
                got.AddOrUpdate((task, number), 1, (_, count) => count + 1);
            }));
        SocketIOClient io = await served.ConnectAsync(way, served.Options(way, connection => connection with
        {
            Engine = connection.Engine with { MaxPacketsPerPost = 1000 },
        }));
        await Task.WhenAll(Enumerable.Range(0, 64).Select(task => Task.Run(async () =>
        {
            for (int number = 0; number < Each; number++)
            {
                byte[] first = new byte[1 + (number % 50)];
                byte[] second = new byte[1 + (task % 50)];
                Array.Fill(first, (byte)task);
                Array.Fill(second, (byte)number);
                await io.EmitAsync("b", task, number, first, second);
            }
        }))).Soon();
        await Waiting.Until(() => got.Count == 64 * Each);
        Assert.Equal(0, broken);
        Assert.All(got.Values, count => Assert.Equal(1, count));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    [Trait("Demand", "Q21")]
    [Trait("Demand", "Q22")]
    public async Task Client_that_was_lost_is_what_it_was_and_gets_what_it_missed_without_offsets(string way)
    {
        await using Served served = await Served.StartAsync(io => io.Main
            .EnableRecovery()
            .On("drop", async socket => socket.Disconnect())
            .On("join", async (SocketIOSocket socket) => socket.Join("room")));
        SocketIOClient io = await served.ConnectAsync(way);
        string id = io.Id!;
        var got = new ConcurrentQueue<string>();
        io.Main.OnAny(async e => got.Enqueue($"{e.Name} {e.Arguments.Count}"));
        await io.CallAsync<object>("join").Soon();
        for (int round = 1; round <= 5; round++)
        {
            served.Server.Main.To("room").Emit("n", 1);
            served.Server.Main.Volatile.Emit("pos", "hello");
            await Waiting.Until(() => got.Count == (round * 3) - 1);
            await Waiting.Until(() =>
            {
                served.CutLines(); // between two polls there is none
                return io.State == SocketIOClientState.Waiting;
            });
            served.Server.Main.To("room").Emit("missed", 2);
            await served.Until(() => io.Main.IsConnected, () => io.State == SocketIOClientState.Waiting);
            await Waiting.Until(() => got.Count == round * 3);
            Assert.Equal((id, true), (io.Id, io.Main.Recovered));
        }

        Assert.Equal(Enumerable.Repeat<string[]>(["n 1", "pos 1", "missed 1"], 5).SelectMany(lines => lines), got);
    }

    [Fact]
    [Trait("Demand", "Q09")]
    public async Task Events_wait_for_the_connect_handler_and_for_each_other()
    {
        await using Served served = await Served.StartAsync(io => io.Main.OnConnected(async socket =>
        {
            for (int i = 0; i < 10; i++)
                socket.Emit("n", i);
        }));
        SocketIOClient io = served.Client();
        var gate = new TaskCompletionSource();
        var got = new ConcurrentQueue<int>();
        io.OnConnected(_ => gate.Task);
        io.On<int>("n", got.Enqueue);
        await io.ConnectAsync().Soon();
        Assert.Empty(got);
        gate.SetResult();
        await Waiting.Until(() => got.Count == 10);
        Assert.Equal(Enumerable.Range(0, 10), got);
    }

    [Fact]
    [Trait("Demand", "Q11")]
    [Trait("Demand", "Q12")]
    public async Task Handler_that_waits_or_fails_holds_neither_other_namespaces_nor_answers()
    {
        await using Served served = await Served.StartAsync(io =>
        {
            io.Main.On("go", async socket =>
            {
                socket.Emit("fails");
                socket.Emit("waits");
            }).On("add", async (SocketIOSocket _, int a, int b) => a + b);
            io.Of("/b").On("go", async socket => socket.Emit("x"));
        });
        var failures = new ConcurrentQueue<string>();
        SocketIOClientOptions options =
            served.Options() with { OnHandlerFailed = (exception, e) => failures.Enqueue($"{e?.Name} {exception.Message}") };
        SocketIOClient io = await served.ConnectAsync(options: options);
        var gate = new TaskCompletionSource();
        var sum = new TaskCompletionSource<int>();
        io.On("fails", _ => throw new InvalidOperationException("by itself"));
        io.On("waits", async _ =>
        {
            sum.SetResult(await io.CallAsync<int>("add", 1, 2));
            await gate.Task;
        });
        SocketIOClientNamespace b = io.Of("/b");
        var other = new TaskCompletionSource();
        b.On("x", async _ => other.SetResult());
        await b.ConnectAsync().Soon();
        await io.EmitAsync("go").Soon();
        Assert.Equal(3, await sum.Task.Soon());
        await b.EmitAsync("go").Soon();
        await other.Task.Soon();
        Assert.Equal(["fails by itself"], failures);
        gate.SetResult();
    }

    [Fact]
    [Trait("Demand", "Q15")]
    public async Task Arguments_that_do_not_fit_are_told_with_the_event_and_the_client_stays()
    {
        var answers = new ConcurrentQueue<string>();
        await using Served served = await Served.StartAsync(io => io.Main.On("go", async socket =>
        {
            socket.Emit("number", "text");
            socket.Emit("number");
            socket.Emit("number", 7, "too many");
            SocketIOArguments answer = await socket.CallAsync("number", [8]);
            answers.Enqueue($"{answer.Count}");
        }));
        var failures = new ConcurrentQueue<string>();
        SocketIOClientOptions options =
            served.Options() with { OnHandlerFailed = (exception, e) => failures.Enqueue($"{e!.Name} {exception.GetType().Name}") };
        SocketIOClient io = await served.ConnectAsync(options: options);
        var got = new ConcurrentQueue<int>();
        io.On<int>("number", got.Enqueue);
        await io.CallAsync<object>("go").Soon();
        Assert.Equal([7, 8], got);
        Assert.Equal(["number JsonException", "number JsonException"], failures);
        Assert.Equal(["0"], answers);
        Assert.Throws<ArgumentException>(() => io.On<int>("number", _ => { }));
        Assert.Throws<ArgumentException>(() => io.On<int>("connect", _ => { }));
    }

    [Fact]
    [Trait("Demand", "Q42")]
    public async Task Handlers_run_where_the_application_wants_in_order_and_nothing_needs_a_context()
    {
        await using Served served = await Served.StartAsync(io => io.Main.On("go", async socket =>
        {
            for (int i = 0; i < 20; i++)
                socket.Emit("n", i);
        }));
        using var context = new OneThread();
        SocketIOClientOptions options = served.Options() with { HandlerContext = context };
        // On the thread itself, which blocks, as an application must not, and is not deadlocked.
        SocketIOClient io = served.Client(options);
        await context.Run(() => io.ConnectAsync().Wait(TimeSpan.FromSeconds(30))).Soon();
        var got = new ConcurrentQueue<(int Number, int Thread)>();
        io.Main.On("n", async (int number) =>
        {
            await Task.Yield();
            got.Enqueue((number, Environment.CurrentManagedThreadId));
        });
        await io.EmitAsync("go").Soon();
        await Waiting.Until(() => got.Count == 20);
        Assert.Equal(Enumerable.Range(0, 20).Select(number => (number, context.Id)), got);
    }

    [Fact]
    [Trait("Demand", "Q42")]
    public async Task Disposal_ends_at_every_stage_and_leaves_nothing()
    {
        await using Served served = await Served.StartAsync(io => io.Main.On("end me", async socket => socket.Emit("end")));
        // While it connects, and nobody answers.
        served.Intercept = async context =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        };
        foreach (string way in (string[])["polling", "websocket", "upgrade"])
        {
            SocketIOClient hangs = served.Client(served.Options(way));
            Task connecting = hangs.ConnectAsync();
            await Waiting.Until(() => hangs.State == SocketIOClientState.Connecting);
            await hangs.DisposeAsync().Soon();
            await hangs.DisposeAsync().Soon();
            await Assert.ThrowsAsync<SocketIOConnectException>(() => connecting).Soon();
            Assert.Equal(0, hangs.Driver.CarriedCount);
        }

        // By the application, which cancels.
        using var cancel = new CancellationTokenSource();
        SocketIOClient cancelled = served.Client();
        Task cancelling = cancelled.ConnectAsync(cancel.Token);
        await Waiting.Until(() => cancelled.State == SocketIOClientState.Connecting);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelling).Soon();
        Assert.Equal(SocketIOClientState.Idle, cancelled.State);
        served.Intercept = null;
        await cancelled.ConnectAsync().Soon();

        // While it waits for its next attempt.
        SocketIOClient waits = await served.ConnectAsync();
        await served.KillAsync();
        await Waiting.Until(() => waits.State == SocketIOClientState.Waiting);
        Task emit = waits.EmitAsync("x");
        await waits.DisposeAsync().Soon();
        SocketIOEmitException e = await Assert.ThrowsAsync<SocketIOEmitException>(() => emit).Soon();
        Assert.Equal(SocketIOEmitOutcome.NotConnected, e.Outcome);
        Assert.Throws<ObjectDisposedException>(() => waits.TryEmit("x"));

        // By a handler.
        await served.RestartAsync();
        SocketIOClient byHandler = await served.ConnectAsync();
        var ended = new TaskCompletionSource();
        byHandler.On("end", async _ =>
        {
            await byHandler.DisposeAsync();
            ended.SetResult();
        });
        await byHandler.EmitAsync("end me").Soon();
        await ended.Task.Soon();
        await Waiting.Until(() => byHandler.Driver.CarriedCount == 0);
    }

    [Fact]
    [Trait("Demand", "Q42")]
    public async Task Connecting_while_the_client_is_disposed_of_ends()
    {
        await using Served served = await Served.StartAsync(_ => { });
        for (int round = 0; round < 20; round++)
        {
            SocketIOClient io = await served.ConnectAsync("polling");
            var gate = new TaskCompletionSource();
            served.Intercept = async context =>
            {
                if (context.Request.Method == "POST")
                    await gate.Task;
                return false;
            };
            ValueTask disposal = io.DisposeAsync();
            await Waiting.Until(() => io.State == SocketIOClientState.Closing);
            Task connecting = io.ConnectAsync();
            gate.SetResult();
            await Assert.ThrowsAsync<ObjectDisposedException>(() => connecting).Soon();
            await disposal.Soon();
            Assert.Equal(SocketIOClientState.Idle, io.State);
            served.Intercept = null;
        }
    }

    [Fact]
    public async Task What_a_greeting_leaves_running_does_not_go_before_what_waits()
    {
        var got = new ConcurrentQueue<string>();
        await using Served served = await Served.StartAsync(
            io => io.Main.On("say", async (SocketIOSocket _, string text) => got.Enqueue(text)));
        SocketIOClient io = served.Client();
        var next = new TaskCompletionSource();
        var isIn = new TaskCompletionSource();
        var said = new TaskCompletionSource();
        int greetings = 0;
        io.OnConnected(async main =>
        {
            if (Interlocked.Increment(ref greetings) == 1)
            {
                _ = Task.Run(async () =>
                {
                    await next.Task;
                    io.TryEmit("say", "second");
                    said.SetResult();
                });
                return;
            }

            isIn.SetResult();
            await said.Task;
        });
        await io.ConnectAsync().Soon();
        await served.RestartAsync();
        await Waiting.Until(() => io.State == SocketIOClientState.Waiting);
        Assert.True(io.TryEmit("say", "first"));
        io.ReconnectNow();
        await isIn.Task.Soon();
        next.SetResult();
        await Waiting.Until(() => got.Count == 2);
        Assert.Equal(["first", "second"], got);
    }

    [Fact]
    [Trait("Demand", "Q37")]
    public async Task Attempt_that_took_too_long_is_given_up_before_the_next_and_there_is_one_session()
    {
        int slow = 3;
        int begun = 0;
        int given = 0;
        await using Served served = await Served.StartAsync(_ => { });
        served.Intercept = async context =>
        {
            if (Interlocked.Decrement(ref slow) < 0)
                return false;
            Interlocked.Increment(ref begun);
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Interlocked.Increment(ref given);
            return true;
        };
        SocketIOClientOptions options = served.Options(change: connection => connection with
        {
            ReconnectPolicy = static context => context.Delay,
            Engine = connection.Engine with { OpenTimeout = TimeSpan.FromSeconds(10) },
        });
        SocketIOClient io = served.Client(options);
        Task connecting = io.ConnectAsync();
        await served.Until(
            () => connecting.IsCompleted,
            () => io.State == SocketIOClientState.Waiting || Volatile.Read(ref begun) > Volatile.Read(ref given));
        await connecting;
        await Waiting.Until(() => Volatile.Read(ref given) == 3);
        await Waiting.Until(() => served.Server.Main.SocketCount == 1);
        Assert.InRange(served.Handshakes, 4, int.MaxValue);
    }

    [Fact]
    [Trait("Demand", "Q38")]
    public async Task Refused_client_asks_again_with_a_fresh_token_where_a_policy_says_so()
    {
        await using Served served = await Served.StartAsync(io => io.Main.OnConnecting(async socket =>
        {
            if (JsonDocument.Parse(socket.Auth.GetJson(0)).RootElement.GetProperty("token").GetInt32() < 3)
                throw new SocketIORefusedException("old");
        }));
        int token = 0;
        SocketIOClientOptions options =
            served.Options(change: connection => connection with { RejoinPolicy = static context => context.Delay }) with
            {
                AuthProvider = async (_, _) => new { token = Interlocked.Increment(ref token) },
            };
        SocketIOClient io = served.Client(options);
        Task connecting = io.ConnectAsync();
        await served.Until(() => connecting.IsCompleted);
        await connecting;
        Assert.Equal(3, token);

        SocketIOClient without = served.Client(served.Options() with { Auth = new { token = 1 } });
        SocketIOJoinException refusal = await Assert.ThrowsAsync<SocketIOJoinException>(() => without.ConnectAsync()).Soon();
        Assert.Equal(("old", SocketIOClientState.Open), (refusal.Message, without.State));
        SocketIOClient failing = served.Client(
            served.Options() with { AuthProvider = (_, _) => throw new InvalidOperationException("no token") });
        SocketIOJoinException failure = await Assert.ThrowsAsync<SocketIOJoinException>(() => failing.ConnectAsync()).Soon();
        Assert.Equal((SocketIORefusalKind.AuthFailed, "no token"), (failure.Kind, failure.InnerException!.Message));
    }

    [Fact]
    public async Task Events_can_be_read_as_a_stream_over_all_connections()
    {
        await using Served served = await Served.StartAsync(io => io.Main.OnConnected(async socket => socket.Emit("n", 1))
            .On("more", async (SocketIOSocket socket) => socket.Emit("n", 2)));
        SocketIOClient io = served.Client();
        var got = new ConcurrentQueue<int>();
        Task reading = Task.Run(async () =>
        {
            await foreach (SocketIOReceived e in io.ReadAllAsync("n"))
                got.Enqueue(e.Get<int>(0));
        });
        await Waiting.Until(() => io.Main.ReaderCount == 1);
        using var cancel = new CancellationTokenSource();
        Task cancelled = Task.Run(async () =>
        {
            await foreach (SocketIOReceived _ in io.ReadAllAsync(cancellationToken: cancel.Token))
            {
            }
        });
        await Waiting.Until(() => io.Main.ReaderCount == 2);
        await io.ConnectAsync().Soon();
        await Waiting.Until(() => got.Count == 1);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled).Soon();
        await io.EmitAsync("more").Soon();
        await Waiting.Until(() => got.Count == 2);
        await served.RestartAsync();
        await served.Until(() => got.Count == 3, () => io.State == SocketIOClientState.Waiting);
        await io.DisposeAsync().Soon();
        await reading.Soon();
        Assert.Equal([1, 2, 1], got);
    }

    [Fact]
    public async Task What_the_application_does_wrong_throws_and_changes_nothing()
    {
        Assert.Throws<ArgumentException>(() => new SocketIOClient(new Uri("ftp://localhost")));
        Assert.Throws<ArgumentException>(() => new SocketIOClient(new Uri("/relative", UriKind.Relative)));
        Assert.Throws<ArgumentException>(() => new SocketIOClient(new Uri("http://user@localhost")));
        await using Served served = await Served.StartAsync(_ => { });
        Assert.Throws<ArgumentException>(() => new SocketIOClient(Served.Address, served.Options() with { Tls = new() }));
        SocketIOClient io = served.Client();
        Assert.Throws<ArgumentException>(() => io.Of("admin"));
        Assert.Throws<ArgumentException>(() => io.Of("/a,b"));
        Assert.Throws<ArgumentException>(() => io.Of("/a\u001eb"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => io.Of("/admin").ConnectAsync());
        SocketIOEmitException e = await Assert.ThrowsAsync<SocketIOEmitException>(() => io.EmitAsync("x"));
        Assert.Equal(SocketIOEmitOutcome.NotConnected, e.Outcome);
        await io.ConnectAsync().Soon();
        await Assert.ThrowsAsync<ArgumentException>(async () => await io.EmitAsync("connect"));
        await Assert.ThrowsAsync<ArgumentException>(
            async () => await io.EmitAsync("x", Enumerable.Repeat<object?>(new byte[1], 11).ToArray().AsSpan()));
        Assert.True(io.Main.IsConnected);
    }

    internal sealed record Nested(string Name, byte[][] Parts);

    /// <summary>A context with one thread, as that of a user interface.</summary>
    private sealed class OneThread : SynchronizationContext, IDisposable
    {
        private readonly BlockingCollection<(SendOrPostCallback, object?)> _work = [];
        private readonly Thread _thread;

        internal OneThread()
        {
            _thread = new Thread(() =>
            {
                SetSynchronizationContext(this);
                foreach ((SendOrPostCallback callback, object? state) in _work.GetConsumingEnumerable())
                    callback(state);
            })
            { IsBackground = true };
            _thread.Start();
        }

        internal int Id => _thread.ManagedThreadId;

        public override void Post(SendOrPostCallback d, object? state) => _work.Add((d, state));

        internal Task Run(Action action)
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Post(
                _ =>
                {
                    action();
                    done.SetResult();
                },
                null);
            return done.Task;
        }

        public void Dispose()
        {
            _work.CompleteAdding();
            _thread.Join();
            _work.Dispose();
        }
    }

    [Fact]
    public async Task What_a_handler_of_states_throws_is_dropped_and_it_is_told_of_the_next()
    {
        await using Served served = await Served.StartAsync(_ => { });
        SocketIOClient io = served.Client();
        var states = new ConcurrentQueue<SocketIOClientState>();
        io.OnStateChanged(change =>
        {
            states.Enqueue(change.State);
            throw new InvalidOperationException();
        });
        await io.ConnectAsync().Soon();
        await Waiting.Until(() => states.Count == 2);
        Assert.Equal([SocketIOClientState.Connecting, SocketIOClientState.Open], states);
    }
}
