using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Guides;

/// <summary>A relay between a sender and a receiver, which never holds a whole message.</summary>
public static class Relay
{
    public static async Task RunAsync()
    {
        var options = new WsSessionOptions
        {
            Connection = new() { MessageDelivery = MessageDelivery.Chunks, MaxMessageSize = null, MaxFragmentCount = null },
        };
        (WsSession sender, WsSession near) = await ConnectAsync(options);
        (WsSession far, WsSession receiver) = await ConnectAsync(options);

        Task relaying = RelayAsync(near, far);
        Task sending = sender.SendBytesAsync(new byte[5_000_000]).AsTask();
        long received = 0;
        await foreach (ReceivedMessage piece in receiver.ReceiveAllAsync())
        {
            received += piece.Bytes.Length;
            if (piece.MessageFinished)
                break;
        }

        await sending;
        Console.WriteLine($"{received:N0} bytes went through");
        await sender.CloseAsync();
        await relaying;
        Console.WriteLine($"closed with {(int)(await receiver.Completion).Code}");
    }

    #region relay
    private static async Task RelayAsync(WsSession near, WsSession far)
    {
        await foreach (ReceivedMessage piece in near.ReceiveAllAsync())
        {
            await far.SendAsync(piece.Kind == Opcode.Text
                ? new TextMessage(piece.Text) { MessageFinished = piece.MessageFinished }
                : new BytesMessage(piece.Bytes) { MessageFinished = piece.MessageFinished });
        }

        // Half a message must not look like a whole one.
        if (near.CloseResult!.IsClean)
            await far.CloseAsync();
        else
            far.Abort();
    }
    #endregion

    private static async Task<(WsSession Client, WsSession Server)> ConnectAsync(WsSessionOptions options)
    {
        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(right, new WsAcceptOptions { Session = options });
        WsSession client = await WsSession.ConnectAsync(left, new Request("localhost", "/"), new WsConnectOptions { Session = options });
        return (client, await accepting);
    }
}
