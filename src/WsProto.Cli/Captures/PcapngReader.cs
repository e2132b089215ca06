// pcapng (draft-ietf-opsawg-pcapng): blocks, each with its type and its length at both ends. Interfaces say how packets are to be read;
// a new section forgets them. Blocks of other types are skipped.

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace WsProto.Cli.Captures;

internal sealed class PcapngReader(Stream stream) : ICaptureReader
{
    private const uint SectionHeader = 0x0A0D0D0A;
    private const uint ByteOrder = 0x1A2B3C4D;
    private const uint InterfaceDescription = 1;
    private const uint ObsoletePacket = 2;
    private const uint SimplePacket = 3;
    private const uint EnhancedPacket = 6;
    private const int Frame = 12;
    private const int EnhancedHead = 20;
    private const int LargestBlock = PcapReader.LargestPacket + (64 << 10);
    private const int MostInterfaces = 1024;
    private const ushort TimeResolution = 9;

    private readonly List<Interface> _interfaces = [];
    private byte[] _body = [];
    private bool _isBigEndian;
    private long _ticks;

    public string? Damage { get; private set; }

    public static bool Is(ReadOnlySpan<byte> start) =>
        start.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(start) == SectionHeader;

    public bool TryRead(out CapturedPacket packet)
    {
        packet = default;
        Span<byte> head = stackalloc byte[8];
        while (Damage is null)
        {
            int count = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            if (count == 0)
                return false;
            if (count < head.Length)
                return Fail("The file ends inside of a block.");
            if (ReadBlock(Number(head), Number(head[4..]), head[4..]) is { } found)
            {
                packet = found;
                return true;
            }
        }

        return false;
    }

    private CapturedPacket? ReadBlock(uint type, uint length, ReadOnlySpan<byte> rawLength)
    {
        int read = 0;
        if (type == SectionHeader)
        {
            if (!BeginSection())
                return null;
            length = Number(rawLength);
            read = 4;
        }

        if (length < Frame + read || length % 4 != 0)
        {
            Fail(string.Create(CultureInfo.InvariantCulture, $"The file is damaged: a block has {length} octets."));
            return null;
        }

        int body = (int)Math.Min(length - Frame - read, int.MaxValue);
        bool isWanted = type is InterfaceDescription or ObsoletePacket or SimplePacket or EnhancedPacket && body <= LargestBlock;
        if (!isWanted)
        {
            Skip(length - Frame - read + 4);
            return null;
        }

        if (_body.Length < body)
            _body = new byte[Math.Max(body, 1 << 16)];
        if (stream.ReadAtLeast(_body.AsSpan(0, body), body, throwOnEndOfStream: false) < body)
        {
            Fail("The file ends inside of a block.");
            return null;
        }

        Skip(4);
        return Damage is not null ? null : Read(type, _body.AsMemory(0, body));
    }

    private bool BeginSection()
    {
        Span<byte> order = stackalloc byte[4];
        if (stream.ReadAtLeast(order, order.Length, throwOnEndOfStream: false) < order.Length)
            return Fail("The file ends inside of a block.");
        _isBigEndian = BinaryPrimitives.ReadUInt32BigEndian(order) == ByteOrder;
        if (!_isBigEndian && BinaryPrimitives.ReadUInt32LittleEndian(order) != ByteOrder)
            return Fail("The file is damaged: a section has no order of octets.");
        _interfaces.Clear();
        return true;
    }

    private CapturedPacket? Read(uint type, ReadOnlyMemory<byte> body)
    {
        switch (type)
        {
            case InterfaceDescription:
                AddInterface(body.Span);
                return null;
            case SimplePacket when body.Length >= 4 && _interfaces.Count > 0:
                int whole = (int)Math.Min(Number(body.Span), body.Length - 4);
                int kept = _interfaces[0].Most > 0 ? (int)Math.Min(_interfaces[0].Most, whole) : whole;
                return new CapturedPacket(_ticks, _interfaces[0].LinkType, body.Slice(4, kept));
            case EnhancedPacket or ObsoletePacket when body.Length >= EnhancedHead:
                long number = type == EnhancedPacket ? Number(body.Span) : Short(body.Span);
                if (number >= _interfaces.Count)
                    break;
                Interface source = _interfaces[(int)number];
                _ticks = source.TicksOf(((ulong)Number(body.Span[4..]) << 32) | Number(body.Span[8..]));
                int length = (int)Math.Min(Number(body.Span[12..]), body.Length - EnhancedHead);
                return new CapturedPacket(_ticks, source.LinkType, body.Slice(EnhancedHead, length));
        }

        Fail("The file is damaged: a packet is of no interface.");
        return null;
    }

    private void AddInterface(ReadOnlySpan<byte> body)
    {
        if (body.Length < 8 || _interfaces.Count == MostInterfaces)
        {
            Fail("The file is damaged: an interface makes no sense.");
            return;
        }

        ulong perSecond = 1_000_000;
        for (ReadOnlySpan<byte> options = body[8..]; options.Length >= 4;)
        {
            int length = Short(options[2..]);
            if (Short(options) == TimeResolution && length >= 1 && options.Length > 4)
                perSecond = UnitsPerSecond(options[4], perSecond);
            int padded = 4 + ((length + 3) & ~3);
            options = padded >= options.Length ? default : options[padded..];
        }

        _interfaces.Add(new Interface(Short(body), Number(body[4..]), perSecond));
    }

    private static ulong UnitsPerSecond(byte resolution, ulong normal)
    {
        int power = resolution & 0x7F;
        if ((resolution & 0x80) != 0)
            return power < 64 ? 1UL << power : normal;
        ulong units = 1;
        for (int i = 0; i < power && power < 20; i++)
            units *= 10;
        return power < 20 ? units : normal;
    }

    private void Skip(long count)
    {
        Span<byte> buffer = stackalloc byte[4096];
        while (count > 0)
        {
            int read = stream.Read(buffer[..(int)Math.Min(count, buffer.Length)]);
            if (read == 0)
            {
                Fail("The file ends inside of a block.");
                return;
            }

            count -= read;
        }
    }

    private bool Fail(string damage)
    {
        Damage ??= damage;
        return false;
    }

    private uint Number(ReadOnlySpan<byte> octets) =>
        _isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(octets) : BinaryPrimitives.ReadUInt32LittleEndian(octets);

    private ushort Short(ReadOnlySpan<byte> octets) =>
        _isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(octets) : BinaryPrimitives.ReadUInt16LittleEndian(octets);

    /// <param name="LinkType">What the first octets of its packets are.</param>
    /// <param name="Most">How much of a packet was kept; 0 for all.</param>
    /// <param name="PerSecond">The units of its times.</param>
    private readonly record struct Interface(int LinkType, uint Most, ulong PerSecond)
    {
        internal long TicksOf(ulong units) =>
            (long)UInt128.Min((UInt128)units * TimeSpan.TicksPerSecond / PerSecond, (ulong)long.MaxValue / 2);
    }
}
