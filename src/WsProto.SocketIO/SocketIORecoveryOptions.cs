using System;

namespace WsProto.SocketIO;

/// <summary>The limits of connection state recovery. Immutable.</summary>
public sealed record SocketIORecoveryOptions
{
    /// <summary>How long after its loss a client can recover. Default: 2 minutes, as in the reference server.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or more than a day.</exception>
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
    /// The maximum number of bytes of the events that are kept for a namespace. The oldest are dropped first; a client that has missed one
    /// of them cannot recover. Default: 16 MiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
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

    /// <summary>The maximum number of lost clients that are kept for a namespace. The oldest are dropped first. Default: 10,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
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
