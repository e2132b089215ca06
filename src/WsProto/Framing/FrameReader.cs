// Bytes to frames, RFC 6455 §5. Two small machines that are no business of the connection's state: which part of a frame comes
// next (header or payload), and which message is open.
//
// The order of the checks is fixed (octet 1, octet 2, the extended length, the limits, the extensions), so that a stream gives
// the same outcome however it was cut. Reading is: Done (there is a frame), NeedMore (no more to be had from what arrived), or
// Invalid (and nothing may be read any more).

using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WsProto.Extensions;

namespace WsProto.Framing;

internal enum ReadStatus
{
    NeedMore,
    Done,
    Invalid,
}

internal sealed class FrameReader
{
    private readonly ReceiveBuffer _input;
    private readonly WsConnectionOptions _options;
    private readonly ExtensionReceiver? _extensions;
    private readonly bool _masked;
    private readonly byte _maskBit;
    private readonly byte _shortestHeader;
    private readonly int _largestShortcut;

    /// <summary>Whether messages become whole in the input.</summary>
    private readonly bool _collects;

    /// <summary>What <see cref="IsBetweenMessages"/> says; kept, as it is asked for each frame.</summary>
    private bool _isBetweenMessages;

    /// <summary>All that has arrived is the beginning of a message of bytes, within all limits, which has nothing to tell before it is whole.</summary>
    private bool _isWaiting;

    // The frame under way.
    private bool _inPayload;
    private Opcode _frameOpcode;
    private bool _frameIsFinal;
    private long _remaining;
    private uint _key;

    // The message under way. Opcode.Continuation stands for none.
    private Opcode _opcode;
    private int _fragments;
    private long _lengthOnWire;
    private int _validated;
    private int _delivered;

    internal FrameReader(ReceiveBuffer input, ConnectionRole role, WsConnectionOptions options, ExtensionReceiver? extensions)
    {
        _input = input;
        _options = options;
        _extensions = extensions;
        _masked = role == ConnectionRole.Server;
        _maskBit = _masked ? FrameHeader.MaskBit : (byte)0;
        _shortestHeader = (byte)FrameHeader.SizeFor(0, _masked);
        _isBetweenMessages = extensions is null;
        _collects = extensions is null && options.MessageDelivery == MessageDelivery.Whole;
        extensions?.IsValidSoFar = () => _opcode != Opcode.Text || Validate(messageFinished: false);
        _largestShortcut = (int)Math.Min(options.EffectiveMaxMessageSize, Math.Min(options.MaxFrameSize ?? ushort.MaxValue, ushort.MaxValue));
    }

    internal bool IsInPayload => _inPayload;

    /// <summary>What a piece inflates to is at most about a thousand times its size; in Chunks each is delivered before the next is taken.</summary>
    private int LargestStep => _extensions is not null && _options.MessageDelivery == MessageDelivery.Chunks ? 1024 : int.MaxValue;

    /// <summary>Where the message grows: in the input itself, or where the extensions write it.</summary>
    private ReceiveBuffer Target => _extensions?.Received ?? _input;

    internal ReadStatus Read(out Frame frame, out Violation violation)
    {
        frame = default;
        if (_delivered > 0)
        {
            Target.DropFromMessage(_delivered);
            _delivered = 0;
            _isBetweenMessages = IsBetweenMessages;
            if (TryReadWholeMessage(out frame))
            {
                violation = default;
                return ReadStatus.Done;
            }
        }

        if (_isWaiting)
        {
            _isWaiting = false;
            violation = default;
            return ReadStatus.NeedMore;
        }

        ReadStatus status = ReadOn(out frame, out violation);
        _isBetweenMessages = IsBetweenMessages;
        return status;
    }

    /// <summary>Nothing is under way: the next byte is the first of a message, and no extension has to see it.</summary>
    private bool IsBetweenMessages => !_inPayload && _delivered == 0 && _opcode == Opcode.Continuation && _extensions is null;

