using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.AspNetCore.Tests;

/// <summary>
/// Clients that were lost come back to what they were, as npm's client does it: with the last text of an event for an offset.
/// </summary>
public sealed class RecoveryTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _log = [];
    private App _app = null!;
    private SocketIOServer _server = null!;

    public async Task InitializeAsync() => _app = await App.StartAsync(app => app.MapSocketIO(
        SocketIOTests.Path,
        io =>
        {
            _server = io;
            io.Main
                .EnableRecovery()
                .OnConnecting(async socket => socket.Emit("early", 1))
                .OnConnected(async socket => Log(
                    socket.Recovered ? $"back {string.Join(',', socket.Rooms.Where(room => room.Length < 20))} {socket.Data["n"]}" : "new"))
                .OnDisconnected(async (_, why) => Log(why.Reason))
                .On("join", async (SocketIOSocket socket, string room) =>
                {
                    socket.Data["n"] = 7;
                    return socket.Join(room);
                });
            Assert.Throws<InvalidOperationException>(() => io.Of(_ => false).EnableRecovery());
        },
        new() { Engine = new() { TimeProvider = _time, Server = new() { PingInterval = TimeSpan.FromHours(1) } } }));

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    [Trait("Demand", "Q19")]
    public async Task Client_that_has_got_nothing_yet_comes_back()
    {
        await using Peer peer = await Peer.OpenAsync(_app);
        (string id, string pid) = await JoinAsync(peer);
        await LoseAsync(peer);
        _server.Main.To("red").Emit("missed", 1);
        _server.Main.To("blue").Emit("others", 1);
        await using Peer again = await Peer.OpenAsync(_app);
        Assert.Equal((id, pid), await ConnectAsync(again, pid, offset: null));
        // It had not told that it has got the early event of the first time either.
        Assert.StartsWith("2[\"early\",1,", await again.NextAsync(), StringComparison.Ordinal);
        Assert.StartsWith("2[\"missed\",1,", await again.NextAsync(), StringComparison.Ordinal);
        Assert.StartsWith("2[\"early\",1,", await again.NextAsync(), StringComparison.Ordinal);
        await Waiting.Until(() => Count() == 3);
        Assert.Equal(["new", "transport close", "back red 7"], _log);
        Assert.Same(_server.Main.Find(id), Assert.Single(_server.Main.Sockets));
        Assert.Equal(0, _server.Main.Recovery!.LostCount);
    }

    [Fact]
    public async Task Each_event_comes_once_and_in_order_over_many_losses()
    {
        await using Peer first = await Peer.OpenAsync(_app);
        (string id, string pid) = await JoinAsync(first);
        string offset = "";
        var received = new List<int>();
        Peer peer = first;
        for (int round = 0; round < 5; round++)
        {
            _server.Main.To("red").Emit("n", round * 4);
            await TakeAsync(round * 4);
            // Sent, and lost on the way with the connection.
            _server.Main.Find(id)!.Emit("n", (round * 4) + 1);
            await LoseAsync(peer);
            _server.Main.Emit("n", (round * 4) + 2);
            _server.Main.To(id).Emit("n", (round * 4) + 3);
            _server.Main.Except("red").Emit("n", -1);
            peer = await Peer.OpenAsync(_app);
            Assert.Equal((id, pid), await ConnectAsync(peer, pid, offset));
            await TakeAsync((round * 4) + 3);
        }

        Assert.Equal(Enumerable.Range(0, 20), received);
        await peer.DisposeAsync();

        async Task TakeAsync(int until)
        {
            while (received.Count == 0 || received[^1] != until)
            {
                string packet = await peer.NextAsync();
                if (!packet.StartsWith("2[", StringComparison.Ordinal))
                    continue;
                JsonElement e = JsonDocument.Parse(packet[1..]).RootElement;
                offset = e[2].GetString()!;
                if (e[0].GetString() == "n")
                    received.Add(e[1].GetInt32());
            }
        }
    }

    /// <summary>The client is back before the server has seen its loss, again and again.</summary>
    [Fact]
    [Trait("Demand", "Q21")]
    public async Task Client_takes_over_from_itself()
    {
        var peers = new List<Peer> { await Peer.OpenAsync(_app) };
        (string id, string pid) = await JoinAsync(peers[0]);
        string offset = Last(await peers[0].NextAsync());
        for (int round = 1; round <= 5; round++)
        {
            Peer peer = await Peer.OpenAsync(_app);
            peers.Add(peer);
            Assert.Equal((id, pid), await ConnectAsync(peer, pid, offset));
            Assert.StartsWith("2[\"early\",1,", await peer.NextAsync(), StringComparison.Ordinal);
            // The old one is ended, and its end touches nothing.
            Assert.Equal("close 1000", await EndAsync(peers[^2]));
            await Waiting.Until(() => _server.Main.SocketCount == 1);
            _server.Main.To("red").Emit("n", round);
            string packet = await peer.NextAsync();
            Assert.StartsWith($"2[\"n\",{round},", packet, StringComparison.Ordinal);
            offset = Last(packet);
        }

        Assert.Equal(5, _log.Count(line => line == "back red 7"));
        foreach (Peer peer in peers)
            await peer.DisposeAsync();
    }

    [Fact]
    [Trait("Demand", "Q22")]
    public async Task Volatile_event_that_ends_with_a_text_does_not_spoil_the_offset()
    {
        await using Peer peer = await Peer.OpenAsync(_app);
        (string id, string pid) = await JoinAsync(peer);
        _server.Main.Emit("kept", 1);
        _server.Main.Volatile.Emit("pos", "hello");
        Assert.True(_server.Main.Find(id)!.EmitVolatile("pos", "again"));
        string packet;
        do
            packet = await peer.NextAsync();
        while (!packet.Contains("again", StringComparison.Ordinal));
        await LoseAsync(peer);
        _server.Main.Emit("missed", 2);
        await using Peer again = await Peer.OpenAsync(_app);
        Assert.Equal((id, pid), await ConnectAsync(again, pid, Last(packet)));
        Assert.StartsWith("2[\"missed\",2,", await again.NextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pid")]
    [InlineData("offset")]
    [InlineData("other offset")]
    [InlineData("time")]
    [InlineData("left")]
    [InlineData("none")]
    public async Task Who_cannot_come_back_is_new(string why)
    {
        await using Peer peer = await Peer.OpenAsync(_app);
        (string id, string pid) = await JoinAsync(peer);
        string offset = Last(await peer.NextAsync());
        if (why == "left")
        {
            await peer.SendAsync("1");
            await Waiting.Until(() => _server.Main.SocketCount == 0);
        }
        else
        {
            await LoseAsync(peer);
            Assert.Equal(1, _server.Main.Recovery!.LostCount);
        }

        if (why == "time")
            _time.Advance(TimeSpan.FromSeconds(121));
        await using Peer again = await Peer.OpenAsync(_app);
        (string newId, string newPid) = await ConnectAsync(
            again,
            why == "pid" ? "guess" : why == "none" ? null : pid,
            why switch { "offset" => "x.1", "other offset" => offset + "9", _ => offset });
        Assert.NotEqual(id, newId);
        Assert.NotEqual(pid, newPid);
        await Waiting.Until(() => Count() == 3);
        Assert.Equal("new", _log[^1]);
    }

    private static string Last(string packet) => JsonDocument.Parse(packet[1..]).RootElement.EnumerateArray().Last().GetString()!;

    private static async Task<string> EndAsync(Peer peer)
    {
        string packet;
        do
            packet = await peer.NextAsync();
        while (!packet.StartsWith("close", StringComparison.Ordinal));
        return packet;
    }

    private static async Task<(string Id, string Pid)> ConnectAsync(Peer peer, string? pid, string? offset)
    {
        await peer.SendAsync("0" + JsonSerializer.Serialize(new { pid, offset }));
        JsonElement answer = JsonDocument.Parse((await peer.NextAsync())[1..]).RootElement;
        return (answer.GetProperty("sid").GetString()!, answer.GetProperty("pid").GetString()!);
    }

    private async Task<(string Id, string Pid)> JoinAsync(Peer peer)
    {
        (string Id, string Pid) joined = await ConnectAsync(peer, pid: null, offset: null);
        await peer.SendAsync("20[\"join\",\"red\"]");
        await Waiting.Until(() => _server.Main.To("red").Sockets.Count == 1);
        return joined;
    }

    private async Task LoseAsync(Peer peer)
    {
        peer.Abort();
        await Waiting.Until(() => _server.Main.SocketCount == 0);
    }

    private int Count()
    {
        lock (_log)
            return _log.Count;
    }

    private void Log(string line)
    {
        lock (_log)
            _log.Add(line);
    }
}
