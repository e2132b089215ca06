// Encodes and decodes packets (Engine.IO protocol v4, "Packet encoding"). A payload is a list of packets, separated by U+001E. Their number
// is not limited; the session limits the bytes of a payload.

using System;
using System.Buffers;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Text.Unicode;

namespace WsProto.EngineIO;

/// <summary>A packet that was received. Its data is a part of the received memory, or a new array if it was base64.</summary>
internal readonly record struct ReceivedPacket(PacketType Type, ReadOnlyMemory<byte> Data, bool IsBinary);

internal static class Payload
{
    internal const byte Separator = 0x1E;

    internal const byte Base64Prefix = (byte)'b';

    /// <summary>Encodes packets as the body of a response. A single packet is returned without a copy.</summary>
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

    /// <summary>Returns the first packet of a payload. The rest is null after the last packet.</summary>
    internal static ReadOnlyMemory<byte> Cut(ReadOnlyMemory<byte> payload, out ReadOnlyMemory<byte>? rest)
    {
        int end = payload.Span.IndexOf(Separator);
        rest = end < 0 ? default(ReadOnlyMemory<byte>?) : payload[(end + 1)..]; // null alone would be an empty memory
        return end < 0 ? payload : payload[..end];
    }

    /// <summary>Reads a packet of a payload, or of a text message of a WebSocket. Returns false if it is not valid.</summary>
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
