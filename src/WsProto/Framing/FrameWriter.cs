// Frames to bytes, RFC 6455 §5. A client masks, with a new key for each frame; a server does not, and its key is 0 (§5.1).
//
// What makes a header comes in pieces, each in a register. A struct of small fields would be put together in memory by narrow writes that
// a wide read then has to wait for; for small messages that makes a sixth of the time.

using System;
using System.Buffers;
using System.Runtime.InteropServices;

namespace WsProto.Framing;

internal static class FrameWriter
{
    /// <summary>Larger payloads are written in steps of this many bytes, so that no writer has to find one huge span.</summary>
    internal const int Step = 64 * 1024;

    /// <summary>Writes a frame at once: a writer that throws has taken nothing of it.</summary>
    internal static void Write(byte firstOctet, ReadOnlySpan<byte> payload, bool masked, uint key, IBufferWriter<byte> output)
    {
        Span<byte> span = output.GetSpan(FrameHeader.SizeFor(payload.Length, masked) + payload.Length);
        int size = WriteHeader(firstOctet, payload.Length, masked, key, span);
        Masking.Apply(key, payload, span[size..]);
        output.Advance(size + payload.Length);
    }

    /// <summary>Writes text, as UTF-8 straight into the output.</summary>
    /// <exception cref="ArgumentException">The text holds a lone surrogate.</exception>
    internal static void Write(byte firstOctet, ReadOnlySpan<char> text, bool masked, uint key, IBufferWriter<byte> output)
    {
        int length = Utf8Validator.Strict.GetByteCount(text);
        Span<byte> span = output.GetSpan(FrameHeader.SizeFor(length, masked) + length);
        int size = WriteHeader(firstOctet, length, masked, key, span);
        Span<byte> payload = span.Slice(size, length);
        Utf8Validator.Strict.GetBytes(text, payload);
        if (masked)
            Masking.Apply(key, payload, payload);
        output.Advance(size + length);
    }

    /// <summary>Writes a header whose payload goes another way.</summary>
    internal static void WriteHeader(byte firstOctet, long payloadLength, IBufferWriter<byte> output) =>
        output.Advance(WriteHeader(firstOctet, payloadLength, masked: false, key: 0, output.GetSpan(FrameHeader.LargestSize)));

    /// <summary>Writes a frame with a payload of more than one step.</summary>
    /// <param name="firstOctet">The first octet of the header.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="masked">Whether it is masked.</param>
    /// <param name="key">The masking key; 0 where it is not masked.</param>
    /// <param name="output">Takes the frame.</param>
    /// <param name="isBegun">True as soon as the writer has taken a part, also where it throws later.</param>
    internal static void WriteInSteps(byte firstOctet, ReadOnlySpan<byte> payload, bool masked, uint key, IBufferWriter<byte> output, ref bool isBegun)
    {
        Span<byte> span = output.GetSpan(FrameHeader.LargestSize + Step);
        int size = WriteHeader(firstOctet, payload.Length, masked, key, span);
        Masking.Apply(key, payload[..Step], span[size..]);
        output.Advance(size + Step);
        isBegun = true;

        // A step is a multiple of four, so the key needs no turning.
        for (int done = Step; done < payload.Length; done += Step)
        {
            int count = Math.Min(payload.Length - done, Step);
            Masking.Apply(key, payload.Slice(done, count), output.GetSpan(count));
            output.Advance(count);
        }
    }

    private static int WriteHeader(byte firstOctet, long payloadLength, bool masked, uint key, Span<byte> destination)
    {
        int size = FrameHeader.Write(destination, firstOctet, payloadLength, masked);
        if (!masked)
            return size;
        MemoryMarshal.Write(destination[size..], key);
        return size + sizeof(uint);
    }
}
