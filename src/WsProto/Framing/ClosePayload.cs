// The body of a Close, RFC 6455 §5.5.1: nothing, or a 2-byte code in network order and a reason in UTF-8.

using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace WsProto.Framing;

internal static class ClosePayload
{
    internal const int MaxReason = FrameHeader.MaxControlPayload - sizeof(ushort);

    /// <summary>What is wrong with a Close that the peer sent; null if nothing is.</summary>
    internal static Violation? Check(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
            return null;
        // "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer" (§5.5.1).
        if (payload.Length == 1)
            return new Violation(ProtocolError.InvalidClosePayload);
        ushort code = BinaryPrimitives.ReadUInt16BigEndian(payload);
        if (!MayBeOnTheWire(code))
            return new Violation(ProtocolError.InvalidCloseCode, code);
        if (!Utf8.IsValid(payload[sizeof(ushort)..]))
            return new Violation(ProtocolError.InvalidCloseReason);
        return null;
    }

    /// <summary>Reads a payload that <see cref="Check"/> has passed.</summary>
    internal static (CloseCode Code, string? Reason) Read(ReadOnlySpan<byte> payload) => payload.Length switch
    {
        // "If this Close control frame contains no status code, The WebSocket Connection Close Code is considered to be 1005" (§7.1.5).
        0 => (CloseCode.NoStatusReceived, null),
        sizeof(ushort) => (ReadCode(payload), null),
        _ => (ReadCode(payload), Encoding.UTF8.GetString(payload[sizeof(ushort)..])),
    };

    /// <summary>Writes a code and as many whole characters of the reason as fit.</summary>
    /// <returns>How many bytes were written, 0 to 125.</returns>
    /// <exception cref="ArgumentException">The reason holds a lone surrogate, or there is a reason without a code.</exception>
    internal static int Write(CloseCode code, ReadOnlySpan<char> reason, Span<byte> destination)
    {
        if (code == CloseCode.NoStatusReceived)
        {
            if (!reason.IsEmpty)
                throw new ArgumentException("A Close without a code cannot carry a reason (RFC 6455 §5.5.1).", nameof(reason));
            return 0;
        }

        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)code);
        OperationStatus status = Utf8.FromUtf16(
            reason, destination.Slice(sizeof(ushort), MaxReason), out _, out int written, replaceInvalidSequences: false);
        if (status == OperationStatus.InvalidData)
            throw new ArgumentException("The reason holds a lone surrogate, which UTF-8 cannot carry (RFC 6455 §5.5.1).", nameof(reason));
        return sizeof(ushort) + written;
    }

    /// <summary>
    /// The codes that a Close frame may carry (§7.4.1, §7.4.2, and 1012-1014 from IANA's registry): 1004 is reserved, 1005, 1006
    /// and 1015 "MUST NOT be set as a status code in a Close control frame by an endpoint", 1016-2999 are unassigned.
    /// </summary>
    internal static bool MayBeOnTheWire(ushort code) => code is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);

    /// <summary>The same for an end that sends one: 1010 "is not used by the server" (§7.4.1).</summary>
    internal static bool MaySend(CloseCode code, ConnectionRole role) =>
        MayBeOnTheWire((ushort)code) && (code != CloseCode.MandatoryExtension || role == ConnectionRole.Client);

    private static CloseCode ReadCode(ReadOnlySpan<byte> payload) => (CloseCode)BinaryPrimitives.ReadUInt16BigEndian(payload);
}
