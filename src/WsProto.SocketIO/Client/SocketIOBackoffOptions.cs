using System;

namespace WsProto.SocketIO;

/// <summary>The delays between attempts to connect: exponential back-off with jitter. Immutable.</summary>
public sealed record SocketIOBackoffOptions
{
    /// <summary>
    /// The delay before the first attempt, before jitter. It doubles with each further attempt. Default: 1 s, as in the reference client.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or more than 2^31 - 1 ms (24 days).</exception>
    public TimeSpan InitialDelay { get; init => field = Checked(value, TimeSpan.FromTicks(1)); } = TimeSpan.FromSeconds(1);

    /// <summary>The maximum delay, before jitter. Default: 5 s, as in the reference client.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or more than 2^31 - 1 ms (24 days).</exception>
    public TimeSpan MaxDelay { get; init => field = Checked(value, TimeSpan.FromTicks(1)); } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The part of a delay by which it is randomly made shorter or longer, from 0 to 1. Default: 0.5, as in the reference client. It
    /// prevents that all clients of a server that was lost reconnect at the same moment.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 0, or more than 1.</exception>
    public double Jitter
    {
        get;
        init
        {
            if (!(value is >= 0 and <= 1))
                throw new ArgumentOutOfRangeException(nameof(value), value, "The jitter is a part of the delay, from 0 to 1.");
            field = value;
        }
    }
    = 0.5;

    /// <summary>
    /// How long a connection must last before delays begin again at <see cref="InitialDelay"/>. Default: 10 s, so that delays still grow
    /// for a server that accepts connections and drops them at once. The reference client begins again with each connection.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, or more than 2^31 - 1 ms (24 days).</exception>
    public TimeSpan StableAfter { get; init => field = Checked(value, TimeSpan.Zero); } = TimeSpan.FromSeconds(10);

    /// <summary>The delay before an attempt.</summary>
    /// <param name="attempt">The number of the attempt, from 1.</param>
    /// <param name="random">A random number from 0 to 1.</param>
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
