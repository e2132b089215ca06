using System;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Client;

namespace WsProto.Adapters;

/// <summary>What happens to a message that is sent while there is no connection.</summary>
public enum SendWhileAway
{
    /// <summary>The send waits for the next connection, and fails if there will be none.</summary>
    Wait = 0,

    /// <summary>The send fails at once, with a <see cref="WsClosedException"/>: for values that are stale when they are late.</summary>
    Fail = 1,
}

/// <summary>The state of a <see cref="WsReconnectingClient"/>.</summary>
public enum WsReconnectState
{
    /// <summary>It was not started yet.</summary>
    NotStarted = 0,

    /// <summary>It connects, or <see cref="WsReconnectOptions.OnConnected"/> runs.</summary>
    Connecting = 1,

    /// <summary>There is a connection.</summary>
    Connected = 2,

    /// <summary>It waits before it connects again.</summary>
    Waiting = 3,

    /// <summary>It was closed, or has given up.</summary>
    Stopped = 4,
}

/// <summary>A change of a <see cref="WsReconnectingClient"/>'s state, for logs and for what users see.</summary>
public sealed record WsReconnectChange
{
    /// <summary>The state from now on.</summary>
    public required WsReconnectState State { get; init; }

    /// <summary>With <see cref="WsReconnectState.Connected"/>: the session.</summary>
    public WsSession? Session { get; init; }

    /// <summary>With <see cref="WsReconnectState.Waiting"/>: for how long.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>
    /// With <see cref="WsReconnectState.Waiting"/> and <see cref="WsReconnectState.Stopped"/>: why there is no connection; null if it was
    /// closed on purpose.
    /// </summary>
    public Exception? Failure { get; init; }
}

/// <summary>Why there is no connection, for a decision about what to do.</summary>
public sealed record WsReconnectContext
{
    /// <summary>
    /// How many attempts and short connections there were since the last connection that lasted for
    /// <see cref="WsReconnectOptions.StableAfter"/>: 1 for the first.
    /// </summary>
    public required int Attempt { get; init; }

    /// <summary>
    /// What failed: a <see cref="WsClosedException"/> for a connection that was there, a <see cref="WsHandshakeException"/> or a
    /// <see cref="TimeoutException"/> for one that did not come about, or what <see cref="WsReconnectOptions.OnConnected"/> threw.
    /// </summary>
    public required Exception Failure { get; init; }

    /// <summary>The delay that the options would choose.</summary>
    public required TimeSpan Delay { get; init; }
}

/// <summary>How a <see cref="WsReconnectingClient"/> connects again.</summary>
public sealed record WsReconnectOptions
{
    internal static WsReconnectOptions Default { get; } = new();

    /// <summary>
    /// The most that the first delay may be: each is drawn at random between zero and a bound that doubles with every attempt up to
    /// <see cref="MaxDelay"/>, so that clients that lost the same server do not come back together. Default: 5 seconds, as RFC 6455 §7.2.3
    /// calls reasonable.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or more than 49 days.</exception>
    public TimeSpan InitialDelay
    {
        get;
        init => field = Durations.Positive(value);
    }
    = TimeSpan.FromSeconds(5);

    /// <summary>The most that any delay may be. Default: 1 minute.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or more than 49 days.</exception>
    public TimeSpan MaxDelay
    {
        get;
        init => field = Durations.Positive(value);
    }
    = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a connection has to be there before its loss counts as the first again. Default: 10 seconds, so that a server that takes
    /// connections and drops them at once is not asked ever faster.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than 49 days.</exception>
    public TimeSpan StableAfter
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Durations.Longest);
            field = value;
        }
    }
    = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Decides whether to connect again, and when: the delay, or null to give up. Default: <see cref="DefaultPolicy"/>. What it throws
    /// counts as giving up, with that.
    /// </summary>
    public Func<WsReconnectContext, TimeSpan?> Policy
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = DefaultPolicy;

    /// <summary>
    /// Is called after each connect, before messages are received and sent: to log in or to subscribe again. It may send and receive. What
    /// it throws counts as a failed attempt, and the session is closed. Default: null.
    /// </summary>
    public Func<WsSession, CancellationToken, ValueTask>? OnConnected { get; init; }

    /// <summary>
    /// Called for each change of the state, one call after the other. It must not block; exceptions that it throws are ignored. Default:
    /// null.
    /// </summary>
    public Action<WsReconnectChange>? OnStateChanged { get; init; }

    /// <summary>What becomes of messages that are sent while there is no connection. Default: they wait.</summary>
    public SendWhileAway SendWhileAway { get; init; } = SendWhileAway.Wait;

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

    /// <summary>A number from 0 to 1; tests have their own.</summary>
    internal Func<double> Random { get; init; } = System.Random.Shared.NextDouble;

    /// <summary>
    /// Gives up where the same attempt would fail again: the peer closed with 1000, because all is said, or with 1002, 1003, 1007, 1008,
    /// 1009 or 1010, which complain of what this client does; the request was refused with a 4xx other than 408, 425 and 429; or what was
    /// thrown tells of a mistake in the program: <see cref="ArgumentException"/>, <see cref="NotSupportedException"/>,
    /// <see cref="NotImplementedException"/>. After all else it connects again.
    /// </summary>
    /// <param name="context">What happened.</param>
    /// <returns>The delay, or null to give up.</returns>
    public static TimeSpan? DefaultPolicy(WsReconnectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        bool isFinal = context.Failure switch
        {
            WsClosedException { Cause: WsCloseCause.Peer } closed => closed.Code
                is CloseCode.NormalClosure or CloseCode.ProtocolError or CloseCode.UnsupportedData
                or CloseCode.InvalidPayloadData or CloseCode.PolicyViolation or CloseCode.MessageTooBig or CloseCode.MandatoryExtension,
            WsHandshakeException { StatusCode: >= 400 and < 500 and not (408 or 425 or 429) } => true,
            ArgumentException or NotSupportedException or NotImplementedException => true,
            _ => false,
        };
        return isFinal ? null : context.Delay;
    }

    /// <summary>
    /// Decides as <see cref="WsReconnectingClient"/> does: draws a delay, not below what a refusal asks for with Retry-After, and asks
    /// <see cref="Policy"/>. For a loop of one's own, as where it has to be known which connection a message comes from.
    /// </summary>
    /// <param name="attempt">As <see cref="WsReconnectContext.Attempt"/>: 1 for the first.</param>
    /// <param name="failure">As <see cref="WsReconnectContext.Failure"/>.</param>
    /// <returns>The delay, or null to give up.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The attempt is not positive.</exception>
    public TimeSpan? Decide(int attempt, Exception failure)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(attempt);
        ArgumentNullException.ThrowIfNull(failure);
        TimeSpan delay = Backoff.DelayFor(this, attempt, failure);
        return Policy(new WsReconnectContext { Attempt = attempt, Failure = failure, Delay = delay });
    }
}
