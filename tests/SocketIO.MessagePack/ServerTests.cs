using Microsoft.AspNetCore.Builder;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.MessagePack.Tests;

/// <summary>A server whose clients talk MessagePack behaves as with text.</summary>
public sealed class ServerTests : IAsyncLifetime
{
    private App _app = null!;
    private SocketIOServer _server = null!;

    public async Task InitializeAsync() => _app = await App.StartAsync(app => app.MapSocketIO(
        "/socket.io",
        io =>
        {
            _server = io;
            io.Main
                .On(
                    "save",
                    async (SocketIOSocket _, Saved saved, byte[] content) => SocketIOAck.Of(saved.Name, content, saved.Parts.Length))
                .On("join", async (SocketIOSocket socket, string room) => socket.Join(room))
                .On("fail", (SocketIOSocket socket, int number) => Task.FromException(new InvalidOperationException($"{number}")))
                .OnError(async (_, exception) => exception.GetType().Name);
            io.Of("/admin").OnConnecting(async socket =>
            {
                if (!socket.Auth.GetJson(0).Span.SequenceEqual("{\"token\":\"right\"}"u8))
                    throw new SocketIORefusedException("no") { Details = new { Proof = new byte[] { 1, 2 } } };
            });
            io.Of("/kept").EnableRecovery();
        },
        new() { Parser = Peer.Parser }));

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Arguments_and_acks_have_the_types_of_handlers()
    {
        await using Client client = await Client.ConnectAsync(_app);
        await client.EmitAsync("/", "save", 7, new { name = "x", parts = new[] { new byte[] { 1 }, [] } }, new byte[] { 2, 3 });
        Assert.Equal("Ack / 7 - \"x\"|\"AgM=\"|2", await client.ShowNextAsync());
        await client.EmitAsync("/", "save", 8, "no object");
        Assert.Equal("Ack / 8 - \"SocketIOBindingException\"", await client.ShowNextAsync());
        await client.EmitAsync("/", "fail", 9, 1);
        Assert.Equal("Ack / 9 - \"InvalidOperationException\"", await client.ShowNextAsync());
    }

    [Fact]
    public async Task Calls_are_answered()
    {
        await using Client client = await Client.ConnectAsync(_app);
        Task<byte[]?> answer = _server.Main.Sockets.Single().CallAsync<byte[]>("question", new byte[20][]);
        SocketIOPacket question = await client.NextAsync();
        await client.AckAsync("/", question.Id!.Value, new byte[] { 4, 2 });
        Assert.Equal([4, 2], await answer.Soon());
    }

    [Fact]
    public async Task Event_to_many_is_encoded_once()
    {
        int count = 0;
        await using Client a = await Client.ConnectAsync(_app);
        await using Client b = await Client.ConnectAsync(_app);
        await using Client c = await Client.ConnectAsync(_app);
        await a.EmitAsync("/", "join", 1, "red");
        Assert.Equal("Ack / 1 - true", await a.ShowNextAsync());
        await b.EmitAsync("/", "join", 1, "red");
        Assert.Equal("Ack / 1 - true", await b.ShowNextAsync());
        _server.Main.To("red").Emit("m", new Counted(() => ++count));
        _server.Main.Emit("all");
        Assert.Equal("Event / - m {\"value\":1}", await a.ShowNextAsync());
        Assert.Equal("Event / - m {\"value\":1}", await b.ShowNextAsync());
        Assert.Equal("Event / - all", await c.ShowNextAsync());
        Assert.Equal(1, count);
    }

    [Fact]
    public async Task Namespaces_judge_and_are_left_one_by_one()
    {
        await using Client client = await Client.ConnectAsync(_app);
        await client.JoinAsync("/admin", new { token = "wrong" });
        Assert.Equal("ConnectError /admin - - {\"message\":\"no\",\"data\":{\"proof\":\"AQI=\"}}", await client.ShowNextAsync());
        await client.JoinAsync("/nowhere");
        Assert.Equal("ConnectError /nowhere - - {\"message\":\"Invalid namespace\"}", await client.ShowNextAsync());
        await client.JoinAsync("/admin", new { token = "right" });
        Assert.StartsWith("Connect /admin - - {\"sid\":", await client.ShowNextAsync(), StringComparison.Ordinal);
        _server.Of("/admin").Sockets.Single().Disconnect();
        Assert.Equal("Disconnect /admin - -", await client.ShowNextAsync());
        _server.Main.Emit("still here");
        Assert.Equal("Event / - still here", await client.ShowNextAsync());
    }

    [Fact]
    public async Task Client_that_was_lost_gets_what_it_has_missed()
    {
        string pid;
        string offset;
        await using (Client client = await Client.ConnectAsync(_app, "/kept"))
        {
            pid = client.Welcome.GetProperty("pid").GetString()!;
            _server.Of("/kept").Emit("n", 1, new byte[] { 7 });
            SocketIOPacket first = await client.NextAsync();
            Assert.Equal(3, first.Arguments.Count);
            offset = System.Text.Json.JsonDocument.Parse(first.Arguments.GetJson(2)).RootElement.GetString()!;
        }

        await Waiting.Until(() => _server.Of("/kept").SocketCount == 0);
        _server.Of("/kept").Emit("n", 2, new byte[] { 8 });
        await using Client again = await Client.ConnectAsync(_app, "/kept", new { pid, offset });
        Assert.Equal(pid, again.Welcome.GetProperty("pid").GetString());
        Assert.StartsWith("Event /kept - n 2|\"CA==\"|\"", await again.ShowNextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Polling_carries_packets_as_base64()
    {
        string session = await _app.OpenAsync("/socket.io");
        // Connect for the main namespace.
        await _app.PostAsync(session, $"b{Convert.ToBase64String(Peer.Bytes("82 a474797065 00 a36e7370 a12f"))}");
        string answer = await _app.PollAsync(session);
        Assert.StartsWith("b", answer, StringComparison.Ordinal);
        Assert.Equal(SocketIOPacketType.Connect, Peer.Decode(Convert.FromBase64String(answer[1..])).Type);
    }

    [Fact]
    public async Task Client_that_talks_otherwise_is_ended()
    {
        await using Client text = await Client.ConnectAsync(_app);
        await text.SendTextAsync("42[\"a\"]");
        Assert.Equal(1002, await text.ClosedAsync());
        await using Client broken = await Client.ConnectAsync(_app);
        await broken.SendAsync([0xc1]);
        Assert.Equal(1002, await broken.ClosedAsync());
    }

    [Fact]
    public async Task Sample_saves()
    {
        await using App app = await App.StartAsync(Samples.Map);
        await using Client client = await Client.ConnectAsync(app);
        await client.EmitAsync("/", "save", 0, "a.txt", new byte[5]);
        Assert.Equal("Ack / 0 - 5", await client.ShowNextAsync());
    }

    private sealed record Saved(string Name, byte[][] Parts);

    private sealed class Counted(Func<int> count)
    {
        public int Value => count();
    }
}
