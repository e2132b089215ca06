using System;
using System.Buffers;

namespace WsProto.Adapters;

/// <summary>What happens to a message that is sent while <see cref="WsSessionOptions.MaxSendBacklog"/> is reached.</summary>
public enum SendOverflow
{
    /// <summary>The sender waits until there is room.</summary>
    Wait = 0,

    /// <summary>The oldest whole message that was not begun yet is dropped in its favour: for values of which only the newest count.</summary>
    DropOldest = 1,

    /// <summary>
    /// The session closes with <see cref="CloseCode.PolicyViolation"/>: for peers that have to keep up. It also does where the backlog fills with messages that wait
    /// for the end of one that is sent in fragments.
    /// </summary>
    Close = 2,
}

/// <summary>Which way an event went.</summary>
public enum WsDirection
{
    /// <summary>The peer sent it.</summary>
    Received = 0,

    /// <summary>It was sent to the peer.</summary>
    Sent = 1,
}

/// <summary>How a session behaves. One instance serves any number of sessions.</summary>
public sealed record WsSessionOptions
{
    internal static WsSessionOptions Default { get; } = new();

    /// <summary>The limits of the protocol, and whether messages are delivered whole (the default) or in the pieces in which they arrive.</summary>
    public WsConnectionOptions Connection
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = WsConnectionOptions.Default;

    /// <summary>
    /// How long the closing handshake may take, from the first Close that is sent or received until the transport is closed; then it is closed
    /// anyway. Default: 10 seconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or more than 49 days.</exception>
    public TimeSpan CloseTimeout
    {
        get;
        init => field = Durations.Positive(value);
    }
    = TimeSpan.FromSeconds(10);

    /// <summary>
    /// After how long a silence of the peer a Ping is sent; null for never. Default: 20 seconds, below the 30 after which some proxies cut idle
    /// connections.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or more than 49 days.</exception>
    public TimeSpan? KeepAliveInterval
    {
        get;
        init => field = value is { } interval ? Durations.Positive(interval, nameof(value)) : null;
    }
    = TimeSpan.FromSeconds(20);

    /// <summary>How long the peer may stay silent after such a Ping before it is given up for lost. Default: 20 seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or more than 49 days.</exception>
    public TimeSpan KeepAliveTimeout
    {
        get;
        init => field = Durations.Positive(value);
    }
    = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long the transport may take nothing of what is written before the session is ended, with <see cref="WsCloseCause.Stalled"/>. A peer that takes some of it is
    /// waited for, at least 256 KiB within this time. Default: 60 seconds, so that peers that never read do not stay; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for no limit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or more than 49 days.</exception>
    public TimeSpan WriteTimeout
    {
        get;
        init => field = Durations.PositiveOrInfinite(value);
    }
    = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How many bytes of messages that nobody has received yet are kept (each counts 32 more) before reading pauses, so that
    /// the transport holds the peer back. A message that has begun to arrive is kept beyond it, and as
    /// much again may be in the hands of a receiver that has begun to take them. Default: 256 KiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxReceiveBacklog
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    }
    = 256 * 1024;

    /// <summary>
    /// How many bytes may wait, for the transport or for the end of a message that is sent in fragments, before <see cref="SendOverflow"/> rules. The last message may go beyond it. Default: 64 KiB, which
    /// keeps a fast transport busy.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxSendBacklog
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    }
    = 64 * 1024;

    /// <summary>How many messages may wait for the transport before <see cref="SendOverflow"/> rules. Default: 4,096.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxSendBacklogMessages
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    }
    = 4096;

    /// <summary>What happens to messages that find the backlog full. Default: the sender waits.</summary>
    public SendOverflow SendOverflow { get; init; } = SendOverflow.Wait;

    /// <summary>
    /// Is shown every event of the open connection, for logs; null (the default) costs nothing. It is called with one event at a time, in the order of the wire in each
    /// direction, and without a lock; but a thread that sends or reads waits for it, so it should be quick. What it throws ends the session, as
    /// <see cref="WsCloseResult.Exception"/>.
    /// </summary>
    public Action<WsDirection, WsEvent>? Observer { get; init; }

    /// <summary>Where the time comes from. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = TimeProvider.System;

    /// <summary>Where the arrays come from that hold what is to be written. Tests count here.</summary>
    internal ArrayPool<byte> Pool { get; init; } = ArrayPool<byte>.Shared;
}
