using System;
using System.Buffers.Binary;
using System.Net;

namespace WsProto.Cli.Captures;

/// <summary>An address and a port.</summary>
/// <param name="Address">The address; the lower 32 bits for IPv4.</param>
/// <param name="IsV6">Whether it is one of IPv6.</param>
/// <param name="Port">The port.</param>
internal readonly record struct TcpPlace(UInt128 Address, bool IsV6, ushort Port) : IComparable<TcpPlace>
{
    /// <summary>The place of this end point.</summary>
    public static TcpPlace Of(IPEndPoint place)
    {
        Span<byte> octets = stackalloc byte[16];
        place.Address.TryWriteBytes(octets, out int count);
        return new TcpPlace(
            count == 16 ? BinaryPrimitives.ReadUInt128BigEndian(octets) : BinaryPrimitives.ReadUInt32BigEndian(octets),
            count == 16,
            (ushort)place.Port);
    }

    public int CompareTo(TcpPlace other) => (IsV6, Address, Port).CompareTo((other.IsV6, other.Address, other.Port));

    /// <summary>The octets of the address.</summary>
    public byte[] ToBytes()
    {
        byte[] octets = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(octets, Address);
        return IsV6 ? octets : octets[12..];
    }

    public override string ToString() => new IPEndPoint(new IPAddress(ToBytes()), Port).ToString();
}

/// <summary>A TCP segment (RFC 9293 §3.1).</summary>
internal readonly ref struct TcpSegment
{
    public const byte Fin = 1;
    public const byte Syn = 2;
    public const byte Rst = 4;
    public const byte Push = 8;
    public const byte Ack = 16;

    public required TcpPlace Source { get; init; }

    public required TcpPlace Destination { get; init; }

    public required uint Sequence { get; init; }

    public required uint Acknowledged { get; init; }

    public required byte Flags { get; init; }

    /// <summary>What was captured of the payload.</summary>
    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>How much of the end of the payload was not captured.</summary>
    public required int Missing { get; init; }

    public bool Has(byte flag) => (Flags & flag) != 0;
}
