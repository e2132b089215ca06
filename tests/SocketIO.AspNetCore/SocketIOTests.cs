using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.AspNetCore.Tests;

/// <summary>Socket.IO on Kestrel: what an application sees and what a client sees, over a WebSocket in memory.</summary>
public class SocketIOTests
{
    internal const string Path = "/socket.io/";

    [Fact]
    public async Task Typed_events_are_handled_and_answered()
    {
        await using App app = await StartAsync(io => io.Main
            .On("none", socket => Sent(socket, "none"))
            .On("one", (SocketIOSocket socket, string text) => Sent(socket, text))
            .On("two", (SocketIOSocket socket, Point point, bool flag) => Sent(socket, $"{point.X} {point.Y} {flag}"))
            .On("three", (SocketIOSocket socket, int a, int? b, int? c) => Sent(socket, $"{a} {b} {c}"))
            .On("sum", async (SocketIOSocket socket, int a, int b, int c) => a + b + c)
            .On("double", async (SocketIOSocket socket, int a) => a * 2)
            .On("pair", async (SocketIOSocket socket, int a, int b) => SocketIOAck.Of(b, a))
            .On("time", async socket => "now")
            .On("all", async (SocketIOSocket socket, SocketIOArguments all) => all.Count));
        await using Peer peer = await Peer.ConnectAsync(app);
        await ExpectAsync("2[\"none\"]", "2[\"sent\",\"none\"]");
        await ExpectAsync("25[\"none\"]", "2[\"sent\",\"none\"]", "35[]");
        await ExpectAsync("2[\"one\",\"é\"]", "2[\"sent\",\"é\"]");
        await ExpectAsync("2[\"two\",{\"x\":1,\"y\":2},true,\"more is ignored\"]", "2[\"sent\",\"1 2 True\"]");
        await ExpectAsync("2[\"three\",1,null]", "2[\"sent\",\"1  \"]");
        await ExpectAsync("20[\"sum\",1,2,3]", "30[6]");
        await ExpectAsync("27[\"double\",4]", "37[8]");
        await ExpectAsync("28[\"pair\",1,2]", "38[2,1]");
        await ExpectAsync("29[\"time\"]", "39[\"now\"]");
        await ExpectAsync("210[\"all\",1,2]", "310[2]");

        async Task ExpectAsync(string packet, params string[] answers)
        {
            await peer.SendAsync(packet);
            foreach (string answer in answers)
                Assert.Equal(answer, await peer.NextAsync());
        }
    }

    [Fact]
    public async Task Attachments_go_both_ways()
    {
        await using App app = await StartAsync(io => io.Main
            .On("reverse", async (SocketIOSocket socket, byte[] bytes) => bytes.Reverse().ToArray())
            .On("file", async (SocketIOSocket socket, Upload file) => file with { Bytes = [.. file.Bytes, 9] }));
        await using Peer peer = await Peer.ConnectAsync(app);
        await peer.SendAsync("51-1[\"reverse\",{\"_placeholder\":true,\"num\":0}]");
        await peer.SendAsync([1, 2, 3]);
        Assert.Equal("61-1[{\"_placeholder\":true,\"num\":0}]", await peer.NextAsync());
        Assert.Equal("030201", await peer.NextAsync());
        await peer.SendAsync("51-2[\"file\",{\"name\":\"a\",\"bytes\":{\"_placeholder\":true,\"num\":0}}]");
        await peer.SendAsync([7]);
        Assert.Equal("61-2[{\"name\":\"a\",\"bytes\":{\"_placeholder\":true,\"num\":0}}]", await peer.NextAsync());
        Assert.Equal("0709", await peer.NextAsync());
    }

    [Fact]
    [Trait("Demand", "Q15")]
    public async Task Any_delegate_is_a_handler_with_services_defaults_and_results_of_all_kinds()
    {
        await using App app = await StartAsync(
            io => io.Main
                .On("void", (SocketIOSocket socket, string text) => { socket.Emit("sent", text); })
                .On("value", (int a, int b) => a + b)
                .On("task", (SocketIOEvent e) => Task.FromResult(e.Name))
                .On("valuetask", (SocketIOArguments all) => ValueTask.FromResult(all.Count))
                .On("plain task", (SocketIOSocket socket) => Task.CompletedTask)
                .On("plain valuetask", (SocketIOSocket socket, int unused) => ValueTask.CompletedTask)
                .On("service", (Greeter greeter, string name, CancellationToken left) => $"{greeter.Greet(name)} {left.CanBeCanceled}")
                .On("defaults", (string a = "x", int? b = null, string? c = null) => $"{a}{b}{c}")
                .On("ack", () => SocketIOAck.Of(1, 2)),
            services => services.AddScoped<Greeter>());
        await using Peer peer = await Peer.ConnectAsync(app);
        foreach ((string packet, string answer) in new[]
        {
            ("2[\"void\",\"a\"]", "2[\"sent\",\"a\"]"),
            ("21[\"value\",1,2]", "31[3]"),
            ("21[\"task\"]", "31[\"task\"]"),
            ("21[\"valuetask\",0,0]", "31[2]"),
            ("21[\"plain task\"]", "31[]"),
            ("21[\"plain valuetask\",0]", "31[]"),
            ("21[\"service\",\"Ann\"]", "31[\"Hello Ann True\"]"),
            ("21[\"defaults\"]", "31[\"x\"]"),
            ("21[\"defaults\",\"y\",2,\"z\"]", "31[\"y2z\"]"),
            ("21[\"ack\"]", "31[1,2]"),
        })
        {
            await peer.SendAsync(packet);
            Assert.Equal(answer, await peer.NextAsync());
        }
    }

