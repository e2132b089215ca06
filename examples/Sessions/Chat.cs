// A chat: what one says, all hear. A member that does not keep up loses the oldest messages, and holds nobody up; one that leaves spoils
// nothing.

using System.Net;
using WsProto;
using WsProto.Adapters;

internal static class Chat
{
    public static async Task RunAsync(TextWriter output)
    {
        #region chat
        var options = new WsListenerOptions
        {
            Accept = new() { Subprotocols = ["chat.v1"], Session = new() { SendOverflow = SendOverflow.DropOldest } },
        };
        await using var listener = new WsListener(new IPEndPoint(IPAddress.Loopback, 0), options);
        listener.Start();
        var room = new WsSessionGroup();
        Task serving = listener.RunAsync(async (session, stop) =>
        {
            string name = session.Request!.Target.TrimStart('/');
            room.Add(session);
            await foreach (Message message in session.ReadAllAsync(stop))
            {
                if (message is TextMessage text)
                    await room.SendTextAsync($"{name}: {text.Data}", cancellationToken: stop);
            }
        });
        #endregion

        // Each hears himself before the next comes, so all know who is there.
        var inRoom = new WsClientOptions { Subprotocols = ["chat.v1"] };
        await using WsSession ann = await WsClient.ConnectAsync(new Uri($"ws://{listener.LocalEndPoint}/Ann"), inRoom);
        await ann.SendTextAsync("Is anybody there?");
        await output.WriteLineAsync($"Ann hears {await HearAsync(ann)}");
        await using WsSession bob = await WsClient.ConnectAsync(new Uri($"ws://{listener.LocalEndPoint}/Bob"), inRoom);
        await bob.SendTextAsync("I am.");
        await output.WriteLineAsync($"Ann hears {await HearAsync(ann)}, by {ann.Subprotocol}");
        await output.WriteLineAsync($"Bob hears {await HearAsync(bob)}");
        bob.Abort();
        await ann.SendTextAsync("Bob?");
        await output.WriteLineAsync($"Ann hears {await HearAsync(ann)}");
        await listener.StopAsync();
        await serving;
    }

    private static async Task<string?> HearAsync(WsSession session) => (await session.ReceiveAsync() as TextMessage)?.Data;
}
