// A server that sends every message back, and a client that talks to it.

using System.Net;
using WsProto;
using WsProto.Adapters;

internal static class EchoServer
{
    public static async Task RunAsync()
    {
        #region echo
        var options = new WsListenerOptions { OnHandlerFailed = (exception, _) => Console.Error.WriteLine(exception) };
        await using var listener = new WsListener(new IPEndPoint(IPAddress.Loopback, 0), options);
        listener.Start();
        Task serving = listener.RunAsync(async (session, stop) =>
        {
            await foreach (Message message in session.ReadAllAsync(stop))
                await session.SendAsync(message, stop);
        });
        #endregion

        await Client.RunAsync(new Uri($"ws://{listener.LocalEndPoint}/echo"));
        await listener.StopAsync();
        await serving;
    }
}
