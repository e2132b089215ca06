// A chat: what one says, all hear. Who does not keep up loses the oldest messages, and holds nobody up.

using System.Collections.Concurrent;
using System.Net;
using WsProto;
using WsProto.Adapters;

internal static class Chat
{
    public static async Task RunAsync()
    {
        #region chat
        var options = new WsServerOptions { Subprotocols = ["chat.v1"], SendOverflow = SendOverflow.DropOldest };
        await using var listener = new WsListener(new IPEndPoint(IPAddress.Loopback, 0), options);
        listener.Start();
        var present = new ConcurrentDictionary<WsSession, string>();
        Task serving = listener.RunAsync(async (session, stop) =>
        {
            string name = session.Request!.Target.TrimStart('/');
            present[session] = name;
            try
            {
                await foreach (Message message in session.ReadAllAsync(stop))
                {
                    if (message is TextMessage text)
                        Say(present.Keys, $"{name}: {text.Data}");
                }
            }
            finally
            {
                present.TryRemove(session, out _);
            }
        });
        #endregion

        var inRoom = new WsClientOptions { Subprotocols = ["chat.v1"] };
        await using WsSession ann = await WsClient.ConnectAsync(new Uri($"ws://{listener.LocalEndPoint}/Ann"), inRoom);
        await using WsSession bob = await WsClient.ConnectAsync(new Uri($"ws://{listener.LocalEndPoint}/Bob"), inRoom);
        await ann.SendTextAsync("Is anybody there?");
        Console.WriteLine($"Ann hears {await ann.ReceiveAsync()}");
        await bob.SendTextAsync("I am.");
        TextMessage heard = (TextMessage)(await ann.ReceiveAsync())!;
        Console.WriteLine($"Ann hears {heard.Data}, by {ann.Subprotocol}");
        await listener.StopAsync();
        await serving;
    }

    /// <summary>Who has left, or leaves just now, does not spoil it for the others.</summary>
    private static void Say(IEnumerable<WsSession> sessions, string text)
    {
        var message = PreparedMessage.FromText(text);
        foreach (WsSession session in sessions)
            session.TrySend(message);
    }
}
