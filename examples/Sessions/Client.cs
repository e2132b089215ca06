// A client: text, bytes, the round-trip time, a receive that gives up in time and harms nothing, a clean close.

using WsProto;
using WsProto.Adapters;

internal static class Client
{
    public static async Task RunAsync(Uri uri)
    {
        #region client
        var options = new WsClientOptions { Extensions = [new PerMessageDeflate()] };
        await using WsSession session = await WsClient.ConnectAsync(uri, options);

        await session.SendTextAsync("Hello, wörld 👋");
        Console.WriteLine(await session.ReceiveAsync());

        TimeSpan roundTrip = await session.PingAsync();
        Console.WriteLine($"the peer is {roundTrip.TotalMilliseconds:0.0} ms away");

        try
        {
            await session.ReceiveAsync(TimeSpan.FromMilliseconds(50));
        }
        catch (TimeoutException)
        {
            Console.WriteLine("nothing came, and the session is as before");
        }

        await session.SendBytesAsync(new byte[] { 1, 2, 3 });
        Console.WriteLine(await session.ReceiveAsync());

        WsCloseResult closed = await session.CloseAsync(CloseCode.NormalClosure, "that is all");
        Console.WriteLine($"closed with {(int)closed.Code}, cleanly: {closed.IsClean}");
        #endregion
    }
}
