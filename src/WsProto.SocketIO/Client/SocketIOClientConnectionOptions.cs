using System;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

/// <summary>What happens to an emit while the buffer is full.</summary>
public enum SocketIOBufferOverflow
{
    /// <summary>It is refused.</summary>
    Refuse = 0,

    /// <summary>The oldest waiting emit of its namespace is dropped. For values of which only the newest counts.</summary>
    DropOldest = 1,
}

/// <summary>The options of a client's connection: transports, reconnection, and buffers. Immutable.</summary>
public sealed record SocketIOClientConnectionOptions
{
    internal static SocketIOClientConnectionOptions Default { get; } = new();

    /// <summary>The options of Engine.IO: the transports and their timeouts.</summary>
    public EngineIOClientOptions Engine { get; init => field = NotNull(value); } = new();

    /// <summary>The limits of received packets.</summary>
    public SocketIODecoderOptions Decoder { get; init => field = NotNull(value); } = new();

    /// <summary>The delays between attempts to connect. Default: 1 s, doubled up to 5 s, each randomly changed by up to half.</summary>
    public SocketIOBackoffOptions Backoff { get; init => field = NotNull(value); } = new();

    /// <summary>
    /// Decides whether to open another session, and returns the delay; null gives up. Default:
    /// <see cref="SocketIOReconnectContext.DefaultPolicy"/>.
    /// </summary>
    /// <remarks>The function must neither block nor call the client.</remarks>
    public Func<SocketIOReconnectContext, TimeSpan?> ReconnectPolicy { get; init => field = NotNull(value); } =
        SocketIOReconnectContext.DefaultPolicy;

    /// <summary>
    /// Decides whether to connect again to a namespace that refused or disconnected the client, and returns the delay; null does not.
    /// Default: <see cref="SocketIORejoinContext.DefaultPolicy"/>.
    /// </summary>
    /// <remarks>The function must neither block nor call the client.</remarks>
    public Func<SocketIORejoinContext, TimeSpan?> RejoinPolicy { get; init => field = NotNull(value); } =
        SocketIORejoinContext.DefaultPolicy;

    /// <summary>
    /// How long it may take to connect to a namespace, including the time in which the application gives the <c>auth</c> payload. Default:
    /// 20 s, the timeout of the reference client for a connection.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or more than 2^31 - 1 ms (24 days).</exception>
    public TimeSpan JoinTimeout { get; init => field = Positive(value); } = TimeSpan.FromSeconds(20);

    /// <summary>How long after a packet its attachments may take. Default: 45 s, as in the server of this project.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or more than 2^31 - 1 ms (24 days).</exception>
    public TimeSpan AttachmentTimeout { get; init => field = Positive(value); } = TimeSpan.FromSeconds(45);

    /// <summary>The maximum number of emits that wait for a connection, of all namespaces together. Default: 10,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
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

    /// <summary>
    /// The maximum number of bytes of the emits that wait for a connection. Default: 4 MiB, the default for one client in the server of
    /// this project.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
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

    /// <summary>What happens to an emit while the buffer is full. Default: it is refused.</summary>
    public SocketIOBufferOverflow BufferOverflow { get; init; }

    /// <summary>The number of unsent bytes of the session from which volatile emits are dropped. Default: 64 KiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
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
    /// The number of unsent bytes of the session from which emits and acknowledgements are refused, because the server does not read.
    /// Default: 16 MiB, far more than waits for a server that reads.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
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
    /// The maximum number of events that may be received for a namespace before the server accepts the client, as servers written in Python
    /// send them. More end the session. Default: 1,000.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
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

    /// <summary>The maximum number of bytes of these events. More end the session. Default: 4 MiB, the default for one packet.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
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