    [Fact]
    [Trait("Demand", "Q12")]
    [Trait("Demand", "Q15")]
    public async Task Handler_that_fails_and_arguments_that_do_not_fit_are_told_to_the_error_handler_and_the_client_stays()
    {
        var errors = new List<string>();
        await using App app = await StartAsync(io => io.Main
            .On("sync", (Func<SocketIOSocket, Task>)(_ => throw new InvalidOperationException("sync")))
            .On("async", async socket =>
            {
                await Task.Yield();
                throw new InvalidOperationException("async");
            })
            .On("typed", (SocketIOSocket _, int a, int b) => Task.CompletedTask)
            .On("free", (int a, string b) => a)
            .On("free throws", () => { throw new InvalidOperationException("free"); })
            .On("fine", async socket => "fine")
            .OnError(async (e, exception) =>
            {
                errors.Add($"{e.Name}: {exception.GetType().Name} {(exception as SocketIOBindingException)?.Index}");
                return e.Name == "sync" ? "sorry" : null;
            }));
        await using Peer peer = await Peer.ConnectAsync(app);
        await peer.SendAsync("21[\"sync\"]");
        Assert.Equal("31[\"sorry\"]", await peer.NextAsync());
        foreach (string packet in new[]
        {
            "[\"async\"]", "[\"typed\",1]", "[\"typed\",\"a\",1]", "[\"free\",1]", "[\"free\",{},\"\"]", "[\"free throws\"]",
        })
            await peer.SendAsync("22" + packet);
        await peer.SendAsync("23[\"fine\"]");
        Assert.Equal("33[\"fine\"]", await peer.NextAsync());
        Assert.Equal(
            [
                "sync: InvalidOperationException ", "async: InvalidOperationException ", "typed: SocketIOBindingException 1",
                "typed: SocketIOBindingException 0",
                "free: SocketIOBindingException 1", "free: SocketIOBindingException 0", "free throws: InvalidOperationException ",
            ],
            errors);
    }

    [Fact]
    [Trait("Demand", "Q12")]
    public async Task Without_an_error_handler_what_fails_is_logged_with_namespace_and_event_and_gets_no_ack()
    {
        await using App app = await StartAsync(io => io.Main
            .On("fails", (Func<SocketIOSocket, Task>)(_ => throw new InvalidOperationException("on purpose")))
            .On("fine", async socket => 1));
        await using Peer peer = await Peer.ConnectAsync(app);
        await peer.SendAsync("21[\"fails\"]");
        await peer.SendAsync("22[\"fine\"]");
        Assert.Equal("32[1]", await peer.NextAsync());
        Assert.Equal(
            "The handler of fails in / failed.",
            Assert.Single(app.Logs.GetSnapshot(), entry => entry.Level == LogLevel.Error).Message);
    }

    [Fact]
    public async Task Client_is_judged_by_what_it_brings_before_it_is_in()
    {
        await using App app = await StartAsync(io => io.Main
            .OnConnecting(async socket =>
            {
                await Task.Yield();
                socket.Emit("early", 1);
                string token = socket.Auth.Count == 0
                    ? ""
                    : JsonDocument.Parse(socket.Auth.GetJson(0)).RootElement.GetProperty("token").GetString()!;
                if (token == "old")
                    throw new SocketIORefusedException("Too old") { Details = new { RetryAfter = 5 } };
                if (token != "right")
                    throw new InvalidOperationException("secret");
            })
            .OnConnected(async socket => socket.Emit("welcome", socket.Id.Length)));
        await using Peer peer = await Peer.OpenAsync(app);
        await peer.SendAsync("0{\"token\":\"old\"}");
        Assert.Equal("4{\"message\":\"Too old\",\"data\":{\"retryAfter\":5}}", await peer.NextAsync());
        await peer.SendAsync("0");
        Assert.Equal("4{\"message\":\"Connection refused\"}", await peer.NextAsync());
        await peer.JoinAsync("/", "{\"token\":\"right\"}");
        Assert.Equal("2[\"early\",1]", await peer.NextAsync());
        Assert.Equal("2[\"welcome\",20]", await peer.NextAsync());
    }

