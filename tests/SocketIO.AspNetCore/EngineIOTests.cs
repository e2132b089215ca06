using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.AspNetCore.Tests;

/// <summary>Engine.IO on Kestrel: what the host adds to the core, which has tests of its own.</summary>
public class EngineIOTests
{
    private const string Path = "/engine.io/";

    [Fact]
    public async Task Messages_go_both_ways_over_polling()
    {
        await using App app = await App.StartAsync(app => app.MapEngineIO(Path, EchoAsync));
        string session = await app.OpenAsync(Path);
        Assert.Equal((HttpStatusCode.OK, "ok"), await app.PostAsync(session, "4héllo\u001ebAQID\u001e4second"));
        Assert.Equal("4héllo\u001ebAQID\u001e4second", await PollAllAsync(app, session, 3));
        Task<string> pending = app.PollAsync(session);
        await app.PostAsync(session, "4later");
        Assert.Equal("4later", await pending);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Messages_go_both_ways_over_a_WebSocket(string version)
    {
        await using App app = await App.StartAsync(app => app.MapEngineIO(Path, EchoAsync));
        await using WsSession socket = await app.OpenWebSocketAsync(Path, new Version(version));
        await socket.SendTextAsync("4héllo");
        await socket.SendBytesAsync(new byte[] { 1, 2, 3 });
        Assert.Equal("4héllo", await socket.TextAsync());
        Assert.Equal("010203", await socket.TextAsync());
        await socket.SendTextAsync("1");
        Assert.Equal("close 1000", await socket.TextAsync());
    }

    [Fact]
    public async Task Session_moves_from_polling_to_a_WebSocket_and_loses_nothing()
    {
        var connected = new TaskCompletionSource<EngineIOConnection>();
        await using App app = await App.StartAsync(app => app.MapEngineIO(Path, async (connection, ended) =>
        {
            connected.SetResult(connection);
            await EchoAsync(connection, ended);
        }));
        string session = await app.OpenAsync(Path);
        EngineIOConnection connection = await connected.Task.Soon();
        await using WsSession socket = await app.ConnectAsync(session.Replace("polling", "websocket", StringComparison.Ordinal));
        Task<string> pending = app.PollAsync(session);
        await socket.SendTextAsync("2probe");
        Assert.Equal("3probe", await socket.TextAsync());
        Assert.Equal("6", await pending);
        connection.Send("before");
        await socket.SendTextAsync("5");
        Assert.Equal("4before", await socket.TextAsync());
        await socket.SendTextAsync("4after");
        Assert.Equal("4after", await socket.TextAsync());
        Assert.Equal(EngineIOTransports.WebSocket, connection.Transport);
        Assert.Equal(HttpStatusCode.BadRequest, (await app.SendAsync(HttpMethod.Get, session)).Status);
    }

    [Fact]
    public async Task Poll_that_is_given_up_ends_the_session()
    {
        var connected = new TaskCompletionSource<EngineIOConnection>();
        await using App app = await App.StartAsync(app => app.MapEngineIO(Path, (connection, ended) =>
        {
            connected.SetResult(connection);
            return EchoAsync(connection, ended);
        }));
        string session = await app.OpenAsync(Path);
        EngineIOConnection connection = await connected.Task.Soon();
        using (var given = new CancellationTokenSource())
        {
            Task<string> poll = app.PollAsync(session, given.Token);
            connection.Send("proof that polls work");
            Assert.Equal("4proof that polls work", await poll);
            poll = app.PollAsync(session, given.Token);
            // A second poll would be refused once the first is there; a POST tells nothing, so the client waits for what it has sent.
            await app.PostAsync(session, "3");
            await given.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        }

        Assert.Equal(CloseReason.TransportError, await connection.Completion.Soon());
        Assert.Contains("\"code\":1", (await app.SendAsync(HttpMethod.Get, session)).Body, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Demand", "Q02")]
    public async Task Requests_that_belong_to_no_session_get_the_answers_of_the_protocol()
    {
        await using App app = await App.StartAsync(app => app.MapEngineIO(Path, EchoAsync));
        Assert.Equal(
            (HttpStatusCode.BadRequest, """{"code":0,"message":"Transport unknown"}"""),
            await app.SendAsync(HttpMethod.Get, $"{Path}?EIO=4"));
        Assert.Equal(
            (HttpStatusCode.BadRequest, """{"code":1,"message":"Session ID unknown"}"""),
            await app.SendAsync(HttpMethod.Get, $"{Path}?EIO=4&transport=polling&sid=x"));
        Assert.Equal(
            (HttpStatusCode.BadRequest, """{"code":2,"message":"Bad handshake method"}"""),
            await app.SendAsync(HttpMethod.Put, $"{Path}?EIO=4&transport=polling"));
        // A proxy that drops the Upgrade header (RFC 6455 §4.1) makes a poll of a request for a WebSocket; it takes no packets.
        Assert.Equal(
            (HttpStatusCode.BadRequest, """{"code":3,"message":"Bad request"}"""),
            await app.SendAsync(HttpMethod.Get, $"{Path}?EIO=4&transport=websocket"));
        var refusal = await Assert.ThrowsAsync<WsHandshakeException>(() => app.ConnectAsync($"{Path}?EIO=3&transport=websocket"));
        Assert.Equal(400, refusal.StatusCode);
        Assert.Contains("Unsupported protocol version", System.Text.Encoding.UTF8.GetString(refusal.Body.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Application_decides_about_handshakes_by_their_request()
    {
        await using App app = await App.StartAsync(app => app.MapEngineIO(Path, EchoAsync, new()
        {
            AllowRequest = async context =>
            {
                await Task.Yield();
                return context.Request.Headers["Token"] == "right"
                    ? RequestDecision.Allow([new("X-Known", "yes")])
                    : RequestDecision.Refuse("Your token is too old.");
            },
        }));
        string query = $"{Path}?EIO=4&transport=polling";
        Assert.Equal(
            (HttpStatusCode.Forbidden, """{"code":4,"message":"Your token is too old."}"""),
            await app.SendAsync(HttpMethod.Get, query));
        using var request = new HttpRequestMessage(HttpMethod.Get, query) { Headers = { { "Token", "right" } } };
        using HttpResponseMessage response = await app.Client.SendAsync(request).Soon();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["yes"], response.Headers.GetValues("X-Known"));
    }

    [Fact]
    [Trait("Demand", "Q05")]
    public async Task Body_above_the_limit_is_refused_and_the_session_goes_on()
    {
        await using App app = await App.StartAsync(app => app.MapEngineIO(Path, EchoAsync, new() { Server = new() { MaxPayload = 100 } }));
        string session = await app.OpenAsync(Path);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await app.PostAsync(session, "4" + new string('x', 100))).Status);
        Assert.Equal(HttpStatusCode.OK, (await app.PostAsync(session, "4" + new string('x', 99))).Status);
        Assert.Equal("4" + new string('x', 99), await app.PollAsync(session));
    }

    [Fact]
    public async Task Body_above_Kestrels_own_limit_is_taken_where_the_server_takes_it()
    {
        await using App app = await App.StartAsync(
            app => app.MapEngineIO(Path, EchoAsync, new() { Server = new() { MaxPayload = 1 << 20 } }),
            services => services.Configure<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>(
                kestrel => kestrel.Limits.MaxRequestBodySize = 1000));
        string session = await app.OpenAsync(Path);
        string message = "4" + new string('x', 100_000);
        Assert.Equal(HttpStatusCode.OK, (await app.PostAsync(session, message)).Status);
        Assert.Equal(message, await app.PollAsync(session));
    }

    [Theory]
    [InlineData("gzip, deflate", true)]
    [InlineData("br;q=1, gzip;q=0.5", true)]
    [InlineData("gzip;q=0", false)]
    [InlineData("gzip; q=0.000", false)]
    [InlineData("identity", false)]
    public async Task Large_answers_are_compressed_for_those_who_take_it(string accepted, bool isCompressed)
    {
        string text = string.Concat(Enumerable.Repeat("again and ", 1000));
        await using App app = await App.StartAsync(app => app.MapEngineIO(Path, EchoAsync));
        string session = await app.OpenAsync(Path);
        await app.PostAsync(session, "4" + text);
        using var request = new HttpRequestMessage(HttpMethod.Get, session);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
        using HttpResponseMessage response = await app.Client.SendAsync(request).Soon();
        Assert.Equal(isCompressed ? ["gzip"] : [], response.Content.Headers.ContentEncoding);
        Assert.Contains("Accept-Encoding", response.Headers.Vary);
        using Stream body = await response.Content.ReadAsStreamAsync();
        using var reader = new StreamReader(isCompressed ? new GZipStream(body, CompressionMode.Decompress) : body);
        Assert.Equal("4" + text, await reader.ReadToEndAsync());
    }

    [Fact]
    [Trait("Demand", "Q29")]
    public async Task Headers_of_CORS_stand_once_also_beside_those_of_the_framework()
    {
        const string page = "https://page.example";
        await using App app = await App.StartAsync(
            app =>
            {
                app.UseCors(policy => policy.WithOrigins(page).AllowCredentials());
                app.MapEngineIO(Path, EchoAsync, new()
                {
                    Server = new() { AllowedOrigins = EngineIOOrigins.Only(page), Cors = new() { AllowCredentials = true } },
                });
            },
            services => services.AddCors());
        foreach (string query in new[] { "EIO=4&transport=polling", "EIO=4&transport=polling&sid=x" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{Path}?{query}") { Headers = { { "Origin", page } } };
            using HttpResponseMessage response = await app.Client.SendAsync(request).Soon();
            Assert.Equal([page], response.Headers.GetValues("Access-Control-Allow-Origin"));
            Assert.Equal(["true"], response.Headers.GetValues("Access-Control-Allow-Credentials"));
            Assert.Equal("Origin", Assert.Single(response.Headers.Vary.Distinct()));
        }
    }

    [Fact]
    [Trait("Demand", "Q05")]
    public async Task Message_above_the_limit_closes_with_1009_before_it_is_whole()
    {
        var connected = new TaskCompletionSource<EngineIOConnection>();
        await using App app = await App.StartAsync(app => app.MapEngineIO(
            Path,
            (connection, ended) =>
            {
                connected.SetResult(connection);
                return EchoAsync(connection, ended);
            },
            new() { Server = new() { MaxPayload = 1000 } }));
        await using WsSession socket = await app.OpenWebSocketAsync(Path);
        await socket.SendAsync(new TextMessage("4" + new string('x', 600)) { MessageFinished = false });
        await socket.SendAsync(new TextMessage(new string('x', 600)) { MessageFinished = false });
        Assert.Equal("close 1009", await socket.TextAsync());
        Assert.Equal(CloseReason.TransportError, await (await connected.Task.Soon()).Completion.Soon());
    }

    [Fact]
    [Trait("Demand", "Q04")]
    public async Task Pieces_of_a_message_are_life()
    {
        var time = new FakeTimeProvider();
        await using App app = await App.StartAsync(app => app.MapEngineIO(Path, EchoAsync, new() { TimeProvider = time }));
        await using WsSession socket = await app.OpenWebSocketAsync(Path);
        await socket.SendAsync(new TextMessage("4") { MessageFinished = false });
        for (int i = 0; i < 10; i++)
        {
            time.Advance(TimeSpan.FromSeconds(25));
            Assert.Equal("2", await socket.TextAsync());
            // The Pong of WebSocket tells that the piece before it was read.
            await socket.SendAsync(new TextMessage("x") { MessageFinished = false });
            await socket.PingAsync().Soon();
        }

        await socket.SendAsync(new TextMessage("!"));
        Assert.Equal("4xxxxxxxxxx!", await socket.TextAsync());
        time.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal("2", await socket.TextAsync());
        time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal("close 1008", await socket.TextAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_that_is_held_back_is_not_given_up_for_it(bool isWebSocket)
    {
        var time = new FakeTimeProvider();
        var connected = new TaskCompletionSource<EngineIOConnection>();
        var goOn = new TaskCompletionSource();
        var received = new List<string>();
        var done = new TaskCompletionSource();
        await using App app = await App.StartAsync(app => app.MapEngineIO(
            Path,
            async (connection, ended) =>
            {
                connected.SetResult(connection);
                await goOn.Task;
                await foreach (EngineIOMessage message in connection.ReadAllAsync(ended))
                {
                    received.Add(message.Text);
                    if (message.Text == "last")
                        done.SetResult();
                }
            },
            new() { TimeProvider = time, MaxReceiveBacklog = 1000 }));
        string message = "4" + new string('x', 2000);
        if (isWebSocket)
        {
            await using WsSession socket = await app.OpenWebSocketAsync(Path);
            await socket.SendTextAsync(message);
            await socket.SendTextAsync(message);
            await PassAsync();
            await socket.SendTextAsync("4last");
            goOn.SetResult();
            await done.Task.Soon();
        }
        else
        {
            string session = await app.OpenAsync(Path);
            await app.PostAsync(session, message);
            Task<(HttpStatusCode, string)> held = app.PostAsync(session, message + "\u001e4last");
            await PassAsync();
            Assert.False(held.IsCompleted);
            goOn.SetResult();
            Assert.Equal((HttpStatusCode.OK, "ok"), await held);
            await done.Task.Soon();
        }

        Assert.Equal([message[1..], message[1..], "last"], received);

        async Task PassAsync()
        {
            EngineIOConnection connection = await connected.Task.Soon();
            await Waiting.Until(() => connection.Client.IsPaused);
            for (int i = 0; i < 10; i++)
                time.Advance(TimeSpan.FromSeconds(20));
        }
    }

    [Fact]
    [Trait("Demand", "Q26")]
    public async Task Client_that_reads_nothing_is_ended_at_the_limit_and_holds_nobody_up()
    {
        await using App app = await App.StartAsync(app => app.MapEngineIO(
            Path,
            async (connection, ended) =>
            {
                await foreach (EngineIOMessage message in connection.ReadAllAsync(ended))
                {
                    if (message.Text == "flood")
                    {
                        while (connection.Send(new byte[10_000]) == SendResult.Accepted)
                            await Task.Yield();
                    }
                    else
                    {
                        connection.Send(message.Text);
                    }
                }
            },
            new() { Server = new() { MaxBufferedBytes = 1_000_000 } }));
        string flooded = await app.OpenAsync(Path);
        string other = await app.OpenAsync(Path);
        await app.PostAsync(flooded, "4flood");
        await app.PostAsync(other, "4hello");
        Assert.Equal("4hello", await app.PollAsync(other));
        (HttpStatusCode Status, string Body) answer;
        do
            answer = await app.PostAsync(flooded, "3");
        while (answer.Status == HttpStatusCode.OK);
        Assert.Equal((HttpStatusCode.BadRequest, """{"code":1,"message":"Session ID unknown"}"""), answer);
    }

    [Fact]
    [Trait("Demand", "Q31")]
    public async Task Host_that_stops_ends_polls_and_WebSockets_at_once()
    {
        App app = await App.StartAsync(app => app.MapEngineIO(Path, EchoAsync));
        string session = await app.OpenAsync(Path);
        Task<string> poll = app.PollAsync(session);
        await app.PostAsync(session, "4x");
        await poll;
        poll = app.PollAsync(session);
        await using WsSession socket = await app.OpenWebSocketAsync(Path);
        await app.PostAsync(session, "3");
        Task stopped = app.StopAsync();
        Assert.Equal("1", await poll);
        Assert.Equal("close 1001", await socket.TextAsync());
        await stopped.Soon();
        await app.DisposeAsync();
    }

    [Fact]
    [Trait("Demand", "Q31")]
    public async Task Sessions_end_spread_over_a_time_when_the_host_stops()
    {
        var time = new FakeTimeProvider();
        App app = await App.StartAsync(app => app.MapEngineIO(
            Path, EchoAsync, new() { TimeProvider = time, ShutdownSpread = TimeSpan.FromSeconds(4) }));
        var sockets = new List<WsSession>();
        for (int i = 0; i < 4; i++)
            sockets.Add(await app.OpenWebSocketAsync(Path));
        Task<string>[] ends = [.. sockets.Select(socket => socket.TextAsync())];
        Task stopped = app.StopAsync();
        Task<string> first = await Task.WhenAny(ends).Soon();
        Assert.Equal("close 1001", await first);
        // The others are served until their time comes.
        foreach (WsSession socket in sockets.Where((_, index) => ends[index] != first))
            await socket.SendTextAsync("4still here");
        foreach (Task<string> end in ends.Where(end => end != first))
            Assert.Equal("4still here", await end);
        ends = [.. sockets.Where((_, index) => ends[index] != first).Select(socket => socket.TextAsync())];
        await Waiting.Until(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return ends.All(end => end.IsCompleted);
        });
        Assert.All(ends, end => Assert.Equal("close 1001", end.Result));
        await stopped.Soon();
        await app.DisposeAsync();
    }

    [Theory]
    [InlineData("http://localhost", HttpStatusCode.OK)]
    [InlineData("http://elsewhere.example", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    [InlineData("", HttpStatusCode.Forbidden)]
    public async Task Pages_of_other_sites_get_no_session(string origin, HttpStatusCode status)
    {
        await using App app = await App.StartAsync(app => app.MapEngineIO(Path, EchoAsync));
        Assert.Equal(status, (await app.SendAsync(HttpMethod.Get, $"{Path}?EIO=4&transport=polling", ("Origin", origin))).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Handler_that_ends_closes_the_session_and_is_logged_if_it_fails(bool fails)
    {
        await using App app = await App.StartAsync(app => app.MapEngineIO(Path, async (connection, _) =>
        {
            connection.Send("last words");
            await Task.Yield();
            if (fails)
                throw new InvalidOperationException("on purpose");
        }));
        await using WsSession socket = await app.OpenWebSocketAsync(Path);
        Assert.Equal("4last words", await socket.TextAsync());
        Assert.Equal("close 1000", await socket.TextAsync());
        Assert.Equal(fails ? 1 : 0, app.Logs.GetSnapshot().Count(entry => entry.Level == LogLevel.Error));
    }

    private static async Task EchoAsync(EngineIOConnection connection, CancellationToken ended)
    {
        await foreach (EngineIOMessage message in connection.ReadAllAsync(ended))
        {
            if (message.IsBinary)
                connection.Send(message.Data.Span);
            else
                connection.Send(message.Text);
        }
    }

    /// <summary>Polls until so many packets came; how many come with one poll depends on how fast the handler is.</summary>
    private static async Task<string> PollAllAsync(App app, string session, int count)
    {
        var packets = new List<string>();
        while (packets.Count < count)
            packets.AddRange((await app.PollAsync(session)).Split('\u001e'));
        return string.Join('\u001e', packets);
    }
}
