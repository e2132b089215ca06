using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.AspNetCore.Tests;

/// <summary>What operation sees of the server.</summary>
public class ObservationTests
{
    [Fact]
    [Trait("Demand", "Q32")]
    public async Task Sessions_clients_events_refusals_and_ends_are_counted_and_end_at_zero()
    {
        SocketIOServer server = null!;
        await using App app = await App.StartAsync(
            app => app.MapSocketIO(SocketIOTests.Path, io =>
            {
                server = io;
                io.Main.On("x", async socket => socket.Emit("y"));
                io.Of(name => name == "/chosen by the client");
            }),
            services => services.AddMetrics());
        IMeterFactory meters = app.Services.GetRequiredService<IMeterFactory>();
        using var sessions = new MetricCollector<long>(meters, "WsProto.SocketIO", "wsproto.socketio.sessions.active");
        using var sockets = new MetricCollector<long>(meters, "WsProto.SocketIO", "wsproto.socketio.sockets.active");
        using var events = new MetricCollector<long>(meters, "WsProto.SocketIO", "wsproto.socketio.events");
        using var refusals = new MetricCollector<long>(meters, "WsProto.SocketIO", "wsproto.socketio.refusals");
        using var ends = new MetricCollector<long>(meters, "WsProto.SocketIO", "wsproto.socketio.sessions.ended");

        string session = await app.OpenAsync(SocketIOTests.Path);
        Assert.Equal(["Polling 1"], Sums(sessions));
        await using WsSession socket = await app.ConnectAsync(session.Replace("polling", "websocket", StringComparison.Ordinal));
        Task<string> poll = app.PollAsync(session);
        await socket.SendTextAsync("2probe");
        Assert.Equal("3probe", await socket.TextAsync());
        Assert.Equal("6", await poll);
        await socket.SendTextAsync("5");
        await socket.SendTextAsync("40");
        Assert.StartsWith("40{", await socket.TextAsync(), StringComparison.Ordinal);
        Assert.Equal(["Polling 0", "WebSocket 1"], Sums(sessions));
        await socket.SendTextAsync("40/chosen by the client,");
        Assert.StartsWith("40/chosen", await socket.TextAsync(), StringComparison.Ordinal);
        Assert.Equal(["/ 1", "pattern 1 1"], Sums(sockets));
        await socket.SendTextAsync("420[\"x\"]");
        Assert.Equal("42[\"y\"]", await socket.TextAsync());
        Assert.Equal("430[true]", await socket.TextAsync());
        Assert.Equal(["/ received 1", "/ sent 1"], Sums(events));
        await app.SendAsync(HttpMethod.Get, session);
        await app.SendAsync(HttpMethod.Get, $"{SocketIOTests.Path}?EIO=3&transport=polling");
        Assert.Equal(["TransportMismatch 1", "VersionUnsupported 1"], Sums(refusals));
        await socket.CloseAsync();
        await Waiting.Until(() => server.Main.SocketCount == 0 && server.Namespaces.Count == 1);
        Assert.Equal(["Polling 0", "WebSocket 0"], Sums(sessions));
        Assert.Equal(["/ 0", "pattern 1 0"], Sums(sockets));
        Assert.Equal(["TransportClose 1"], Sums(ends));
    }

