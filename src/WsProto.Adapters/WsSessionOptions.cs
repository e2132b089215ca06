using System;
using System.Buffers;

namespace WsProto.Adapters;

/// <summary>What happens to a message that is sent while <see cref="WsSessionOptions.MaxSendBacklog"/> is reached.</summary>
public enum SendOverflow
{
    /// <summary>The send waits until there is room.</summary>
    Wait = 0,

    /// <summary>The oldest message that has not been written yet is dropped. For values of which only the newest counts.</summary>
    DropOldest = 1,

    /// <summary>
    /// The session is closed with <see cref="CloseCode.PolicyViolation"/>. For peers that must keep up. The backlog also counts messages
    /// that wait for the end of a message that is sent in fragments.
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

    /// <summary>The limits of the protocol, and whether messages are delivered whole (the default) or in pieces as they arrive.</summary>
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
    /// How long the closing handshake may take, from the first Close that is sent or received until the transport is closed. Then the
    /// transport is closed anyway. Default: 10 seconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or more than 49 days.</exception>
    public TimeSpan CloseTimeout
    {
        get;
        init => field = Durations.Positive(value);
    }
    = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the peer may be silent before a Ping is sent. Null: no Pings. Default: 20 seconds, because some proxies close connections
    /// that were idle for 30.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or more than 49 days.</exception>
    public TimeSpan? KeepAliveInterval
    {
        get;
        init => field = value is { } interval ? Durations.Positive(interval, nameof(value)) : null;
    }
    = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long the peer may be silent after such a Ping before the session ends with <see cref="WsCloseCause.KeepAlive"/>. Default: 20
    /// seconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or more than 49 days.</exception>
    public TimeSpan KeepAliveTimeout
    {
        get;
        init => field = Durations.Positive(value);
    }
    = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long a write may make no progress before the session ends with <see cref="WsCloseCause.Stalled"/>. A slow peer makes progress if
    /// it takes at least 256 KiB within this time. Default: 60 seconds, so that peers that never read do not stay. <see
    /// cref="System.Threading.Timeout.InfiniteTimeSpan"/>: no limit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or more than 49 days.</exception>
    public TimeSpan WriteTimeout
    {
        get;
        init => field = Durations.PositiveOrInfinite(value);
    }
    = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How many bytes of messages are stored that the application has not received yet; each message counts 32 bytes more. At the limit the
    /// session stops reading, so that the transport makes the peer wait. A message that has begun to arrive may go beyond the limit, and a
    /// receiver that has begun to take messages may hold as much again. Default: 256 KiB.
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
    /// How many bytes may wait to be sent before <see cref="SendOverflow"/> applies, for the transport or for the end of a message that is
    /// sent in fragments. The last message may go beyond it. While <see
    /// cref="WsSession.SendStreamAsync(Opcode, System.IO.Stream, System.Threading.CancellationToken)"/> sends, what it has under way does
    /// not count for what others send: only what waits for its end does. Default: 64 KiB, which keeps a fast transport busy.
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

    /// <summary>How many messages may wait for the transport before <see cref="SendOverflow"/> applies. Default: 4,096.</summary>
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

    /// <summary>What happens to a message that is sent while the backlog is full. Default: the send waits.</summary>
    public SendOverflow SendOverflow { get; init; } = SendOverflow.Wait;

    /// <summary>
    /// Called with every event of the open connection, for logs. Null (the default) costs nothing. It is called with one event at a time,
    /// in the order of the wire in each direction, and without a lock. The thread that sends or reads waits for it, so it must be quick. An
    /// exception that it throws ends the session, and is in <see cref="WsCloseResult.Exception"/>.
    /// </summary>
    public Action<WsDirection, WsEvent>? Observer { get; init; }

    /// <summary>The clock and timers. Default: <see cref="TimeProvider.System"/>.</summary>
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
