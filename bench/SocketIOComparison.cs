using System.Globalization;
using Microsoft.AspNetCore.Builder;
using WsProto.SocketIO.AspNetCore;

namespace WsProto.Bench;

/// <summary>
/// <c>-- socketio</c>: a server of Socket.IO beside npm's <c>socket.io</c> on Node.js, which has to be installed as for tests/Interop. Over
/// WebSocket on loopback; processor time and memory are those of the server's process alone.
/// </summary>
internal static class SocketIOComparison
{
    internal const string Ours = "socketio";

    private const string Theirs = "socket.io";
    private const int Rounds = 3;
    private const int Listeners = 1000;
    private const int Broadcasts = 200;
    private const int Connections = 3000;
    private static readonly string _text = new('x', 16);
    private static readonly string _page = new('x', 1024);

    private static readonly (string Name, string Unit, Func<ServerProcess, Task<double>> Measure)[] _rows =
    [
        ("echo-1", "CPU of an echo of 16 B with ack, 1 connection, 32 under way, µs", server => EchoAsync(server, 1, 32)),
        ("echo-500", "the same, 500 connections, 4 under way on each, µs", server => EchoAsync(server, 500, 4)),
        ("broadcast", "CPU of a broadcast of 1 KiB to 1,000, µs for each client", BroadcastAsync),
        ("connect", "CPU of a client that connects and leaves, µs", ConnectAsync),
        ("memory", "memory of an idle client, KiB", MemoryAsync),
    ];

    /// <param name="words">Which rows; none for all.</param>
    internal static async Task PrintAsync(IReadOnlyList<string> words)
    {
        Console.WriteLine("| | ours | socket.io | socket.io / ours |\n|---|---|---|---|");
        foreach ((string name, string unit, Func<ServerProcess, Task<double>> measure) in _rows.Where(row => words.Count == 0
            || words.Contains(row.Name)))
        {
            List<double> ours = [], theirs = [];
            for (int round = 0; round < Rounds; round++)
            {
                ours.Add(await MeasureAsync(Ours, measure));
                theirs.Add(await MeasureAsync(Theirs, measure));
            }

            (double our, double their) = (ours.Order().ElementAt(Rounds / 2), theirs.Order().ElementAt(Rounds / 2));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {unit} | {our:0.00} | {their:0.00} | {their / our:0.0} |"));
        }
    }

    /// <summary>Without pings: clients count what comes, and do not look at it.</summary>
    internal static void Map(WebApplication app) => app.MapSocketIO(
        "/socket.io",
        io => io.Main
            .On("echo", async (SocketIOSocket socket, string text) => text)
            .On("all", async (SocketIOSocket socket, string text) => io.Main.Emit("news", text)),
        new() { Engine = new() { Server = new() { PingInterval = TimeSpan.FromHours(1) } } });

    private static async Task<double> MeasureAsync(string name, Func<ServerProcess, Task<double>> measure)
    {
        await using ServerProcess server = name == Ours
            ? await ServerProcess.StartAsync(name)
            : await ServerProcess.StartAsync("node", Path.Combine(Peers.FindScripts(), "socketio_server.mjs"));
        return await measure(server);
    }

    private static async Task<double> EchoAsync(ServerProcess server, int connections, int depth)
    {
        EchoClient[] clients = await ClientsAsync(server, connections, $"421[\"echo\",\"{_text}\"]", $"431[\"{_text}\"]", depth);
        await SessionEcho.WarmUpAsync(clients);
        TimeSpan before = server.ProcessorTime;
        long messages = await SessionEcho.RunAsync(clients, TimeSpan.FromSeconds(3));
        double spent = (server.ProcessorTime - before).TotalMicroseconds / messages;
        End(clients);
        return spent;
    }

    private static async Task<double> BroadcastAsync(ServerProcess server)
    {
        // The one that asks for it gets it as well.
        string news = $"42[\"news\",\"{_page}\"]";
        EchoClient[] listeners = await ClientsAsync(server, Listeners - 1, "2", news, 1);
        EchoClient[] asking = await ClientsAsync(server, 1, $"42[\"all\",\"{_page}\"]", news, 1);
        await RoundsAsync(300);
        TimeSpan before = server.ProcessorTime;
        await RoundsAsync(Broadcasts);
        double spent = (server.ProcessorTime - before).TotalMicroseconds / Broadcasts / Listeners;
        End([.. listeners, .. asking]);
        return spent;

        async Task RoundsAsync(int rounds)
        {
            int size = EchoClient.FrameSizeOf(news);
            for (int round = 0; round < rounds; round++)
                await Task.WhenAll([asking[0].RunAsync(0), .. listeners.Select(listener => listener.ReceiveAsync(size))]);
        }
    }

    private static async Task<double> ConnectAsync(ServerProcess server)
    {
        // The compiler in the background comes in several steps.
        for (int i = 0; i < 3; i++)
            await ComeAndGoAsync(Connections);
        TimeSpan before = server.ProcessorTime;
        await ComeAndGoAsync(Connections);
        return (server.ProcessorTime - before).TotalMicroseconds / Connections;

        async Task ComeAndGoAsync(int count)
        {
            for (int i = 0; i < count; i += 20)
                End(await ClientsAsync(server, 20, "2", "3", 1));
        }
    }

    /// <summary>The slope between a first crowd, for which a process has got its memory, and a larger one.</summary>
    private static async Task<double> MemoryAsync(ServerProcess server)
    {
        const int First = 2000, More = 6000;
        EchoClient[] first = await CrowdAsync(First);
        long before = server.ResidentBytes;
        EchoClient[] more = await CrowdAsync(More);
        double grown = (server.ResidentBytes - before) / 1024.0 / More;
        End([.. first, .. more]);
        return grown;

        async Task<EchoClient[]> CrowdAsync(int count)
        {
            List<EchoClient> crowd = [];
            while (crowd.Count < count)
                crowd.AddRange(await ClientsAsync(server, 50, "2", "3", 1));
            return [.. crowd];
        }
    }

    private static Task<EchoClient[]> ClientsAsync(ServerProcess server, int count, string message, string reply, int depth) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => EchoClient.ConnectSocketIOAsync(server.Port, message, reply, depth)));

    private static void End(EchoClient[] clients)
    {
        foreach (EchoClient client in clients)
            client.Dispose();
    }
}
