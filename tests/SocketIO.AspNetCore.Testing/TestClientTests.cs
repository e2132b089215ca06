using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.MessagePack;

namespace WsProto.SocketIO.AspNetCore.Testing.Tests;

public sealed class TestClientTests
{
    [Fact]
    public async Task Events_and_acks_go_both_ways_with_attachments()
    {
        await using App app = await App.StartAsync(io => io.Main
            .On("add", async (SocketIOSocket socket, int a, int b) => a + b)
            .On("reverse", async (SocketIOSocket socket, byte[] bytes) =>
            {
                socket.Emit("reversing", bytes.Length, new { Inside = bytes });
                return bytes.Reverse().ToArray();
            })
            .On("two", async socket => SocketIOAck.Of("a", 2)));
        await using SocketIOTestClient client = await app.ConnectAsync();
        Assert.NotEmpty(client.Id);
        Assert.True(client.IsConnected);

        Assert.Equal(5, await client.CallAsync<int>("add", 2, 3).Soon());
        Assert.Equal([3, 2, 1], (await client.CallAsync<byte[]>("reverse", new byte[] { 1, 2, 3 }).Soon())!);
        // It was sent before the answer, and so is there already.
        SocketIOReceived reversing = Assert.Single(client.TakeReceived());
        Assert.Equal(("reversing", 3, false), (reversing.Name, reversing.Get<int>(0), reversing.WantsAck));
        Assert.Equal([1, 2, 3], reversing.Get<Nested>(1)!.Inside);
        Assert.Empty(client.TakeReceived());

        SocketIOArguments two = await client.CallAsync("two", []).Soon();
        Assert.Equal(("\"a\"", "2"), (Json(two, 0), Json(two, 1)));
    }

    [Fact]
    public async Task Tuple_is_no_argument_and_no_answer()
    {
        await using App app = await App.StartAsync(io => io.Main
            .On("ask me", async socket => $"You say {await socket.CallAsync<string>("question")}"));
        await using SocketIOTestClient client = await app.ConnectAsync();
        await Assert.ThrowsAsync<ArgumentException>(async () => await client.EmitAsync("x", ("a", 1)));
        await Assert.ThrowsAsync<ArgumentException>(() => client.CallAsync<int>("x", ("a", 1)));
        await Assert.ThrowsAsync<ArgumentException>(() => client.CallAsync("x", [("a", 1)]));
        Task<string?> call = client.CallAsync<string>("ask me");
        SocketIOReceived question = await client.WaitForAsync("question").Soon();
        await Assert.ThrowsAsync<ArgumentException>(async () => await question.AnswerAsync(("a", 1)));
        await question.AnswerAsync("yes", 1);
        Assert.Equal("You say yes", await call.Soon());
    }

