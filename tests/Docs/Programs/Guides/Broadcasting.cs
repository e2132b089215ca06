using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Guides;

/// <summary>A feed with a member that reads nothing.</summary>
public static class Broadcasting
{
    public static async Task RunAsync()
    {
        #region feed
        var newestCount = new WsSessionOptions { SendOverflow = SendOverflow.DropOldest, MaxSendBacklogMessages = 2 };
        var feed = new WsSessionGroup();

        (WsSession annAtServer, WsSession ann) = await ConnectAsync(newestCount);
        (WsSession bobAtServer, WsSession bob) = await ConnectAsync(newestCount);
        feed.Add(annAtServer);
        feed.Add(bobAtServer);

        int sent = await feed.SendTextAsync("price 1");
        Console.WriteLine($"to {sent}: Ann gets {await NextAsync(ann)}, Bob gets {await NextAsync(bob)}");

        await feed.SendTextAsync("for all but Ann", except: annAtServer);
        await feed.SendTextAsync("for all");
        Console.WriteLine($"Ann gets {await NextAsync(ann)}; Bob gets {await NextAsync(bob)}, {await NextAsync(bob)}");

        await bob.CloseAsync();
        await bobAtServer.Completion;
        Console.WriteLine($"to {await feed.SendTextAsync("price 2")}: Ann gets {await NextAsync(ann)}");
        #endregion
        await ann.CloseAsync();
    }

    private static async Task<string> NextAsync(WsSession session) => ((TextMessage)(await session.ReceiveAsync())!).Data;

    private static async Task<(WsSession Server, WsSession Client)> ConnectAsync(WsSessionOptions options)
    {
        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(right, new WsAcceptOptions { Session = options });
        WsSession client = await WsSession.ConnectAsync(left, new Request("localhost", "/feed"));
        return (await accepting, client);
    }
}
