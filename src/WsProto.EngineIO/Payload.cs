// Packets to bytes and back (Engine.IO protocol v4, "Packet encoding"). A payload is packets joined by U+001E. There is no limit on their
// number: the limit is on the bytes of a payload, which the session keeps.

using System;
using System.Buffers;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Text.Unicode;

namespace WsProto.EngineIO;

/// <summary>A packet that came from the client. The data is a part of what was received, or of its own if it was base64.</summary>
internal readonly record struct ReceivedPacket(PacketType Type, ReadOnlyMemory<byte> Data, bool IsBinary);

internal static class Payload
{
    internal const byte Separator = 0x1E;

    internal const byte Base64Prefix = (byte)'b';

    /// <summary>Packets as the body of an answer. A single one is shown as it is, without a copy.</summary>
    internal static ReadOnlyMemory<byte> Encode(IReadOnlyList<Packet> packets)
    {
        if (packets.Count == 1)
            return packets[0].InPayload;
        int length = packets.Count - 1;
        for (int i = 0; i < packets.Count; i++)
            length = checked(length + packets[i].InPayload.Length);

        byte[] payload = new byte[length];
        Span<byte> rest = payload;
        for (int i = 0; i < packets.Count; i++)
        {
            if (i > 0)
            {
                rest[0] = Separator;
                rest = rest[1..];
            }

            ReadOnlySpan<byte> packet = packets[i].InPayload.Span;
            packet.CopyTo(rest);
            rest = rest[packet.Length..];
        }

        return payload;
    }

    /// <summary>Cuts the first packet off a payload. The rest is null after the last.</summary>
    internal static ReadOnlyMemory<byte> Cut(ReadOnlyMemory<byte> payload, out ReadOnlyMemory<byte>? rest)
    {
        int end = payload.Span.IndexOf(Separator);
        rest = end < 0 ? default(ReadOnlyMemory<byte>?) : payload[(end + 1)..]; // null alone would be an empty memory
        return end < 0 ? payload : payload[..end];
    }

    /// <summary>Reads a packet of a payload, or of a text message of a WebSocket; false if it is none.</summary>
    internal static bool TryRead(ReadOnlyMemory<byte> encoded, out ReceivedPacket packet)
    {
        packet = default;
        ReadOnlySpan<byte> bytes = encoded.Span;
        if (bytes.IsEmpty)
            return false;
        if (bytes[0] == Base64Prefix)
            return TryReadBase64(bytes[1..], out packet);
        if (bytes[0] is < (byte)'0' or > (byte)'6' || !Utf8.IsValid(bytes))
            return false;
        packet = new((PacketType)(bytes[0] - '0'), encoded[1..], IsBinary: false);
        return true;
    }

    private static bool TryReadBase64(ReadOnlySpan<byte> base64, out ReceivedPacket packet)
    {
        byte[] data = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        bool isValid = Base64.DecodeFromUtf8(base64, data, out _, out int written) == OperationStatus.Done;
        packet = isValid ? new(PacketType.Message, data.AsMemory(0, written), IsBinary: true) : default;
        return isValid;
    }
}
