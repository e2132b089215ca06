using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Guides;

/// <summary>What the three ways to treat a member that does not keep up do.</summary>
public static class SlowMember
{
    public static async Task RunAsync()
    {
        foreach (SendOverflow overflow in Enum.GetValues<SendOverflow>())
            await ShowAsync(overflow);
    }

    private static async Task ShowAsync(SendOverflow overflow)
    {
        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair(second: new() { Capacity = 1 });
        var options = new WsSessionOptions { SendOverflow = overflow, MaxSendBacklogMessages = 3 };
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(right, new WsAcceptOptions { Session = options });
        await using WsSession client = await WsSession.ConnectAsync(left, new Request("localhost", "/feed"));
        await using WsSession member = await accepting;

        right.Stall();
        #region slow
        // Nothing of what is written leaves any more. TrySend never waits.
        int accepted = 0;
        for (int price = 1; price <= 10; price++)
        {
            if (member.TrySendText($"price {price}"))
                accepted++;
        }

        Console.WriteLine($"{overflow}: {accepted} of 10 were accepted");
        #endregion
        right.Resume();
        ValueTask<WsCloseResult> closing = member.CloseAsync();
        var arrived = new List<string>();
        await foreach (Message message in client.ReadAllAsync())
            arrived.Add(((TextMessage)message).Data);
        await closing;
        Console.WriteLine($"  arrived: {string.Join(", ", arrived)}; closed with {(int)client.CloseResult!.Code}");
    }
}
