// What a connection costs that has sent one message and waits: the slope of the memory that a server has in RAM, over loopback TCP.

using System.Buffers;
using System.Globalization;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;

namespace WsProto.Bench;

/// <summary><c>-- idle</c>: memory of idle connections, ours beside the base class library's.</summary>
internal static class IdleMemory
{
    internal const string BuiltIn = "kestrel-idle";

    private static readonly string[] _servers = ["bytes-idle", "views", "pipes", "routes", BuiltIn];

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
            long before = server.ResidentBytes;
            await GrowAsync(Second);
            double each = (server.ResidentBytes - before) / 1024.0 / (Second - First);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-13} {each,6:0.0} KiB for each idle connection"));
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

    /// <summary>The built-in WebSocket waits with no buffer, and has one while there is something to read.</summary>
    internal static void MapBuiltIn(WebApplication app)
    {
        app.UseWebSockets();
        app.Run(async context =>
        {
            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
            try
            {
                while (true)
                {
                    await socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
                    byte[] buffer = ArrayPool<byte>.Shared.Rent(4096);
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
