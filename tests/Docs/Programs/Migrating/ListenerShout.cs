#region usings
using System.Net;
using WsProto;
using WsProto.Adapters;
#endregion

namespace WsProto.Docs.Programs.Migrating;

/// <summary>The programs of websockets_shout.py.</summary>
public static class ListenerShout
{
    public static async Task RunAsync()
    {
        #region serve
        var options = new WsListenerOptions { Accept = new() { Subprotocols = ["shout.v1"] } };
        await using var listener = new WsListener(new IPEndPoint(IPAddress.Loopback, 0), options);
        listener.Start();
        Task serving = listener.RunAsync(ShoutAsync);
        await TalkAsync(new Uri($"ws://{listener.LocalEndPoint}/"));
        await listener.StopAsync();
        await serving;
        #endregion

        #region server
        async Task ShoutAsync(WsSession session, CancellationToken stop)
        {
            await foreach (Message message in session.ReadAllAsync(stop))
            {
                if (message is TextMessage text)
                    await session.SendTextAsync(text.Data.ToUpperInvariant(), stop);
            }
        }
        #endregion

        #region client
        async Task TalkAsync(Uri uri)
        {
            await using WsSession session = await WsClient.ConnectAsync(uri, new WsClientOptions { Subprotocols = ["shout.v1"] });
            Console.WriteLine(session.Subprotocol);
            await session.SendTextAsync("hello");
            if (await session.ReceiveAsync() is TextMessage text)
                Console.WriteLine(text.Data);

            try
            {
                await session.ReceiveAsync(TimeSpan.FromMilliseconds(50));
            }
            catch (TimeoutException)
            {
                Console.WriteLine("nothing came");
            }

            WsCloseResult closed = await session.CloseAsync(CloseCode.NormalClosure, "done");
            Console.WriteLine((int)closed.Code);
        }
        #endregion
    }
}
