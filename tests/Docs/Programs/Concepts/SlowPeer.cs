using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Concepts;

public static class SlowPeer
{
    public static async Task RunAsync()
    {
        #region slow
        var options = new WsAcceptOptions { Session = new WsSessionOptions { MaxSendBacklog = 4096 } };
        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair(new MemoryTransportOptions { Capacity = 1024 });
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(right, options);
        await using WsSession client = await WsSession.ConnectAsync(left, new Request("localhost", "/"));
        await using WsSession server = await accepting;

        right.Stall(); // from here on, nothing that the server writes arrives
        int accepted = 0;
        while (accepted < 1000 && server.TrySendText(new string('x', 100)))
            accepted++;
        Console.WriteLine($"refused after some, and long before 1,000: {accepted is > 10 and < 100}");

        ValueTask waiting = server.SendTextAsync("the next");
        Console.WriteLine($"a send that waits for room has completed: {waiting.IsCompleted}");

        right.Resume();
        for (int received = 0; received < accepted; received++)
            await client.ReceiveAsync();
        await waiting;
        Console.WriteLine($"received after all others: {await client.ReceiveAsync()}");
        #endregion
    }
}
