// pcap (draft-ietf-opsawg-pcap): a head of 24 octets, then a head of 16 octets and the octets of each packet.

using System;
using System.Buffers.Binary;
using System.Globalization;
using System.IO;

namespace WsProto.Cli.Captures;

internal sealed class PcapReader(Stream stream) : ICaptureReader
{
    /// <summary>libpcap captures 256 KiB of a packet at most.</summary>
    internal const int LargestPacket = 1 << 20;

    private const uint Microseconds = 0xA1B2C3D4;
    private const uint Nanoseconds = 0xA1B23C4D;
    private const int FileHead = 24;
    private const int PacketHead = 16;

    private byte[] _packet = [];
    private int? _linkType;
    private bool _isBigEndian;
    private long _perTick = 1;
    private long _ticksPerUnit = 1;

    public string? Damage { get; private set; }

    /// <summary>Whether a file begins as one of this format.</summary>
    public static bool Is(ReadOnlySpan<byte> start) => start.Length >= 4
        && (IsMagic(BinaryPrimitives.ReadUInt32BigEndian(start)) || IsMagic(BinaryPrimitives.ReadUInt32LittleEndian(start)));

    public bool TryRead(out CapturedPacket packet)
    {
        packet = default;
        if (Damage is not null || (_linkType is null && !ReadHead()))
            return false;
        Span<byte> head = stackalloc byte[PacketHead];
        int count = stream.ReadAtLeast(head, PacketHead, throwOnEndOfStream: false);
        if (count == 0)
            return false;
        if (count < PacketHead)
            return Fail("The file ends inside of a packet.");
        uint length = Number(head[8..]);
        if (length > LargestPacket)
            return Fail(string.Create(CultureInfo.InvariantCulture, $"The file is damaged: a packet has {length} octets."));
        if (_packet.Length < length)
            _packet = new byte[Math.Max((int)length, 1 << 16)];
        if (stream.ReadAtLeast(_packet.AsSpan(0, (int)length), (int)length, throwOnEndOfStream: false) < length)
            return Fail("The file ends inside of a packet.");
        long ticks = (Number(head) * TimeSpan.TicksPerSecond) + (Number(head[4..]) * _ticksPerUnit / _perTick);
        packet = new CapturedPacket(ticks, _linkType!.Value, _packet.AsMemory(0, (int)length));
        return true;
    }

    private bool ReadHead()
    {
        Span<byte> head = stackalloc byte[FileHead];
        if (stream.ReadAtLeast(head, FileHead, throwOnEndOfStream: false) < FileHead)
            return Fail("The file ends inside of its head.");
        _isBigEndian = IsMagic(BinaryPrimitives.ReadUInt32BigEndian(head));
        (_ticksPerUnit, _perTick) = Number(head) == Nanoseconds ? (1L, 100L) : (10L, 1L);
        // The upper bits say whether there is a check sequence behind each packet, which the length in its IP head cuts off.
        _linkType = (int)(Number(head[20..]) & 0xFFFF);
        return true;
    }

    private bool Fail(string damage)
    {
        Damage = damage;
        return false;
    }

    private uint Number(ReadOnlySpan<byte> octets) =>
        _isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(octets) : BinaryPrimitives.ReadUInt32LittleEndian(octets);

    private static bool IsMagic(uint number) => number is Microseconds or Nanoseconds;
}
