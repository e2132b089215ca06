using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.AspNetCore.Tests;

/// <summary>What clients can do that is not nice, and clients that go at a bad moment.</summary>
public class HostileTests
{
    private const string Path = SocketIOTests.Path;

    [Fact]
    public async Task Post_that_is_half_sent_is_answered_when_its_session_ends()
    {
        SocketIOServer server = null!;
        await using App app = await App.StartAsync(
            app => app.MapSocketIO(Path, io => server = io),
            services => services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MinRequestBodyDataRate = null));
        string session = await JoinByPollingAsync(app);
        SocketIOSocket socket = await FirstAsync(server);
        Task<string> poll = app.PollAsync(session);
        await using var wire = new Wire(app);
        await wire.SendAsync($"POST {session} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n");
        await wire.UntilAsync("100 Continue\r\n\r\n");
        await wire.SendAsync("42[");
        socket.Disconnect(closeSession: true);
        // With one poll or with two, whether or not the first was pending already.
        string packets = await poll;
        Assert.Equal("41\u001e1", packets == "41" ? $"{packets}\u001e{await app.PollAsync(session)}" : packets);
        Assert.StartsWith("HTTP/1.1 400", await wire.UntilAsync("Session ID unknown\"}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_that_is_held_back_is_answered_when_the_upgrade_outruns_it()
    {
        var goOn = new TaskCompletionSource();
        SocketIOServer server = null!;
        await using App app = await StartAsync(
            io =>
            {
                server = io;
                io.Main.On("wait", async (SocketIOSocket socket, string _) => await goOn.Task).On("x", async socket => "x");
            },
            new() { Engine = new() { MaxReceiveBacklog = 1000 } });
        string session = await JoinByPollingAsync(app);
        SocketIOSocket client = await FirstAsync(server);
        string wait = $"42[\"wait\",\"{new string('x', 2000)}\"]";
        await app.PostAsync(session, wait);
        Task<(HttpStatusCode, string)> held = app.PostAsync(session, wait);
        await Waiting.Until(() => client.Engine.IsPaused);
        await using WsSession socket = await app.ConnectAsync(session.Replace("polling", "websocket", StringComparison.Ordinal));
        await socket.SendTextAsync("2probe");
        Assert.Equal("3probe", await socket.TextAsync());
        await socket.SendTextAsync("5");
        Assert.Equal(HttpStatusCode.BadRequest, (await held).Item1);
        await socket.SendTextAsync("421[\"x\"]");
        goOn.SetResult();
        Assert.Equal("431[\"x\"]", await socket.TextAsync());
    }

    [Fact]
    public async Task Post_that_is_held_back_goes_on_though_a_WebSocket_is_held_back_beside_it()
    {
        var goOn = new TaskCompletionSource();
        SocketIOServer server = null!;
        await using App app = await StartAsync(
            io =>
            {
                server = io;
                io.Main.On("wait", async (SocketIOSocket socket, string _) => await goOn.Task);
            },
            new() { Engine = new() { MaxReceiveBacklog = 1000 } });
        string session = await JoinByPollingAsync(app);
        SocketIOSocket client = await FirstAsync(server);
        string wait = $"42[\"wait\",\"{new string('x', 2000)}\"]";
        await app.PostAsync(session, wait);
        Task<(HttpStatusCode, string)> held = app.PostAsync(session, wait);
        await Waiting.Until(() => client.Engine.IsPaused);
        await using WsSession socket = await app.ConnectAsync(session.Replace("polling", "websocket", StringComparison.Ordinal));
        await socket.SendTextAsync("2probe");
        Assert.Equal("3probe", await socket.TextAsync());
        await socket.PingAsync().Soon();
        goOn.SetResult();
        Assert.Equal((HttpStatusCode.OK, "ok"), await held);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_that_goes_while_it_is_held_back_has_left(bool isAborted)
    {
        SocketIOServer server = null!;
        await using App app = await StartAsync(
            io =>
            {
                server = io;
                io.Main.On("wait", (SocketIOSocket socket, string _) => Task.Delay(Timeout.Infinite, socket.Disconnected));
            },
            new() { Engine = new() { MaxReceiveBacklog = 1000 } });
        await using Peer peer = await Peer.ConnectAsync(app);
        SocketIOSocket socket = server.Main.Sockets[0];
        await peer.SendAsync($"2[\"wait\",\"{new string('x', 2000)}\"]");
        await Waiting.Until(() => socket.Engine.IsPaused);
        if (isAborted)
            peer.Abort();
        else
            _ = peer.CloseAsync();
        await Waiting.Until(() => server.Main.SocketCount == 0);
        Assert.DoesNotContain(app.Logs.GetSnapshot(), entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task Client_that_is_held_back_between_a_packet_and_its_attachment_is_not_given_up_for_it()
    {
        var time = new FakeTimeProvider();
        var goOn = new TaskCompletionSource();
        SocketIOServer server = null!;
        await using App app = await StartAsync(
            io =>
            {
                server = io;
                io.Main
                    .On("wait", async (SocketIOSocket socket, string _) => await goOn.Task)
                    .On("length", async (SocketIOSocket socket, byte[] bytes) => bytes.Length);
            },
            new() { Engine = new() { MaxReceiveBacklog = 1000, TimeProvider = time } });
        string session = await JoinByPollingAsync(app);
        SocketIOSocket client = await FirstAsync(server);
        string wait = $"42[\"wait\",\"{new string('x', 2000)}\"]";
        await app.PostAsync(session, wait + "\u001e451-7[\"length\",{\"_placeholder\":true,\"num\":0}]");
        Task<(HttpStatusCode, string)> held = app.PostAsync(session, "bAQID");
        await Waiting.Until(() => client.Engine.IsPaused);
        for (int i = 0; i < 10; i++)
            time.Advance(TimeSpan.FromSeconds(20));
        goOn.SetResult();
        Assert.Equal((HttpStatusCode.OK, "ok"), await held);
        string packets;
        do
            packets = await app.PollAsync(session);
        while (packets == "2");
        Assert.EndsWith("437[3]", packets, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_that_has_left_is_not_lost_by_what_becomes_of_its_connection()
    {
        await using App app = await App.StartAsync(app =>
        {
            // Its client is gone as soon as it has its answer.
            app.Use(async (context, next) =>
            {
                using var aborted = new CancellationTokenSource();
                context.RequestAborted = aborted.Token;
                context.Response.Body = new LastBody(context.Response.Body, aborted);
                await next();
            });
            app.MapSocketIO(Path, io => io.Main.On("x", async socket => "x"));
        });
        string session = await JoinByPollingAsync(app);
        Assert.Equal(HttpStatusCode.OK, (await app.PostAsync(session, "421[\"x\"]")).Status);
        Assert.Equal("431[\"x\"]", await app.PollAsync(session));
    }

    [Fact]
    public async Task Client_that_has_left_is_not_kept()
    {
        await using App app = await StartAsync(_ => { }, new() { Engine = new() { TimeProvider = new FakeTimeProvider() } });
        WeakReference gone = await ConnectAndLeaveAsync(app);
        await Waiting.Until(() =>
        {
            GC.Collect();
            return !gone.IsAlive;
        });

        static async Task<WeakReference> ConnectAndLeaveAsync(App app)
        {
            var server = app.Services.GetRequiredService<SocketIOServer>();
            await using Peer peer = await Peer.ConnectAsync(app);
            var reference = new WeakReference(server.Main.Sockets[0].Handshake);
            await peer.CloseAsync();
            await Waiting.Until(() => server.Main.SocketCount == 0);
            return reference;
        }
    }

    [Fact]
    public async Task Client_that_asks_and_leaves_again_and_again_is_held_back_while_it_is_judged()
    {
        var goOn = new TaskCompletionSource();
        int count = 0;
        SocketIOSocket? last = null;
        await using App app = await StartAsync(
            io => io.Main.OnConnecting(socket =>
            {
                last = socket;
                Interlocked.Increment(ref count);
                return goOn.Task;
            }),
            new() { Engine = new() { MaxReceiveBacklog = 10_000 } });
        string session = await app.OpenAsync(Path);
        Task<(HttpStatusCode, string)> post = Task.FromResult((HttpStatusCode.OK, "ok"));
        for (int i = 0; i < 100 && post.IsCompleted; i++)
        {
            await Waiting.Until(() => count == i);
            post = app.PostAsync(session, i == 0 ? "40" : "41\u001e40");
            await Waiting.Until(() => post.IsCompleted || last?.Engine.IsPaused == true);
        }

        Assert.Equal(10, count);
        Assert.False(post.IsCompleted);
        goOn.SetResult();
        Assert.Equal((HttpStatusCode.OK, "ok"), await post);
        await Waiting.Until(() => count == 11);
    }

    [Fact]
    public async Task Nothing_that_a_client_does_is_logged_as_an_error()
    {
        var asked = new TaskCompletionSource();
        SocketIOServer server = null!;
        await using App app = await StartAsync(io =>
        {
            server = io;
            io.Main
                .On("typed", (SocketIOSocket _, int a) => Task.CompletedTask)
                .On("free", (int a) => a)
                .On("ask", async socket =>
                {
                    Task<int> answer = socket.CallAsync<int>("question");
                    asked.TrySetResult();
                    return await answer;
                });
        });
        await using Peer peer = await Peer.ConnectAsync(app);
        foreach (string payload in new[] { "[\"typed\"]", "[\"typed\",{}]", "[\"free\"]", "[\"free\",\"x\"]", "[\"unknown\",1]" })
            await peer.SendAsync("2" + payload);
        await peer.SendAsync("2[\"ask\"]");
        await asked.Task.Soon();
        peer.Abort();
        await Waiting.Until(() => server.Main.SocketCount == 0);
        // What does not fit is a warning for each event and minute, however often it comes.
        Assert.Equal(
            [(LogLevel.Warning, "ArgumentsMismatched"), (LogLevel.Warning, "ArgumentsMismatched")],
            app.Logs.GetSnapshot().Where(entry => entry.Level >= LogLevel.Warning).Select(entry => (entry.Level, entry.Id.Name!)));
    }

    /// <summary>
    /// Over polling a session that closes waits for a last poll. Nothing is sent to it any more, and its clients have not left yet.
    /// </summary>
    [Fact]
    public async Task Call_to_a_client_whose_session_is_closing_is_not_logged_as_an_error()
    {
        var goOn = new TaskCompletionSource();
        SocketIOServer server = null!;
        await using App app = await StartAsync(io =>
        {
            server = io;
            io.Main.On("ask", async socket =>
            {
                await goOn.Task;
                return await socket.CallAsync<int>("question");
            });
            io.Of("/b").On("end", async socket => socket.Disconnect(closeSession: true));
        });
        string session = await JoinByPollingAsync(app);
        await app.PostAsync(session, "40/b,");
        Assert.StartsWith("40/b,{", await app.PollAsync(session), StringComparison.Ordinal);
        await app.PostAsync(session, "42[\"ask\"]");
        await app.PostAsync(session, "42/b,[\"end\"]");
        await Waiting.Until(() => server.Of("/b").SocketCount == 0);
        goOn.SetResult();
        Assert.Equal("41/b,\u001e41\u001e1", await app.PollAsync(session));
        await Waiting.Until(() => server.Main.SocketCount == 0);
        Assert.Empty(app.Logs.GetSnapshot().Where(entry => entry.Level >= LogLevel.Warning).Select(entry => entry.Message));
    }

    [Fact]
    public async Task Calls_whose_clients_have_left_leave_no_exception_unobserved()
    {
        var time = new FakeTimeProvider();
        SocketIOServer server = null!;
        await using App app = await StartAsync(io => server = io, new() { Engine = new() { TimeProvider = time } });
        await using Peer stays = await Peer.ConnectAsync(app);
        await using Peer leaves = await Peer.ConnectAsync(app);
        int unobserved = 0;
        EventHandler<UnobservedTaskExceptionEventArgs> count = (_, e) =>
        {
            if (e.Exception.InnerException is SocketIODisconnectedException)
                Interlocked.Increment(ref unobserved);
        };
        TaskScheduler.UnobservedTaskException += count;
        try
        {
            await CallAsync();
            for (int i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= count;
        }

        Assert.Equal(0, unobserved);

        async Task CallAsync()
        {
            Task<IReadOnlyList<SocketIOAnswer>> call = server.Main.CallAsync("who", [], TimeSpan.FromSeconds(2));
            leaves.Abort();
            await Waiting.Until(() => server.Main.SocketCount == 1);
            time.Advance(TimeSpan.FromSeconds(2));
            Assert.All(await call.Soon(), answer => Assert.Null(answer.Arguments));
        }
    }

    [Fact]
    public async Task Client_may_bring_whatever_the_decoder_takes_where_recovery_looks_for_its_secret()
    {
        SocketIOServer server = null!;
        await using App app = await StartAsync(
            io =>
            {
                server = io;
                io.Main.EnableRecovery();
            },
            new() { Connection = new() { Decoder = new() { MaxDepth = 1000 } } });
        await using Peer peer = await Peer.OpenAsync(app);
        string deep = $"{new string('[', 900)}{new string(']', 900)}";
        foreach (string auth in new[]
        {
            $"{{\"a\":{deep}}}", "{\"pid\":1,\"offset\":{}}", "{\"pid\":\"\\ud83d\",\"offset\":\".\"}", "{\"pid\":\"\"}",
        })
        {
            await peer.SendAsync("0" + auth);
            Assert.StartsWith("0{\"sid\":", await peer.NextAsync(), StringComparison.Ordinal);
            await peer.SendAsync("1");
            await Waiting.Until(() => server.Main.IsUnused);
        }
    }

    [Fact]
    public async Task Client_that_sends_to_a_namespace_before_it_sees_that_it_was_taken_out_stays_in_the_others()
    {
        await using App app = await StartAsync(io =>
        {
            io.Main.On("x", async socket => "x");
            io.Of("/kicks").On("kick", async socket => socket.Disconnect());
        });
        await using Peer peer = await Peer.ConnectAsync(app);
        await peer.JoinAsync("/kicks");
        await peer.SendAsync("2/kicks,[\"kick\"]");
        Assert.Equal("1/kicks,", await peer.NextAsync());
        await peer.SendAsync("2/kicks,[\"kick\"]");
        await peer.SendAsync("3/kicks,1[]");
        await peer.SendAsync("1/kicks,");
        await peer.SendAsync("21[\"x\"]");
        Assert.Equal("31[\"x\"]", await peer.NextAsync());
    }

    [Fact]
    public void Namespace_that_is_dropped_late_is_not_taken_for_its_successor()
    {
        var server = new SocketIOServer(new ServiceCollection().BuildServiceProvider());
        server.Of(_ => true);
        SocketIONamespace first = server.Find("/room")!;
        first.Drop();
        SocketIONamespace second = server.Find("/room")!;
        Assert.NotSame(first, second);
        // Of two clients that leave at once, with one between them that came, both may find it unused.
        server.DropEmpty(first);
        Assert.Same(second, server.Find("/room"));
    }

    [Theory]
    [InlineData(false, "44{\"message\":\"Connection refused\"}")]
    [InlineData(true, "44{\"message\":\"Connection refused\"}", "1")]
    public async Task Client_that_a_judge_disconnects_is_refused(bool closesSession, params string[] packets)
    {
        SocketIOServer server = null!;
        bool greeted = false;
        var left = new TaskCompletionSource();
        await using App app = await StartAsync(io =>
        {
            server = io;
            io.Main
                .OnConnecting(async socket =>
                {
                    socket.Emit("secret");
                    socket.Disconnected.Register(left.SetResult);
                    socket.Disconnect(closesSession);
                })
                .OnConnected(async _ => greeted = true)
                .OnDisconnected(async (_, _) => greeted = true);
        });
        string session = await app.OpenAsync(Path);
        await app.PostAsync(session, "40");
        await left.Task.Soon();
        var got = new List<string>();
        while (got.Count < packets.Length)
            got.AddRange((await app.PollAsync(session)).Split('\u001e'));
        Assert.Equal(packets, got);
        await Waiting.Until(() => server.Main.IsUnused);
        Assert.False(greeted);
    }

    [Fact]
    public async Task Who_waits_for_a_client_that_is_refused_is_told()
    {
        Task<int>? call = null;
        var left = new TaskCompletionSource();
        await using App app = await StartAsync(io => io.Main.OnConnecting(async socket =>
        {
            socket.Disconnected.Register(left.SetResult);
            call = socket.CallAsync<int>("question");
            throw new SocketIORefusedException("no");
        }));
        await using Peer peer = await Peer.OpenAsync(app);
        await peer.SendAsync("0");
        Assert.Equal("4{\"message\":\"no\"}", await peer.NextAsync());
        await left.Task.Soon();
        await Assert.ThrowsAsync<SocketIODisconnectedException>(() => call!.Soon());
    }

    [Fact]
    [Trait("Gate", "Whole")]
    public async Task Requests_that_are_cut_odd_or_malformed_harm_nobody()
    {
        var statuses = new List<string>();
        await using App app = await StartAsync(
            io => io.Main
                .On("x", async (SocketIOSocket _, JsonElement _) => "x")
                .On("bytes", async (SocketIOSocket _, byte[] bytes) => bytes));
        string deep = new('[', 100_000);
        string many = string.Join('\u001e', Enumerable.Repeat("42[\"none\"]", 50_000));
        string flood = string.Join('\u001e', Enumerable.Range(0, 50_000).Select(i => $"40/n{i},"));
        string again = string.Join('\u001e', Enumerable.Repeat("41\u001e40", 50_000));
        foreach (string request in new[]
        {
            Post("42[\"x\",1]"), Post("451-[\"bytes\",{\"_placeholder\":true,\"num\":0}]\u001ebAQID"), Post(""), Post("\u001e\u001e"),
            Post("4\u001e"), Post("42[\"x\","), Post($"42[\"x\",{deep}"), Post($"451-[\"x\",{deep}"), Post(many), Post(flood), Post(again),
            Post("b" + new string('A', 100_001)), Post("42[\"half \\ud83d\",\"\\udc00\"]"), Post("42[\"x\",1e999]"),
            Post("42[\"x\",{\"a\":1,\"a\":2}]"), Post("5"), Post("6"), Post("2"), Post("1"),
            "POST {0} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n4",
            "POST {0} HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n4",
            "POST {0} HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999999999999999\r\n\r\n4",
            "POST {0} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n42[",
            "POST {0} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n42[\"none\"\r\n1\r\n]\r\n0\r\n\r\n",
            "HEAD {0} HTTP/1.1\r\nHost: x\r\n\r\n", "DELETE {0} HTTP/1.1\r\nHost: x\r\n\r\n", "ODD {0} HTTP/1.1\r\nHost: x\r\n\r\n",
            "OPTIONS {0} HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nAccess-Control-Request-Method: POST\r\n\r\n",
            $"GET {{0}}&x={new string('&', 4000)} HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET {0}&sid=&sid=%ff%00%zz HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET {0} HTTP/1.1\r\nHost: \r\nOrigin: null\r\n\r\n",
            "GET {0} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            string.Concat(Enumerable.Repeat(
                "GET {0} HTTP/1.1\r\nHost: x\r\n\r\nPOST {0} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n4", 3)),
        })
        {
            // Whole, and what is short also cut at each byte.
            for (int length = request.Length < 80 ? 1 : request.Length; length <= request.Length; length++)
            {
                string session = await JoinByPollingAsync(app);
                await using var wire = new Wire(app);
                await wire.SendAsync(request.Replace("{0}", session, StringComparison.Ordinal)[..^(request.Length - length)]);
                if (length == request.Length && !request.StartsWith("GET", StringComparison.Ordinal))
                    statuses.Add(await wire.AnswerAsync());
            }
        }

        Assert.DoesNotContain("", statuses);
        Assert.Equal(3, statuses.Count(status => status.Contains("405", StringComparison.Ordinal)));
        await using Peer peer = await Peer.ConnectAsync(app);
        await peer.SendAsync("21[\"x\",{}]");
        Assert.Equal("31[\"x\"]", await peer.NextAsync());
        Assert.DoesNotContain(app.Logs.GetSnapshot(), entry => entry.Level >= LogLevel.Warning);

        static string Post(string body) =>
            $"POST {{0}} HTTP/1.1\r\nHost: x\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";
    }

    [Theory]
    [InlineData("Content-Length: 99999999999\r\n\r\n4", "413 Payload Too Large")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n3\r\n42[\r\nzz\r\n", "400 Bad Request")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n42[", "400 Bad Request")]
    public async Task Body_that_is_malformed_is_refused_by_its_status(string rest, string status)
    {
        await using App app = await StartAsync(_ => { });
        string session = await JoinByPollingAsync(app);
        await using var wire = new Wire(app);
        await wire.SendAsync($"POST {session} HTTP/1.1\r\nHost: x\r\n{rest}");
        Assert.Equal("HTTP/1.1 " + status, await wire.AnswerAsync());
        Assert.DoesNotContain(app.Logs.GetSnapshot(), entry => entry.Level >= LogLevel.Warning);
    }

    private static Task<App> StartAsync(Action<SocketIOServer> configure, SocketIOOptions? options = null) =>
        App.StartAsync(app => app.MapSocketIO(Path, configure), services => services.AddSocketIO(options));

    private static async Task<string> JoinByPollingAsync(App app)
    {
        string session = await app.OpenAsync(Path);
        Assert.Equal(HttpStatusCode.OK, (await app.PostAsync(session, "40")).Status);
        Assert.StartsWith("40{", await app.PollAsync(session), StringComparison.Ordinal);
        return session;
    }

    private static async Task<SocketIOSocket> FirstAsync(SocketIOServer server)
    {
        await Waiting.Until(() => server.Main.SocketCount == 1);
        return server.Main.Sockets[0];
    }

    /// <summary>The body of a response whose client is gone as soon as it has it.</summary>
    private sealed class LastBody(Stream body, CancellationTokenSource aborted) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => throw new NotSupportedException();

        public override Task FlushAsync(CancellationToken cancellationToken) => body.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await body.WriteAsync(buffer, cancellationToken);
            await aborted.CancelAsync();
        }
    }
}
