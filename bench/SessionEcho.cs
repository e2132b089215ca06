// Echo over loopback TCP: what a server spends on a message, in processor time of its own process. Servers are started from this program:
// a WsSession on a socket, by views and batches and by messages; the same two as routes of ASP.NET Core; Kestrel with UseWebSockets; and
// two that send back whatever bytes they get: a socket, and a connection of Kestrel without HTTP.

using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using WsProto.Adapters;
using WsProto.AspNetCore;

namespace WsProto.Bench;

internal static class SessionEcho
{
    internal static readonly string[] Sockets = ["bytes", "views", "messages", "kestrel"];
    internal static readonly string[] Routes = ["pipes", "routes", "routes-messages", "kestrel"];

    /// <summary>Those that send back bytes: the least that a server on the same transport spends.</summary>
    private static readonly string[] _floors = ["bytes", "pipes"];

    /// <summary>Connections, bytes a message, messages under way on each connection.</summary>
    private static readonly (int Connections, int Size, int Depth)[] _loads =
    [
        (1, 16, 512), (1, 1024, 64), (1, 64 * 1024, 8), (1, 16, 1), (1000, 16, 1),
    ];

    /// <param name="servers">Which servers, as <see cref="ServeAsync"/> names them.</param>
    /// <param name="rounds">How often each server is measured; the median counts.</param>
    /// <param name="sizes">Only loads of these sizes in bytes; none for all.</param>
    public static async Task CompareAsync(string[] servers, int rounds, IReadOnlyList<int> sizes)
    {
        foreach ((int connections, int size, int depth) in _loads.Where(load => sizes.Count == 0 || sizes.Contains(load.Size)))
        {
            var spent = servers.ToDictionary(name => name, _ => new List<double>());
            for (int round = 0; round < rounds; round++)
            {
                foreach (string name in servers)
                    spent[name].Add(await MeasureAsync(name, connections, size, depth));
            }

            Dictionary<string, double> median = spent.ToDictionary(pair => pair.Key, pair => pair.Value.Order().ElementAt(rounds / 2));
            string medians = string.Join(", ", median.Select(
                pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value:0.000}")));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{connections,5} x {size,6} B, {depth,3} under way: µs of the server's CPU a message: {medians}"));
            foreach (string ours in servers.Where(name => name != "kestrel" && !_floors.Contains(name)))
            {
                string floors = string.Concat(_floors.Where(median.ContainsKey).Select(
                    floor => string.Create(CultureInfo.InvariantCulture, $", {ours}/{floor} {median[ours] / median[floor]:0.00}")));
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"      kestrel/{ours} {median["kestrel"] / median[ours]:0.00}{floors}"));
            }
        }
    }

    public static Task ServeAsync(string name) => name switch
    {
        "bytes" => ServeSocketsAsync(EchoBytesAsync),
        "messages" => ServeSocketsAsync(EchoSessionAsync),
        "views" => ServeSocketsAsync(EchoViewsAsync),
        "routes" => ServeKestrelAsync(app => app.MapWebSocket("/", (session, _) => EchoViewsAsync(session))),
        "routes-messages" => ServeKestrelAsync(app => app.MapWebSocket("/", (session, _) => EchoMessagesAsync(session))),
        "kestrel" => ServeKestrelAsync(MapBuiltIn),
        "bytes-idle" => ServeSocketsAsync(EchoBytesIdleAsync),
        IdleMemory.BuiltIn => ServeKestrelAsync(app => IdleMemory.MapBuiltIn(app, size: 0)),
        IdleMemory.BuiltInWithBuffer => ServeKestrelAsync(app => IdleMemory.MapBuiltIn(app, size: 4096)),
        "pipes" => ServeKestrelAsync(_ => { }, listen => listen.Run(EchoPipesAsync)),
        SocketIOComparison.Ours => ServeKestrelAsync(SocketIOComparison.Map),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    private static async Task<double> MeasureAsync(string name, int connections, int size, int depth)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(name);
        bool isWebSocket = !_floors.Contains(name);
        EchoClient[] clients = await Task.WhenAll(
            Enumerable.Range(0, connections).Select(_ => EchoClient.ConnectAsync(server.Port, isWebSocket, size, depth)));
        await WarmUpAsync(clients);
        TimeSpan before = server.ProcessorTime;
        long messages = await RunAsync(clients, TimeSpan.FromSeconds(2));
        double spent = (server.ProcessorTime - before).TotalMicroseconds / messages;
        foreach (EchoClient client in clients)
            client.Dispose();
        return spent;
    }

    /// <summary>The compiler in the background waits for pauses, and comes in several steps.</summary>
    internal static async Task WarmUpAsync(EchoClient[] clients)
    {
        for (int i = 0; i < 15; i++)
        {
            await RunAsync(clients, TimeSpan.FromMilliseconds(100));
            await Task.Delay(100);
        }
    }

    internal static async Task<long> RunAsync(EchoClient[] clients, TimeSpan time)
    {
        long end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        long[] counts = await Task.WhenAll(clients.Select(client => Task.Run(() => client.RunAsync(end))));
        return counts.Sum();
    }

    private static async Task ServeSocketsAsync(Func<Socket, Task> echo)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(1024);
        Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port);
        Task stop = Task.Run(ServerProcess.Obey);
        while (await Task.WhenAny(stop, AcceptAsync(listener, echo)) != stop)
        {
        }
    }

    private static async Task AcceptAsync(TcpListener listener, Func<Socket, Task> echo)
    {
        Socket socket = await listener.AcceptSocketAsync();
        socket.NoDelay = true;
        _ = echo(socket);
    }

    private static async Task EchoBytesAsync(Socket socket)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            for (int count; (count = await socket.ReceiveAsync(buffer)) > 0;)
                await socket.SendAsync(buffer.AsMemory(0, count));
        }
        catch (SocketException)
        {
            // The client has gone.
        }
    }

    /// <summary>Waits with no buffer.</summary>
    private static async Task EchoBytesIdleAsync(Socket socket)
    {
        try
        {
            while (true)
            {
                await socket.ReceiveAsync(Memory<byte>.Empty);
                byte[] buffer = ArrayPool<byte>.Shared.Rent(4096);
                int count = await socket.ReceiveAsync(buffer);
                await socket.SendAsync(buffer.AsMemory(0, count));
                ArrayPool<byte>.Shared.Return(buffer);
                if (count == 0)
                    return;
            }
        }
        catch (SocketException)
        {
            // The client has gone.
        }
    }

    private static async Task EchoSessionAsync(Socket socket)
    {
        await using WsSession session = await socket.AcceptWebSocketAsync();
        await EchoMessagesAsync(session);
    }

    private static async Task EchoMessagesAsync(WsSession session)
    {
        try
        {
            while (await session.ReceiveAsync() is BytesMessage message)
                await session.SendBytesAsync(message.Data);
        }
        catch (WsClosedException)
        {
            // The client has gone.
        }
    }

    private static async Task EchoViewsAsync(Socket socket)
    {
        await using WsSession session = await socket.AcceptWebSocketAsync();
        await EchoViewsAsync(session);
    }

    private static async Task EchoViewsAsync(WsSession session)
    {
        try
        {
            while (await session.WaitToReceiveAsync())
            {
                using SendBatch batch = session.BeginBatch();
                while (session.TryReceive(out ReceivedMessage message))
                    batch.SendBytes(message.Bytes.Span);
                await batch.FlushAsync();
            }
        }
        catch (WsClosedException)
        {
            // The client has gone.
        }
    }

    private static async Task EchoPipesAsync(ConnectionContext connection)
    {
        (PipeReader input, PipeWriter output) = (connection.Transport.Input, connection.Transport.Output);
        while (await input.ReadAsync() is { IsCompleted: false, Buffer: { } bytes })
        {
            foreach (ReadOnlyMemory<byte> piece in bytes)
                output.Write(piece.Span);
            input.AdvanceTo(bytes.End);
            await output.FlushAsync();
        }
    }

    internal static async Task ServeKestrelAsync(Action<WebApplication> configure, Action<ListenOptions>? listen = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen ?? (_ => { })));
        WebApplication app = builder.Build();
        configure(app);
        await app.StartAsync();
        Console.WriteLine(new Uri(app.Urls.First()).Port);
        await Task.Run(ServerProcess.Obey);
        await app.StopAsync();
    }

    private static void MapBuiltIn(WebApplication app)
    {
        app.UseWebSockets();
        app.Run(async context =>
        {
            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
            byte[] buffer = new byte[64 * 1024 + 1];
            try
            {
                while (true)
                {
                    ValueWebSocketReceiveResult result = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                    if (result.MessageType == WebSocketMessageType.Close)
                        return;
                    await socket.SendAsync(
                        buffer.AsMemory(0, result.Count), result.MessageType, result.EndOfMessage, CancellationToken.None);
                }
            }
            catch (WebSocketException)
            {
                // The client has gone.
            }
        });
    }
}
