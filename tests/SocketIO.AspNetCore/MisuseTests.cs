using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.AspNetCore.Tests;

/// <summary>What applications do that they should not.</summary>
public class MisuseTests
{
    private const string Path = SocketIOTests.Path;

    private static readonly string[] _texts = ["a", "b"];

    [Fact]
    public async Task What_cannot_be_sent_is_thrown_and_nothing_of_it_is_sent()
    {
        SocketIOServer server = null!;
        await using App app = await StartAsync(io => server = io);
        await using Peer peer = await Peer.ConnectAsync(app);
        SocketIOSocket socket = server.Main.Sockets[0];
        var loop = new Loop();
        loop.Self = loop;
        Assert.Throws<JsonException>(() => socket.Emit("m", new byte[2], loop));
        Assert.Throws<ArgumentException>(() => socket.Emit("m", new byte[2], new { A = new byte[1], B = new Bad() }));
        Assert.Throws<NotSupportedException>(() => server.Main.Emit("m", new byte[2], typeof(int)));
        Assert.Throws<ArgumentException>(() => socket.Emit("connect"));
        Assert.Throws<ArgumentNullException>(() => socket.Emit(null!));
        await Assert.ThrowsAsync<JsonException>(() => socket.CallAsync<int>("m", loop));
        await Assert.ThrowsAsync<JsonException>(() => server.Main.CallAsync("m", [loop]));
        Assert.Equal(0, socket.PendingAcks);
        Assert.True(socket.Emit("m", "half \ud83d", new byte[] { 1 }));
        Assert.Equal("51-[\"m\",\"half \\uFFFD\",{\"_placeholder\":true,\"num\":0}]", await peer.NextAsync());
        Assert.Equal("01", await peer.NextAsync());
    }

    [Fact]
    public async Task One_argument_is_one_argument_whatever_it_is()
    {
        SocketIOServer server = null!;
        await using App app = await StartAsync(io =>
        {
            server = io;
            io.Main.On("ack", async socket => SocketIOAck.Of(_texts));
        });
        await using Peer peer = await Peer.ConnectAsync(app);
        SocketIOSocket socket = server.Main.Sockets[0];
        socket.Emit("m", null);
        socket.Emit("m", _texts);
        socket.EmitVolatile("m", new object[] { 1, "b" });
        server.Main.Emit("m", _texts);
        server.Main.To(peer.Id).Emit("m", _texts);
        socket.Emit("m", _texts.AsSpan());
        socket.Emit("m");
        socket.Emit("m", "a", null);
        string[] expected =
        [
            "[\"m\",null]", "[\"m\",[\"a\",\"b\"]]", "[\"m\",[1,\"b\"]]", "[\"m\",[\"a\",\"b\"]]", "[\"m\",[\"a\",\"b\"]]",
            "[\"m\",\"a\",\"b\"]", "[\"m\"]", "[\"m\",\"a\",null]",
        ];
        foreach (string payload in expected)
            Assert.Equal("2" + payload, await peer.NextAsync());
        Task<int> call = socket.CallAsync<int>("m", _texts);
        Assert.EndsWith("[\"m\",[\"a\",\"b\"]]", await peer.NextAsync(), StringComparison.Ordinal);
        await peer.SendAsync("27[\"ack\"]");
        Assert.Equal("37[[\"a\",\"b\"]]", await peer.NextAsync());
        await peer.CloseAsync();
        await Assert.ThrowsAsync<SocketIODisconnectedException>(() => call.Soon());
    }

