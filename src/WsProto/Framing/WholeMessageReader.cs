// The short way for what nearly all frames are: a message in one frame that has arrived whole, in at most 64 KiB.
//
// It takes a message or leaves everything as it was. Whatever it is not sure about, and whatever is wrong, is read again the long way, so
// each rule is in one place and faults are found in the same order however the bytes were cut.
//
// TryRead is for what is short, sent to a server, and not the last that has arrived; TryReadAny for all else. TryRead calls nothing that
// returns to it, so it has no registers to save: it takes payloads of 16 to 32 bytes itself and hands others on. All methods are compiled
// without a profile: one of large messages left the short way at a third of its speed for small ones that came later.

using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace WsProto.Framing;

internal struct WholeMessageReader
{
    /// <summary>Two octets and a key.</summary>
    private const int ShortHeaderSize = 6;

    private const int MaskedOctets = (FrameHeader.FinBit << 8) | FrameHeader.MaskBit;

    private readonly ushort _largest;
    private readonly bool _masked;

    /// <summary>Whether messages become whole in the input.</summary>
    private readonly bool _collects;

    /// <summary>Whether the next byte is the first of a message and no extension has to see it.</summary>
    private bool _isBetweenMessages;

    /// <summary>The same, and this is a server which takes all that is short.</summary>
    private bool _takesShort;

    /// <summary>
    /// All that has arrived is the beginning of a message of bytes, within all limits, which has nothing to tell before it is whole.
    /// </summary>
    private bool _isWaiting;

    internal WholeMessageReader(bool masked, bool collects, WsConnectionOptions options)
    {
        _masked = masked;
        _collects = collects;
        long largest = Math.Min(options.EffectiveMaxMessageSize, options.MaxWholeMessageSize ?? long.MaxValue);
        _largest = (ushort)Math.Min(largest, Math.Min(options.MaxFrameSize ?? ushort.MaxValue, ushort.MaxValue));
    }

    /// <summary>
    /// The first two octets of a frame that is final and empty and continues a message. What differs in another is its opcode and its
    /// length.
    /// </summary>
    private readonly int PlainOctets => _masked ? MaskedOctets : FrameHeader.FinBit << 8;

    /// <summary>Says where the long way has left off.</summary>
    internal void Resume(bool isBetweenMessages)
    {
        _isBetweenMessages = isBetweenMessages;
        _takesShort = isBetweenMessages && _masked && _largest >= FrameHeader.MaxControlPayload;
    }

    /// <summary>
    /// Whether the long way has nothing to do either before more has arrived. Asked once after each message that was not taken.
    /// </summary>
    internal bool EndWaiting()
    {
        bool wasWaiting = _isWaiting;
        _isWaiting = false;
        return wasWaiting;
    }

    /// <summary>Takes the next frame if it is a whole message.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal bool TryRead(ReceiveBuffer input, out Frame frame)
    {
        Span<byte> bytes = input.Unread;
        if (!_takesShort || bytes.Length < ShortHeaderSize + FrameHeader.MaxControlPayload)
            return TryReadAny(input, out frame);
        int octets = BinaryPrimitives.ReadUInt16BigEndian(bytes) ^ MaskedOctets;
        int length = (byte)octets;
        var opcode = (Opcode)(octets >> 8);
        if (opcode is not (Opcode.Text or Opcode.Binary) || length > FrameHeader.MaxControlPayload)
            return TryReadAny(input, out frame);
        uint key = MemoryMarshal.Read<uint>(bytes[2..]);
        Span<byte> payload = bytes.Slice(ShortHeaderSize, length);
        bool isAscii;
        if (Masking.IsPair(length))
            isAscii = Masking.ApplyToPair(key, payload, payload);
        else if (Masking.IsWide(length))
            isAscii = Masking.ApplyToWide(key, payload, payload);
        else
            return TryFinish(input, payload, key, opcode, out frame);
        if (opcode == Opcode.Text && !isAscii)
            return TryFinishText(input, payload, key, ShortHeaderSize, out frame);
        input.TakeFrame(ShortHeaderSize + length);
        frame = new Frame(payload, opcode, isAscii);
        return true;
    }

    /// <summary>Unmasks and takes a short message.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static bool TryFinish(ReceiveBuffer input, Span<byte> payload, uint key, Opcode opcode, out Frame frame)
    {
        bool isAscii = Masking.Apply(key, payload, payload);
        if (opcode == Opcode.Text && !isAscii)
            return TryFinishText(input, payload, key, ShortHeaderSize, out frame);
        input.TakeFrame(ShortHeaderSize + payload.Length);
        frame = new Frame(payload, opcode, isAscii);
        return true;
    }

    /// <summary>The same for any length up to 64 KiB and both roles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private bool TryReadAny(ReceiveBuffer input, out Frame frame)
    {
        Span<byte> bytes = input.Unread;
        if (!_isBetweenMessages || bytes.Length < 2 + sizeof(uint))
            return None(out frame);
        int octets = BinaryPrimitives.ReadUInt16BigEndian(bytes) ^ PlainOctets;
        var opcode = (Opcode)(octets >> 8);
        if (opcode is not (Opcode.Text or Opcode.Binary))
            return None(out frame);
        int length = (byte)octets;
        int size = FrameHeader.SizeFor(0, _masked);
        if (length > FrameHeader.MaxControlPayload)
        {
            size += sizeof(ushort);
            if (length != FrameHeader.TwoByteLength || bytes.Length < size)
                return None(out frame);
            length = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
            if (length <= FrameHeader.MaxControlPayload)
                return None(out frame);
        }

        if (length > _largest)
            return None(out frame);
        if (length > bytes.Length - size)
            return Wait(input, opcode, size + length, out frame);

        Span<byte> payload = bytes.Slice(size, length);
        bool isAscii = false;
        uint key = 0;
        if (_masked)
        {
            key = MemoryMarshal.Read<uint>(bytes[(size - sizeof(uint))..]);
            isAscii = Masking.Apply(key, payload, payload);
        }

        if (opcode == Opcode.Text && !isAscii)
            return TryFinishText(input, payload, key, size, out frame);
        input.TakeFrame(size + length);
        frame = new Frame(payload, opcode, isAscii);
        return true;
    }

    /// <summary>Leaves a message that is not whole where it is. Text is not waited for: it fails at the first byte that is wrong.</summary>
    private bool Wait(ReceiveBuffer input, Opcode opcode, int size, out Frame frame)
    {
        _isWaiting = _collects && opcode == Opcode.Binary;
        if (_isWaiting)
            input.Announce(size - input.UnreadCount);
        return None(out frame);
    }

    /// <summary>Takes text that is not known to be ASCII.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static bool TryFinishText(ReceiveBuffer input, Span<byte> payload, uint key, int headerSize, out Frame frame)
    {
        if (!Utf8Validator.IsValid(payload))
        {
            // Masked again: the long way finds the fault where it looks for it.
            Masking.Apply(key, payload, payload);
            return None(out frame);
        }

        input.TakeFrame(headerSize + payload.Length);
        frame = new Frame(payload, Opcode.Text, isAscii: false);
        return true;
    }

    private static bool None(out Frame frame)
    {
        frame = default;
        return false;
    }
}