    private ReadStatus ReadOn(out Frame frame, out Violation violation)
    {
        frame = default;
        while (true)
        {
            if (!_inPayload)
            {
                ReadStatus status = ReadHeader(out violation);
                if (status != ReadStatus.Done)
                    return status;
            }

            if (_frameOpcode.IsControl)
                return ReadControl(out frame, out violation);
            if (ReadData(out frame, out violation) is { } end)
                return end;
        }
    }

    /// <summary>
    /// The short way for what nearly all frames are: a message in one frame that has arrived whole, in at most 64 KiB. Whatever it is
    /// not sure about, and whatever is wrong, it leaves untouched to <see cref="Read"/>.
    /// </summary>
    /// <remarks>Compiled without a profile: one of large messages, where it is of no use, left it at a third of its speed for small ones that came later.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal bool TryReadWholeMessage(out Frame frame)
    {
        Span<byte> bytes = _input.Unread;
        if (!_isBetweenMessages || bytes.Length < 2 + sizeof(uint))
            return None(out frame);
        int opcode = bytes[0] ^ FrameHeader.FinBit;
        int length = bytes[1] ^ _maskBit;
        if (opcode is not ((int)Opcode.Text or (int)Opcode.Binary))
            return None(out frame);
        int size = _shortestHeader;
        if (length > FrameHeader.MaxControlPayload)
        {
            size += sizeof(ushort);
            if (length != FrameHeader.TwoByteLength || bytes.Length < size)
                return None(out frame);
            length = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
            if (length <= FrameHeader.MaxControlPayload)
                return None(out frame);
        }

        if (length > _largestShortcut)
            return None(out frame);
        if (length > bytes.Length - size)
        {
            _isWaiting = opcode == (int)Opcode.Binary && _collects;
            if (_isWaiting)
                _input.Announce(size + length - bytes.Length);
            return None(out frame);
        }

        Span<byte> payload = bytes.Slice(size, length);
        uint key = 0;
        bool isAscii = false;
        if (_masked)
        {
            key = MemoryMarshal.Read<uint>(bytes[(size - sizeof(uint))..]);
            isAscii = Masking.Apply(key, payload, payload);
        }

        if (opcode == (int)Opcode.Text && !isAscii && !Utf8Validator.IsValid(payload))
        {
            // Masked again: Read finds the fault where it looks for it.
            Masking.Apply(key, payload, payload);
            return None(out frame);
        }

        _input.Skip(size + length);
        _input.Announce(0);
        frame = new Frame((Opcode)opcode, payload, frameFinished: true, messageFinished: true);
        return true;
    }

    private static bool None(out Frame frame)
    {
        frame = default;
        return false;
    }

    private ReadStatus ReadHeader(out Violation violation)
    {
        violation = default;
        ReadOnlySpan<byte> bytes = _input.Unread;
        if (bytes.Length < 2)
            return ReadStatus.NeedMore;

        var header = new FrameHeader(
            (bytes[0] & FrameHeader.FinBit) != 0,
            (ReservedBits)bytes[0] & ReservedBits.All,
            (Opcode)(bytes[0] & FrameHeader.OpcodeBits),
            bytes[1] & FrameHeader.LengthBits);
        if (CheckFirstOctet(header, out violation) || CheckSecondOctet(bytes[1], header, out violation))
            return ReadStatus.Invalid;

        int size = 2;
        if (header.PayloadLength > FrameHeader.MaxControlPayload)
        {
            ReadStatus status = ReadExtendedLength(bytes, ref header, ref size, out violation);
            if (status != ReadStatus.Done)
                return status;
        }

        if (!header.Opcode.IsControl && CheckLimits(header, out violation))
            return ReadStatus.Invalid;

        if (_masked)
        {
            if (bytes.Length < size + sizeof(uint))
                return ReadStatus.NeedMore;
            _key = MemoryMarshal.Read<uint>(bytes[size..]);
            size += sizeof(uint);
        }

        if (_extensions?.ReceiveHeader(header, out violation) == false)
            return ReadStatus.Invalid;

        _input.Skip(size);
        Begin(header);
        return ReadStatus.Done;
    }

