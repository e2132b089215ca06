using System;
using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Unicode;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// Hands out a message as bytes, as many at a time as the caller has room for. Text is transcoded straight into the caller's buffer.
/// </summary>
internal sealed class MessageReader
{
    private Message? _message;

    /// <summary>How many characters or bytes of it were taken.</summary>
    private int _taken;

    /// <summary>The rest of a character that was cut by the end of a buffer, its first byte lowest.</summary>
    private uint _cut;

    /// <summary>Whether there is no message to read.</summary>
    internal bool IsEmpty => _message is null;

    internal void Begin(Message message) => (_message, _taken) = (message, 0);

    internal ValueWebSocketReceiveResult Read(Span<byte> buffer)
    {
        Message message = _message!;
        WebSocketMessageType type;
        int count;
        bool finished;
        if (message is TextMessage text)
        {
            type = WebSocketMessageType.Text;
            count = ReadText(text.Data, buffer);
            finished = _cut == 0 && _taken == text.Data.Length;
        }
        else
        {
            ReadOnlySpan<byte> data = ((BytesMessage)message).Data.Span[_taken..];
            type = WebSocketMessageType.Binary;
            count = Math.Min(data.Length, buffer.Length);
            data[..count].CopyTo(buffer);
            _taken += count;
            finished = count == data.Length;
        }

        if (finished)
            _message = null;
        return new ValueWebSocketReceiveResult(count, type, endOfMessage: finished && message.MessageFinished);
    }

    private int ReadText(string text, Span<byte> buffer)
    {
        int count = ReadCut(buffer);
        Utf8.FromUtf16(text.AsSpan(_taken), buffer[count..], out int read, out int written);
        _taken += read;
        count += written;
        if (_taken == text.Length || count == buffer.Length || _cut != 0)
            return count;

        // Less than a character's room is left: it is cut there.
        Span<byte> whole = stackalloc byte[4];
        OperationStatus status = Rune.DecodeFromUtf16(text.AsSpan(_taken), out Rune rune, out int length);
        System.Diagnostics.Debug.Assert(status == OperationStatus.Done, "Received text holds whole characters.");
        _taken += length;
        for (int i = rune.EncodeToUtf8(whole) - 1; i >= 0; i--)
            _cut = (_cut << 8) | whole[i];
        return count + ReadCut(buffer[count..]);
    }

    private int ReadCut(Span<byte> buffer)
    {
        int count = 0;
        while (_cut != 0 && count < buffer.Length)
        {
            buffer[count++] = (byte)_cut;
            _cut >>= 8;
        }

        return count;
    }
}
