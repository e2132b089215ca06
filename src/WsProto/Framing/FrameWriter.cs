// Frames to bytes, RFC 6455 §5. A client masks, with a new key for each frame; a server does not (§5.1).

using System;
using System.Buffers;
using System.Runtime.InteropServices;

namespace WsProto.Framing;

internal sealed class FrameWriter
{
    /// <summary>Larger payloads are written in steps of this many bytes, so that no writer has to find one huge span.</summary>
    private const int Step = 64 * 1024;

    private readonly MaskingKeys? _keys;

    internal FrameWriter(ConnectionRole role, ConnectionOptions options) =>
        _keys = role == ConnectionRole.Client ? new MaskingKeys(options.Random) : null;

    internal void Write(FrameHeader header, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        int first = Math.Min(payload.Length, Step);
        Span<byte> span = output.GetSpan(FrameHeader.SizeFor(payload.Length, _keys is not null) + first);
        int size = WriteHeader(header with { PayloadLength = payload.Length }, span, out uint key);
        Masking.Apply(key, payload[..first], span[size..]);
        output.Advance(size + first);

        // A step is a multiple of four, so the key needs no turning.
        for (int done = first; done < payload.Length; done += Step)
        {
            int count = Math.Min(payload.Length - done, Step);
            Masking.Apply(key, payload.Slice(done, count), output.GetSpan(count));
            output.Advance(count);
        }
    }

    /// <summary>Writes text, as UTF-8 straight into the output.</summary>
    /// <exception cref="ArgumentException">The text holds a lone surrogate.</exception>
    internal void Write(FrameHeader header, ReadOnlySpan<char> text, IBufferWriter<byte> output)
    {
        int length = Utf8Validator.Strict.GetByteCount(text);
        Span<byte> span = output.GetSpan(FrameHeader.SizeFor(length, _keys is not null) + length);
        int size = WriteHeader(header with { PayloadLength = length }, span, out uint key);
        Span<byte> payload = span.Slice(size, length);
        Utf8Validator.Strict.GetBytes(text, payload);
        if (key != 0)
            Masking.Apply(key, payload, payload);
        output.Advance(size + length);
    }

    private int WriteHeader(FrameHeader header, Span<byte> destination, out uint key)
    {
        int size = header.Write(destination, _keys is not null);
        key = 0;
        if (_keys is null)
            return size;
        key = _keys.Next();
        MemoryMarshal.Write(destination[size..], key);
        return size + sizeof(uint);
    }
}
