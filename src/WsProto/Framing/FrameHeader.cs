// The base framing protocol, RFC 6455 §5.2:
//
//   octet 1: FIN RSV1 RSV2 RSV3 opcode(4)        octet 2: MASK length(7)
//   length 126: 2 more octets, 127: 8 more, network order, always the shortest form; then 4 octets of key if MASK is set

using System.Buffers.Binary;

namespace WsProto.Framing;

/// <summary>The head of a frame (RFC 6455 §5.2), without its masking key.</summary>
/// <param name="IsFinal">FIN: whether this is the last frame of its message.</param>
/// <param name="Reserved">The bits that belong to extensions.</param>
/// <param name="Opcode">The opcode as on the wire: <see cref="Opcode.Continuation"/> from the second frame of a message on.</param>
/// <param name="PayloadLength">The length of the payload on the wire in bytes, 0 to 2^63-1.</param>
public readonly record struct FrameHeader(bool IsFinal, ReservedBits Reserved, Opcode Opcode, long PayloadLength)
{
    internal const int MaxControlPayload = 125;
    internal const int LargestSize = 14;
    internal const byte FinBit = 0b1000_0000;
    internal const byte OpcodeBits = 0b0000_1111;
    internal const byte MaskBit = 0b1000_0000;
    internal const byte LengthBits = 0b0111_1111;
    internal const byte TwoByteLength = 126;
    internal const byte EightByteLength = 127;

    /// <summary>How many bytes of header go before a payload, the masking key included.</summary>
    internal static int SizeFor(int payloadLength, bool masked) =>
        2 + (payloadLength <= MaxControlPayload ? 0 : payloadLength <= ushort.MaxValue ? 2 : 8) + (masked ? 4 : 0);

    internal byte FirstOctet => FirstOctetOf(IsFinal, Reserved, Opcode);

    internal static byte FirstOctetOf(bool isFinal, ReservedBits reserved, Opcode opcode) =>
        (byte)((isFinal ? FinBit : 0) | (byte)reserved | (byte)opcode);

    /// <summary>Writes all but the key. "The minimal number of bytes MUST be used to encode the length" (§5.2).</summary>
    internal static int Write(System.Span<byte> destination, byte firstOctet, long payloadLength, bool masked)
    {
        destination[0] = firstOctet;
        byte maskBit = masked ? MaskBit : (byte)0;
        switch (payloadLength)
        {
            case <= MaxControlPayload:
                destination[1] = (byte)(maskBit | (byte)payloadLength);
                return 2;
            case <= ushort.MaxValue:
                destination[1] = (byte)(maskBit | TwoByteLength);
                BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)payloadLength);
                return 4;
            default:
                destination[1] = (byte)(maskBit | EightByteLength);
                BinaryPrimitives.WriteInt64BigEndian(destination[2..], payloadLength);
                return 10;
        }
    }
}
