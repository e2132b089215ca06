using System;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

/// <summary>What becomes of an emit that finds the buffer full.</summary>
public enum SocketIOBufferOverflow
{
    /// <summary>It is refused; what waits stays.</summary>
    Refuse = 0,

    /// <summary>The oldest of its namespace that waits is dropped in its favour: for values of which only the newest count.</summary>
    DropOldest = 1,
}

/// <summary>How a client connects, comes back, and keeps what is emitted meanwhile. Immutable.</summary>
public sealed record SocketIOClientConnectionOptions
{
    internal static SocketIOClientConnectionOptions Default { get; } = new();

    /// <summary>The transports and their times.</summary>
    public EngineIOClientOptions Engine { get; init => field = NotNull(value); } = new();

    /// <summary>The limits on what is received.</summary>
    public SocketIODecoderOptions Decoder { get; init => field = NotNull(value); } = new();

    /// <summary>When to come back. Default: after 1 s, doubling up to 5 s, each up to half less or more.</summary>
    public SocketIOBackoffOptions Backoff { get; init => field = NotNull(value); } = new();

    /// <summary>
    /// Decides whether to open another session, and after which delay; null gives up. It must neither block nor call the client. Default:
    /// <see cref="SocketIOReconnectContext.DefaultPolicy"/>.
    /// </summary>
    public Func<SocketIOReconnectContext, TimeSpan?> ReconnectPolicy { get; init => field = NotNull(value); } =
        SocketIOReconnectContext.DefaultPolicy;

    /// <summary>
    /// Decides whether to ask for a namespace again that was refused, or that the server has taken the client out of; null does not. It
    /// must neither block nor call the client. Default: <see cref="SocketIORejoinContext.DefaultPolicy"/>.
    /// </summary>
    public Func<SocketIORejoinContext, TimeSpan?> RejoinPolicy { get; init => field = NotNull(value); } =
        SocketIORejoinContext.DefaultPolicy;

    /// <summary>
    /// How long the server, and the application for what it brings, may take together to let the client into a namespace. Default: 20 s, as
    /// the reference client waits for a connection.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or longer than 24 days.</exception>
    public TimeSpan JoinTimeout { get; init => field = Positive(value); } = TimeSpan.FromSeconds(20);

    /// <summary>How long after a packet its attachments may take. Default: 45 s, as the server waits here.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or longer than 24 days.</exception>
    public TimeSpan AttachmentTimeout { get; init => field = Positive(value); } = TimeSpan.FromSeconds(45);

    /// <summary>The most emits that wait for a namespace, all namespaces together. Default: 10,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public int MaxBufferedEmits
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }
    = 10_000;

    /// <summary>The most bytes of these. Default: 4 MiB, as much as a server keeps here for one client.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public long MaxBufferedBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }
    = 4 << 20;

    /// <summary>What becomes of an emit that finds the buffer full. Default: it is refused.</summary>
    public SocketIOBufferOverflow BufferOverflow { get; init; }

    /// <summary>From how many bytes on that the session has not sent volatile emits are dropped. Default: 64 KiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public long VolatileThreshold
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }
    = 64 * 1024;

    /// <summary>
    /// From how many bytes on that a session was given and that have not left, as its server does not read, emits and answers are refused.
    /// Default: 16 MiB, far above what waits where somebody reads.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public long MaxUnsentBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }
    = 16 << 20;

    /// <summary>
    /// How many events may come for a namespace before the server has agreed to it, as servers in Python send them. More end the session.
    /// Default: 1,000.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public int MaxEarlyEvents
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }
    = 1000;

    /// <summary>The most bytes of these. More end the session. Default: 4 MiB, as of one packet.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public long MaxEarlyBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }
    = 4 << 20;

    private static T NotNull<T>(T value)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value);
        return value;
    }

    private static TimeSpan Positive(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromMilliseconds(int.MaxValue));
        return value;
    }
}
