using System.Buffers.Binary;

namespace WsProto.Cli.Tests.Captures;

/// <summary>Makes captures. Packets can be moved, doubled and taken out before.</summary>
internal sealed class CaptureBuilder
{
    private const long Start = 17_000_000_000_000_000;

    /// <summary>The packets from their IP heads on.</summary>
    internal List<byte[]> Packets { get; } = [];

    /// <summary>A file of pcap.</summary>
    internal byte[] Pcap(int link = 101, bool isBigEndian = false, bool isNanoseconds = false)
    {
        var file = new Writer(isBigEndian);
        file.Number(isNanoseconds ? 0xA1B23C4D : 0xA1B2C3D4);
        file.Short(2);
        file.Short(4);
        file.Numbers(0, 0, 262_144, (uint)link);
        foreach ((int i, byte[] packet) in Packets.Index())
        {
            byte[] framed = Link(link, packet);
            long microseconds = (Start / 10) + (i * 1000L);
            file.Numbers((uint)(microseconds / 1_000_000), (uint)(microseconds % 1_000_000) * (isNanoseconds ? 1000u : 1u));
            file.Numbers((uint)framed.Length, (uint)framed.Length);
            file.Octets(framed);
        }

        return file.ToArray();
    }

    /// <summary>A file of pcapng, with blocks that nobody needs.</summary>
    internal byte[] Pcapng(int link = 1, bool isBigEndian = false)
    {
        var file = new Writer(isBigEndian);
        file.Block(0x0A0D0D0A, section =>
        {
            section.Number(0x1A2B3C4D);
            section.Short(1);
            section.Short(0);
            section.Numbers(uint.MaxValue, uint.MaxValue);
        });
        file.Block(1, source =>
        {
            source.Short((ushort)link);
            source.Short(0);
            source.Number(0);
            // if_tsresol: nanoseconds.
            source.Short(9);
            source.Short(1);
            source.Octets([9, 0, 0, 0]);
            source.Number(0);
        });
        file.Block(0xBAD, other => other.Octets(new byte[8]));
        foreach ((int i, byte[] packet) in Packets.Index())
        {
            byte[] framed = Link(link, packet);
            ulong time = (ulong)((Start * 100) + (i * 1_000_000L));
            file.Block(6, block =>
            {
                block.Numbers(0, (uint)(time >> 32), (uint)time, (uint)framed.Length, (uint)framed.Length);
                block.Octets(framed);
            });
        }

        return file.ToArray();
    }

    private static byte[] Link(int link, byte[] packet)
    {
        ushort protocol = packet[0] >> 4 == 4 ? (ushort)0x0800 : (ushort)0x86DD;
        byte[] type = [(byte)(protocol >> 8), (byte)protocol];
        // The shortest packet of Ethernet has 60 octets; this one is in a virtual network too.
        return link switch
        {
            0 => [2, 0, 0, 0, .. packet],
            1 => [.. new byte[12], 0x81, 0, 0, 1, .. type, .. packet, .. new byte[Math.Max(0, 42 - packet.Length)]],
            108 => [0, 0, 0, 2, .. packet],
            113 => [.. new byte[14], .. type, .. packet],
            276 => [.. type, .. new byte[18], .. packet],
            _ => packet,
        };
    }

    private sealed class Writer(bool isBigEndian)
    {
        private readonly List<byte> _octets = [];

        internal void Number(uint number)
        {
            Span<byte> octets = stackalloc byte[4];
            if (isBigEndian)
                BinaryPrimitives.WriteUInt32BigEndian(octets, number);
            else
                BinaryPrimitives.WriteUInt32LittleEndian(octets, number);
            _octets.AddRange(octets);
        }

        internal void Numbers(params uint[] numbers) => Array.ForEach(numbers, Number);

        internal void Short(ushort number) =>
            Octets(isBigEndian ? [(byte)(number >> 8), (byte)number] : [(byte)number, (byte)(number >> 8)]);

        internal void Octets(byte[] octets) => _octets.AddRange(octets);

        internal void Block(uint type, Action<Writer> write)
        {
            var body = new Writer(isBigEndian);
            write(body);
            body.Octets(new byte[(4 - (int)(body._octets.Count % 4)) % 4]);
            uint length = (uint)body._octets.Count + 12;
            Numbers(type, length);
            Octets(body.ToArray());
            Number(length);
        }

        internal byte[] ToArray() => [.. _octets];
    }
}