    [Fact]
    [Trait("Demand", "Q08")]
    public async Task Refusals_have_a_line_for_each_error_and_minute()
    {
        var time = new FakeTimeProvider();
        await using App app = await App.StartAsync(
            app => app.MapSocketIO(SocketIOTests.Path, _ => { }, new() { Engine = new() { TimeProvider = time } }));
        for (int minute = 0; minute < 3; minute++)
        {
            for (int i = 0; i < 5; i++)
                Assert.Equal(
                    HttpStatusCode.BadRequest,
                    (await app.SendAsync(HttpMethod.Get, $"{SocketIOTests.Path}?EIO=4&transport=polling&sid=gone")).Status);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        await app.SendAsync(HttpMethod.Get, SocketIOTests.Path);
        Assert.Equal(
            [
                "1 requests were refused: SessionUnknown, status 400. Logged once a minute at most.",
                "5 requests were refused: SessionUnknown, status 400. Logged once a minute at most.",
                "5 requests were refused: SessionUnknown, status 400. Logged once a minute at most.",
                "1 requests were refused: TransportUnknown, status 400. Logged once a minute at most.",
            ],
            app.Logs.GetSnapshot().Where(entry => entry.Id.Name == "Refused").Select(entry => entry.Message));
    }

    [Fact]
    [Trait("Demand", "Q15")]
    public async Task Arguments_that_do_not_fit_have_a_warning_for_each_event_and_minute_without_what_was_sent()
    {
        var time = new FakeTimeProvider();
        await using App app = await App.StartAsync(app => app.MapSocketIO(
            SocketIOTests.Path,
            io => io.Main
                .On("join", async (SocketIOSocket _, Joining joining) => joining.Name)
                .On("both", async (SocketIOSocket _, int a, int b) => a + b)
                .On("free", (Joining joining) => joining.Name)
                .On("fine", async _ => 1)
                .OnOther(async e => e.Get<Joining>(0)),
            new() { Engine = new() { TimeProvider = time } }));
        await using Peer peer = await Peer.ConnectAsync(app);
        await AnswerlessAsync("join", "\"secret\"");
        await AnswerlessAsync("join", "\"secret\"");
        await AnswerlessAsync("both", "1");
        await AnswerlessAsync("free", """{"name":"secret","seats":[{"row":1},{"row":"secret"}]}""");
        await AnswerlessAsync("free", """{"name":"secret","seats":[{"row":1},{"row":"secret"}]}""");
        await AnswerlessAsync("secret", "[]");
        await AnswerlessAsync("secret too", "[]");
        time.Advance(TimeSpan.FromMinutes(1));
        await AnswerlessAsync("join", """{"seats":[],"byName":{"secret":"secret"}}""");
        await AnswerlessAsync("free", """{"name":5,"seats":[]}""");
        Assert.Equal(
            [
                Line("join", 1, "Argument 0 of 'join' is not of type Joining: it is a string."),
                Line("both", 1, "The event 'both' has no argument 1."),
                Line("free", 1, "Argument 0 of 'free' is not of type Joining: $.seats[1].row is a string, not Int32."),
                Line("another event", 1, "Argument 0 of the event is not of type Joining: it is an array."),
                Line("join", 2, "Argument 0 of 'join' is not of type Joining: $.byName[…] is a string, not Int32."),
                Line("free", 2, "Argument 0 of 'free' is not of type Joining: $.name is a number, not String."),
            ],
            app.Logs.GetSnapshot().Where(entry => entry.Level >= LogLevel.Warning).Select(entry => entry.Message));
        Assert.DoesNotContain(app.Logs.GetSnapshot(), entry => entry.Message.Contains("secret", StringComparison.Ordinal));

        string Line(string name, int count, string reason) =>
            $"{count} events \"{name}\" in / had arguments that do not fit. The last: {reason} Logged once a minute at most.";

        async Task AnswerlessAsync(string name, string argument)
        {
            await peer.SendAsync($"21[\"{name}\",{argument}]");
            await peer.SendAsync("22[\"fine\"]");
            Assert.Equal("32[1]", await peer.NextAsync());
        }
    }

    [Fact]
    public async Task Missing_members_of_an_argument_are_named()
    {
        await using App app = await App.StartAsync(app => app.MapSocketIO(SocketIOTests.Path, io => io.Main
            .On("join", async (SocketIOSocket _, Joining joining) => joining.Name)
            .OnError(async (_, exception) => exception.Message)));
        await using Peer peer = await Peer.ConnectAsync(app);
        await peer.SendAsync("21[\"join\",{\"name\":\"Ann\"}]");
        Assert.Equal("31[\"Argument 0 of 'join' is not of type Joining: $.seats is missing.\"]", await peer.NextAsync());
        await peer.SendAsync("21[\"join\",{\"name\":\"Ann\",\"seats\":[{}]}]");
        Assert.Equal("31[\"Argument 0 of 'join' is not of type Joining: $.seats[0].row is missing.\"]", await peer.NextAsync());
    }

    [Fact]
    public async Task Event_without_a_handler_has_a_line_for_debugging_each_minute()
    {
        var time = new FakeTimeProvider();
        await using App app = await App.StartAsync(app => app.MapSocketIO(
            SocketIOTests.Path, io => io.Main.On("fine", async _ => 1), new() { Engine = new() { TimeProvider = time } }));
        await using Peer peer = await Peer.ConnectAsync(app);
        for (int minute = 0; minute < 2; minute++)
        {
            foreach (string name in new[] { "jion", "a\\nb\\u202e" + new string('x', 1000), "jion" })
                await peer.SendAsync($"2[\"{name}\",\"secret\"]");
            await peer.SendAsync("22[\"fine\"]");
            Assert.Equal("32[1]", await peer.NextAsync());
            time.Advance(TimeSpan.FromMinutes(1));
        }

        await peer.SendAsync($"2[\"a\\nb\\u202e{new string('x', 1000)}\"]");
        await peer.SendAsync("22[\"fine\"]");
        Assert.Equal("32[1]", await peer.NextAsync());
        Assert.Equal(
            [
                (LogLevel.Debug, "1 events in / had no handler. The last: \"jion\". Logged once a minute at most."),
                (LogLevel.Debug, "3 events in / had no handler. The last: \"jion\". Logged once a minute at most."),
                (LogLevel.Debug, $"3 events in / had no handler. The last: \"a?b?{new string('x', 60)}…\". Logged once a minute at most."),
            ],
            app.Logs.GetSnapshot().Where(entry => entry.Id.Name == "EventUnknown").Select(entry => (entry.Level, entry.Message)));
    }

    [Fact]
    public async Task Credentials_that_are_no_object_are_refused_with_a_warning_each_minute_and_the_session_goes_on()
    {
        var time = new FakeTimeProvider();
        int judged = 0;
        await using App app = await App.StartAsync(app => app.MapSocketIO(
            SocketIOTests.Path,
            io =>
            {
                io.Main.OnConnecting(async _ => judged++).On("fine", async _ => 1);
                io.Of(name => name.StartsWith("/room", StringComparison.Ordinal));
            },
            new() { Engine = new() { TimeProvider = time } }));
        await using Peer peer = await Peer.OpenAsync(app);
        foreach (string auth in new[] { "\"secret\"", "[\"secret\"]", "true", "null", "-1" })
        {
            await peer.SendAsync("0" + auth);
            Assert.Equal("4{\"message\":\"auth has to be an object\"}", await peer.NextAsync());
        }

        await peer.SendAsync("0/room 1,\"secret\"");
        Assert.Equal("4/room 1,{\"message\":\"auth has to be an object\"}", await peer.NextAsync());
        await peer.JoinAsync("/", "{}");
        await peer.SendAsync("22[\"fine\"]");
        Assert.Equal("32[1]", await peer.NextAsync());
        time.Advance(TimeSpan.FromMinutes(1));
        await using Peer other = await Peer.OpenAsync(app);
        await other.SendAsync("0\"secret\"");
        Assert.Equal("4{\"message\":\"auth has to be an object\"}", await other.NextAsync());
        Assert.Equal(1, judged);
        Assert.Equal(
            [
                "1 clients were refused, because their auth is not a JSON object. Logged once a minute at most.",
                "6 clients were refused, because their auth is not a JSON object. Logged once a minute at most.",
            ],
            app.Logs.GetSnapshot().Where(entry => entry.Level >= LogLevel.Warning).Select(entry => entry.Message));
    }

    public sealed record Seat
    {
        public required int Row { get; init; }
    }

    public sealed record Joining
    {
        public string? Name { get; init; }

        public required IReadOnlyList<Seat> Seats { get; init; }

        public Dictionary<string, int> ByName { get; init; } = [];
    }

    private static IEnumerable<string> Sums(MetricCollector<long> collector) => collector.GetMeasurementSnapshot()
        .GroupBy(measurement => string.Join(' ', measurement.Tags.OrderByDescending(tag => tag.Key).Select(tag => tag.Value)))
        .Select(group => $"{group.Key} {group.Sum(measurement => measurement.Value)}")
        .Order(StringComparer.Ordinal);
}
