using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Guides;

/// <summary>A peer that goes silent, on a made-up clock.</summary>
public static class TestWithoutNetwork
{
    public static async Task RunAsync()
    {
        #region silent
        var clock = new FakeTimeProvider();
        var options = new WsSessionOptions { TimeProvider = clock };
        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(right, new WsAcceptOptions { Session = options });
        await using WsSession client = await WsSession.ConnectAsync(left, new Request("test", "/"));
        await using WsSession server = await accepting;

        left.Stall(); // from now on nothing of what the client writes arrives
        clock.Advance(options.KeepAliveInterval!.Value); // the server sends a Ping
        clock.Advance(options.KeepAliveTimeout); // and gives up

        Message? nothing = await server.ReceiveAsync();
        Console.WriteLine($"{nothing is null}, {server.CloseResult!.Cause}, {(int)server.CloseResult.Code}");
        #endregion
    }
}
