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
/// What an Engine.IO server offers, and its limits. Immutable. The defaults are those of the reference server where it has one.
/// </summary>
public sealed record EngineIOServerOptions
{
    /// <summary>RFC 3986 §2.3: characters that need no escaping in a query.</summary>
    private static readonly SearchValues<char> _unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~");

    /// <summary>
    /// The time between a pong, or the opening of the session, and the next ping, in whole milliseconds. Default: 25 s, because some
    /// proxies close connections that were idle for 30 s.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1 ms, or more than 2^31 - 1 ms.</exception>
    public TimeSpan PingInterval { get; init => field = Milliseconds(value); } = TimeSpan.FromSeconds(25);

    /// <summary>
    /// How long after a ping the client may be silent before the session ends, in whole milliseconds. Any received byte counts. Default: 20
    /// s.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1 ms, or more than 2^31 - 1 ms.</exception>
    public TimeSpan PingTimeout { get; init => field = Milliseconds(value); } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long an upgrade may take. Then the session continues over polling. It is also how long the WebSocket of a first request may take
    /// to open; then the session ends. Default: 10 s.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1 ms, or more than 2^31 - 1 ms.</exception>
    public TimeSpan UpgradeTimeout { get; init => field = Milliseconds(value); } = TimeSpan.FromSeconds(10);

    /// <summary>How long a session that was closed over polling waits for the poll that takes its last packets. Default: 30 s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1 ms, or more than 2^31 - 1 ms.</exception>
    public TimeSpan CloseTimeout { get; init => field = Milliseconds(value); } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The maximum size in bytes of the body of a POST and of a WebSocket message. The server announces it to clients. Default: 1,000,000.
    /// </summary>
    /// <remarks>
    /// A larger body is refused with status 413, and the session stays open. A larger message ends the session with close code 1009. The
    /// number of packets in a payload is not limited.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
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
    /// The maximum number of bytes that wait for one client: for its next poll, or to be written to its WebSocket. Exceeding it ends the
    /// session; a single message may be larger if nothing else waits. Default: 4 MiB, which limits the memory for a client that reads
    /// nothing.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
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
    /// The maximum number of sessions at the same time; null for no limit. Further handshakes are refused with status 503. Default:
    /// 100,000, because anybody may open sessions, and each stays until its ping times out.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
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

    /// <summary>The transports that the server offers. Default: both.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value has no transport, or an unknown one.</exception>
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

    /// <summary>Whether a session that polls can upgrade to a WebSocket. Default: true.</summary>
    public bool AllowUpgrades { get; init; } = true;

    /// <summary>
    /// Whether the server offers JSONP polling, for browsers without CORS. Default: false. Requests for it are then refused with the
    /// message "JSONP polling is not enabled".
    /// </summary>
    public bool AllowJsonp { get; init; }

    /// <summary>
    /// The web pages that may connect. Default: <see cref="EngineIOOrigins.SameOrigin"/>. Requests without an <c>Origin</c> header are not
    /// checked, because programs other than browsers send none.
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
    /// The CORS headers of responses to allowed pages. Default: headers without credentials. If null, no CORS headers are sent and
    /// preflights are not answered; use it if the host does both.
    /// </summary>
    public EngineIOCorsOptions? Cors { get; init; } = new();

    /// <summary>
    /// A cookie that is set to the id of the session in the response to a polling handshake. Default: null, no cookie. A load balancer with
    /// sticky sessions may need one.
    /// </summary>
    public EngineIOCookie? Cookie { get; init; }

    /// <summary>Additional response headers for each accepted handshake, over both transports. Default: empty.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> InitialHeaders { get; init; } = [];

    /// <summary>A message that follows the open packet of every session. Default: null, no message.</summary>
    public Packet? InitialMessage { get; init; }

    /// <summary>
    /// Whether each handshake waits for <see cref="EngineIOServer.Decide"/>. Use it for checks that take time, for example of a token.
    /// Default: false.
    /// </summary>
    public bool AsksForDecision { get; init; }

    /// <summary>
    /// The minimum size in bytes of a response to a poll for which compression is requested; null for never. The host compresses; see
    /// <see cref="AnswerRequest.ShouldCompress"/>. Default: 1,024.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
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
    /// Whether the host should negotiate permessage-deflate (RFC 7692) for WebSockets. Default: false, because it needs memory for each
    /// connection and time for each message, and most messages are small. The session does not use it.
    /// </summary>
    public bool PerMessageDeflate { get; init; }

    /// <summary>A prefix of each session id, by which a load balancer can route the <c>sid</c> of a query. Default: empty.</summary>
    /// <exception cref="ArgumentException">
    /// The value has a character other than letters, digits, <c>-</c>, <c>_</c>, <c>.</c> and <c>~</c>.
    /// </exception>
    public string SessionIdPrefix
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.AsSpan().ContainsAnyExcept(_unreserved))
                throw new ArgumentException("A session id is part of queries: use only letters, digits, -, _, . and ~.", nameof(value));
            field = value;
        }
    }

    = "";

    /// <summary>The source of session ids. Tests replace it by known bytes.</summary>
    internal RandomFill Random { get; init; } = RandomNumberGenerator.Fill;

    /// <summary>Whether the server offers the transport of a query.</summary>
    internal bool Offers(string? transport) => transport switch
    {
        EngineIORequest.Polling => Transports.HasFlag(EngineIOTransports.Polling),
        EngineIORequest.WebSocket => Transports.HasFlag(EngineIOTransports.WebSocket),
        _ => false,
    };

    /// <summary>Whether sessions that poll can upgrade.</summary>
    internal bool OffersUpgrade => AllowUpgrades && Transports.HasFlag(EngineIOTransports.WebSocket);

    private static TimeSpan Milliseconds(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromMilliseconds(int.MaxValue));
        return new(value.Ticks / TimeSpan.TicksPerMillisecond * TimeSpan.TicksPerMillisecond);
    }
}
