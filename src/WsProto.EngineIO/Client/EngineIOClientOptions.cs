using System;
using System.Collections.Generic;

namespace WsProto.EngineIO;

/// <summary>Which transports a client takes, and how long it waits. Immutable.</summary>
public sealed record EngineIOClientOptions
{
    internal static EngineIOClientOptions Default { get; } = new();

    /// <summary>
    /// The transports, in the order in which they are tried: each of <see cref="EngineIOTransports.Polling"/> and
    /// <see cref="EngineIOTransports.WebSocket"/> once at most. Default: polling, then WebSocket, as of the reference client: polling gets
    /// through where a proxy blocks WebSockets, and the upgrade follows. WebSocket alone needs no sticky sessions.
    /// </summary>
    /// <exception cref="ArgumentException">None, one twice, or one that is no single transport.</exception>
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
                    throw new ArgumentException("Polling and WebSocket are the transports, each once.", nameof(value));
                seen |= transport;
            }

            field = seen != 0 ? [.. value] : throw new ArgumentException("A client needs a transport.", nameof(value));
        }
    }

    = [EngineIOTransports.Polling, EngineIOTransports.WebSocket];

    /// <summary>
    /// Whether a session that polls moves to a WebSocket, if <see cref="Transports"/> has it and the server offers it. Default: true.
    /// </summary>
    public bool Upgrades { get; init; } = true;

    /// <summary>
    /// Whether the next of <see cref="Transports"/> is tried where one does not open. A server that says that it does not want this client
    /// is not asked again. Default: true, as a WebSocket that a proxy blocks is no reason to have no connection.
    /// </summary>
    public bool FallsBack { get; init; } = true;

    /// <summary>How long each transport may take to open the session. Default: 10 s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1 ms, or more than 2^31 - 1 ms.</exception>
    public TimeSpan OpenTimeout { get; init => field = Checked(value); } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long an upgrade may take; the session goes on over polling after it. Default: 10 s, as of the reference server.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1 ms, or more than 2^31 - 1 ms.</exception>
    public TimeSpan UpgradeTimeout { get; init => field = Checked(value); } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a session that polls may take to send what waits and the close packet. Default: 5 s, as somebody waits for the end.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1 ms, or more than 2^31 - 1 ms.</exception>
    public TimeSpan CloseTimeout { get; init => field = Checked(value); } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The most packets of one POST. Default: 16, as servers in Python count packets, and drop a body that has more without a word.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
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
