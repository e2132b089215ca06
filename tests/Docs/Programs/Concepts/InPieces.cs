using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Concepts;

public static class InPieces
{
    public static async Task RunAsync()
    {
        #region pieces
        var pieces = new WsConnectionOptions { MessageDelivery = MessageDelivery.Chunks, MaxMessageSize = 1L << 30 };
        var options = new WsAcceptOptions { Session = new WsSessionOptions { Connection = pieces } };
        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(right, options);
        await using WsSession client = await WsSession.ConnectAsync(left, new Request("localhost", "/"));
        await using WsSession server = await accepting;

        Task sending = client.SendBytesAsync(new byte[8 << 20]).AsTask();
        long total = 0;
        int largest = 0;
        await foreach (ReceivedMessage piece in server.ReceiveAllAsync())
        {
            total += piece.Bytes.Length;
            largest = Math.Max(largest, piece.Bytes.Length);
            if (piece.MessageFinished)
                break;
        }

        await sending;
        Console.WriteLine($"{total:N0} bytes, and no piece of more than 1 MiB: {largest <= 1 << 20}");
        #endregion
    }
}