    [Fact]
    public async Task Namespaces_that_there_are_not_are_refused()
    {
        await using App app = await StartAsync(io => io.Of("/a").On("x", async socket => "a"));
        await using Peer peer = await Peer.OpenAsync(app);
        await peer.SendAsync("0/nope,");
        Assert.Equal("4/nope,{\"message\":\"Invalid namespace\"}", await peer.NextAsync());
        await peer.JoinAsync("/a");
        await peer.JoinAsync("/");
        await peer.SendAsync("2/a,1[\"x\"]");
        Assert.Equal("3/a,1[\"a\"]", await peer.NextAsync());
    }

    [Fact]
    [Trait("Demand", "Q28")]
    public async Task Namespaces_of_a_pattern_come_and_go_with_their_clients()
    {
        SocketIOServer server = null!;
        await using App app = await StartAsync(
            io =>
            {
                server = io;
                io.Of(name => name.StartsWith("/room-", StringComparison.Ordinal)).On("where", async socket => socket.Namespace.Name);
                io.Of(_ => throw new InvalidOperationException("on purpose"));
            },
            options: new() { MaxDynamicNamespaces = 2 });
        await using Peer one = await Peer.ConnectAsync(app, "/room-1");
        await using Peer two = await Peer.ConnectAsync(app, "/room-2");
        await one.SendAsync("2/room-1,1[\"where\"]");
        Assert.Equal("3/room-1,1[\"/room-1\"]", await one.NextAsync());
        await two.SendAsync("0/room-3,");
        Assert.Equal("4/room-3,{\"message\":\"Invalid namespace\"}", await two.NextAsync());
        Assert.Equal(["/", "/room-1", "/room-2"], server.Namespaces.Select(space => space.Name).Order());
        await one.SendAsync("1/room-1,");
        await Waiting.Until(() => server.Namespaces.Count == 2);
        await two.SendAsync("0/other,");
        Assert.Equal("4/other,{\"message\":\"Invalid namespace\"}", await two.NextAsync());
        await two.JoinAsync("/room-3");
        two.Abort();
        await Waiting.Until(() => server.Namespaces.Count == 1);
    }

    [Fact]
    public async Task Rooms_and_broadcasts_reach_those_whom_they_should()
    {
        SocketIOServer server = null!;
        await using App app = await StartAsync(io =>
        {
            server = io;
            io.Main
                .On("join", async (SocketIOSocket socket, string room) => socket.Join(room))
                .On("leave", async (SocketIOSocket socket, string room) => socket.Leave(room))
                .On("rooms", async socket => socket.Rooms.Order(StringComparer.Ordinal).Select(room => room == socket.Id ? "own" : room))
                .On("broadcast", async socket => socket.Broadcast.Emit("m", "broadcast"))
                .On("to", async (SocketIOSocket socket, string room) => socket.To(room).Emit("m", "to"));
        });
        await using Peer a = await Peer.ConnectAsync(app);
        await using Peer b = await Peer.ConnectAsync(app);
        await using Peer c = await Peer.ConnectAsync(app);
        await AskAsync(a, "[\"join\",\"red\"]", "[true]");
        await AskAsync(a, "[\"join\",\"blue\"]", "[true]");
        await AskAsync(b, "[\"join\",\"red\"]", "[true]");
        string rooms = await AnswerAsync(a, "[\"rooms\"]");
        Assert.Contains("red", rooms, StringComparison.Ordinal);
        Assert.Contains("blue", rooms, StringComparison.Ordinal);
        Assert.Contains("own", rooms, StringComparison.Ordinal);
        Assert.Equal(3, server.Main.SocketCount);
        Assert.Equal(5, server.Main.Rooms.Count);

        await AskAsync(a, "[\"broadcast\"]", "[]");
        Assert.Equal("2[\"m\",\"broadcast\"]", await b.NextAsync());
        Assert.Equal("2[\"m\",\"broadcast\"]", await c.NextAsync());
        await AskAsync(c, "[\"to\",\"red\"]", "[]");
        Assert.Equal("2[\"m\",\"to\"]", await a.NextAsync());
        Assert.Equal("2[\"m\",\"to\"]", await b.NextAsync());
        await AskAsync(a, "[\"to\",\"red\"]", "[]");
        Assert.Equal("2[\"m\",\"to\"]", await b.NextAsync());

        server.Main.Emit("m", "all");
        server.Main.To("red", "blue").Emit("m", "each once");
        server.Main.Except("blue").Emit("m", "not blue");
        server.Main.To("red").Except(b.Id).Emit("m", "red but b");
        server.Main.To(c.Id).Volatile.Emit("m", "c");
        Assert.True(server.Main.Find(a.Id)!.EmitVolatile("m", "end"));
        server.Main.Volatile.Emit("m", "end");
        await HasAsync(a, "all", "each once", "red but b", "end", "end");
        await HasAsync(b, "all", "each once", "not blue", "end");
        await HasAsync(c, "all", "not blue", "c", "end");
        Assert.Null(server.Main.Find("red"));
        Assert.Null(server.Main.Find("nobody"));

        await AskAsync(a, "[\"leave\",\"red\"]", "[true]");
        await AskAsync(a, "[\"leave\",\"red\"]", "[false]");
        server.Main.To("blue").Join("green");
        server.Main.To("red").Leave("red");
        Assert.Equal(["blue", "green"], server.Main.Rooms.Where(room => room.Length < 20).Order());
        server.Main.To("green").Disconnect();
        Assert.Equal("1", await a.NextAsync());
        await Waiting.Until(() => server.Main.SocketCount == 2);
        Assert.Equal(2, server.Main.Rooms.Count);
        server.Main.Except([]).Disconnect(closeSessions: true);
        Assert.Equal("1", await b.NextAsync());
        Assert.Equal("close 1000", await b.NextAsync());

        static async Task HasAsync(Peer peer, params string[] texts)
        {
            foreach (string text in texts)
                Assert.Equal($"2[\"m\",\"{text}\"]", await peer.NextAsync());
        }

        static async Task<string> AnswerAsync(Peer peer, string payload)
        {
            await peer.SendAsync("20" + payload);
            return await peer.NextAsync();
        }

        static async Task AskAsync(Peer peer, string payload, string answer) =>
            Assert.Equal("30" + answer, await AnswerAsync(peer, payload));
    }

