using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.AspNetCore.Testing;
using WsProto.SocketIO.AspNetCore.Tests.Servers;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.Nats.Tests;

/// <summary>NATS is away, or looks as if it were not: handlers notice nothing, and clients of all servers get all, once and in order.</summary>
public sealed class OutageTests
{
    [ServersFact]
    public async Task Nats_that_is_killed_under_load_and_comes_back_has_lost_nothing()
    {
        await using NatsServer nats = await NatsServer.StartAsync();
        await using Cluster cluster = await Cluster.StartAsync(2, () => new NatsSocketIOBackplane(nats.Address));
        await using Load load = await Load.StartAsync(cluster);
        await load.RunAsync(300);
        await nats.KillAsync();
        await load.RunAsync(300);
        await UntilUnhealthyAsync(cluster);
        await load.RunAsync(300);
        await nats.RestartAsync();
        await load.RunAsync(300);
        await load.AssertAllAsync();
    }

    [ServersFact]
    public async Task Connections_that_are_dead_have_lost_nothing()
    {
        await using NatsServer nats = await NatsServer.StartAsync();
        await using Relay relay = new(nats.Port);
        await using Cluster cluster = await Cluster.StartAsync(2, () => new NatsSocketIOBackplane($"nats://{relay.Address}"));
        await using Load load = await Load.StartAsync(cluster);
        await load.RunAsync(300);
        await relay.DieAsync();
        await load.RunAsync(300);
        await UntilUnhealthyAsync(cluster);
        await load.RunAsync(300);
        await load.AssertAllAsync();
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
        using var lost = new MetricCollector<long>(
            cluster.Apps[0].Services.GetRequiredService<IMeterFactory>(), "WsProto.SocketIO", "wsproto.socketio.backplane.lost");
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

    private static async Task UntilUnhealthyAsync(Cluster cluster)
    {
        await UntilAsync(0).Soon();
        await UntilAsync(1).Soon();

        async Task UntilAsync(int server)
        {
            while ((await cluster.HealthAsync(server)).Status != HealthStatus.Unhealthy)
                await Task.Yield();
        }
    }

    /// <summary>A client whose handler sends to a room on both servers, and one in that room on each.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly SocketIOTestClient _speaker;
        private readonly SocketIOTestClient _here;
        private readonly SocketIOTestClient _there;
        private int _said;

        private Load(SocketIOTestClient speaker, SocketIOTestClient here, SocketIOTestClient there) => (_speaker, _here, _there) = (speaker, here, there);

        internal static async Task<Load> StartAsync(Cluster cluster) =>
            new(await cluster.ConnectAsync(0), await cluster.ConnectAsync(0, "room"), await cluster.ConnectAsync(1, "room"));

        /// <summary>Each event is answered, so the handler has neither failed nor waited.</summary>
        internal async Task RunAsync(int count)
        {
            for (int i = 0; i < count; i++)
                await _speaker.CallAsync("say", ["room", $"{_said++}"]);
        }

        /// <summary>Clients of both servers get each event once and in order.</summary>
        internal async Task AssertAllAsync()
        {
            await _speaker.CallAsync("say", ["room", "end"]);
            foreach (SocketIOTestClient client in new[] { _here, _there })
            {
                var received = new List<string>();
                while (received.LastOrDefault() != "end")
                    received.Add((await client.WaitForAsync("said")).Get<string>(0)!);
                Assert.Equal(Enumerable.Range(0, _said).Select(n => $"{n}").Append("end"), received);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _speaker.DisposeAsync();
            await _here.DisposeAsync();
            await _there.DisposeAsync();
        }
    }
}
