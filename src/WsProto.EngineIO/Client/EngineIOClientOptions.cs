using System;
using System.Collections.Generic;

namespace WsProto.EngineIO;

/// <summary>The transports and timeouts of a client. Immutable.</summary>
public sealed record EngineIOClientOptions
{
    internal static EngineIOClientOptions Default { get; } = new();

    /// <summary>
    /// The transports, in the order in which they are tried. Each of <see cref="EngineIOTransports.Polling"/> and
    /// <see cref="EngineIOTransports.WebSocket"/> may occur once. Default: polling, then WebSocket, as in the reference client: polling
    /// works where a proxy blocks WebSockets, and the session then upgrades. With WebSocket alone, a load balancer needs no sticky
    /// sessions.
    /// </summary>
    /// <exception cref="ArgumentException">The list is empty, or an item occurs twice or is not a single transport.</exception>
    public IReadOnlyList<EngineIOTransports> Transports
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            EngineIOTransports seen = 0;
            foreach (EngineIOTransports transport in value)
            {
                if (transport is not (EngineIOTransports.Polling or EngineIOTransports.WebSocket) || seen.HasFlag(transport))
                    throw new ArgumentException("Each transport must be Polling or WebSocket, and occur once.", nameof(value));
                seen |= transport;
            }

            field = seen != 0 ? [.. value] : throw new ArgumentException("A client needs a transport.", nameof(value));
        }
    }

    = [EngineIOTransports.Polling, EngineIOTransports.WebSocket];

    /// <summary>
    /// Whether a session that polls upgrades to a WebSocket, if <see cref="Transports"/> contains it and the server offers it. Default:
    /// true.
    /// </summary>
    public bool Upgrades { get; init; } = true;

    /// <summary>
    /// Whether the next of <see cref="Transports"/> is tried if one does not open the session. Default: true, because a proxy may block
    /// WebSockets. If the server refuses this client itself (code 4 or 5), no other transport is tried.
    /// </summary>
    public bool FallsBack { get; init; } = true;

    /// <summary>How long each transport may take to open the session. Default: 10 s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1 ms, or more than 2^31 - 1 ms.</exception>
    public TimeSpan OpenTimeout { get; init => field = Checked(value); } = TimeSpan.FromSeconds(10);

    /// <summary>How long an upgrade may take. Then the session continues over polling. Default: 10 s, as in the reference server.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1 ms, or more than 2^31 - 1 ms.</exception>
    public TimeSpan UpgradeTimeout { get; init => field = Checked(value); } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a session that polls may take to send the waiting messages and the close packet. Default: 5 s, because the application
    /// usually waits for the end.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1 ms, or more than 2^31 - 1 ms.</exception>
    public TimeSpan CloseTimeout { get; init => field = Checked(value); } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The maximum number of packets in a POST. Default: 16, because servers written in Python drop a body with more packets without an
    /// error.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxPacketsPerPost
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }

    = 16;

    private static TimeSpan Checked(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromMilliseconds(int.MaxValue));
        return value;
    }
}
