using WsProto;
using WsProto.Adapters;

namespace Relay;

/// <summary>Connects each client to a server, and passes on what either says, piece by piece, and how it ends.</summary>
/// <remarks>A sender that is faster than the receiver waits: each session reads no more while its backlog is full.</remarks>
internal sealed class MessageRelay(Uri server)
{
    private long _mostBuffered;

    /// <summary>Messages in pieces, without a limit on their size, as nothing here keeps a whole one.</summary>
    internal static WsSessionOptions AnySize { get; } = new()
    {
        Connection = new WsConnectionOptions { MessageDelivery = MessageDelivery.Chunks, MaxMessageSize = null, MaxFragmentCount = null },
    };

    /// <summary>The most that was held for one direction: the piece in hand, and what the transport had not yet taken. In bytes.</summary>
    internal long MostBuffered => Interlocked.Read(ref _mostBuffered);

    internal async Task ServeAsync(WsSession client, CancellationToken stop)
    {
        await using WsSession upstream = await WsClient.ConnectAsync(server, new WsClientOptions { Session = AnySize }, stop);
        await Task.WhenAll(PassAsync(client, upstream, stop), PassAsync(upstream, client, stop));
    }

    private async Task PassAsync(WsSession from, WsSession to, CancellationToken stop)
    {
        try
        {
            await foreach (Message piece in from.ReadAllAsync(stop))
            {
                await to.SendAsync(piece, stop);
                long held = to.BufferedBytes + (piece is BytesMessage bytes ? bytes.Data.Length : 0);
                if (held > MostBuffered)
                    Interlocked.Exchange(ref _mostBuffered, held);
            }
        }
        catch (WsClosedException)
        {
            // One of the two is gone; the other learns it below.
        }

        WsCloseResult end = await from.Completion;
        // 1005, 1006 and 1015 only say what came; they cannot be sent (RFC 6455 §7.4.1).
        CloseCode code = end.Code switch
        {
            CloseCode.NoStatusReceived => CloseCode.NormalClosure,
            CloseCode.AbnormalClosure or CloseCode.TlsHandshake => CloseCode.BadGateway,
            _ => end.Code,
        };
        await to.CloseAsync(code, end.Reason, CancellationToken.None);
    }
}
