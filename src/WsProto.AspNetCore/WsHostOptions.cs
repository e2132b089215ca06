using System;

namespace WsProto.AspNetCore;

/// <summary>What holds for all WebSocket routes of an application together.</summary>
public sealed class WsHostOptions
{
    /// <summary>
    /// Over how long the sessions are told that the host stops, in equal steps, so that their clients do not all come back at once. It has
    /// to be well within the host's <c>ShutdownTimeout</c>. Default: zero, all at once.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public TimeSpan ShutdownSpread
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            field = value;
        }
    }

    /// <summary>Where the time comes from. Default: <see cref="TimeProvider.System"/>.</summary>
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
