using System;
using System.Threading;

namespace WsProto.Adapters;

/// <summary>
/// How a session is opened over a transport that is connected already, and how it behaves. What is asked for, the <see cref="Request"/>
/// says.
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
    /// How long the whole opening handshake may take, however the bytes come. Default: 10 seconds. <see cref="Timeout.InfiniteTimeSpan"/>
    /// for no limit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or more than 49 days.</exception>
    public TimeSpan HandshakeTimeout
    {
        get;
        init => field = Durations.PositiveOrInfinite(value);
    }
    = TimeSpan.FromSeconds(10);
}
