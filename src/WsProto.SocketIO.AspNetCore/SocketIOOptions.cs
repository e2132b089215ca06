using System;
using System.Text.Json;
using System.Threading;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>How a server of Socket.IO behaves. Immutable.</summary>
public sealed record SocketIOOptions
{
    /// <summary>What a timer can wait.</summary>
    internal static TimeSpan LongestTimeout { get; } = TimeSpan.FromMilliseconds(int.MaxValue);

    /// <summary>The transport: limits, heartbeat, CORS, cookies, who may connect.</summary>
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

    /// <summary>What is taken from a client.</summary>
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
    /// How arguments are written and read. <c>byte[]</c> and memory of bytes become attachments, whatever it says. Null (the default): the
    /// defaults for the web, by reflection where the application has it.
    /// </summary>
    public JsonSerializerOptions? Json { get; init; }

    /// <summary>
    /// Another form of packets on the wire, which all clients have to use too. Null (the default): the protocol's own, text with binary
    /// attachments.
    /// </summary>
    public SocketIOParser? Parser { get; init; }

    /// <summary>
    /// The most attachments of a packet to send. Default: 10, as clients of the reference refuse more. With a <see cref="Parser"/> there is
    /// no such limit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
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

    /// <summary>How long a call waits for its ack where it says nothing else. Default: 60 seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or longer than 24 days.</exception>
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
    /// Whether the events of one client in one namespace are handled one after the other. Default: true; otherwise each is handled as soon
    /// as it comes. Other clients, other namespaces of the same client, and acks do not wait, until so much waits for the handlers of the
    /// client that nothing more is read from it (<see cref="EngineIOEndpointOptions.MaxReceiveBacklog"/>).
    /// </summary>
    public bool HandlesInOrder { get; init; } = true;

    /// <summary>From how many waiting bytes on volatile events to a client are dropped. Default: 64 KiB.</summary>
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

    /// <summary>The most namespaces that clients have made of a pattern at a time. Default: 10,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
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
    /// What carries messages to other servers, so that they are one. Each server has one of its own. Null (the default): it is alone.
    /// </summary>
    public SocketIOBackplane? Backplane { get; init; }

    /// <summary>
    /// How often the server says to others that it is there, and finds out by it whether it hears them. What was not heard for three times
    /// as long is gone: another server, or the subscription, which is made anew then. Default: 1 second, so that a subscription that has
    /// died is back within 5.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or longer than an hour.</exception>
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
    /// Whether servers of another make, as Python's, are behind the backplane too. They do not say how many clients they ask, so a call to
    /// many waits until its timeout for what they may answer. Default: false.
    /// </summary>
    public bool HasForeignServers { get; init; }

    /// <summary>
    /// A folder with the scripts of npm's client, as <c>node_modules/socket.io-client/dist</c>, which are served beside the route:
    /// <c>/socket.io/socket.io.js</c> and its siblings, as npm's server does. Nothing is downloaded. A relative path begins at the content
    /// root of the application. Null (the default): none is served.
    /// </summary>
    public string? ClientScripts { get; init; }

    /// <summary>How long a call waits that says this itself, or nothing.</summary>
    internal TimeSpan TimeoutOf(TimeSpan? timeout)
    {
        if (timeout is not { } given || given == Timeout.InfiniteTimeSpan)
            return timeout ?? AckTimeout;
        ArgumentOutOfRangeException.ThrowIfLessThan(given, TimeSpan.Zero, nameof(timeout));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(given, LongestTimeout, nameof(timeout));
        return given;
    }
}
