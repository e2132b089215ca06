using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Guides;

/// <summary>A message of 64 MiB, sent and received in pieces.</summary>
public static class Streaming
{
    public static async Task RunAsync()
    {
        #region receive
        var inPieces = new WsSessionOptions
        {
            Connection = new()
            {
                MessageDelivery = MessageDelivery.Chunks,
                MaxMessageSize = 100 * 1024 * 1024,
                MaxFragmentCount = null,
            },
        };
        #endregion

        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(right, new WsAcceptOptions { Session = inPieces });
        await using WsSession client = await WsSession.ConnectAsync(left, new Request("localhost", "/upload"));
        await using WsSession server = await accepting;
        using var file = new MemoryStream(new byte[64 * 1024 * 1024]);

        Task<long> receiving = ReceiveAsync(server, Stream.Null);
        long sent = await SendAsync(client, file);
        Console.WriteLine($"sent {sent >> 20} MiB, received {await receiving >> 20} MiB");
        await client.CloseAsync();
    }

    #region send
    private static async Task<long> SendAsync(WsSession session, Stream file)
    {
        byte[] buffer = new byte[64 * 1024];
        long sent = 0;
        int count;
        while ((count = await file.ReadAsync(buffer)) > 0)
        {
            await session.SendAsync(new BytesMessage(buffer.AsMemory(0, count)) { MessageFinished = false });
            sent += count;
        }

        await session.SendAsync(new BytesMessage(default));
        return sent;
    }
    #endregion

    #region loop
    private static async Task<long> ReceiveAsync(WsSession session, Stream file)
    {
        long received = 0;
        await foreach (ReceivedMessage piece in session.ReceiveAllAsync())
        {
            // A view: valid until the next pass of the loop.
            await file.WriteAsync(piece.Bytes);
            received += piece.Bytes.Length;
            if (piece.MessageFinished)
                break;
        }

        return received;
    }
    #endregion
}
