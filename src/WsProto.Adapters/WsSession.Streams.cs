using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Sessions;

namespace WsProto.Adapters;

public sealed partial class WsSession
{
    /// <summary>Counts the receives.</summary>
    internal int ReceiveVersion => Reader.View.Version;

    /// <summary>
    /// Receives the next message as a stream of bytes. A message that is longer than <see cref="WsConnectionOptions.MaxWholeMessageSize"/>
    /// of <see cref="WsSessionOptions.Connection"/> is read while it arrives; a shorter one, or any where that is null, is here whole.
    /// </summary>
    /// <param name="cancellationToken">Stops waiting. No message is lost and the session is as before.</param>
    /// <returns>
    /// The message, from its first byte on; null once the session is closed and all messages that came before were received. What was not
    /// received of the one before is dropped, whichever method has begun to receive it.
    /// </returns>
    /// <remarks>
    /// For large messages raise <see cref="WsConnectionOptions.MaxMessageSize"/> (1 MiB by default), and
    /// <see cref="WsConnectionOptions.MaxFragmentCount"/> (1,024) for peers that send in fragments.
    /// </remarks>
    /// <exception cref="InvalidOperationException">Another receive is waiting.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<WsMessageStream?> ReceiveStreamAsync(CancellationToken cancellationToken = default)
    {
        while (await WaitToReceiveAsync(cancellationToken).ConfigureAwait(false))
        {
            bool isRest = Reader.IsWithinMessage;
            if (TryReceive(out ReceivedMessage piece) && !isRest)
                return new WsMessageStream(this, piece);
        }

        return null;
    }

    /// <summary>
    /// Sends one message that is written as a stream, of any length, in fragments of up to 64 KiB (RFC 6455 §5.4). It ends when
    /// <paramref name="write"/> does.
    /// </summary>
    /// <param name="kind"><see cref="Opcode.Text"/>, then what is written is UTF-8, or <see cref="Opcode.Binary"/>.</param>
    /// <param name="write">
    /// Writes the message to the stream that it gets, which is valid until it completes. Its writes wait for room as
    /// <see cref="SendBytesAsync"/> does, and the first for the end of a message that is written so already. What it flushes goes out at
    /// once. It must not wait for another message to be sent on the session: that would wait for this one.
    /// </param>
    /// <param name="cancellationToken">Stops waiting for room, and is given to <paramref name="write"/>.</param>
    /// <returns>Completes when the end of the message is accepted, as with <see cref="SendBytesAsync"/>.</returns>
    /// <remarks>
    /// Whole messages of others wait until it ends; Pings, Pongs and a Close do not. It waits with every <see cref="SendOverflow"/>. If it
    /// fails or is cancelled before 64 KiB were written or anything was flushed, nothing was sent, and the session is as before. If it
    /// fails later, the session is closed with 1011, as the peer has the beginning of a message that has no end.
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// The kind is neither Text nor Binary, or what was written is not whole characters in UTF-8.
    /// </exception>
    /// <exception cref="WsClosedException">The session is closed or closing.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task SendStreamAsync(
        Opcode kind, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken = default)
    {
        if (kind is not (Opcode.Text or Opcode.Binary))
            throw new ArgumentException("A message is Text or Binary.", nameof(kind));
        ArgumentNullException.ThrowIfNull(write);
        var message = new MessageSendStream(SendQueue, kind, _options);
        bool isFinished = false;
        try
        {
            await write(message, cancellationToken).ConfigureAwait(false);
            await message.FinishAsync(cancellationToken).ConfigureAwait(false);
            isFinished = true;
        }
        finally
        {
            if (message.End() && !isFinished)
                TryClose(new CloseConnection(CloseCode.InternalError, "A message was not finished."), WsCloseCause.Local);
        }
    }

    /// <summary>Sends all that a stream has as one message, in fragments of up to 64 KiB (RFC 6455 §5.4).</summary>
    /// <param name="kind"><see cref="Opcode.Text"/>, then the stream is UTF-8, or <see cref="Opcode.Binary"/>.</param>
    /// <param name="source">Is read to its end, and not disposed of.</param>
    /// <param name="cancellationToken">Stops reading and waiting for room.</param>
    /// <returns>
    /// <inheritdoc cref="SendStreamAsync(Opcode, Func{Stream, CancellationToken, Task}, CancellationToken)" path="/returns"/>
    /// </returns>
    /// <remarks>As <see cref="SendStreamAsync(Opcode, Func{Stream, CancellationToken, Task}, CancellationToken)"/>.</remarks>
    /// <exception cref="ArgumentException">
    /// The kind is neither Text nor Binary, or the stream is not whole characters in UTF-8.
    /// </exception>
    /// <exception cref="WsClosedException">The session is closed or closing.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task SendStreamAsync(Opcode kind, Stream source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return SendStreamAsync(kind, source.CopyToAsync, Meant(cancellationToken));
    }
}
