using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Concepts;

public static class SilentPeer
{
    public static async Task RunAsync()
    {
        #region session
        var time = new FakeTimeProvider();
        var ping = new TaskCompletionSource();
        var options = new WsConnectOptions
        {
            Session = new WsSessionOptions
            {
                TimeProvider = time,
                KeepAliveInterval = TimeSpan.FromSeconds(20),
                KeepAliveTimeout = TimeSpan.FromSeconds(10),
                Observer = (direction, e) =>
                {
                    if (direction == WsDirection.Sent && e is Ping)
                        ping.TrySetResult();
                },
            },
        };
        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(right);
        await using WsSession client = await WsSession.ConnectAsync(left, new Request("localhost", "/"), options);
        await using WsSession server = await accepting;

        left.Stall(); // the Ping does not arrive, so no Pong comes
        time.Advance(TimeSpan.FromSeconds(20));
        await ping.Task;
        Console.WriteLine("20 s of silence: a Ping is sent");

        time.Advance(TimeSpan.FromSeconds(10));
        WsCloseResult result = await client.Completion;
        Console.WriteLine($"10 s more: {result.Cause}, {(int)result.Code}");
        #endregion
    }
}