    private bool CheckFirstOctet(in FrameHeader header, out Violation violation)
    {
        violation = default;
        // «MUST be 0 unless an extension is negotiated that defines meanings for non-zero values» (§5.2).
        if ((header.Reserved & ~(_extensions?.ReservedBits ?? ReservedBits.None)) != 0)
            violation = new Violation(ProtocolError.ReservedBitSet);
        else if (header.Opcode.IsControl)
        {
            if (header.Opcode > Opcode.Pong)
                violation = new Violation(ProtocolError.ReservedOpcode, (int)header.Opcode);
            // «All control frames … MUST NOT be fragmented» (§5.5).
            else if (!header.IsFinal)
                violation = new Violation(ProtocolError.FragmentedControlFrame);
        }
        else if (header.Opcode > Opcode.Binary)
            violation = new Violation(ProtocolError.ReservedOpcode, (int)header.Opcode);
        // «The fragments of one message MUST NOT be interleaved between the fragments of another message» (§5.4).
        else if (header.Opcode == Opcode.Continuation && _opcode == Opcode.Continuation)
            violation = new Violation(ProtocolError.UnexpectedContinuation);
        else if (header.Opcode != Opcode.Continuation && _opcode != Opcode.Continuation)
            violation = new Violation(ProtocolError.ContinuationExpected);
        else if (_fragments >= _options.MaxFragmentCount)
            violation = new Violation(ProtocolError.TooManyFragments, _fragments + 1L, _fragments);
        return violation.Error != 0;
    }

    private bool CheckSecondOctet(byte octet, in FrameHeader header, out Violation violation)
    {
        violation = default;
        bool masked = (octet & FrameHeader.MaskBit) != 0;
        // «A server MUST close the connection upon receiving a frame that is not masked», «A client MUST close a connection if it
        // detects a masked frame» (§5.1).
        if (masked != _masked)
            violation = new Violation(_masked ? ProtocolError.UnmaskedClientFrame : ProtocolError.MaskedServerFrame);
        // «All control frames MUST have a payload length of 125 bytes or less» (§5.5).
        else if (header.Opcode.IsControl && header.PayloadLength > FrameHeader.MaxControlPayload)
            violation = new Violation(ProtocolError.ControlFrameTooLong);
        return violation.Error != 0;
    }

    private static ReadStatus ReadExtendedLength(ReadOnlySpan<byte> bytes, ref FrameHeader header, ref int size, out Violation violation)
    {
        violation = default;
        ulong length;
        ulong shortest;
        if (header.PayloadLength == FrameHeader.TwoByteLength)
        {
            size += sizeof(ushort);
            if (bytes.Length < size)
                return ReadStatus.NeedMore;
            length = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
            shortest = FrameHeader.MaxControlPayload + 1;
        }
        else
        {
            size += sizeof(ulong);
            if (bytes.Length < size)
                return ReadStatus.NeedMore;
            length = BinaryPrimitives.ReadUInt64BigEndian(bytes[2..]);
            shortest = ushort.MaxValue + 1;
        }

        // «The most significant bit MUST be 0», «the minimal number of bytes MUST be used to encode the length» (§5.2).
        if (length > long.MaxValue)
            violation = new Violation(ProtocolError.LengthOutOfRange);
        else if (length < shortest)
            violation = new Violation(ProtocolError.NonMinimalLength, (long)length);
        else
            header = header with { PayloadLength = (long)length };
        return violation.Error == 0 ? ReadStatus.Done : ReadStatus.Invalid;
    }

    private long MaxOnWire => _extensions is null ? _options.EffectiveMaxMessageSize : WithOverhead(_options.EffectiveMaxMessageSize);

    /// <summary>
    /// What a message within the limit may have on the wire before extensions are undone. They may make it longer, but a message that only
    /// grows on the wire and never comes to an end is refused.
    /// </summary>
    private static long WithOverhead(long limit) => limit > long.MaxValue / 4 ? long.MaxValue : (2 * limit) + 1024;

    /// <summary>Refuses at the header what would pass a limit (§10.4). What extensions inflate is counted as they write it.</summary>
    private bool CheckLimits(in FrameHeader header, out Violation violation)
    {
        violation = default;
        if (header.PayloadLength > _options.MaxFrameSize)
            violation = new Violation(ProtocolError.FrameTooBig, header.PayloadLength, _options.MaxFrameSize.Value);
        else if (header.PayloadLength > MaxOnWire - _lengthOnWire)
            violation = new Violation(ProtocolError.MessageTooBig, header.PayloadLength, MaxOnWire);
        return violation.Error != 0;
    }

