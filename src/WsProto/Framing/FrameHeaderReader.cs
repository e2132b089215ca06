// One frame header, RFC 6455 §5.2, and all that can be wrong with it.
//
// The order of the checks is fixed: octet 1, octet 2, the extended length, the limits, the extensions. Each is made as soon as its octets
// are there, so a stream gives the same outcome however it was cut. Nothing is remembered between calls: a header that is not whole is read
// again from its first octet.

using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using WsProto.Extensions;

namespace WsProto.Framing;

/// <summary>Made for one call, as nothing of it has to stay.</summary>
internal readonly ref struct FrameHeaderReader
{
    private readonly WsConnectionOptions _options;
    private readonly ExtensionReceiver? _extensions;
    private readonly bool _masked;

    internal FrameHeaderReader(bool masked, WsConnectionOptions options, ExtensionReceiver? extensions)
    {
        _masked = masked;
        _options = options;
        _extensions = extensions;
    }

    private long MaxMessageOnWire =>
        _extensions is null ? _options.EffectiveMaxMessageSize : WithOverhead(_options.EffectiveMaxMessageSize);

    /// <summary>Reads a header.</summary>
    /// <param name="bytes">What has arrived, from its first octet on.</param>
    /// <param name="message">The message under way, into which the frame has to fit.</param>
    /// <param name="header">The header.</param>
    /// <param name="key">Its masking key; 0 where it has none.</param>
    /// <param name="size">How many bytes the header has.</param>
    /// <param name="violation">What is wrong with it.</param>
    internal ReadStatus Read(
        ReadOnlySpan<byte> bytes, in MessageAssembler message, out FrameHeader header, out uint key, out int size, out Violation violation)
    {
        header = default;
        violation = default;
        key = 0;
        size = 2;
        if (bytes.Length < size)
            return ReadStatus.NeedMore;

        header = new FrameHeader(
            (bytes[0] & FrameHeader.FinBit) != 0,
            (ReservedBits)bytes[0] & ReservedBits.All,
            (Opcode)(bytes[0] & FrameHeader.OpcodeBits),
            bytes[1] & FrameHeader.LengthBits);
        if (CheckFirstOctet(header, message, out violation) || CheckSecondOctet(bytes[1], header, out violation))
            return ReadStatus.Invalid;

        if (header.PayloadLength > FrameHeader.MaxControlPayload)
        {
            ReadStatus status = ReadExtendedLength(bytes, ref header, ref size, out violation);
            if (status != ReadStatus.Done)
                return status;
        }

        if (!header.Opcode.IsControl && CheckLimits(header, message, out violation))
            return ReadStatus.Invalid;

        if (_masked)
        {
            if (bytes.Length < size + sizeof(uint))
                return ReadStatus.NeedMore;
            key = MemoryMarshal.Read<uint>(bytes[size..]);
            size += sizeof(uint);
        }

        return _extensions?.ReceiveHeader(header, out violation) == false ? ReadStatus.Invalid : ReadStatus.Done;
    }

    /// <summary>
    /// What a message within the limit may have on the wire before extensions are undone. They may make it longer, but a message that only
    /// grows on the wire and never comes to an end is refused.
    /// </summary>
    private static long WithOverhead(long limit) => limit > long.MaxValue / 4 ? long.MaxValue : (2 * limit) + 1024;

    private bool CheckFirstOctet(in FrameHeader header, in MessageAssembler message, out Violation violation)
    {
        violation = default;
        // "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values" (§5.2).
        if ((header.Reserved & ~(_extensions?.ReservedBits ?? ReservedBits.None)) != 0)
            violation = new Violation(ProtocolError.ReservedBitSet);
        else if (header.Opcode.IsControl)
        {
            if (header.Opcode > Opcode.Pong)
                violation = new Violation(ProtocolError.ReservedOpcode, (int)header.Opcode);
            // "All control frames … MUST NOT be fragmented" (§5.5).
            else if (!header.IsFinal)
                violation = new Violation(ProtocolError.FragmentedControlFrame);
        }
        else if (header.Opcode > Opcode.Binary)
            violation = new Violation(ProtocolError.ReservedOpcode, (int)header.Opcode);
        // "The fragments of one message MUST NOT be interleaved between the fragments of another message" (§5.4).
        else if (header.Opcode == Opcode.Continuation && !message.IsOpen)
            violation = new Violation(ProtocolError.UnexpectedContinuation);
        else if (header.Opcode != Opcode.Continuation && message.IsOpen)
            violation = new Violation(ProtocolError.ContinuationExpected);
        else if (message.Fragments >= _options.MaxFragmentCount)
            violation = new Violation(ProtocolError.TooManyFragments, message.Fragments + 1L, message.Fragments);
        return violation.Error != 0;
    }

    private bool CheckSecondOctet(byte octet, in FrameHeader header, out Violation violation)
    {
        violation = default;
        bool masked = (octet & FrameHeader.MaskBit) != 0;
        // "A server MUST close the connection upon receiving a frame that is not masked", "A client MUST close a connection if it
        // detects a masked frame" (§5.1).
        if (masked != _masked)
            violation = new Violation(_masked ? ProtocolError.UnmaskedClientFrame : ProtocolError.MaskedServerFrame);
        // "All control frames MUST have a payload length of 125 bytes or less" (§5.5).
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

        // "The most significant bit MUST be 0", "the minimal number of bytes MUST be used to encode the length" (§5.2).
        if (length > long.MaxValue)
            violation = new Violation(ProtocolError.LengthOutOfRange);
        else if (length < shortest)
            violation = new Violation(ProtocolError.NonMinimalLength, (long)length);
        else
            header = header with { PayloadLength = (long)length };
        return violation.Error == 0 ? ReadStatus.Done : ReadStatus.Invalid;
    }

    /// <summary>Refuses at the header what would pass a limit (§10.4). What extensions inflate is counted as they write it.</summary>
    private bool CheckLimits(in FrameHeader header, in MessageAssembler message, out Violation violation)
    {
        violation = default;
        if (header.PayloadLength > _options.MaxFrameSize)
            violation = new Violation(ProtocolError.FrameTooBig, header.PayloadLength, _options.MaxFrameSize.Value);
        else if (header.PayloadLength > MaxMessageOnWire - message.LengthOnWire)
            violation = new Violation(ProtocolError.MessageTooBig, header.PayloadLength, MaxMessageOnWire);
        return violation.Error != 0;
    }
}
