using System;

namespace WsProto.SocketIO;

/// <summary>What a connection allows. Immutable.</summary>
public sealed record SocketIOConnectionOptions
{
    /// <summary>As of the options of Engine.IO: what a timer of the host can wait.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(int.MaxValue);

    internal static SocketIOConnectionOptions Default { get; } = new();

    /// <summary>The limits on what is received.</summary>
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
    /// How long a client may be without a namespace after its session was opened. Default: 45 s, as of the reference server.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or longer than 24 days.</exception>
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
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or longer than 24 days.</exception>
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

    /// <summary>The most namespaces that one client may have at a time. Default: 100.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
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
