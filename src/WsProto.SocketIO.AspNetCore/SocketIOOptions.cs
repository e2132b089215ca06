using System;
using System.Text.Json;
using System.Threading;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>The options of a Socket.IO server. Immutable.</summary>
public sealed record SocketIOOptions
{
    /// <summary>The longest time that a timer can wait.</summary>
    internal static TimeSpan LongestTimeout { get; } = TimeSpan.FromMilliseconds(int.MaxValue);

    /// <summary>The options of Engine.IO: limits, heartbeat, CORS, cookies, and who may connect.</summary>
    public EngineIOEndpointOptions Engine
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = new();

    /// <summary>The limits of what clients send.</summary>
    public SocketIOConnectionOptions Connection
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = new();

    /// <summary>
    /// The JSON options of arguments. Default: null, the web defaults, with reflection if the application supports it. <c>byte[]</c> and
    /// memory of bytes always become attachments.
    /// </summary>
    public JsonSerializerOptions? Json { get; init; }

    /// <summary>
    /// A custom parser, which encodes packets differently. All clients must use the same. Default: null, the protocol's encoding: text with
    /// binary attachments.
    /// </summary>
    public SocketIOParser? Parser { get; init; }

    /// <summary>
    /// The maximum number of attachments of a packet to send. Default: 10, because the reference client refuses more. It does not apply to
    /// a custom <see cref="Parser"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int MaxAttachments
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }
    = 10;

    /// <summary>How long a call waits for the acknowledgement, unless it has its own timeout. Default: 60 seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or more than 2^31 - 1 ms (24 days).</exception>
    public TimeSpan AckTimeout
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, LongestTimeout);
            field = value;
        }
    }
    = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Whether the events of one client in one namespace are handled one after the other. Default: true. If false, each is handled as soon
    /// as it is received.
    /// </summary>
    /// <remarks>
    /// Other clients, other namespaces of the same client, and acknowledgements do not wait. But if
    /// <see cref="EngineIOEndpointOptions.MaxReceiveBacklog"/> is reached, nothing more is read from the client.
    /// </remarks>
    public bool HandlesInOrder { get; init; } = true;

    /// <summary>The number of bytes waiting for a client from which volatile events to it are dropped. Default: 64 KiB.</summary>
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

    /// <summary>The maximum number of namespaces that are made from patterns at the same time. Default: 10,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxDynamicNamespaces
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }
    = 10_000;

    /// <summary>
    /// Connects the server with other servers of the application, so that they act as one. Each server needs its own instance. Default:
    /// null, a single server.
    /// </summary>
    public SocketIOBackplane? Backplane { get; init; }

    /// <summary>
    /// How often the server publishes a sign of life on the backplane. Default: 1 second, so that a lost subscription is renewed within 5
    /// seconds.
    /// </summary>
    /// <remarks>
    /// Another server that was not heard for three intervals is considered gone. If the server does not receive its own signs of life for
    /// three intervals, it renews its subscription.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or more than an hour.</exception>
    public TimeSpan BackplaneInterval
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromHours(1));
            field = value;
        }
    }
    = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether servers of other implementations, such as Python's, use the backplane too. Default: false. They do not report how many
    /// clients they ask, so a call to several clients then waits for its whole timeout.
    /// </summary>
    public bool HasForeignServers { get; init; }

    /// <summary>
    /// A folder with the scripts of npm's client, for example <c>node_modules/socket.io-client/dist</c>. Default: null, no scripts.
    /// </summary>
    /// <remarks>
    /// The scripts are served under the route, as npm's server does: <c>/socket.io/socket.io.js</c> and so on. Nothing is downloaded. A
    /// relative path is relative to the content root of the application.
    /// </remarks>
    public string? ClientScripts { get; init; }

    /// <summary>Gets the timeout of a call that may have its own.</summary>
    internal TimeSpan TimeoutOf(TimeSpan? timeout)
    {
        if (timeout is not { } given || given == Timeout.InfiniteTimeSpan)
            return timeout ?? AckTimeout;
        ArgumentOutOfRangeException.ThrowIfLessThan(given, TimeSpan.Zero, nameof(timeout));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(given, LongestTimeout, nameof(timeout));
        return given;
    }
}