    private void Begin(in FrameHeader header)
    {
        _frameOpcode = header.Opcode;
        _frameIsFinal = header.IsFinal;
        _remaining = header.PayloadLength;
        _inPayload = true;
        if (header.Opcode.IsControl)
            return;
        _fragments++;
        if (header.Opcode != Opcode.Continuation)
            _opcode = header.Opcode;
        _lengthOnWire += header.PayloadLength;
    }

    /// <summary>Control frames are delivered whole and may stand between the frames of a message (§5.4, §5.5).</summary>
    private ReadStatus ReadControl(out Frame frame, out Violation violation)
    {
        frame = default;
        violation = default;
        int length = (int)_remaining;
        if (_input.UnreadCount < length)
            return ReadStatus.NeedMore;
        Span<byte> payload = _input.Unread[..length];
        if (_masked)
            Masking.Apply(_key, payload, payload);
        _input.Skip(length);
        _inPayload = false;
        if (_frameOpcode == Opcode.Close && ClosePayload.Check(payload) is { } bad)
        {
            violation = bad;
            return ReadStatus.Invalid;
        }

        frame = new Frame(_frameOpcode, payload, frameFinished: true, messageFinished: true);
        return ReadStatus.Done;
    }

    /// <summary>Null means: this frame is used up and gave nothing to deliver, go on with the next.</summary>
    private ReadStatus? ReadData(out Frame frame, out Violation violation)
    {
        frame = default;
        int count = (int)Math.Min(_remaining, Math.Min(_input.UnreadCount, LargestStep));
        _remaining -= count;
        if (_collects)
            _input.Announce(_remaining);
        bool frameFinished = _remaining == 0;
        bool messageFinished = frameFinished && _frameIsFinal;
        if (!Take(count, frameFinished, messageFinished, out violation))
            return ReadStatus.Invalid;
        _inPayload = !frameFinished;

        bool deliver = _options.MessageDelivery == MessageDelivery.Whole ? messageFinished : frameFinished || count > 0;
        if (!deliver)
            return frameFinished ? null : ReadStatus.NeedMore;

        ReadOnlySpan<byte> piece = Target.Message;
        if (_opcode == Opcode.Text)
            piece = piece[.._validated];
        _delivered = piece.Length;
        _validated = 0;
        frame = new Frame(_opcode, piece, frameFinished, messageFinished);
        if (messageFinished)
            EndMessage();
        return ReadStatus.Done;
    }

    private bool Take(int count, bool frameFinished, bool messageFinished, out Violation violation)
    {
        violation = default;
        bool isAscii = false;
        if (_extensions is null)
        {
            isAscii = _input.MoveToMessage(count, _key);
            if (_masked)
                _key = Masking.Advance(_key, count);
        }
        else
        {
            Span<byte> payload = _input.Unread[..count];
            if (_masked)
            {
                Masking.Apply(_key, payload, payload);
                _key = Masking.Advance(_key, count);
            }

            _input.Skip(count);
            if (!_extensions.Receive(payload, frameFinished, out violation))
                return false;
        }

        // Behind whole characters, ASCII needs no second look.
        if (isAscii && _validated == _input.Message.Length - count)
            _validated += count;
        else if (_opcode == Opcode.Text && !Validate(messageFinished))
        {
            violation = new Violation(ProtocolError.InvalidUtf8);
            return false;
        }

        return true;
    }

    /// <summary>«When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, in fact, a valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_» (§8.1).</summary>
    private bool Validate(bool messageFinished)
    {
        ReadOnlySpan<byte> rest = Target.MessageFrom(_validated);
        int whole = Utf8Validator.CountWhole(rest);
        if (whole < 0)
            return false;
        _validated += whole;
        return !messageFinished || whole == rest.Length;
    }

    private void EndMessage()
    {
        _opcode = Opcode.Continuation;
        _fragments = 0;
        _lengthOnWire = 0;
        _extensions?.EndMessage();
    }
}
