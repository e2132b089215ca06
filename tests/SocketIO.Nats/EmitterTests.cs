using NATS.Client.Core;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore.Testing;
using WsProto.SocketIO.AspNetCore.Tests.Servers;

namespace WsProto.SocketIO.Nats.Tests;

/// <summary>A process that serves nobody, and clients of all servers.</summary>
public sealed class EmitterTests : IAsyncLifetime
{
    private NatsServer _nats = null!;

    public async Task InitializeAsync() => _nats = await NatsServer.StartAsync();

    public async Task DisposeAsync() => await _nats.DisposeAsync();

    [ServersFact]
    public async Task Emitter_reaches_clients_of_all_servers()
    {
        await using NatsConnection nats = Connect();
        var emitter = new NatsSocketIOEmitter(nats);
        await using Cluster cluster = await Cluster.StartAsync(2, () => new NatsSocketIOBackplane(_nats.Address));
        await using SocketIOTestClient ann = await cluster.ConnectAsync(0, "red");
        await using SocketIOTestClient bob = await cluster.ConnectAsync(1, "red", "blue");
        await emitter.Main.EmitAsync("all", 1, new byte[] { 1 });
        await emitter.Main.To("red").Except("blue").Volatile.EmitAsync("some", 2);
        await emitter.Of("/nowhere").EmitAsync("nobody");
        await emitter.Main.To(ann.Id, bob.Id).JoinAsync("green");
        await emitter.Main.To("red").LeaveAsync("red");
        await emitter.Main.Except(ann.Id).LeaveAsync("blue");
        await emitter.Main.To("green").EmitAsync("end");
        foreach ((SocketIOTestClient client, string[] expected) in new[]
        {
            (ann, (string[])["all 1 \"AQ==\"", "some 2"]), (bob, ["all 1 \"AQ==\""]),
        })
        {
            await client.WaitForAsync("end");
            Assert.Equal(expected, client.TakeReceived().Select(Cluster.Show));
            Assert.Equal(["green"], (await client.CallAsync<string[]>("rooms"))!);
        }

        await emitter.Main.To("green").DisconnectAsync(closeSessions: true);
        await Task.WhenAll(ann.Disconnected, bob.Disconnected).Soon();
    }

    [ServersFact]
    public async Task What_is_emitted_in_order_arrives_in_order_and_once()
    {
        const int Count = 500;
        await using NatsConnection nats = Connect();
        var emitter = new NatsSocketIOEmitter(nats);
        await using Cluster cluster = await Cluster.StartAsync(1, () => new NatsSocketIOBackplane(_nats.Address));
        await using SocketIOTestClient client = await cluster.ConnectAsync(0);
        for (int i = 0; i < Count; i++)
            await emitter.Main.EmitAsync("n", i);
        await emitter.Main.EmitAsync("end");
        await client.WaitForAsync("end");
        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"n {i}"), client.TakeReceived().Select(Cluster.Show));
    }

    [ServersFact]
    public async Task Emitter_learns_that_nobody_stores_what_it_says()
    {
        await using NatsConnection nats = new(NatsOpts.Default with { Url = _nats.Address, RequestTimeout = TimeSpan.FromSeconds(1) });
        var emitter = new NatsSocketIOEmitter(nats);
        // No server has made the stream.
        await Assert.ThrowsAnyAsync<NatsException>(() => emitter.Main.EmitAsync("nobody hears")).Soon();
        await using Cluster cluster = await Cluster.StartAsync(1, () => new NatsSocketIOBackplane(_nats.Address));
        await emitter.Main.EmitAsync("heard").Soon();
        await Assert.ThrowsAnyAsync<NatsException>(() => emitter.Main.EmitAsync("large", new string('x', 2 << 20))).Soon();
        await _nats.KillAsync();
        await AssertLostAsync(() => emitter.Main.EmitAsync("lost"));
        await AssertLostAsync(() => emitter.Main.To("a", "b").JoinAsync("lost"));
        await _nats.RestartAsync();
        await UntilHeardAsync().Soon();

        async Task UntilHeardAsync()
        {
            // The connection comes back by itself, after a while.
            while (await Record.ExceptionAsync(() => emitter.Main.EmitAsync("heard")) is not null)
                await Task.Yield();
        }
    }

    [ServersFact]
    public async Task What_the_caller_does_wrong_throws_and_is_not_sent()
    {
        await using NatsConnection nats = Connect();
        var emitter = new NatsSocketIOEmitter(nats);
        Assert.Throws<ArgumentNullException>(() => new NatsSocketIOEmitter(null!));
        Assert.Throws<ArgumentException>(() => emitter.Of("no slash"));
        Assert.Throws<ArgumentException>(() => emitter.Of("/a,b"));
        await Assert.ThrowsAsync<ArgumentException>(async () => await emitter.Main.EmitAsync("connect"));
        await Assert.ThrowsAsync<ArgumentException>(async () => await emitter.Main.EmitAsync("x", ("a", 1)));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await emitter.Main.JoinAsync(null!));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await emitter.Main.LeaveAsync(null!));
    }

    [ServersFact]
    public async Task Sample_of_the_documents_works()
    {
        await using Cluster cluster = await Cluster.StartAsync(1, () => new NatsSocketIOBackplane(_nats.Address));
        await using SocketIOTestClient client = await cluster.ConnectAsync(0, "news");
        await Samples.EmitAsync(_nats.Address);
        Assert.Equal("headline \"It works\" \"AQID\"", Cluster.Show(await client.WaitForAsync("headline")));
    }

    /// <summary>The connection is lost before the message or meanwhile, or the answer does not come.</summary>
    private static async Task AssertLostAsync(Func<Task> emit)
    {
        Exception? e = await Record.ExceptionAsync(emit).Soon();
        Assert.True(e is NatsException or TimeoutException, $"{e}");
    }

    private NatsConnection Connect() => new(NatsOpts.Default with { Url = _nats.Address });
}