    [Fact]
    public async Task Tuple_is_no_argument_and_no_answer_which_is_told_at_once()
    {
        SocketIOServer server = null!;
        await using App app = await StartAsync(io =>
        {
            server = io;
            io.Main.On("ack", async socket => SocketIOAck.Of(("ok", 2))).On("several", async socket => SocketIOAck.Of("ok", 2));
            Refuses(() => io.Main.On("a", async _ => ("ok", 2)));
            Refuses(() => io.Main.On("a", async (SocketIOSocket _, int a) => ((string, int)?)("ok", a)));
            Refuses(() => io.Main.On("a", async (SocketIOSocket _, int a, int b) => (a, b)));
            Refuses(() => io.Main.On("a", async (SocketIOSocket _, int a, int b, int c) => Tuple.Create(a, b, c)));
            Refuses(() => io.Main.On("a", () => ("ok", 2)));
            Refuses(() => io.Main.On("a", () => Task.FromResult(("ok", 2))));
            Refuses(() => io.Main.On("a", () => ValueTask.FromResult(("ok", 2))));
            Refuses(() => io.Main.AddHandlers<TupleHandlers>());
        });
        await using Peer peer = await Peer.ConnectAsync(app);
        SocketIOSocket socket = server.Main.Sockets[0];
        Throws(() => socket.Emit("m", ("a", 1)));
        Throws(() => socket.Emit("m", "a", Tuple.Create(1)));
        Throws(() => socket.EmitVolatile("m", ("a", 1)));
        Throws(() => server.Main.Emit("m", ("a", 1)));
        Throws(() => server.Main.To(peer.Id).Emit("m", ("a", 1)));
        Throws(() => socket.Emit("m", new { Inside = new[] { ("a", 1) } }));
        await Assert.ThrowsAsync<ArgumentException>(() => socket.CallAsync<int>("m", ("a", 1)));
        await Assert.ThrowsAsync<ArgumentException>(() => server.Main.CallAsync("m", [("a", 1)]));
        await peer.SendAsync("21[\"ack\"]");
        await peer.SendAsync("22[\"several\"]");
        Assert.Equal("32[\"ok\",2]", await peer.NextAsync());
        Assert.IsType<ArgumentException>(Assert.Single(app.Logs.GetSnapshot(), entry => entry.Level == LogLevel.Error).Exception);

        static void Throws(Action emit) =>
            Assert.Contains("tuple", Assert.ThrowsAny<ArgumentException>(emit).Message, StringComparison.Ordinal);

        static void Refuses(Action add) =>
            Assert.Contains("SocketIOAck.Of(a, b)", Assert.Throws<ArgumentException>(add).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Times_that_cannot_be_waited_for_are_refused_before_anything_is_sent()
    {
        SocketIOServer server = null!;
        await using App app = await StartAsync(io => server = io);
        await using Peer peer = await Peer.ConnectAsync(app);
        SocketIOSocket socket = server.Main.Sockets[0];
        foreach (TimeSpan timeout in new[] { TimeSpan.FromSeconds(-5), TimeSpan.MaxValue })
        {
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => socket.CallAsync("m", [], timeout));
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => server.Main.CallAsync("m", [], timeout));
        }

        Task<SocketIOArguments> call = socket.CallAsync("last", [], Timeout.InfiniteTimeSpan);
        Assert.EndsWith("[\"last\"]", await peer.NextAsync(), StringComparison.Ordinal);
        await peer.CloseAsync();
        await Assert.ThrowsAsync<SocketIODisconnectedException>(() => call.Soon());
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOOptions { MaxAttachments = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOOptions { AckTimeout = TimeSpan.MaxValue });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOConnectionOptions { ConnectTimeout = TimeSpan.MaxValue });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOConnectionOptions { AttachmentTimeout = TimeSpan.MaxValue });
    }

    [Fact]
    public async Task Handlers_that_throw_anywhere_harm_nobody_else()
    {
        SocketIOServer server = null!;
        await using App app = await StartAsync(io =>
        {
            server = io;
            io.Main
                .OnConnected(_ => throw new InvalidOperationException("connected"))
                .OnConnected(_ => null!)
                .OnDisconnected((_, _) => throw new InvalidOperationException("disconnected"))
                .OnDisconnected(async (socket, _) => Assert.False(socket.Emit("late")))
                .Use((_, next) => Task.WhenAll(next(), Task.FromException(new InvalidOperationException("middleware"))))
                .On("null", (Func<SocketIOSocket, Task>)(_ => null!))
                .On("loop", async socket => new Bad())
                .On("read", async (SocketIOSocket _, Bad bad) => bad)
                .OnError((_, _) => throw new InvalidOperationException("error"));
        });
        await using Peer peer = await Peer.ConnectAsync(app);
        foreach (string name in new[] { "null", "loop", "read" })
            await peer.SendAsync($"21[\"{name}\",1]");
        await peer.CloseAsync();
        await Waiting.Until(() => server.Main.SocketCount == 0);
        Assert.True(server.Main.IsUnused);
        Assert.Equal(6, app.Logs.GetSnapshot().Count(entry => entry.Level == LogLevel.Error));
    }

    private static Task<App> StartAsync(Action<SocketIOServer> configure) => App.StartAsync(
        app => app.MapSocketIO(Path, configure, new() { Json = new(JsonSerializerDefaults.Web) { Converters = { new Thrower() } } }));

    public sealed class TupleHandlers : SocketIOHandlers
    {
        [OnEvent("a")]
        public Task<(string, int)> A() => Task.FromResult((Socket.Id, 2));
    }

    private sealed class Loop
    {
        public Loop? Self { get; set; }
    }

    private sealed class Bad;

    private sealed class Thrower : JsonConverter<Bad>
    {
        public override Bad Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new ArgumentException("read");

        public override void Write(Utf8JsonWriter writer, Bad value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            throw new ArgumentException("write");
        }
    }
}
