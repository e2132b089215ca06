// What a connection costs that has sent one message and waits: the slope of what a server has in RAM after a collection, over loopback TCP.
// Without a collection it would be the garbage of handshakes, of which the runtime lets as much wait as suits the processor's caches.

using System.Buffers;
using System.Globalization;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;

namespace WsProto.Bench;

/// <summary><c>-- idle</c>: memory of idle connections, ours beside the base class library's.</summary>
internal static class IdleMemory
{
    internal const string BuiltIn = "kestrel-idle";
    internal const string BuiltInWithBuffer = "kestrel-buffer";

    private static readonly string[] _servers = ["bytes-idle", "views", "pipes", "routes", BuiltIn, BuiltInWithBuffer];

    /// <summary>The first crowd is for what a process gets once.</summary>
    private const int First = 1000;

    private const int Second = 6000;

    public static async Task PrintAsync(IReadOnlyList<string> servers)
    {
        foreach (string name in _servers.Where(name => servers.Count == 0 || servers.Contains(name)))
        {
            await using ServerProcess server = await ServerProcess.StartAsync(name);
            List<EchoClient> clients = [];
            await GrowAsync(First);
            long before = await server.CollectAsync();
            await GrowAsync(Second);
            double each = (await server.CollectAsync() - before) / 1024.0 / (Second - First);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-15} {each,6:0.0} KiB for each idle connection"));
            foreach (EchoClient client in clients)
                client.Dispose();

            async Task GrowAsync(int count)
            {
                bool isWebSocket = name is not ("bytes-idle" or "pipes");
                while (clients.Count < count)
                {
                    EchoClient[] more = await Task.WhenAll(
                        Enumerable.Range(0, 50).Select(_ => EchoClient.ConnectAsync(server.Port, isWebSocket, size: 16, depth: 1)));
                    await Task.WhenAll(more.Select(client => client.RunAsync(0)));
                    clients.AddRange(more);
                }
            }
        }
    }

    /// <summary>The built-in WebSocket.</summary>
    /// <param name="app">The application.</param>
    /// <param name="size">
    /// The bytes of each connection's buffer: 4 KiB in the documentation of ASP.NET Core; 0 to wait with none, as hardly any program does.
    /// </param>
    internal static void MapBuiltIn(WebApplication app, int size)
    {
        app.UseWebSockets();
        app.Run(async context =>
        {
            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
            byte[] own = new byte[size];
            try
            {
                while (true)
                {
                    if (size == 0)
                        await socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
                    byte[] buffer = size == 0 ? ArrayPool<byte>.Shared.Rent(4096) : own;
                    try
                    {
                        ValueWebSocketReceiveResult result = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                        if (result.MessageType == WebSocketMessageType.Close)
                            return;
                        await socket.SendAsync(
                            buffer.AsMemory(0, result.Count), result.MessageType, result.EndOfMessage, CancellationToken.None);
                    }
                    finally
                    {
                        if (size == 0)
                            ArrayPool<byte>.Shared.Return(buffer);
                    }
                }
            }
            catch (WebSocketException)
            {
                // The client has gone.
            }
        });
    }
}
