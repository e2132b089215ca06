using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace WsProto.Cli.Captures;

/// <summary>Reads a capture, and follows the TCP connections in it.</summary>
/// <param name="factory">Makes what takes the octets of each connection.</param>
internal sealed class CaptureFile(TcpSinkFactory factory)
{
    private readonly TcpConnections _connections = new(factory);
    private readonly SortedDictionary<int, long> _unknownLinks = [];
    private long _fragments;
    private long _broken;

    /// <summary>Whether a file begins as a capture does.</summary>
    public static bool Is(ReadOnlySpan<byte> start) => PcapReader.Is(start) || PcapngReader.Is(start);

    /// <summary>Reads all of it.</summary>
    /// <param name="stream">The capture.</param>
    /// <param name="isNextGeneration">Whether it is pcapng.</param>
    /// <returns>What was not read, in words.</returns>
    public IReadOnlyList<string> Read(Stream stream, bool isNextGeneration)
    {
        ICaptureReader reader = isNextGeneration ? new PcapngReader(stream) : new PcapReader(stream);
        long ticks = 0;
        while (reader.TryRead(out CapturedPacket packet))
        {
            ticks = packet.Ticks;
            switch (PacketParser.Parse(packet, out TcpSegment segment))
            {
                case PacketKind.Tcp:
                    _connections.Add(segment, ticks);
                    break;
                case PacketKind.Fragment:
                    _fragments++;
                    break;
                case PacketKind.Broken:
                    _broken++;
                    break;
                case PacketKind.UnknownLink when _unknownLinks.Count < 16 || _unknownLinks.ContainsKey(packet.LinkType):
                    _unknownLinks[packet.LinkType] = _unknownLinks.GetValueOrDefault(packet.LinkType) + 1;
                    break;
            }
        }

        _connections.Finish(ticks);
        return [.. Remarks(reader.Damage)];
    }

    private IEnumerable<string> Remarks(string? damage)
    {
        if (damage is not null)
            yield return damage;
        if (_fragments > 0)
            yield return string.Create(CultureInfo.InvariantCulture, $"Fragments of IP packets are not put together: {_fragments}.");
        if (_broken > 0)
            yield return string.Create(CultureInfo.InvariantCulture, $"Packets that were cut or make no sense: {_broken}.");
        foreach ((int link, long count) in _unknownLinks.Select(one => (one.Key, one.Value)))
            yield return string.Create(CultureInfo.InvariantCulture, $"Packets of the link type {link}, which is not known here: {count}.");
        if (_connections.GivenUp > 0)
        {
            const string TooMany = "Connections that were given up, as there were too many at once";
            yield return string.Create(CultureInfo.InvariantCulture, $"{TooMany}: {_connections.GivenUp}.");
        }
    }
}
