// A test without a network: both ends in one process, bytes in pieces of three.

using WsProto;
using WsProto.Adapters;
using WsProto.Adapters.Transports;

internal static class InMemory
{
    public static async Task RunAsync()
    {
        #region memory
        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair(new MemoryTransportOptions { Chunk = _ => 3 });
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(right);
        await using WsSession client = await WsSession.ConnectAsync(left, new Request("localhost", "/"));
        await using WsSession server = await accepting;

        await client.SendTextAsync("no network");
        Console.WriteLine(await server.ReceiveAsync());
        #endregion
    }
}
