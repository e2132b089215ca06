// From a packet to the TCP segment in it. Lengths are believed no further than there are octets.

using System;
using System.Buffers.Binary;

namespace WsProto.Cli.Captures;

/// <summary>What a packet is.</summary>
internal enum PacketKind
{
    /// <summary>A TCP segment.</summary>
    Tcp,

    /// <summary>Anything else.</summary>
    Other,

    /// <summary>A fragment of an IP packet of TCP. These are not put together.</summary>
    Fragment,

    /// <summary>Cut before the end of its heads, or with heads that make no sense.</summary>
    Broken,

    /// <summary>Of a link that is not known here.</summary>
    UnknownLink,
}

internal static class PacketParser
{
    internal const int LinkNull = 0;
    internal const int LinkEthernet = 1;
    internal const int LinkRaw = 101;
    internal const int LinkLoop = 108;
    internal const int LinkCooked = 113;
    internal const int LinkIPv4 = 228;
    internal const int LinkIPv6 = 229;
    internal const int LinkCooked2 = 276;

    private const int Tcp = 6;
    private const int HopByHop = 0;
    private const int Routing = 43;
    private const int FragmentHead = 44;
    private const int Authentication = 51;
    private const int DestinationOptions = 60;

    /// <summary>Finds the segment of a packet.</summary>
    public static PacketKind Parse(in CapturedPacket packet, out TcpSegment segment)
    {
        segment = default;
        ReadOnlySpan<byte> octets = packet.Octets.Span;
        switch (packet.LinkType)
        {
            case LinkEthernet:
                return ParseEthernet(octets, 12, out segment);
            case LinkCooked:
                return ParseEthernet(octets, 14, out segment);
            case LinkCooked2:
                return octets.Length < 20
                    ? PacketKind.Broken
                    : ParseProtocol(BinaryPrimitives.ReadUInt16BigEndian(octets), octets[20..], out segment);
            case LinkNull or LinkLoop:
                // The family has another number on each system; the first half octet of the packet has it too.
                return octets.Length < 4 ? PacketKind.Broken : ParseIP(octets[4..], out segment);
            // On OpenBSD and elsewhere 12 and 14 are raw IP.
            case LinkRaw or LinkIPv4 or LinkIPv6 or 12 or 14:
                return ParseIP(octets, out segment);
            default:
                return PacketKind.UnknownLink;
        }
    }

    private static PacketKind ParseEthernet(ReadOnlySpan<byte> octets, int type, out TcpSegment segment)
    {
        segment = default;
        while (octets.Length >= type + 2)
        {
            ushort protocol = BinaryPrimitives.ReadUInt16BigEndian(octets[type..]);
            // A tag of a virtual network has another type behind it (IEEE 802.1Q).
            if (protocol is not (0x8100 or 0x88A8 or 0x9100))
                return ParseProtocol(protocol, octets[(type + 2)..], out segment);
            type += 4;
        }

        return PacketKind.Broken;
    }

    private static PacketKind ParseProtocol(ushort protocol, ReadOnlySpan<byte> octets, out TcpSegment segment)
    {
        segment = default;
        return protocol is 0x0800 or 0x86DD ? ParseIP(octets, out segment) : PacketKind.Other;
    }

    private static PacketKind ParseIP(ReadOnlySpan<byte> octets, out TcpSegment segment)
    {
        segment = default;
        return octets.IsEmpty ? PacketKind.Broken : (octets[0] >> 4) switch
        {
            4 => ParseIPv4(octets, out segment),
            6 => ParseIPv6(octets, out segment),
            _ => PacketKind.Other,
        };
    }

    private static PacketKind ParseIPv4(ReadOnlySpan<byte> octets, out TcpSegment segment)
    {
        segment = default;
        int head = (octets[0] & 0xF) * 4;
        if (head < 20 || octets.Length < head)
            return PacketKind.Broken;
        if (octets[9] != Tcp)
            return PacketKind.Other;
        if ((BinaryPrimitives.ReadUInt16BigEndian(octets[6..]) & 0x3FFF) != 0)
            return PacketKind.Fragment;
        int length = BinaryPrimitives.ReadUInt16BigEndian(octets[2..]);
        // 0 is what the system gives to its network card, which makes the packets itself.
        length = length == 0 ? octets.Length : length;
        if (length < head)
            return PacketKind.Broken;
        UInt128 source = BinaryPrimitives.ReadUInt32BigEndian(octets[12..]);
        UInt128 destination = BinaryPrimitives.ReadUInt32BigEndian(octets[16..]);
        return ParseTcp(octets[head..], length - head, (source, destination, false), out segment);
    }

    private static PacketKind ParseIPv6(ReadOnlySpan<byte> octets, out TcpSegment segment)
    {
        segment = default;
        const int Head = 40;
        if (octets.Length < Head)
            return PacketKind.Broken;
        int length = BinaryPrimitives.ReadUInt16BigEndian(octets[4..]);
        length = length == 0 ? octets.Length - Head : length;
        int protocol = octets[6];
        UInt128 source = BinaryPrimitives.ReadUInt128BigEndian(octets[8..]);
        UInt128 destination = BinaryPrimitives.ReadUInt128BigEndian(octets[24..]);
        octets = octets[Head..];
        while (protocol is HopByHop or Routing or DestinationOptions or FragmentHead or Authentication)
        {
            if (octets.Length < 8)
                return PacketKind.Broken;
            if (protocol == FragmentHead && (BinaryPrimitives.ReadUInt16BigEndian(octets[2..]) & 0xFFF9) != 0)
                return octets[0] == Tcp ? PacketKind.Fragment : PacketKind.Other;
            int size = protocol switch { FragmentHead => 8, Authentication => (octets[1] + 2) * 4, _ => (octets[1] + 1) * 8 };
            protocol = octets[0];
            if (size > octets.Length || size > length)
                return PacketKind.Broken;
            octets = octets[size..];
            length -= size;
        }

        return protocol == Tcp ? ParseTcp(octets, length, (source, destination, true), out segment) : PacketKind.Other;
    }

    private static PacketKind ParseTcp(
        ReadOnlySpan<byte> octets, int length, (UInt128 Source, UInt128 Destination, bool IsV6) addresses, out TcpSegment segment)
    {
        segment = default;
        if (octets.Length < 20)
            return PacketKind.Broken;
        int head = (octets[12] >> 4) * 4;
        if (head < 20 || head > length || head > octets.Length)
            return PacketKind.Broken;
        // What is behind the length is filling, up to the shortest packet of the link.
        int captured = Math.Min(octets.Length, length);
        segment = new TcpSegment
        {
            Source = new TcpPlace(addresses.Source, addresses.IsV6, BinaryPrimitives.ReadUInt16BigEndian(octets)),
            Destination = new TcpPlace(addresses.Destination, addresses.IsV6, BinaryPrimitives.ReadUInt16BigEndian(octets[2..])),
            Sequence = BinaryPrimitives.ReadUInt32BigEndian(octets[4..]),
            Acknowledged = BinaryPrimitives.ReadUInt32BigEndian(octets[8..]),
            Flags = octets[13],
            Payload = octets[head..captured],
            Missing = length - captured,
        };
        return PacketKind.Tcp;
    }
}
