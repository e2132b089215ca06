// The octets of one direction of a TCP connection in their order (RFC 9293 §3.4). What was sent again is left out, what comes before its
// turn waits. Where a segment does not come, there is a gap: at the end of the capture, when too much waits, or when the other side has
// acknowledged the octets and the capture went on for a while without them. The last octets that were sent are known by the FIN behind
// them and by what was acknowledged.

using System;
using System.Collections.Generic;

namespace WsProto.Cli.Captures;

/// <summary>Takes the octets of a connection.</summary>
internal interface ITcpSink
{
    /// <summary>The next octets of a side.</summary>
    void Octets(int side, ReadOnlySpan<byte> octets, long ticks);

    /// <summary>So many octets are not in the capture.</summary>
    void Gap(int side, long count, long ticks);

    /// <summary>The side sends no more.</summary>
    void End(int side, bool isReset, long ticks);
}

/// <summary>What all connections together may keep of segments that wait for others.</summary>
internal sealed class TcpBudget
{
    public const int Most = 64 << 20;

    public long Waiting { get; set; }
}

/// <param name="sink">Gets the octets.</param>
/// <param name="side">Which side sends them.</param>
/// <param name="budget">What may wait.</param>
internal sealed class TcpStream(ITcpSink sink, int side, TcpBudget budget)
{
    private const int MostWaiting = 1024;

    /// <summary>Further from its place no segment can be: the largest window (RFC 7323 §2.3).</summary>
    private const int LargestWindow = 1 << 30;

    /// <summary>So many packets of the connection may come before one that was acknowledged already: a capture is not in order.</summary>
    private const int Patience = 64;

    private readonly SortedList<long, Waiting> _waiting = [];
    private long _next;
    private long _acknowledged;
    private long? _end;
    private bool _hasStarted;
    private int _packetsSinceAcknowledged;

    /// <summary>Whether the side has sent its last octet.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether its first octet is known: its SYN was captured.</summary>
    public bool HasBeginning { get; private set; }

    /// <summary>The number of its SYN.</summary>
    public uint? InitialSequence { get; private set; }

    /// <summary>Takes a segment of this side.</summary>
    public void Add(in TcpSegment segment, long ticks)
    {
        if (HasEnded)
            return;
        if (segment.Has(TcpSegment.Syn) && !_hasStarted)
        {
            HasBeginning = true;
            InitialSequence = segment.Sequence;
        }

        uint first = segment.Sequence + (segment.Has(TcpSegment.Syn) ? 1u : 0u);
        if (!_hasStarted)
        {
            _hasStarted = true;
            _next = first;
            _acknowledged = first;
        }

        if (segment.Has(TcpSegment.Rst))
        {
            Finish(ticks);
            End(isReset: true, ticks);
            return;
        }

        // Numbers are 32 bits and go round.
        int distance = (int)(first - (uint)_next);
        long position = _next + distance;
        long end = position + segment.Payload.Length + segment.Missing;
        if (distance > LargestWindow)
            return;
        if (segment.Has(TcpSegment.Fin) && end >= _next)
            _end ??= end;
        if (end > _next)
        {
            if (position <= _next)
                Give(position, segment.Payload, segment.Missing, ticks);
            else if (end > position)
                Keep(position, segment, ticks);
        }

        Settle(ticks);
    }

    /// <summary>Learns what the other side has received.</summary>
    public void Acknowledge(uint acknowledged, long ticks)
    {
        int distance = (int)(acknowledged - (uint)_next);
        if (_hasStarted && distance is > 0 and <= LargestWindow)
            _acknowledged = Math.Max(_acknowledged, _next + distance);
        if (_waiting.Count == 0 || distance <= 0)
        {
            _packetsSinceAcknowledged = 0;
            return;
        }

        if (++_packetsSinceAcknowledged > Patience)
        {
            SkipGap(ticks);
            Settle(ticks);
        }
    }

    /// <summary>Gives out what waits, as nothing more comes.</summary>
    public void Finish(long ticks)
    {
        while (_waiting.Count > 0)
        {
            SkipGap(ticks);
            Settle(ticks);
        }

        // A FIN takes a number too: one that was acknowledged and is not in the capture is no octet.
        long sent = _end ?? (_acknowledged - _next > 1 ? _acknowledged : _next);
        if (HasEnded || sent <= _next)
            return;
        SkipTo(sent, ticks);
        Settle(ticks);
    }

    private void Give(long position, ReadOnlySpan<byte> payload, int missing, long ticks)
    {
        int known = (int)Math.Min(_next - position, payload.Length);
        long lost = payload.Length + missing - (_next - position) - (payload.Length - known);
        if (known < payload.Length)
        {
            _next += payload.Length - known;
            sink.Octets(side, payload[known..], ticks);
        }

        if (lost > 0)
        {
            _next += lost;
            sink.Gap(side, lost, ticks);
        }

        _packetsSinceAcknowledged = 0;
    }

    private void Keep(long position, in TcpSegment segment, long ticks)
    {
        if (_waiting.TryGetValue(position, out Waiting known))
        {
            if (known.Octets.Length >= segment.Payload.Length)
                return;
            budget.Waiting -= known.Octets.Length;
        }

        _waiting[position] = new Waiting(segment.Payload.ToArray(), segment.Missing, ticks);
        budget.Waiting += segment.Payload.Length;
        while (_waiting.Count > MostWaiting || (_waiting.Count > 0 && budget.Waiting > TcpBudget.Most))
        {
            SkipGap(ticks);
            Settle(ticks);
        }
    }

    private void SkipGap(long ticks) => SkipTo(_waiting.GetKeyAtIndex(0), ticks);

    private void SkipTo(long position, long ticks)
    {
        long count = position - _next;
        if (count > 0)
        {
            _next += count;
            sink.Gap(side, count, ticks);
        }

        _packetsSinceAcknowledged = 0;
    }

    /// <summary>Gives out what waits no longer.</summary>
    private void Settle(long ticks)
    {
        while (_waiting.Count > 0 && _waiting.GetKeyAtIndex(0) is var position && position <= _next)
        {
            Waiting segment = _waiting.GetValueAtIndex(0);
            _waiting.RemoveAt(0);
            budget.Waiting -= segment.Octets.Length;
            if (position + segment.Octets.Length + segment.Missing > _next)
                Give(position, segment.Octets, segment.Missing, segment.Ticks);
        }

        if (_waiting.Count == 0 && _end <= _next)
            End(isReset: false, ticks);
    }

    private void End(bool isReset, long ticks)
    {
        HasEnded = true;
        sink.End(side, isReset, ticks);
    }

    private readonly record struct Waiting(byte[] Octets, int Missing, long Ticks);
}
