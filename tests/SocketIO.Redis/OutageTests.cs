using System.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.AspNetCore.Testing;
using WsProto.SocketIO.AspNetCore.Tests.Servers;
using Xunit.Abstractions;

namespace WsProto.SocketIO.Redis.Tests;

/// <summary>
/// Redis is away, or looks as if it were not: handlers notice nothing, clients here get all, and traffic across comes back by itself.
/// </summary>
public sealed class OutageTests(ITestOutputHelper output)
{
    [ServersFact]
    [Trait("Demand", "Q46")]
    public async Task Redis_that_is_killed_under_load_and_comes_back()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await ComeBackAsync(redis.Address, redis.KillAsync, redis.RestartAsync, minLost: 500);
    }

    [ServersFact]
    [Trait("Demand", "Q45")]
    public async Task Subscription_that_Redis_has_killed()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Cluster cluster = await StartAsync(redis.Address);
        await using Load load = await Load.StartAsync(cluster);
        await load.RunAsync(500);
        Task going = load.RunAsync(500);
        Assert.Equal(":2", (await redis.CommandAsync("CLIENT KILL TYPE pubsub")).Trim());
        await going;
        await UntilBackAsync(cluster, load);
        await load.AssertAllHereAsync();
    }

    [ServersFact]
    [Trait("Demand", "Q45")]
    public async Task Subscription_that_is_gone_while_its_connection_lives()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Relay relay = new(redis.Port);
        await ComeBackAsync(relay.Address, relay.DieAsync, () => Task.CompletedTask);
    }

    [ServersFact]
    [Trait("Demand", "Q45")]
    [Trait("Demand", "Q46")]
    public async Task Redis_that_is_frozen()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await ComeBackAsync(redis.Address, redis.FreezeAsync, redis.ContinueAsync);
    }

    [ServersFact]
    public async Task Redis_that_is_not_there_at_first()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await redis.KillAsync();
        await using Cluster cluster = new();
        await cluster.AddAsync(new RedisSocketIOBackplane(redis.Address));
        await cluster.AddAsync(new RedisSocketIOBackplane(redis.Address));
        await using Load load = await Load.StartAsync(cluster);
        await load.RunAsync(100);
        Assert.Equal(HealthStatus.Unhealthy, (await cluster.HealthAsync(0)).Status);
        await redis.RestartAsync();
        await UntilBackAsync(cluster, load);
        await load.AssertAllHereAsync();
    }

    [ServersFact]
    public async Task What_waits_for_Redis_is_bounded()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using Cluster cluster = await Cluster.StartAsync(
            2, () => new RedisSocketIOBackplane(redis.Address, new() { MaxPendingBytes = 200_000 }));
        using MetricCollector<long> lost = cluster.Collect(0, "wsproto.socketio.backplane.lost");
        await redis.FreezeAsync();
        string text = new('x', 10_000);
        for (int i = 0; i < 100; i++)
            cluster.Main(0).Emit("large", text);
        Assert.InRange(lost.GetMeasurementSnapshot().Sum(measurement => measurement.Value), 80, 100);
        await redis.ContinueAsync();
        await UntilBackAsync(cluster, null);
    }

    private static Task<Cluster> StartAsync(string address) => Cluster.StartAsync(2, () => new RedisSocketIOBackplane(address));

    private async Task ComeBackAsync(string address, Func<Task> fault, Func<Task> repair, int minLost = 0)
    {
        await using Cluster cluster = await StartAsync(address);
        await using Load load = await Load.StartAsync(cluster);
        using MetricCollector<long> lost = cluster.Collect(0, "wsproto.socketio.backplane.lost");
        await load.RunAsync(500);
        await Task.WhenAll(load.RunAsync(500), fault());
        await cluster.UntilUnhealthyAsync();
        await load.RunAsync(500);
        Assert.True(lost.GetMeasurementSnapshot().Sum(measurement => measurement.Value) >= minLost);
        await Task.WhenAll(load.RunAsync(500), repair());
        await UntilBackAsync(cluster, load);
        await load.AssertAllHereAsync();
    }

    /// <summary>Sends both ways until something comes.</summary>
    private async Task UntilBackAsync(Cluster cluster, Load? load)
    {
        long begin = Stopwatch.GetTimestamp();
        await using SocketIOTestClient first = await cluster.ConnectAsync(0);
        await using SocketIOTestClient second = await cluster.ConnectAsync(1);
        await Task.WhenAll(UntilAsync(0, second), UntilAsync(1, first)).Soon();
        output.WriteLine($"back after {Stopwatch.GetElapsedTime(begin).TotalSeconds:F1} s");
        if (load is not null)
            await load.RunAsync(500);

        async Task UntilAsync(int from, SocketIOTestClient to)
        {
            string name = $"back {from}";
            do
            {
                cluster.Main(from).To(to.Id).Emit(name);
                // A round trip, in which what came before comes too.
                await to.CallAsync<string[]>("rooms");
            }
            while (!to.TakeReceived().Any(received => received.Name == name));
        }
    }
}