    [Fact]
    public async Task Server_asks_and_the_client_answers()
    {
        await using App app = await App.StartAsync(io => io.Main
            .On("ask me", async socket => $"You say {await socket.CallAsync<string>("question", "ready?")}")
            .On("tell me", async socket => socket.Emit("told")));
        await using SocketIOTestClient client = await app.ConnectAsync();

        Task<string?> call = client.CallAsync<string>("ask me");
        SocketIOReceived question = await client.WaitForAsync("question").Soon();
        Assert.Equal((true, "ready?"), (question.WantsAck, question.Get<string>(0)));
        await question.AnswerAsync("yes");
        Assert.Equal("You say yes", await call.Soon());

        await client.EmitAsync("tell me");
        SocketIOReceived told = await client.WaitForAsync("told").Soon();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await told.AnswerAsync());
    }

    [Fact]
    public async Task What_the_client_brings_is_what_the_server_judges()
    {
        await using App app = await App.StartAsync(io => io.Main.OnConnecting(async socket =>
        {
            string token = Json(socket.Auth, 0);
            if (token != """{"token":"secret"}""")
                throw new SocketIORefusedException("Your token is not valid.") { Details = new { Retry = 60 } };
            socket.Emit("you", socket.Handshake.Query["q"].ToString(), socket.Handshake.Headers["X-Test"].ToString());
        }));

        SocketIORefusedException refused = await Assert.ThrowsAsync<SocketIORefusedException>(
            () => app.ConnectAsync(new() { Auth = new { Token = "wrong" } }));
        Assert.Equal("Your token is not valid.", refused.Message);
        Assert.Equal(60, Assert.IsType<JsonElement>(refused.Details).GetProperty("retry").GetInt32());

        await using SocketIOTestClient client = await app.ConnectAsync(new()
        {
            Auth = new { Token = "secret" },
            Query = "q=1",
            WebSocket = new() { Headers = [("X-Test", "yes")], HttpVersion = HttpVersion.Version20 },
        });
        SocketIOReceived you = await client.WaitForAsync("you").Soon();
        Assert.Equal(("1", "yes"), (you.Get<string>(0), you.Get<string>(1)));
    }

    [Fact]
    public async Task Packets_have_the_form_that_the_server_has()
    {
        var parser = new MessagePackSocketIOParser();
        await using App app = await App.StartAsync(
            io => io.Of("/admin")
                .OnConnecting(async socket => socket.Emit("auth", socket.Auth.Count))
                .On("echo", async (SocketIOSocket socket, byte[] bytes) => bytes),
            new() { Parser = parser });
        await using SocketIOTestClient client = await app.ConnectAsync(
            new() { Parser = parser, Namespace = "/admin", Auth = new { Token = "x" } });
        Assert.Equal(1, (await client.WaitForAsync("auth").Soon()).Get<int>(0));
        Assert.Equal([1, 2], (await client.CallAsync<byte[]>("echo", new byte[] { 1, 2 }).Soon())!);
    }

    [Fact]
    public async Task Request_that_is_refused_has_its_status()
    {
        await using App app = await App.StartAsync(_ => { });
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(
            () => app.Server.ConnectSocketIOAsync("/elsewhere").Soon());
        Assert.Equal(404, e.StatusCode);
    }

    [Fact]
    public async Task Namespaces_share_a_session_and_end_on_their_own()
    {
        var left = new List<string>();
        await using App app = await App.StartAsync(io =>
        {
            io.Main.OnDisconnected(async (_, why) => Note("/ " + why.Reason)).On("where", async socket => socket.Namespace.Name);
            io.Of("/admin")
                .OnDisconnected(async (_, why) => Note("/admin " + why.Reason))
                .On("where", async socket => socket.Namespace.Name);
        });
        void Note(string line)
        {
            lock (left)
                left.Add(line);
        }

        SocketIOTestClient main = await app.ConnectAsync();
        SocketIOTestClient admin = await main.JoinAsync("/admin").Soon();
        await Assert.ThrowsAsync<InvalidOperationException>(() => main.JoinAsync("/admin"));
        await Assert.ThrowsAsync<ArgumentException>(() => main.JoinAsync("admin"));
        Assert.Equal(("/", "/admin"), (await main.CallAsync<string>("where").Soon(), await admin.CallAsync<string>("where").Soon()));

        await admin.DisposeAsync();
        Assert.Equal("io client disconnect", await admin.Disconnected.Soon());
        await Assert.ThrowsAsync<SocketIODisconnectedException>(() => admin.CallAsync("where", []));
        Assert.Equal("/", await main.CallAsync<string>("where").Soon());
        SocketIOTestClient again = await main.JoinAsync("/admin").Soon();

        await main.DisposeAsync();
        Assert.Equal("io client disconnect", await main.Disconnected.Soon());
        Assert.Equal("io client disconnect", await again.Disconnected.Soon());
        await Assert.ThrowsAsync<SocketIODisconnectedException>(() => main.JoinAsync("/admin"));
        await Waiting.Until(() =>
        {
            lock (left)
                return left.Count == 3;
        });
        Assert.Equal(
            ["/ client namespace disconnect", "/admin client namespace disconnect", "/admin client namespace disconnect"], left.Order());
    }

    [Fact]
    public async Task Whoever_waits_is_told_that_the_client_was_thrown_out()
    {
        await using App app = await App.StartAsync(io => io.Main.On("bye", async socket =>
        {
            socket.Emit("last words");
            socket.Disconnect();
        }));
        await using SocketIOTestClient client = await app.ConnectAsync();
        Task<SocketIOReceived> waiting = client.WaitForAsync("nothing");
        await Assert.ThrowsAsync<SocketIODisconnectedException>(() => client.CallAsync("bye", []).Soon());
        await Assert.ThrowsAsync<SocketIODisconnectedException>(() => waiting.Soon());
        Assert.Equal("io server disconnect", await client.Disconnected.Soon());
        Assert.False(client.IsConnected);
        // What had come is still there.
        Assert.Equal("last words", (await client.WaitForAsync("last words").Soon()).Name);
        await Assert.ThrowsAsync<SocketIODisconnectedException>(() => client.WaitForAsync("last words"));
        await Assert.ThrowsAsync<SocketIODisconnectedException>(async () => await client.EmitAsync("bye"));
    }

    [Fact]
    public async Task Client_that_is_lost_says_nothing()
    {
        var why = new TaskCompletionSource<SocketIODisconnect>();
        await using App app = await App.StartAsync(io => io.Main.OnDisconnected(async (_, disconnect) => why.SetResult(disconnect)));
        await using SocketIOTestClient client = await app.ConnectAsync();
        client.Abort();
        Assert.False(client.IsConnected);
        Assert.Equal("transport close", await client.Disconnected.Soon());
        Assert.StartsWith("transport ", (await why.Task.Soon()).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Server_runs_on_a_clock_of_the_test(bool answers)
    {
        var clock = new FakeTimeProvider();
        await using App app = await App.StartAsync(
            io => io.Main.On("hello", async socket => "hello"), new() { Engine = new() { TimeProvider = clock } });
        await using SocketIOTestClient client = await app.ConnectAsync(new() { AnswersPings = answers });
        for (int i = 0; i < 8; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(15));
            if (answers)
                Assert.Equal("hello", await client.CallAsync<string>("hello").Soon());
        }

        if (!answers)
            Assert.Equal("transport close", await client.Disconnected.Soon());
        Assert.Equal(answers, client.IsConnected);
    }

    [Fact]
    public async Task Wait_that_fails_tells_what_has_come_and_loses_nothing()
    {
        await using App app = await App.StartAsync(
            io => io.Main.On("say", async (SocketIOSocket socket, string name) => socket.Emit(name)));
        await using SocketIOTestClient client = await app.ConnectAsync();
        await client.CallAsync("say", ["one"]).Soon();
        TimeoutException e = await Assert.ThrowsAsync<TimeoutException>(() => client.WaitForAsync("two", TimeSpan.FromMilliseconds(1)));
        Assert.Equal("00:00:00.0010000 passed without the event \"two\". Received and not taken: one.", e.Message);
        // Nobody waits for it any more.
        await client.CallAsync("say", ["two"]).Soon();
        Assert.Equal(["one", "two"], client.TakeReceived().Select(received => received.Name));
    }

    [Fact]
    public async Task Wait_that_is_cancelled_leaves_the_event_for_the_next()
    {
        await using App app = await App.StartAsync(
            io => io.Main.On("say", async (SocketIOSocket socket, string name) => socket.Emit(name)));
        await using SocketIOTestClient client = await app.ConnectAsync();
        using var cancel = new CancellationTokenSource();
        Task<SocketIOReceived> waiting = client.WaitForAsync("one", cancellationToken: cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Soon());
        await client.CallAsync("say", ["one"]).Soon();
        Assert.Equal("one", (await client.WaitForAsync("one").Soon()).Name);
    }

    /// <summary>The handler never ends, so that the server stops reading.</summary>
    [Fact]
    public async Task What_the_server_does_not_take_is_not_waited_for_longer_than_the_patience()
    {
        var never = new TaskCompletionSource();
        await using App app = await App.StartAsync(io => io.Main.On("stuck", (SocketIOSocket socket, byte[] bytes) => never.Task));
        SocketIOTestClient client = await app.ConnectAsync();
        using var cancel = new CancellationTokenSource();
        Task[] calls = [.. Enumerable.Range(0, 6).Select(_ => client.CallAsync("stuck", [new byte[900_000]], cancel.Token))];
        Task join = client.JoinAsync("/x", cancellationToken: cancel.Token);
        await cancel.CancelAsync();
        foreach (Task task in (IEnumerable<Task>)[.. calls, join])
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task.Soon());
        client.Abort();
        never.SetResult();
        await client.DisposeAsync().AsTask().Soon();
    }

    [Fact]
    public async Task Large_events_arrive_and_collections_are_one_argument_as_on_the_server()
    {
        await using App app = await App.StartAsync(io => io.Main
            .On("large", async (SocketIOSocket socket, int size) => new byte[size])
            .On("count", async (SocketIOSocket socket, SocketIOArguments all) => all.Count));
        await using SocketIOTestClient client = await app.ConnectAsync();
        Assert.Equal(3_000_000, (await client.CallAsync<byte[]>("large", 3_000_000).Soon())!.Length);
        Assert.Equal(1, await client.CallAsync<int>("count", new[] { "a", "b" }).Soon());
        Assert.Equal(1, await client.CallAsync<int>("count", argument: null).Soon());
        Assert.Equal(2, await client.CallAsync<int>("count", "a", "b").Soon());
        Assert.Equal(0, await client.CallAsync<int>("count").Soon());
    }

    /// <summary>With an extension each message takes its place at once.</summary>
    [Fact]
    public async Task Packets_with_attachments_are_not_mixed_when_the_WebSocket_compresses()
    {
        await using App app = await App.StartAsync(
            io => io.Main.On("up", async (SocketIOSocket socket, int number, byte[][] parts) => number + parts.Length),
            new() { Engine = new() { Server = new() { PerMessageDeflate = true } } });
        await using SocketIOTestClient client = await app.ConnectAsync(
            new() { WebSocket = new() { Extensions = [new PerMessageDeflate()] } });
        byte[][] parts = [.. Enumerable.Repeat(new byte[2000], 9)];
        for (int round = 0; round < 10; round++)
        {
            using var start = new Barrier(4);
            Task<int[]>[] senders = [.. Enumerable.Range(0, 4).Select(sender => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    return Task.WhenAll(Enumerable.Range(0, 10).Select(number => client.CallAsync<int>("up", number, parts)));
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).Unwrap())];
            foreach (int[] answers in await Task.WhenAll(senders).Soon())
                Assert.Equal(Enumerable.Range(9, 10), answers);
        }
    }

    [Fact]
    public async Task Join_that_fails_leaves_the_namespace_free()
    {
        await using App app = await App.StartAsync(io => io.Of("/x"));
        await using SocketIOTestClient client = await app.ConnectAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => client.JoinAsync("/x", "no object"));
        var endless = new Endless();
        endless.Self = endless;
        await Assert.ThrowsAsync<JsonException>(() => client.JoinAsync("/x", endless));
        Assert.True((await client.JoinAsync("/x").Soon()).IsConnected);
    }

    [Fact]
    public async Task Client_that_is_disposed_of_says_that_it_leaves()
    {
        var why = new TaskCompletionSource<SocketIODisconnect>();
        await using App app = await App.StartAsync(io => io.Main.OnDisconnected(async (_, disconnect) => why.SetResult(disconnect)));
        SocketIOTestClient client = await app.ConnectAsync();
        await client.DisposeAsync().AsTask().Soon();
        Assert.Equal("client namespace disconnect", (await why.Task.Soon()).Reason);
        Assert.Equal("io client disconnect", await client.Disconnected);
    }

    [Fact]
    public void Options_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new SocketIOTestOptions { Namespace = "admin" });
        Assert.Throws<ArgumentException>(() => new SocketIOTestOptions { Namespace = "/a,b" });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOTestOptions { Patience = TimeSpan.Zero });
        Assert.Throws<ArgumentNullException>(() => new SocketIOTestOptions { WebSocket = null! });
        Assert.Throws<ArgumentNullException>(() => new SocketIOTestOptions { Query = null! });
    }

    private static string Json(SocketIOArguments arguments, int index) =>
        System.Text.Encoding.UTF8.GetString(arguments.GetJson(index).Span);

    private sealed record Nested(byte[] Inside);

    private sealed class Endless
    {
        public Endless? Self { get; set; }
    }
}
