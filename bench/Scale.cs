// Servers of Socket.IO as one through Redis, each a process, behind HAProxy, and their clients in this process. One client asks for events
// to all others, wave after wave; each of the others compares what it gets, byte by byte, with what has to come: each event once, in order.

using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.Client;
using WsProto.SocketIO.Redis;

namespace WsProto.Bench;

/// <summary>
/// <c>-- scale</c>: what a broadcast to 2,000 clients costs on 1, 2 and 4 servers. Processor time is that of each process. It needs
/// redis-server and haproxy.
/// </summary>
internal static class Scale
{
    internal const string Server = "scale";

    private const int Listeners = 2000;
    private const int WarmUps = 10;
    private const int Waves = 20;
    private const int EventsOfAWave = 5;
    private const int Rounds = 3;

    private static readonly string _page = new('x', 1024);

    /// <summary>Ends a run that hangs.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(4);

    internal static async Task PrintAsync()
    {
        Console.WriteLine($"{Waves * EventsOfAWave} events of 1 KiB to {Listeners} clients; the median of {Rounds} rounds.");
        Console.WriteLine("| servers | deliveries/s, all on the same cores | CPU of a delivery, µs: all servers | Redis | HAProxy "
            + "| clients | deliveries/s by the CPU of the busiest server |\n|---|---|---|---|---|---|---|");
        foreach (int servers in (int[])[1, 2, 4])
        {
            List<Result> results = [];
            for (int round = 0; round < Rounds; round++)
                results.Add(await MeasureAsync(servers).WaitAsync(_patience));
            Result median = results.OrderBy(result => result.Busiest).ElementAt(Rounds / 2);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {servers} | {1e6 / median.Elapsed:N0} | {median.Servers:0.0} | {median.Redis:0.00} | {median.Proxy:0.0} "
                    + $"| {median.Clients:0.0} | {1e6 / median.Busiest:N0} |"));
        }
    }

    /// <summary>One of the servers.</summary>
    internal static Task ServeAsync(string redis) => SessionEcho.ServeKestrelAsync(app => app.MapSocketIO(
        "/socket.io",
        io => io.Main
            .On("count", async (SocketIOSocket socket) => (await io.Main.CountAsync()).Value)
            .On("send", async (SocketIOSocket socket, int first, int count) =>
            {
                for (int number = first; number < first + count; number++)
                    socket.Broadcast.Emit("news", number, _page);
            }),
        new()
        {
            Backplane = new RedisSocketIOBackplane(redis),
            // Clients compare what comes, and do not answer pings.
            Engine = new() { Server = new() { PingInterval = TimeSpan.FromHours(1) } },
        }));

    private static async Task<Result> MeasureAsync(int count)
    {
        List<ServerProcess> servers = [];
        string configuration = Path.GetTempFileName();
        try
        {
            await using Daemon redis = await Daemon.StartAsync(
                "redis-server", port => ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
            while (servers.Count < count)
                servers.Add(await ServerProcess.StartAsync(Environment.ProcessPath!, "serve", Server, $"127.0.0.1:{redis.Port}"));
            await using Daemon proxy = await Daemon.StartAsync("haproxy", port =>
            {
                File.WriteAllText(configuration, ConfigurationOf(port, servers));
                return ["-db", "-f", configuration];
            });
            await using var asking = new SocketIOClient(
                new Uri($"http://127.0.0.1:{proxy.Port}"),
                new() { Connection = new() { Engine = new() { Transports = [EngineIOTransports.WebSocket] } } });
            await asking.ConnectAsync();
            List<EchoClient> listeners = [];
            while (listeners.Count < Listeners)
                listeners.AddRange(await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => ListenAsync(proxy.Port))));
            // Servers know of each other after a while.
            while (await asking.CallAsync<int>("count") != Listeners + 1)
                await Task.Delay(100);

            await RunAsync(asking, listeners, 0, WarmUps);
            TimeSpan[] before = [.. servers.Select(server => server.ProcessorTime), redis.ProcessorTime, proxy.ProcessorTime, Own];
            long begin = Stopwatch.GetTimestamp();
            await RunAsync(asking, listeners, WarmUps, Waves);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(begin);
            TimeSpan[] after = [.. servers.Select(server => server.ProcessorTime), redis.ProcessorTime, proxy.ProcessorTime, Own];
            double[] spent =
            [
                .. after.Zip(before, (late, early) => (late - early).TotalMicroseconds).Append(elapsed.TotalMicroseconds)
                    .Select(time => time / (Listeners * Waves * EventsOfAWave)),
            ];
            // Something that came twice would stand before the last wave.
            await RunAsync(asking, listeners, WarmUps + Waves, 1);
            listeners.ForEach(listener => listener.Dispose());
            return new Result(
                spent[^1], spent[..count].Sum(), spent[..count].Max(), spent[count], spent[count + 1], spent[count + 2]);
        }
        finally
        {
            foreach (ServerProcess server in servers)
                await server.DisposeAsync();
            File.Delete(configuration);
        }
    }

    private static TimeSpan Own => Process.GetCurrentProcess().TotalProcessorTime;

    private static Task<EchoClient> ListenAsync(int port) => EchoClient.ConnectSocketIOAsync(port, "2", "3", 1);

    private static async Task RunAsync(SocketIOClient asking, List<EchoClient> listeners, int first, int waves)
    {
        for (int wave = first; wave < first + waves; wave++)
        {
            int number = wave * EventsOfAWave;
            byte[] expected = ExpectedOf(number);
            Task asked = asking.CallAsync<object>("send", number, EventsOfAWave);
            await Task.WhenAll([asked, .. listeners.Select(listener => listener.ReceiveAsync(expected))]);
        }
    }

    /// <summary>What a client gets of one wave.</summary>
    private static byte[] ExpectedOf(int first)
    {
        using WsConnection server = WsConnection.Established(ConnectionRole.Server);
        return
        [
            .. Enumerable.Range(first, EventsOfAWave).SelectMany(
                number => server.Send(new TextMessage(string.Create(CultureInfo.InvariantCulture, $"42[\"news\",{number},\"{_page}\"]")))
                    .ToArray()),
        ];
    }

    private static string ConfigurationOf(int port, IReadOnlyList<ServerProcess> servers)
    {
        var text = new StringBuilder($"""
            global
                maxconn 9000
            defaults
                mode http
                timeout connect 5s
                timeout client 300s
                timeout server 300s
                timeout tunnel 300s
            frontend web
                bind 127.0.0.1:{port}
                default_backend app
            backend app
                balance roundrobin

            """);
        foreach (ServerProcess server in servers)
            text.Append(CultureInfo.InvariantCulture, $"    server s{server.Port} 127.0.0.1:{server.Port}\n");
        return text.ToString();
    }

    /// <summary>Microseconds for each delivery: of the clock, and of processor time.</summary>
    private sealed record Result(double Elapsed, double Servers, double Busiest, double Redis, double Proxy, double Clients);
}
