using System;
using System.Buffers;
using System.Collections.Generic;
using System.Security.Cryptography;

namespace WsProto.EngineIO;

/// <summary>The transports of the protocol.</summary>
[Flags]
public enum EngineIOTransports
{
    /// <summary>HTTP long-polling.</summary>
    Polling = 1,

    /// <summary>WebSocket.</summary>
    WebSocket = 2,
}

/// <summary>Fills a span with random bytes that cannot be predicted.</summary>
internal delegate void RandomFill(Span<byte> bytes);

/// <summary>
/// What a server offers and where its limits are. Immutable; the defaults are those of the reference server where it has one.
/// </summary>
public sealed record EngineIOServerOptions
{
    /// <summary>RFC 3986 §2.3: characters that need no escaping in a query.</summary>
    private static readonly SearchValues<char> _unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~");

    /// <summary>
    /// The interval between a pong, or the opening, and the next ping. In whole milliseconds. Default: 25 s, below the 30 s after which
    /// some proxies cut idle connections.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1 ms, or more than 2^31 - 1 ms.</exception>
    public TimeSpan PingInterval { get; init => field = Milliseconds(value); } = TimeSpan.FromSeconds(25);

    /// <summary>How long after a ping no byte may come before the session ends. In whole milliseconds. Default: 20 s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1 ms, or more than 2^31 - 1 ms.</exception>
    public TimeSpan PingTimeout { get; init => field = Milliseconds(value); } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long an upgrade may take from its request to its end, and how long the WebSocket of a first request may take to open. The
    /// session of an upgrade that takes longer stays with polling. Default: 10 s.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1 ms, or more than 2^31 - 1 ms.</exception>
    public TimeSpan UpgradeTimeout { get; init => field = Milliseconds(value); } = TimeSpan.FromSeconds(10);

    /// <summary>How long a closed session waits for the poll that takes its last packets. Default: 30 s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1 ms, or more than 2^31 - 1 ms.</exception>
    public TimeSpan CloseTimeout { get; init => field = Milliseconds(value); } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The largest body of a POST and the largest WebSocket message in bytes; clients are told. A larger body is refused with 413 and the
    /// session stays; a larger message ends the session with 1009. It is the only limit on what one payload has: packets are not counted.
    /// Default: 1,000,000.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxPayload
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }

    = 1_000_000;

    /// <summary>
    /// The most bytes that may wait for one client: for its next poll, or to be written to its WebSocket. What would pass it ends the
    /// session, unless nothing waits. Default: 4 MiB, so that a client that reads nothing costs no more.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public long MaxBufferedBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }

    = 4 << 20;

    /// <summary>
    /// The most sessions at a time; a handshake that is one too many is refused with 503 and leaves nothing. Null is unlimited. Default:
    /// 100,000, as anybody may open sessions and each is kept until its ping goes unanswered.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int? MaxSessions
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1, nameof(value));
            field = value;
        }
    }

    = 100_000;

    /// <summary>The transports that are offered. Default: both.</summary>
    /// <exception cref="ArgumentOutOfRangeException">None, or one that there is not.</exception>
    public EngineIOTransports Transports
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan((int)value, 1, nameof(value));
            ArgumentOutOfRangeException.ThrowIfGreaterThan((int)value, 3, nameof(value));
            field = value;
        }
    }

    = EngineIOTransports.Polling | EngineIOTransports.WebSocket;

    /// <summary>Whether a session that polls may move to a WebSocket. Default: true.</summary>
    public bool AllowUpgrades { get; init; } = true;

    /// <summary>
    /// Whether JSONP polling is offered, for browsers without CORS. Default: false; a request for it is refused with a message that says
    /// so.
    /// </summary>
    public bool AllowJsonp { get; init; }

    /// <summary>
    /// Which web pages may connect. Default: <see cref="EngineIOOrigins.SameOrigin"/>. A request without an <c>Origin</c>, as programs send
    /// it, is not judged.
    /// </summary>
    public EngineIOOrigins AllowedOrigins
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }

    = EngineIOOrigins.SameOrigin;

    /// <summary>
    /// The CORS headers of answers to allowed pages. Null: none are written and preflights are not answered, as where the host does both.
    /// Default: without credentials.
    /// </summary>
    public EngineIOCorsOptions? Cors { get; init; } = new();

    /// <summary>
    /// The cookie that the answer to a polling handshake sets to the session's id. Default: null, none. A balancer with sticky sessions may
    /// want it.
    /// </summary>
    public EngineIOCookie? Cookie { get; init; }

    /// <summary>Headers of the answer to every handshake that is accepted, over both transports. Default: none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> InitialHeaders { get; init; } = [];

    /// <summary>A message that follows the open packet of every session at once. Default: null, none.</summary>
    public Packet? InitialMessage { get; init; }

    /// <summary>
    /// Whether each handshake waits for <see cref="EngineIOServer.Decide"/>: the place for checks that take time, such as of a token.
    /// Default: false.
    /// </summary>
    public bool AsksForDecision { get; init; }

    /// <summary>
    /// From how many bytes on the answer to a poll should be compressed, if the client takes that; null is never. The host compresses, see
    /// <see cref="AnswerRequest.ShouldCompress"/>. Default: 1,024.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public int? CompressionThreshold
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0, nameof(value));
            field = value;
        }
    }

    = 1024;

    /// <summary>
    /// Whether the host should negotiate permessage-deflate (RFC 7692) for WebSockets. Default: false, as it costs memory for each
    /// connection and time for each message, and most messages are small. Nothing here depends on it.
    /// </summary>
    public bool PerMessageDeflate { get; init; }

    /// <summary>
    /// Begins each session id, so that a balancer can route by the <c>sid</c> of the query. Letters, digits, <c>-</c>, <c>_</c>, <c>.</c>
    /// and <c>~</c>. Default: empty.
    /// </summary>
    /// <exception cref="ArgumentException">Another character.</exception>
    public string SessionIdPrefix
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.AsSpan().ContainsAnyExcept(_unreserved))
                throw new ArgumentException("A session id stands in queries: take letters, digits, -, _, . and ~ alone.", nameof(value));
            field = value;
        }
    }

    = "";

    /// <summary>Where session ids come from. Tests put known bytes here.</summary>
    internal RandomFill Random { get; init; } = RandomNumberGenerator.Fill;

    /// <summary>Whether a transport of the query is offered.</summary>
    internal bool Offers(string? transport) => transport switch
    {
        EngineIORequest.Polling => Transports.HasFlag(EngineIOTransports.Polling),
        EngineIORequest.WebSocket => Transports.HasFlag(EngineIOTransports.WebSocket),
        _ => false,
    };

    /// <summary>Whether sessions that poll may upgrade.</summary>
    internal bool OffersUpgrade => AllowUpgrades && Transports.HasFlag(EngineIOTransports.WebSocket);

    private static TimeSpan Milliseconds(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromMilliseconds(int.MaxValue));
        return new(value.Ticks / TimeSpan.TicksPerMillisecond * TimeSpan.TicksPerMillisecond);
    }
}
