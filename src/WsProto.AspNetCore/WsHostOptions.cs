using System;

namespace WsProto.AspNetCore;

/// <summary>Options of all WebSocket routes of an application together.</summary>
public sealed class WsHostOptions
{
    /// <summary>The time over which sessions are told that the host is stopping. Default: zero, which tells all at once.</summary>
    /// <remarks>
    /// Sessions are told in up to 50 steps of equal length, so that their clients do not all reconnect at the same moment. Keep it well
    /// below the host's <c>ShutdownTimeout</c>.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan ShutdownSpread
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            field = value;
        }
    }

    /// <summary>The clock. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = TimeProvider.System;
}
