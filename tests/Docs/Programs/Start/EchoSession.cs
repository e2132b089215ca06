using System.Net;
using WsProto.Adapters;

namespace WsProto.Docs.Programs.Start;

public static class EchoSession
{
    public static async Task RunAsync()
    {
        const int Port = 0; // any that is free
        #region server
        var options = new WsListenerOptions { OnHandlerFailed = (exception, _) => Console.Error.WriteLine(exception) };
        await using var listener = new WsListener(new IPEndPoint(IPAddress.Loopback, Port), options);
        listener.Start();
        Task serving = listener.RunAsync(async (session, stop) =>
        {
            await foreach (Message message in session.ReadAllAsync(stop))
            {
                Console.WriteLine($"server: {message}");
                await session.SendAsync(message, stop);
            }
        });
        #endregion

        var uri = new Uri($"ws://{listener.LocalEndPoint}/echo");
        #region client
        await using WsSession session = await WsClient.ConnectAsync(uri);
        await session.SendTextAsync("Hello");
        Console.WriteLine($"client: {await session.ReceiveAsync()}");
        await session.SendBytesAsync(new byte[] { 1, 2, 3 });
        Console.WriteLine($"client: {await session.ReceiveAsync()}");

        WsCloseResult closed = await session.CloseAsync(CloseCode.NormalClosure, "done");
        Console.WriteLine($"client: closed with {(int)closed.Code}, cleanly: {closed.IsClean}");
        #endregion

        await listener.StopAsync();
        await serving;
    }
}
