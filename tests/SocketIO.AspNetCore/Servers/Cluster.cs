using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore.Testing;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.AspNetCore.Tests.Servers;

/// <summary>Several servers that are one, each an application of its own.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly List<App> _apps = [];

    internal IReadOnlyList<App> Apps => _apps;

    internal static async Task<Cluster> StartAsync(
        int count, Func<SocketIOBackplane> connect, Action<SocketIOServer>? configure = null, SocketIOOptions? options = null)
    {
        var cluster = new Cluster();
        for (int i = 0; i < count; i++)
            await cluster.AddAsync(connect(), configure, options);
        for (int i = 0; i < count; i++)
            await cluster.UntilHealthyAsync(i, others: count - 1);
        return cluster;
    }

    internal async Task<App> AddAsync(
        SocketIOBackplane backplane, Action<SocketIOServer>? configure = null, SocketIOOptions? options = null)
    {
        SocketIOOptions used = (options ?? new()) with { Backplane = backplane };
        App app = await App.StartAsync(
            app => app.MapSocketIO("/socket.io", io =>
            {
                io.Main
                    .On("join", async (SocketIOSocket socket, string room) => socket.Join(room))
                    .On("rooms", async socket => socket.Rooms.Where(room => room != socket.Id).Order(StringComparer.Ordinal).ToArray())
                    .On("say", async (SocketIOSocket socket, string room, string text) => socket.To(room).Emit("said", text));
                configure?.Invoke(io);
            }),
            services => services.AddSocketIO(used).AddHealthChecks().AddSocketIOBackplane());
        _apps.Add(app);
        return app;
    }

    internal SocketIONamespace Main(int server) => ServerOf(_apps[server]).Main;

    internal static SocketIOServer ServerOf(App app) => app.Services.GetRequiredService<SocketIOServer>();

    /// <summary>Connects a client that is in some rooms.</summary>
    internal async Task<SocketIOTestClient> ConnectAsync(int server, params string[] rooms)
    {
        SocketIOTestClient client = await _apps[server].Server.ConnectSocketIOAsync();
        foreach (string room in rooms)
            await client.CallAsync<bool>("join", room);
        return client;
    }

    internal async Task<HealthReportEntry> HealthAsync(int server) =>
        (await _apps[server].Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["socketio-backplane"];

    /// <summary>Waits until a server hears that so many others are there.</summary>
    internal async Task UntilHealthyAsync(int server, int others)
    {
        await UntilAsync().Soon();

        async Task UntilAsync()
        {
            while (await HealthAsync(server) is not { Status: HealthStatus.Healthy } entry || (int)entry.Data["otherServers"] != others)
                await Task.Yield();
        }
    }

    /// <summary>Waits until no server hears what is said.</summary>
    internal async Task UntilUnhealthyAsync()
    {
        for (int server = 0; server < _apps.Count; server++)
            await UntilAsync(server).Soon();

        async Task UntilAsync(int server)
        {
            while ((await HealthAsync(server)).Status != HealthStatus.Unhealthy)
                await Task.Yield();
        }
    }

    /// <summary>Collects the measurements of an instrument of a server, from now on.</summary>
    internal MetricCollector<long> Collect(int server, string name) =>
        new(_apps[server].Services.GetRequiredService<IMeterFactory>(), "WsProto.SocketIO", name);

    /// <summary>Has a server say something to a client, and gives what the client has got before it.</summary>
    internal async Task<string[]> ReceivedOfAsync(int server, SocketIOTestClient client)
    {
        Main(server).To(client.Id).Emit("fence");
        await client.WaitForAsync("fence");
        return [.. client.TakeReceived().Select(Show)];
    }

    internal static string Show(SocketIOReceived received)
    {
        SocketIOArguments arguments = received.Arguments;
        IEnumerable<string> texts =
            Enumerable.Range(0, arguments.Count).Select(index => Encoding.UTF8.GetString(arguments.GetJson(index).Span));
        return string.Join(' ', [received.Name, .. texts]);
    }

    internal async Task StopAsync(int server)
    {
        App app = _apps[server];
        _apps.RemoveAt(server);
        await app.StopAsync();
        await app.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        while (_apps.Count > 0)
            await StopAsync(0);
    }
}
