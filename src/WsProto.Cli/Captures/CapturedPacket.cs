using System;

namespace WsProto.Cli.Captures;

/// <summary>A packet of a capture.</summary>
/// <param name="Ticks">When it passed, in units of 100 ns since an epoch.</param>
/// <param name="LinkType">What its first octets are (LINKTYPE_… of pcap).</param>
/// <param name="Octets">What was captured of it. Valid until the next packet is read.</param>
internal readonly record struct CapturedPacket(long Ticks, int LinkType, ReadOnlyMemory<byte> Octets);

/// <summary>Reads the packets of a capture, one after the other.</summary>
internal interface ICaptureReader
{
    /// <summary>What is wrong with the file; null for nothing. Packets before it were read.</summary>
    string? Damage { get; }

    /// <summary>Reads the next packet.</summary>
    /// <returns>False at the end, and where the file is damaged.</returns>
    bool TryRead(out CapturedPacket packet);
}
