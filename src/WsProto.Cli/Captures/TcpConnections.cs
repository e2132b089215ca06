using System;
using System.Collections.Generic;
using System.Linq;

namespace WsProto.Cli.Captures;

/// <summary>Makes what takes the octets of a connection.</summary>
/// <param name="client">Who has opened it, as far as that is known; else who sent the first packet.</param>
/// <param name="server">The other side.</param>
/// <param name="isWhole">Whether the capture has the beginning of the connection.</param>
internal delegate ITcpSink TcpSinkFactory(TcpPlace client, TcpPlace server, bool isWhole);

/// <summary>The TCP connections of a capture. Side 0 is the client.</summary>
/// <param name="factory">Makes the sinks.</param>
internal sealed class TcpConnections(TcpSinkFactory factory)
{
    /// <summary>So many are followed at once; then the one that was silent for the longest is given up.</summary>
    private const int MostAtOnce = 1024;

    private readonly Dictionary<(TcpPlace Low, TcpPlace High), Connection> _open = [];
    private readonly TcpBudget _budget = new();
    private long _packets;

    /// <summary>How many were given up, as there were too many.</summary>
    public int GivenUp { get; private set; }

    /// <summary>Takes a segment.</summary>
    public void Add(in TcpSegment segment, long ticks)
    {
        bool isLow = segment.Source.CompareTo(segment.Destination) <= 0;
        (TcpPlace, TcpPlace) key = isLow ? (segment.Source, segment.Destination) : (segment.Destination, segment.Source);
        bool opens = segment.Has(TcpSegment.Syn) && !segment.Has(TcpSegment.Ack);
        if (_open.TryGetValue(key, out Connection? connection) && opens && connection.IsAnother(segment))
        {
            // The same ports once more.
            connection.Finish(ticks);
            connection = null;
        }

        if (connection is null)
        {
            MakeRoom(ticks);
            bool isFromServer = segment.Has(TcpSegment.Syn) && segment.Has(TcpSegment.Ack);
            (TcpPlace client, TcpPlace server) = isFromServer
                ? (segment.Destination, segment.Source)
                : (segment.Source, segment.Destination);
            connection = new Connection(factory(client, server, segment.Has(TcpSegment.Syn)), client, _budget);
            _open[key] = connection;
        }

        connection.Add(segment, ticks, ++_packets);
    }

    /// <summary>The capture is over.</summary>
    public void Finish(long ticks)
    {
        foreach (Connection connection in _open.Values)
            connection.Finish(ticks);
        _open.Clear();
    }

    private void MakeRoom(long ticks)
    {
        if (_open.Count < MostAtOnce)
            return;
        (TcpPlace, TcpPlace) oldest = _open.MinBy(one => one.Value.HasEnded ? 0 : one.Value.LastPacket).Key;
        _open.Remove(oldest, out Connection? connection);
        if (!connection!.HasEnded)
            GivenUp++;
        connection.Finish(ticks);
    }

    private sealed class Connection(ITcpSink sink, TcpPlace client, TcpBudget budget)
    {
        private readonly TcpStream _fromClient = new(sink, 0, budget);
        private readonly TcpStream _fromServer = new(sink, 1, budget);

        public long LastPacket { get; private set; }

        public bool HasEnded => _fromClient.HasEnded && _fromServer.HasEnded;

        /// <summary>Whether a SYN opens another connection than this.</summary>
        public bool IsAnother(in TcpSegment syn) => syn.Source != client || _fromClient.InitialSequence != syn.Sequence;

        public void Add(in TcpSegment segment, long ticks, long packet)
        {
            LastPacket = packet;
            (TcpStream own, TcpStream other) = segment.Source == client ? (_fromClient, _fromServer) : (_fromServer, _fromClient);
            own.Add(segment, ticks);
            if (segment.Has(TcpSegment.Ack))
                other.Acknowledge(segment.Acknowledged, ticks);
        }

        public void Finish(long ticks)
        {
            _fromClient.Finish(ticks);
            _fromServer.Finish(ticks);
            if (sink is IDisposable disposable)
                disposable.Dispose();
        }
    }
}
