// Frames to bytes, RFC 6455 §5. A client masks, with a new key for each frame; a server does not, and its key is 0 (§5.1).
//
// What makes a header comes in pieces, each in a register. A struct of small fields would be put together in memory by narrow writes that
// a wide read then has to wait for; for small messages that makes a sixth of the time.

using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace WsProto.Framing;

internal static class FrameWriter
{
    /// <summary>Larger payloads are written in steps of this many bytes, so that no writer has to find one huge span.</summary>
    internal const int Step = 64 * 1024;

    /// <summary>
    /// Up to so many bytes the runtime copies with vectors of its own; more it leaves to the processor's string instruction. That falls to
    /// a tenth of its speed on some processors where source and destination lie almost the same distance behind a page's beginning, as
    /// payloads do that are copied behind a header.
    /// </summary>
    private const int CopyStep = 2048;

    /// <summary>Writes a frame at once: a writer that throws has taken nothing of it.</summary>
    internal static void Write(byte firstOctet, ReadOnlySpan<byte> payload, bool masked, uint key, IBufferWriter<byte> output)
    {
        if (payload.Length > FrameHeader.MaxControlPayload)
            WriteLong(firstOctet, payload, masked, key, output);
        else if (masked)
            WriteShortMasked(firstOctet, payload, key, output);
        else
            WriteShort(firstOctet, payload, output);
    }

    /// <summary>
    /// A method of its own for each role, so that each is compiled for what it does in a program that is client and server.
    /// </summary>
    private static void WriteShortMasked(byte firstOctet, ReadOnlySpan<byte> payload, uint key, IBufferWriter<byte> output)
    {
        const int size = 2 + sizeof(uint);
        Span<byte> span = output.GetSpan(size + payload.Length);
        MemoryMarshal.Write(span[2..], key);
        // Both octets in one store.
        BinaryPrimitives.WriteUInt16BigEndian(span, (ushort)((firstOctet << 8) | FrameHeader.MaskBit | payload.Length));
        Masking.Apply(key, payload, span[size..]);
        output.Advance(size + payload.Length);
    }

    private static void WriteShort(byte firstOctet, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        const int size = 2;
        Span<byte> span = output.GetSpan(size + payload.Length);
        BinaryPrimitives.WriteUInt16BigEndian(span, (ushort)((firstOctet << 8) | payload.Length));
        Masking.Apply(key: 0, payload, span[size..]);
        output.Advance(size + payload.Length);
    }

    private static void WriteLong(byte firstOctet, ReadOnlySpan<byte> payload, bool masked, uint key, IBufferWriter<byte> output)
    {
        Span<byte> span = output.GetSpan(FrameHeader.SizeFor(payload.Length, masked) + payload.Length);
        int size = WriteHeader(firstOctet, payload.Length, masked, key, span);
        WritePayload(payload, masked, key, span[size..]);
        output.Advance(size + payload.Length);
    }

    private static void WritePayload(ReadOnlySpan<byte> payload, bool masked, uint key, Span<byte> destination)
    {
        if (masked)
            Masking.Apply(key, payload, destination);
        else
            CopyInSteps(payload, destination);
    }

    private static void CopyInSteps(ReadOnlySpan<byte> payload, Span<byte> destination)
    {
        while (payload.Length > CopyStep)
        {
            payload[..CopyStep].CopyTo(destination);
            payload = payload[CopyStep..];
            destination = destination[CopyStep..];
        }

        payload.CopyTo(destination);
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
    internal static void WriteInSteps(
        byte firstOctet, ReadOnlySpan<byte> payload, bool masked, uint key, IBufferWriter<byte> output, ref bool isBegun)
    {
        Span<byte> span = output.GetSpan(FrameHeader.LargestSize + Step);
        int size = WriteHeader(firstOctet, payload.Length, masked, key, span);
        WritePayload(payload[..Step], masked, key, span[size..]);
        output.Advance(size + Step);
        isBegun = true;

        // A step is a multiple of four, so the key needs no turning.
        for (int done = Step; done < payload.Length; done += Step)
        {
            int count = Math.Min(payload.Length - done, Step);
            WritePayload(payload.Slice(done, count), masked, key, output.GetSpan(count));
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
