using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Concepts;

public static class ManySenders
{
    public static async Task RunAsync()
    {
        #region senders
        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(right);
        await using WsSession client = await WsSession.ConnectAsync(left, new Request("localhost", "/"));
        await using WsSession server = await accepting;

        Task sending = Task.WhenAll(Enumerable.Range(0, 8).Select(sender => Task.Run(async () =>
        {
            for (int i = 0; i < 100; i++)
                await client.SendTextAsync($"{sender} {i}");
        })));

        var next = new int[8];
        bool inOrder = true;
        for (int received = 0; received < 800; received++)
        {
            string[] parts = ((TextMessage)(await server.ReceiveAsync())!).Data.Split(' ');
            int sender = int.Parse(parts[0]);
            inOrder &= int.Parse(parts[1]) == next[sender]++;
        }

        await sending;
        Console.WriteLine($"800 whole messages from 8 threads, those of each in order: {inOrder}");
        #endregion
    }
}
