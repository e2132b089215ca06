// A client that comes back: the server drops it after each message, and it subscribes again.

using System.Net;
using WsProto;
using WsProto.Adapters;

internal static class Reconnecting
{
    public static async Task RunAsync(TextWriter output)
    {
        int connections = 0;
        await using var listener = new WsListener(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Start();
        Task serving = listener.RunAsync(async (session, stop) =>
        {
            Message? wish = await session.ReceiveAsync(stop);
            int number = Interlocked.Increment(ref connections);
            await session.SendTextAsync($"{number}: {(wish as TextMessage)?.Data}", stop);
            await session.CloseAsync(number < 3 ? CloseCode.ServiceRestart : CloseCode.NormalClosure, cancellationToken: stop);
        });

        var uri = new Uri($"ws://{listener.LocalEndPoint}/prices");
        #region reconnecting
        await using var client = new WsReconnectingClient(uri, options: new WsReconnectOptions
        {
            InitialDelay = TimeSpan.FromMilliseconds(10),
            OnConnected = (session, cancellationToken) => session.SendTextAsync("subscribe", cancellationToken),
            OnStateChanged = change => output.WriteLine($"{change.State} {(change.Failure as WsClosedException)?.Code}".Trim()),
        });
        await foreach (Message message in client.ReadAllAsync())
            await output.WriteLineAsync((message as TextMessage)?.Data);
        #endregion

        await listener.StopAsync();
        await serving;
    }
}
