using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
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

    private static IEnumerable<string> Sums(MetricCollector<long> collector) => collector.GetMeasurementSnapshot()
        .GroupBy(measurement => string.Join(' ', measurement.Tags.OrderByDescending(tag => tag.Key).Select(tag => tag.Value)))
        .Select(group => $"{group.Key} {group.Sum(measurement => measurement.Value)}")
        .Order(StringComparer.Ordinal);
}
