using System.Security.Cryptography;
using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Guides;

/// <summary>A large message as a stream on both ends, and a small one that is whole.</summary>
public static class MessageStreams
{
    public static async Task RunAsync()
    {
        #region options
        var options = new WsSessionOptions
        {
            Connection = new()
            {
                MaxWholeMessageSize = 64 * 1024,
                MaxMessageSize = 100 * 1024 * 1024,
                MaxFragmentCount = null,
            },
        };
        #endregion

        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(right, new WsAcceptOptions { Session = options });
        await using WsSession client = await WsSession.ConnectAsync(left, new Request("localhost", "/upload"));
        await using WsSession server = await accepting;

        using var file = new MemoryStream(new byte[64 * 1024 * 1024]);
        Task serving = ReceiveAsync(server);
        await SendAsync(client, file);
        Console.WriteLine($"client: {((TextMessage)(await client.ReceiveAsync())!).Data}");
        await client.CloseAsync();
        await serving;
    }

    #region send
    private static async Task SendAsync(WsSession session, Stream file)
    {
        await session.SendTextAsync("backup.tar");
        await session.SendStreamAsync(Opcode.Binary, file);
    }
    #endregion

    #region receive
    private static async Task ReceiveAsync(WsSession session)
    {
        while (await session.ReceiveAsync() is TextMessage { Data: var name } && await session.ReceiveStreamAsync() is { } content)
        {
            byte[] hash = await SHA256.HashDataAsync(content);
            Console.WriteLine($"server: {name} is here");
            await session.SendTextAsync($"SHA-256 {Convert.ToHexStringLower(hash)[..8]}…");
        }
    }
    #endregion
}
