using System;

namespace WsProto.SocketIO;

/// <summary>How lost clients may come back to what they were. Immutable.</summary>
public sealed record SocketIORecoveryOptions
{
    /// <summary>How long after its loss a client may come back. Default: 2 minutes, as of the reference server.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or more than a day.</exception>
    public TimeSpan MaxDuration
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromDays(1));
            field = value;
        }
    }
    = TimeSpan.FromMinutes(2);

    /// <summary>
    /// The most bytes of events that are kept; the oldest go first. A client that has missed one of those does not come back. Default: 16
    /// MiB for a namespace.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public long MaxBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }
    = 16 << 20;

    /// <summary>The most lost clients that are remembered; the oldest are forgotten first. Default: 10,000 for a namespace.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxLost
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }
    = 10_000;
}
