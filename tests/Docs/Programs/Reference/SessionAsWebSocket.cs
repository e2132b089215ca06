using System.Net.WebSockets;
using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Reference;

public static class SessionAsWebSocket
{
    public static async Task RunAsync()
    {
        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(right);
        await using WsSession session = await WsSession.ConnectAsync(left, new Request("localhost", "/"));
        await using WsSession peer = await accepting;

        #region stream
        await using WebSocketStream stream = WebSocketStream.Create(session.AsWebSocket(), WebSocketMessageType.Text, ownsWebSocket: true);
        await stream.WriteAsync("through a stream"u8.ToArray());
        Console.WriteLine(await peer.ReceiveAsync());
        #endregion
    }
}
