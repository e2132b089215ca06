using System;
using System.Threading;

namespace WsProto.Adapters;

/// <summary>
/// How a client opens a session over a transport that is already connected, and how the session behaves. The <see cref="Request"/> says
/// what the client asks for.
/// </summary>
public sealed record WsConnectOptions
{
    internal static WsConnectOptions Default { get; } = new();

    /// <summary>How the session behaves, once it is open. Default: all defaults.</summary>
    public WsSessionOptions Session
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = WsSessionOptions.Default;

    /// <summary>
    /// How long the whole opening handshake may take. Default: 10 seconds. <see cref="Timeout.InfiniteTimeSpan"/>: no limit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or more than 49 days.</exception>
    public TimeSpan HandshakeTimeout
    {
        get;
        init => field = Durations.PositiveOrInfinite(value);
    }
    = TimeSpan.FromSeconds(10);
}