    [Fact]
    [Trait("Demand", "Q24")]
    public async Task Broadcast_is_encoded_once_and_not_at_all_for_nobody()
    {
        SocketIOServer server = null!;
        int count = 0;
        await using App app = await StartAsync(io => server = io);
        server.Main.Emit("m", new Counted(() => count++));
        Assert.Equal(0, count);
        await using Peer a = await Peer.ConnectAsync(app);
        await using Peer b = await Peer.ConnectAsync(app);
        server.Main.Emit("m", new Counted(() => count++));
        Assert.Equal("2[\"m\",{\"value\":7}]", await a.NextAsync());
        Assert.Equal("2[\"m\",{\"value\":7}]", await b.NextAsync());
        Assert.Equal(1, count);
    }

    [Fact]
    [Trait("Demand", "Q13")]
    [Trait("Demand", "Q14")]
    public async Task Every_call_ends_answered_late_cancelled_or_with_the_client()
    {
        SocketIOServer server = null!;
        var time = new FakeTimeProvider();
        await using App app = await StartAsync(io => server = io, options: new() { Engine = new() { TimeProvider = time } });
        await using Peer peer = await Peer.ConnectAsync(app);
        SocketIOSocket socket = server.Main.Find(peer.Id)!;

        Task<Point?> call = socket.CallAsync<Point>("where", 1);
        Assert.Equal("20[\"where\",1]", await peer.NextAsync());
        await peer.SendAsync("30[{\"x\":1,\"y\":2}]");
        Assert.Equal(new Point(1, 2), await call.Soon());
        await peer.SendAsync("30[\"twice\"]");

        Task<string?> empty = socket.CallAsync<string>("where");
        Assert.Equal("21[\"where\"]", await peer.NextAsync());
        await peer.SendAsync("31[]");
        Assert.Null(await empty.Soon());

        Task<int> wrong = socket.CallAsync<int>("where");
        Assert.Equal("22[\"where\"]", await peer.NextAsync());
        await peer.SendAsync("32[\"text\"]");
        await Assert.ThrowsAsync<JsonException>(() => wrong.Soon());

        Task<SocketIOArguments> late = socket.CallAsync("where", [], TimeSpan.FromSeconds(5));
        Assert.Equal("23[\"where\"]", await peer.NextAsync());
        time.Advance(TimeSpan.FromSeconds(5));
        await Assert.ThrowsAsync<TimeoutException>(() => late.Soon());
        await peer.SendAsync("33[\"late\"]");

        using var cancel = new CancellationTokenSource();
        Task<SocketIOArguments> cancelled = socket.CallAsync("where", [], timeout: null, cancel.Token);
        Assert.Equal("24[\"where\"]", await peer.NextAsync());
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Soon());

