using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Concepts;

public static class OneReceiver
{
    public static async Task RunAsync()
    {
        #region receivers
        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(right);
        await using WsSession client = await WsSession.ConnectAsync(left, new Request("localhost", "/"));
        await using WsSession server = await accepting;

        Task<Message?> first = server.ReceiveAsync().AsTask();
        try
        {
            await server.ReceiveAsync();
        }
        catch (InvalidOperationException e)
        {
            Console.WriteLine(e.Message);
        }

        using var impatient = new CancellationTokenSource();
        Task<Message?> clients = client.ReceiveAsync(impatient.Token).AsTask();
        await impatient.CancelAsync();
        Console.WriteLine($"the client gave up waiting: {await Task.WhenAny(clients) == clients && clients.IsCanceled}");

        await client.SendTextAsync("and nothing was lost");
        Console.WriteLine(await first);
        #endregion
    }
}
