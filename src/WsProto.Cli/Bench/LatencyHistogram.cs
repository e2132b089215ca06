// Times in a table of fixed size: each power of two of microseconds is cut into 64 parts, so a time is known to 1.6 %, and the highest
// exactly.

using System;
using System.Numerics;

namespace WsProto.Cli.Bench;

internal sealed class LatencyHistogram
{
    private const int PartBits = 6;
    private const int Parts = 1 << PartBits;

    /// <summary>Times from an hour on are one: 2^32 microseconds.</summary>
    private const int Powers = 32 - PartBits + 1;

    private readonly long[] _counts = new long[(Powers + 1) * Parts];

    public long Count { get; private set; }

    public TimeSpan Highest { get; private set; }

    /// <summary>Adds a time; one below zero is zero.</summary>
    public void Add(TimeSpan time)
    {
        long microseconds = Math.Max(0, time.Ticks / TimeSpan.TicksPerMicrosecond);
        _counts[Math.Min(PlaceOf(microseconds), _counts.Length - 1)]++;
        Count++;
        Highest = time > Highest ? time : Highest;
    }

    /// <summary>Adds all times of another.</summary>
    public void Add(LatencyHistogram other)
    {
        for (int i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
        Count += other.Count;
        Highest = other.Highest > Highest ? other.Highest : Highest;
    }

    /// <summary>The time that so many do not exceed.</summary>
    /// <param name="percent">0 to 100.</param>
    /// <returns>Null where there are no times.</returns>
    public TimeSpan? Percentile(double percent) => Percentile(percent, Count);

    /// <summary>The same of a number of things that not all have a time.</summary>
    /// <param name="percent">0 to 100.</param>
    /// <param name="all">How many there are; those without a time are above all times.</param>
    /// <returns>Null where it is above all times.</returns>
    public TimeSpan? Percentile(double percent, long all)
    {
        long rank = Math.Max(1, (long)Math.Ceiling(all * percent / 100));
        if (rank > Count)
            return null;
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen < rank)
                continue;
            var time = TimeSpan.FromMicroseconds(HighestOf(i));
            return time < Highest ? time : Highest;
        }

        return Highest;
    }

    private static int PlaceOf(long microseconds)
    {
        int power = BitOperations.Log2((ulong)microseconds | 1);
        return power < PartBits
            ? (int)microseconds
            : (int)(((power - PartBits + 1) << PartBits) + (microseconds >> (power - PartBits)) - Parts);
    }

    /// <summary>The highest time of a place.</summary>
    private static long HighestOf(int place)
    {
        int power = place >> PartBits;
        if (power == 0)
            return place;
        int shift = power - 1;
        return ((long)((place & (Parts - 1)) + Parts + 1) << shift) - 1;
    }
}