        Task<SocketIOArguments> left = socket.CallAsync("where", [], timeout: null);
        Assert.Equal("25[\"where\"]", await peer.NextAsync());
        peer.Abort();
        await Assert.ThrowsAsync<SocketIODisconnectedException>(() => left.Soon());
        await Assert.ThrowsAsync<SocketIODisconnectedException>(() => socket.CallAsync<int>("where"));
        Assert.False(socket.Emit("m"));
        Assert.Equal(0, socket.PendingAcks);
    }

    [Fact]
    [Trait("Demand", "Q13")]
    public async Task Call_to_many_says_who_has_answered_and_keeps_nothing()
    {
        SocketIOServer server = null!;
        var time = new FakeTimeProvider();
        await using App app = await StartAsync(io => server = io, options: new() { Engine = new() { TimeProvider = time } });
        Assert.Empty(await server.Main.CallAsync("who", []));
        await using Peer a = await Peer.ConnectAsync(app);
        await using Peer b = await Peer.ConnectAsync(app);
        await using Peer c = await Peer.ConnectAsync(app);
        Task<IReadOnlyList<SocketIOAnswer>> call = server.Main.CallAsync("who", [1], TimeSpan.FromSeconds(2));
        foreach (Peer peer in new[] { a, b, c })
            Assert.Equal("20[\"who\",1]", await peer.NextAsync());
        await a.SendAsync("30[\"a\"]");
        c.Abort();
        await Waiting.Until(() => server.Main.SocketCount == 2 && server.Main.Find(a.Id)!.PendingAcks == 0);
        time.Advance(TimeSpan.FromSeconds(2));
        IReadOnlyList<SocketIOAnswer> answers = await call.Soon();
        Assert.Equal(
            new[] { (a.Id, "\"a\""), (b.Id, "none"), (c.Id, "none") }.Order(),
            answers.Select(answer =>
                (answer.Socket!.Id, answer.Arguments is { } all ? System.Text.Encoding.UTF8.GetString(all.GetJson(0).Span) : "none"))
                .Order());
        Assert.All(server.Main.Sockets, socket => Assert.Equal(0, socket.PendingAcks));
        using var cancel = new CancellationTokenSource();
        call = server.Main.CallAsync("who", [], cancellationToken: cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Soon());
        Assert.All(server.Main.Sockets, socket => Assert.Equal(0, socket.PendingAcks));
    }

    [Fact]
    [Trait("Demand", "Q09")]
    public async Task Events_wait_for_the_greeting_and_for_each_other()
    {
        var greeted = new TaskCompletionSource();
        await using App app = await StartAsync(io => io.Main
            .OnConnected(_ => greeted.Task)
            .On("n", async (SocketIOSocket socket, int n) =>
            {
                await Task.Yield();
                return n;
            }));
        await using Peer peer = await Peer.ConnectAsync(app);
        for (int i = 0; i < 100; i++)
            await peer.SendAsync($"2{i}[\"n\",{i}]");
        greeted.SetResult();
        for (int i = 0; i < 100; i++)
            Assert.Equal($"3{i}[{i}]", await peer.NextAsync());
    }

    [Fact]
    [Trait("Demand", "Q11")]
    public async Task Handler_that_waits_holds_neither_other_namespaces_nor_acks_nor_the_end()
    {
        var left = new TaskCompletionSource();
        using var block = new ManualResetEventSlim();
        await using App app = await StartAsync(io =>
        {
            io.Main
                .On("ask", async socket => await socket.CallAsync<int>("question"))
                .On("block", async socket =>
                {
                    socket.Disconnected.Register(left.SetResult);
                    block.Wait(TimeSpan.FromSeconds(60));
                });
            io.Of("/b").On("x", async socket => "b");
        });
        await using Peer peer = await Peer.ConnectAsync(app);
        await peer.JoinAsync("/b");
        await peer.SendAsync("21[\"ask\"]");
        Assert.Equal("20[\"question\"]", await peer.NextAsync());
        await peer.SendAsync("30[42]");
        Assert.Equal("31[42]", await peer.NextAsync());
        await peer.SendAsync("22[\"block\"]");
        await peer.SendAsync("2/b,3[\"x\"]");
        Assert.Equal("3/b,3[\"b\"]", await peer.NextAsync());
        peer.Abort();
        await left.Task.Soon();
        block.Set();
    }

    [Fact]
    [Trait("Demand", "Q09")]
    public async Task Events_that_are_handled_at_once_wait_for_the_greeting_too()
    {
        var greeted = new TaskCompletionSource();
        var log = new List<string>();
        await using App app = await StartAsync(
            io =>
            {
                io.Main
                    .OnConnected(async _ =>
                    {
                        await greeted.Task;
                        log.Add("greeted");
                    })
                    .On("x", async socket =>
                    {
                        log.Add("x");
                        return 1;
                    });
                io.Of("/b");
            },
            options: new() { HandlesInOrder = false });
        await using Peer peer = await Peer.ConnectAsync(app);
        await peer.SendAsync("20[\"x\"]");
        // What is read in order tells that the event was.
        await peer.JoinAsync("/b");
        greeted.SetResult();
        Assert.Equal("30[1]", await peer.NextAsync());
        Assert.Equal(["greeted", "x"], log);
    }

    [Theory]
    [Trait("Demand", "Q26")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Application_waits_until_a_client_has_taken_all_or_has_left(bool polls)
    {
        SocketIOServer server = null!;
        await using App app = await StartAsync(io => server = io);
        string session = await app.OpenAsync(Path);
        await app.PostAsync(session, "40");
        Assert.StartsWith("40{", await app.PollAsync(session), StringComparison.Ordinal);
        await Waiting.Until(() => server.Main.SocketCount == 1);
        SocketIOSocket socket = server.Main.Sockets[0];
        await socket.WaitForDrainAsync().Soon();
        socket.Emit("m");
        using (var cancel = new CancellationTokenSource())
        {
            Task cancelled = socket.WaitForDrainAsync(cancel.Token);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => socket.WaitForDrainAsync(cancel.Token));
        }

        Task drained = socket.WaitForDrainAsync();
        Assert.False(drained.IsCompleted);
        if (polls)
            Assert.Equal("42[\"m\"]", await app.PollAsync(session));
        else
            await app.PostAsync(session, "1");
        await drained.Soon();
        await socket.WaitForDrainAsync().Soon();
        Assert.Equal(0, socket.BufferedBytes);
    }

    [Fact]
    public async Task Events_are_handled_at_once_where_the_application_wants_it()
    {
        var second = new TaskCompletionSource();
        await using App app = await StartAsync(
            io => io.Main
                .On("first", async socket =>
                {
                    await second.Task;
                    return 1;
                })
                .On("second", async socket =>
                {
                    second.SetResult();
                    return 2;
                }),
            options: new() { HandlesInOrder = false });
        await using Peer peer = await Peer.ConnectAsync(app);
        await peer.SendAsync("21[\"first\"]");
        await peer.SendAsync("22[\"second\"]");
        Assert.Equal(["31[1]", "32[2]"], new[] { await peer.NextAsync(), await peer.NextAsync() }.Order());
    }

    [Fact]
    [Trait("Demand", "Q18")]
    [Trait("Demand", "Q23")]
    public async Task Who_leaves_is_parted_from_once_with_rooms_user_data_and_reason_and_then_is_in_nothing()
    {
        SocketIOServer server = null!;
        var parted = new List<string>();
        var sockets = new List<SocketIOSocket>();
        await using App app = await StartAsync(io =>
        {
            server = io;
            io.Main
                .OnConnected(async socket =>
                {
                    socket.Data["name"] = "n";
                    socket.Join("red");
                    lock (sockets)
                        sockets.Add(socket);
                })
                .OnDisconnected(async (socket, why) =>
                {
                    await Task.Yield();
                    Assert.Same(why, socket.DisconnectInfo);
                    Assert.False(socket.Join("blue"));
                    socket.To("red").Emit("gone", socket.Data["name"]);
                    lock (parted)
                        parted.Add(
                            $"{why.Reason}, {socket.Rooms.Count} rooms, {socket.Handshake.Query["who"]}, {socket.User is ClaimsPrincipal}");
                })
                .On("kick", async socket => socket.Disconnect())
                .On("end", async socket => socket.Disconnect(closeSession: true));
        });
        await using Peer stays = await Peer.ConnectAsync(app);
        foreach ((string leave, string reason) in new[]
        {
            ("1", "client namespace disconnect"), ("2[\"kick\"]", "server namespace disconnect"),
            ("2[\"end\"]", "server namespace disconnect"), ("close", "transport close"), ("2[", "parse error"),
        })
        {
            await using Peer peer = await Peer.OpenAsync(app, query: "&who=x");
            await peer.JoinAsync();
            await Waiting.Until(() => server.Main.To("red").Sockets.Count == 2);
            if (leave == "close")
                await peer.CloseAsync();
            else
                await peer.SendAsync(leave);
            Assert.Equal("2[\"gone\",\"n\"]", await stays.NextAsync());
            await Waiting.Until(() => server.Main.SocketCount == 1);
            Assert.Equal($"{reason}, 2 rooms, x, True", parted[^1]);
            Assert.False(sockets[^1].Join("red"));
            Assert.Empty(sockets[^1].Rooms);
            Assert.Empty(sockets[^1].Data);
        }

        Assert.Equal(5, parted.Count);
        Assert.Equal(["red", "sid"], server.Main.Rooms.Select(room => room.Length == 20 ? "sid" : room).Order());
    }

    [Fact]
    [Trait("Demand", "Q10")]
    public async Task Client_that_leaves_while_it_is_judged_is_told_to_the_judge_and_never_gets_in()
    {
        SocketIOServer server = null!;
        var told = new TaskCompletionSource();
        var judged = new TaskCompletionSource();
        bool greeted = false;
        await using App app = await StartAsync(io =>
        {
            server = io;
            io.Main
                .OnConnecting(async socket =>
                {
                    using CancellationTokenRegistration registration = socket.Disconnected.Register(told.SetResult);
                    judged.TrySetResult();
                    await told.Task;
                })
                .OnConnected(async _ => greeted = true)
                .OnDisconnected(async (_, _) => greeted = true);
        });
        await using Peer peer = await Peer.OpenAsync(app);
        await peer.SendAsync("0");
        await judged.Task.Soon();
        peer.Abort();
        await told.Task.Soon();
        await Waiting.Until(() => server.Main.IsUnused);
        Assert.False(greeted);
        Assert.Equal(0, server.Main.SocketCount);
    }

    [Fact]
    [Trait("Demand", "Q03")]
    public async Task What_is_emitted_before_the_end_arrives()
    {
        await using App app = await StartAsync(io => io.Main.On("end", async socket =>
        {
            for (int i = 0; i < 3; i++)
                socket.Emit("last", i);
            socket.Disconnect(closeSession: true);
        }));
        await using Peer peer = await Peer.ConnectAsync(app);
        await peer.SendAsync("2[\"end\"]");
        Assert.Equal("2[\"last\",0]", await peer.NextAsync());
        Assert.Equal("2[\"last\",1]", await peer.NextAsync());
        Assert.Equal("2[\"last\",2]", await peer.NextAsync());
        Assert.Equal("1", await peer.NextAsync());
        Assert.Equal("close 1000", await peer.NextAsync());

        string session = await app.OpenAsync(Path);
        await app.PostAsync(session, "40");
        Assert.StartsWith("40{", await app.PollAsync(session), StringComparison.Ordinal);
        await app.PostAsync(session, "42[\"end\"]");
        var packets = new List<string>();
        while (packets.LastOrDefault() != "1")
            packets.AddRange((await app.PollAsync(session)).Split('\u001e'));
        Assert.Equal(["42[\"last\",0]", "42[\"last\",1]", "42[\"last\",2]", "41", "1"], packets);
    }

    /// <summary>Clients of the reference come back to a namespace that they were not told to leave.</summary>
    [Fact]
    public async Task Client_whose_session_is_closed_is_told_to_leave_each_namespace()
    {
        var left = new TaskCompletionSource<string>();
        await using App app = await StartAsync(io =>
        {
            io.Main.OnDisconnected(async (_, why) => left.SetResult(why.Reason));
            io.Of("/b").On("end", async socket => socket.Disconnect(closeSession: true));
        });
        await using Peer peer = await Peer.ConnectAsync(app);
        await peer.JoinAsync("/b");
        await peer.SendAsync("2/b,[\"end\"]");
        Assert.Equal("1/b,", await peer.NextAsync());
        Assert.Equal("1", await peer.NextAsync());
        Assert.Equal("close 1000", await peer.NextAsync());
        Assert.Equal("server namespace disconnect", await left.Task.Soon());
    }

    [Fact]
    public async Task Middleware_runs_around_the_handlers_and_may_keep_events_from_them()
    {
        await using App app = await StartAsync(io => io.Main
            .Use(async (e, next) =>
            {
                e.Socket.Emit("before", e.Name);
                await next();
                e.Socket.Emit("after", e.Name);
            })
            .Use(async (e, next) =>
            {
                if (e.Name != "secret")
                    await next();
            })
            .On("x", async socket => "x")
            .On("secret", async socket => "never")
            .OnOther(async e => e.WantsAck ? $"other {e.Name} {e.Get<int>(0)}" : null));
        await using Peer peer = await Peer.ConnectAsync(app);
        foreach ((string packet, string[] answers) in new[]
        {
            ("21[\"x\"]", new[] { "2[\"before\",\"x\"]", "2[\"after\",\"x\"]", "31[\"x\"]" }),
            ("22[\"secret\"]", ["2[\"before\",\"secret\"]", "2[\"after\",\"secret\"]"]),
            ("23[\"y\",5]", ["2[\"before\",\"y\"]", "2[\"after\",\"y\"]", "33[\"other y 5\"]"]),
            ("2[\"z\"]", ["2[\"before\",\"z\"]", "2[\"after\",\"z\"]"]),
        })
        {
            await peer.SendAsync(packet);
            foreach (string answer in answers)
                Assert.Equal(answer, await peer.NextAsync());
        }
    }

    [Fact]
    public async Task Clients_that_join_nothing_or_never_finish_a_packet_are_given_up_in_time()
    {
        var time = new FakeTimeProvider();
        var options = new SocketIOOptions
        {
            Engine = new() { TimeProvider = time, Server = new() { PingInterval = TimeSpan.FromHours(1) } },
            Connection = new() { AttachmentTimeout = TimeSpan.FromSeconds(60) },
        };
        await using App app = await StartAsync(io => io.Main.On("x", async socket => 1), options: options);
        await using Peer nothing = await Peer.OpenAsync(app);
        await using Peer waits = await Peer.ConnectAsync(app);
        await waits.SendAsync("21[\"x\"]");
        Assert.Equal("31[1]", await waits.NextAsync());
        time.Advance(TimeSpan.FromSeconds(45));
        Assert.Equal("close 1002", await nothing.NextAsync());
        await waits.SendAsync("21[\"x\"]");
        Assert.Equal("31[1]", await waits.NextAsync());
        await waits.SendAsync("31[]");
        await waits.SendAsync("51-[\"x\",{\"_placeholder\":true,\"num\":0}]");
        // A ping of the transport tells that it was read.
        await waits.PingAsync();
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("close 1002", await waits.NextAsync());
    }

    [Fact]
    [Trait("Demand", "Q26")]
    [Trait("Demand", "Q27")]
    public async Task Client_that_does_not_read_loses_what_is_volatile_and_is_ended_at_the_limit()
    {
        SocketIOServer server = null!;
        var parted = new TaskCompletionSource<SocketIODisconnect>();
        await using App app = await StartAsync(
            io =>
            {
                server = io;
                io.Main.OnDisconnected(async (_, why) => parted.SetResult(why));
            },
            options: new() { VolatileThreshold = 10_000, Engine = new() { Server = new() { MaxBufferedBytes = 100_000 } } });
        string session = await app.OpenAsync(Path);
        await app.PostAsync(session, "40");
        Assert.StartsWith("40{", await app.PollAsync(session), StringComparison.Ordinal);
        await Waiting.Until(() => server.Main.SocketCount == 1);
        SocketIOSocket socket = server.Main.Sockets[0];
        string text = new('x', 1000);
        // Nobody polls: so much is kept, and the rest dropped.
        Assert.Equal(10, Enumerable.Range(0, 100).Count(_ => socket.EmitVolatile("m", text)));
        server.Main.Volatile.Emit("m", text);
        Assert.InRange(socket.BufferedBytes, 10_000, 10_200);
        Assert.InRange(Enumerable.Range(0, 1000).TakeWhile(_ => socket.Emit("m", text)).Count(), 85, 90);
        SocketIODisconnect why = await parted.Task.Soon();
        Assert.Equal("transport error", why.Reason);
        Assert.Contains("100000 bytes", why.Detail!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_that_is_a_service_sends_from_anywhere()
    {
        await using App app = await App.StartAsync(
            app => app.MapSocketIO(Path, io => io.Main.On("x", async socket => 1)),
            services => services.AddSocketIO(new SocketIOOptions
            {
                Json = new(JsonSerializerDefaults.General) { PropertyNamingPolicy = JsonNamingPolicy.KebabCaseUpper },
            }));
        await using Peer peer = await Peer.ConnectAsync(app);
        app.Services.GetRequiredService<SocketIOServer>().Main.Emit("m", new { FirstName = "A" });
        Assert.Equal("2[\"m\",{\"FIRST-NAME\":\"A\"}]", await peer.NextAsync());
    }

    [Fact]
    public async Task Mistakes_of_the_application_are_told_when_it_starts()
    {
        SocketIOServer server = null!;
        await using App app = await StartAsync(io =>
        {
            server = io;
            io.Main.On("x", socket => Task.CompletedTask);
            Assert.Throws<ArgumentException>(() => io.Main.On("x", socket => Task.CompletedTask));
            Assert.Throws<ArgumentException>(() => io.Main.On("connect", socket => Task.CompletedTask));
            Assert.Throws<ArgumentException>(() => io.Of("admin"));
            Assert.Throws<ArgumentException>(() => io.Of("/a,b"));
            Assert.Throws<ArgumentNullException>(() => io.Main.OnConnected(null!));
        });
        Assert.Same(server.Main, server.Of("/"));
        Assert.Throws<InvalidOperationException>(() => server.Of("/new"));
        Assert.Throws<InvalidOperationException>(() => server.Main.On("y", socket => Task.CompletedTask));
        Assert.Throws<InvalidOperationException>(() => server.Main.Use((_, next) => next()));
        await Assert.ThrowsAsync<InvalidOperationException>(() => App.StartAsync(
            app => app.MapSocketIO(Path, _ => { }, new()), services => services.AddSocketIO()));
    }

    private static Task<App> StartAsync(
        Action<SocketIOServer> configure, Action<IServiceCollection>? services = null, SocketIOOptions? options = null) =>
        App.StartAsync(app => app.MapSocketIO(Path, configure, options), services);

    private static Task Sent(SocketIOSocket socket, string text)
    {
        socket.Emit("sent", text);
        return Task.CompletedTask;
    }

    private sealed record Point(int X, int Y);

    private sealed record Upload(string Name, byte[] Bytes);

    private sealed class Counted(Action count)
    {
        public int Value
        {
            get
            {
                count();
                return 7;
            }
        }
    }

    private sealed class Greeter
    {
        private readonly string _greeting = "Hello";

        public string Greet(string name) => $"{_greeting} {name}";
    }
}
