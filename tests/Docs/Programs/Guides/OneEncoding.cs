using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Guides;

/// <summary>A message that is encoded once, without a group.</summary>
public static class OneEncoding
{
    public static async Task RunAsync()
    {
        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(right);
        await using WsSession client = await WsSession.ConnectAsync(left, new Request("localhost", "/feed"));
        await using WsSession server = await accepting;
        WsSession[] sessions = [server];

        #region prepared
        PreparedMessage news = PreparedMessage.FromText("""{"news":"tea is cheap"}""");
        int accepted = 0;
        foreach (WsSession session in sessions)
        {
            if (session.TrySend(news))
                accepted++;
        }
        #endregion
        Console.WriteLine($"{accepted} accepted: {((TextMessage)(await client.ReceiveAsync())!).Data}");
    }
}
