using System;
using System.Collections.Generic;

namespace WsProto.EngineIO;

/// <summary>The packets that wait for the next poll or for the end of an upgrade, in order.</summary>
internal sealed class SendBuffer
{
    /// <summary>A list with a larger capacity is not reused.</summary>
    private const int KeptCapacity = 64;

    private List<Packet> _packets = [];

    internal bool IsEmpty => _packets.Count == 0;

    /// <summary>The number of bytes that wait.</summary>
    internal long Size { get; private set; }

    internal void Add(Packet packet)
    {
        _packets.Add(packet);
        Size += packet.OnWebSocket.Length;
    }

    /// <summary>Adds a ping unless one waits already: the client answers several pings at once only once.</summary>
    internal void AddPing()
    {
        if (!_packets.Contains(Packet.Ping))
            Add(Packet.Ping);
    }

    internal List<Packet> TakePackets()
    {
        List<Packet> packets = _packets;
        Clear();
        return packets;
    }

    internal ReadOnlyMemory<byte> TakePayload()
    {
        ReadOnlyMemory<byte> payload = Payload.Encode(_packets);
        if (_packets.Capacity > KeptCapacity)
            _packets = [];
        _packets.Clear();
        Size = 0;
        return payload;
    }

    internal void Clear()
    {
        _packets = [];
        Size = 0;
    }
}
