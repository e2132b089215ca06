using System;

namespace WsProto.SocketIO;

/// <summary>The limits of a connection. Immutable.</summary>
public sealed record SocketIOConnectionOptions
{
    /// <summary>The longest time that a timer of the host can wait, as in the options of Engine.IO.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(int.MaxValue);

    internal static SocketIOConnectionOptions Default { get; } = new();

    /// <summary>The limits of received packets.</summary>
    public SocketIODecoderOptions Decoder
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = SocketIODecoderOptions.Default;

    /// <summary>
    /// How long a client may take to connect to a first namespace after its session was opened. Default: 45 s, as in the reference server.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or more than 2^31 - 1 ms (24 days).</exception>
    public TimeSpan ConnectTimeout
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, _longest);
            field = value;
        }
    }
    = TimeSpan.FromSeconds(45);

    /// <summary>How long after a packet its attachments may take. Default: 45 s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or more than 2^31 - 1 ms (24 days).</exception>
    public TimeSpan AttachmentTimeout
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, _longest);
            field = value;
        }
    }
    = TimeSpan.FromSeconds(45);

    /// <summary>The maximum number of namespaces of one client at the same time. Default: 100.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxNamespaces
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }
    = 100;
}
