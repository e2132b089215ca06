using System;

namespace WsProto.SocketIO;

/// <summary>How delays grow from one attempt to the next. Immutable.</summary>
public sealed record SocketIOBackoffOptions
{
    /// <summary>The delay before the first attempt. Default: 1 s, as of the reference client.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or longer than 24 days.</exception>
    public TimeSpan InitialDelay { get; init => field = Checked(value, TimeSpan.FromTicks(1)); } = TimeSpan.FromSeconds(1);

    /// <summary>The most that a delay may be, before jitter. Default: 5 s, as of the reference client.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or longer than 24 days.</exception>
    public TimeSpan MaxDelay { get; init => field = Checked(value, TimeSpan.FromTicks(1)); } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How much of a delay is drawn at random, less or more, so that clients that lost the same server do not come back together: from 0 to
    /// 1. Default: 0.5, as of the reference client.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 0, or more than 1.</exception>
    public double Jitter
    {
        get;
        init
        {
            if (!(value is >= 0 and <= 1))
                throw new ArgumentOutOfRangeException(nameof(value), value, "It is a part of the delay, from 0 to 1.");
            field = value;
        }
    }
    = 0.5;

    /// <summary>
    /// How long a connection has to last before its loss counts as the first again. Default: 10 s, so that a server that accepts and drops
    /// is not asked ever faster. The reference client counts anew as soon as a connection is open.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or longer than 24 days.</exception>
    public TimeSpan StableAfter { get; init => field = Checked(value, TimeSpan.Zero); } = TimeSpan.FromSeconds(10);

    /// <summary>The delay before an attempt.</summary>
    /// <param name="attempt">Which, from 1.</param>
    /// <param name="random">A number from 0 to 1.</param>
    internal TimeSpan DelayOf(int attempt, double random)
    {
        double ticks = Math.Min(InitialDelay.Ticks * Math.Pow(2, attempt - 1), MaxDelay.Ticks);
        return TimeSpan.FromTicks((long)(ticks * (1 + (Jitter * ((2 * random) - 1)))));
    }

    private static TimeSpan Checked(TimeSpan value, TimeSpan least)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromMilliseconds(int.MaxValue));
        return value;
    }
}
