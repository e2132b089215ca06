using System.Net.WebSockets;
using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Guides;

/// <summary>A message as a stream, by what .NET has for every WebSocket.</summary>
public static class MessageStreams
{
    public static async Task RunAsync()
    {
        var inPieces = new WsSessionOptions
        {
            Connection = new() { MessageDelivery = MessageDelivery.Chunks, MaxMessageSize = null, MaxFragmentCount = null },
        };
        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(right, new WsAcceptOptions { Session = inPieces });
        await using WsSession client = await WsSession.ConnectAsync(left, new Request("localhost", "/upload"));
        await using WsSession server = await accepting;

        Task sending = SendAsync(client, new MemoryStream(new byte[3_000_000]));
        await ReceiveAsync(server);
        await sending;
    }

    #region streams
    private static async Task SendAsync(WsSession session, Stream file)
    {
        using WebSocket ws = session.AsWebSocket();
        await using (var message = WebSocketStream.CreateWritableMessageStream(ws, WebSocketMessageType.Binary))
            await file.CopyToAsync(message);
        await ws.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
    }

    private static async Task ReceiveAsync(WsSession session)
    {
        using WebSocket ws = session.AsWebSocket();
        await using (var message = WebSocketStream.CreateReadableMessageStream(ws))
        {
            using var file = new MemoryStream();
            await message.CopyToAsync(file);
            Console.WriteLine($"received {file.Length:N0} bytes");
        }

        await ws.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
    }
    #endregion
}
