using System;
using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// Sends messages that come as bytes, in fragments of any cut. Text goes out in whole characters, so the bytes of one that a fragment cuts
/// wait for the next. The fragments of one message are one caller's, who awaits each; whole messages may be sent at once.
/// </summary>
internal sealed class MessageWriter(WsSession session)
{
    internal static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private const WebSocketMessageFlags None = WebSocketMessageFlags.None;

    /// <summary>The message that was begun in fragments and is not finished; the default for none.</summary>
    private OpenMessage _open;

    /// <param name="data">Lent until it completes.</param>
    /// <param name="type">Of the message; what a later fragment says does not matter.</param>
    /// <param name="flags">The same compression in all fragments.</param>
    /// <param name="cancellationToken">Then nothing of it was sent, and the message is as before.</param>
    /// <exception cref="ArgumentException">The text is not UTF-8, or a fragment asks for another compression. Nothing was sent.</exception>
    internal ValueTask SendAsync(
        ReadOnlyMemory<byte> data, WebSocketMessageType type, WebSocketMessageFlags flags, CancellationToken cancellationToken)
    {
        OpenMessage before = _open;
        bool finished = (flags & WebSocketMessageFlags.EndOfMessage) != None;
        bool plain = (flags & WebSocketMessageFlags.DisableCompression) != None;
        if (before.IsOpen && before.Plain != plain)
            throw new ArgumentException("The fragments of a message are compressed all or none.", nameof(flags));
        if (before.IsOpen)
            type = before.Type;
        ReadOnlyMemory<byte> cut = default;
        bool? compress = plain ? false : null;
        Message message = type == WebSocketMessageType.Text
            ? new TextMessage(Decode(before.Cut, data.Span, finished, out cut)) { MessageFinished = finished, Compress = compress }
            : new BytesMessage(data) { MessageFinished = finished, Compress = compress };
        if (finished && !before.IsOpen)
            return session.SendAsync(message, cancellationToken);
        return SendFragmentAsync(message, before, finished ? default : new OpenMessage(true, type, plain, cut), cancellationToken);
    }

    private async ValueTask SendFragmentAsync(Message message, OpenMessage before, OpenMessage after, CancellationToken cancellationToken)
    {
        _open = after;
        bool sent = false;
        try
        {
            await session.SendAsync(message, cancellationToken).ConfigureAwait(false);
            sent = true;
        }
        finally
        {
            if (!sent)
                _open = before;
        }
    }

    private static string Decode(ReadOnlyMemory<byte> begun, ReadOnlySpan<byte> data, bool finished, out ReadOnlyMemory<byte> cut)
    {
        byte[]? joined = null;
        if (!begun.IsEmpty)
        {
            joined = [.. begun.Span, .. data];
            data = joined;
        }

        cut = default;
        if (!finished && Rune.DecodeLastFromUtf8(data, out _, out int length) == OperationStatus.NeedMoreData && !data.IsEmpty)
        {
            cut = data[^length..].ToArray();
            data = data[..^length];
        }

        try
        {
            return StrictUtf8.GetString(data);
        }
        catch (DecoderFallbackException e)
        {
            throw new ArgumentException("The text is not UTF-8 (RFC 6455 §5.6).", nameof(data), e);
        }
    }

    private readonly record struct OpenMessage(bool IsOpen, WebSocketMessageType Type, bool Plain, ReadOnlyMemory<byte> Cut);
}
