using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.AspNetCore.Tests.Servers;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.Nats.Tests;

/// <summary>
/// NATS is away, or looks as if it were not: handlers notice nothing, and clients of all servers get all, once and in order.
/// </summary>
public sealed class OutageTests
{
    [ServersFact]
    public async Task Nats_that_is_killed_under_load_and_comes_back_has_lost_nothing()
    {
        await using NatsServer nats = await NatsServer.StartAsync();
        await LoseNothingAsync(nats.Address, nats.KillAsync, nats.RestartAsync);
    }

    [ServersFact]
    public async Task Connections_that_are_dead_have_lost_nothing()
    {
        await using NatsServer nats = await NatsServer.StartAsync();
        await using Relay relay = new(nats.Port);
        await LoseNothingAsync($"nats://{relay.Address}", relay.DieAsync, () => Task.CompletedTask);
    }

    [ServersFact]
    public async Task Nats_that_is_not_there_at_first_gets_what_was_sent_before()
    {
        await using NatsServer nats = await NatsServer.StartAsync();
        await nats.KillAsync();
        await using Cluster cluster = new();
        await cluster.AddAsync(new NatsSocketIOBackplane(nats.Address));
        await cluster.AddAsync(new NatsSocketIOBackplane(nats.Address));
        await using Load load = await Load.StartAsync(cluster);
        Assert.Equal(HealthStatus.Unhealthy, (await cluster.HealthAsync(0)).Status);
        await nats.RestartAsync();
        await cluster.UntilHealthyAsync(0, others: 1);
        await cluster.UntilHealthyAsync(1, others: 1);
        await load.RunAsync(100);
        await load.AssertAllAsync();
    }

    [ServersFact]
    public async Task What_waits_for_Nats_is_bounded()
    {
        await using NatsServer nats = await NatsServer.StartAsync();
        await using Cluster cluster = await Cluster.StartAsync(
            2, () => new NatsSocketIOBackplane(nats.Address, new() { MaxPendingBytes = 200_000 }));
        using MetricCollector<long> lost = cluster.Collect(0, "wsproto.socketio.backplane.lost");
        await nats.KillAsync();
        string text = new('x', 10_000);
        for (int i = 0; i < 100; i++)
            cluster.Main(0).Emit("large", text);
        Assert.InRange(lost.GetMeasurementSnapshot().Sum(measurement => measurement.Value), 80, 100);
    }

    [ServersFact]
    public async Task Sample_of_the_documents_works()
    {
        await using NatsServer nats = await NatsServer.StartAsync();
        await using App app = await App.StartAsync(
            app => app.MapSocketIO("/socket.io", _ => { }),
            services =>
            {
                Samples.Add(services, nats.Address);
                services.AddHealthChecks().AddSocketIOBackplane();
            });
        HealthCheckService health = app.Services.GetRequiredService<HealthCheckService>();
        await UntilAsync().Soon();
        await app.StopAsync();

        async Task UntilAsync()
        {
            while ((await health.CheckHealthAsync()).Status != HealthStatus.Healthy)
                await Task.Yield();
        }
    }

    private static async Task LoseNothingAsync(string address, Func<Task> fault, Func<Task> repair)
    {
        await using Cluster cluster = await Cluster.StartAsync(2, () => new NatsSocketIOBackplane(address));
        await using Load load = await Load.StartAsync(cluster);
        await load.RunAsync(300);
        await Task.WhenAll(load.RunAsync(300), fault());
        await cluster.UntilUnhealthyAsync();
        await load.RunAsync(300);
        await Task.WhenAll(load.RunAsync(300), repair());
        await load.AssertAllAsync();
    }
}
