using System;
using System.Collections.Generic;

namespace WsProto.EngineIO;

/// <summary>The packets of a client that wait for a POST or for the end of an upgrade, in order.</summary>
internal sealed class PostBuffer
{
    private readonly Queue<Packet> _packets = new();

    internal bool IsEmpty => _packets.Count == 0;

    /// <summary>The number of bytes that wait.</summary>
    internal long Size { get; private set; }

    internal void Add(Packet packet)
    {
        _packets.Enqueue(packet);
        Size += packet.OnWebSocket.Length;
    }

    internal Packet Take()
    {
        Packet packet = _packets.Dequeue();
        Size -= packet.OnWebSocket.Length;
        return packet;
    }

    /// <summary>
    /// Takes the packets for one POST (Engine.IO protocol v4, "HTTP long-polling": a payload has at most <c>maxPayload</c> bytes).
    /// </summary>
    /// <param name="maxSize">The maximum size in bytes. A first packet that is larger is taken all the same.</param>
    /// <param name="maxCount">The maximum number of packets.</param>
    internal ReadOnlyMemory<byte> TakePayload(int maxSize, int maxCount)
    {
        List<Packet> packets = [Take()];
        long size = packets[0].InPayload.Length;
        while (packets.Count < maxCount && _packets.TryPeek(out Packet? next))
        {
            // One byte separates two packets.
            size += 1 + next.InPayload.Length;
            if (size > maxSize)
                break;
            packets.Add(Take());
        }

        return Payload.Encode(packets);
    }

    internal void Clear()
    {
        _packets.Clear();
        Size = 0;
    }
}
