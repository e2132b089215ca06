using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Client;
using WsProto.Extensions;

namespace WsProto.Adapters;

/// <summary>
/// What a client asks for, which way it takes to the server, and how its session behaves. One instance serves any number of connections.
/// </summary>
public sealed record WsClientOptions
{
    internal static WsClientOptions Default { get; } = new();

    /// <summary>How the session behaves, once it is open. Default: all defaults.</summary>
    public WsSessionOptions Session
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = WsSessionOptions.Default;

    /// <summary>
    /// How long the opening handshake may take once the request can be sent, however the bytes come. Default: 10 seconds.
    /// <see cref="Timeout.InfiniteTimeSpan"/> for no limit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or more than 49 days.</exception>
    public TimeSpan HandshakeTimeout
    {
        get;
        init => field = Durations.PositiveOrInfinite(value);
    }
    = TimeSpan.FromSeconds(10);

    /// <summary>The subprotocols to offer, the preferred first: different tokens (RFC 6455 §4.1). Default: none.</summary>
    public IReadOnlyList<string> Subprotocols
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = [];

    /// <summary>
    /// Whether connecting fails when the server chooses none of them; the server is told by a Close with 1008. Default: false, as the RFC
    /// leaves it to the client (RFC 6455 §4.1).
    /// </summary>
    public bool SubprotocolRequired { get; init; }

    /// <summary>
    /// The extensions to offer, as templates. For compression, put a <see cref="PerMessageDeflate"/> here. Default: none, because
    /// compression costs memory, and can leak secrets that are compressed together with text that an attacker chose.
    /// </summary>
    public IReadOnlyList<WsExtension> Extensions
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = [];

    /// <summary>
    /// Whether connecting fails when the server does not agree to every offered extension; the server is told by a Close with 1010 (RFC
    /// 6455 §7.4.1). Default: false.
    /// </summary>
    public bool ExtensionsRequired { get; init; }

    /// <summary>
    /// More headers for the request, such as Origin, Authorization or cookies. A <c>Host</c> replaces that of the URI in the request; the
    /// URI still decides which host to connect to and whose certificate is required. Headers of the handshake itself are refused. Default:
    /// none.
    /// </summary>
    /// <exception cref="ArgumentException">There is more than one Host (RFC 9112 §3.2).</exception>
    public HeaderList Headers
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.GetValues("Host").Count() > 1)
                throw new ArgumentException("There is more than one Host (RFC 9112 §3.2).", nameof(value));
            field = value;
        }
    }
    = [];

    /// <summary>
    /// TLS for <c>wss</c>; it is copied, never changed. Where <see cref="SslClientAuthenticationOptions.TargetHost"/> is null, the
    /// certificate has to be for the host of the URI (RFC 6455 §4.1, RFC 6125); where
    /// <see cref="SslClientAuthenticationOptions.ApplicationProtocols"/> is null, <see cref="HttpVersion"/> is asked for, the only one in
    /// which the request is understood. Default: null, which is .NET's own choice of versions, the certificates that the system trusts, and
    /// the two above.
    /// </summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>
    /// How long it may take until the request can be sent: finding the address, TCP, the proxy and TLS together.
    /// <see cref="HandshakeTimeout"/> begins after it. Default: 10 seconds, which lets TCP repeat its first packet three times.
    /// <see cref="Timeout.InfiniteTimeSpan"/> for no limit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or more than 49 days.</exception>
    public TimeSpan ConnectTimeout
    {
        get;
        init => field = Durations.PositiveOrInfinite(value);
    }
    = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long an address of the server is tried before the next is tried beside it
    /// (<see href="https://www.rfc-editor.org/rfc/rfc8305#section-5">RFC 8305 §5</see>); the first that answers is used. Default: 250 ms,
    /// as the RFC recommends; it wants at least 10 ms.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 10 ms, or more than 49 days.</exception>
    public TimeSpan AttemptDelay
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromMilliseconds(10));
            field = Durations.Positive(value);
        }
    }
    = TimeSpan.FromMilliseconds(250);

    /// <summary>The proxy to go through. Default: null, for none; <see cref="WsProxy.System"/> for what the system says.</summary>
    public WsProxy? Proxy { get; init; }

    /// <summary>
    /// Connects instead of TCP: over a Unix socket, through a tunnel. It gets the URI of the server, or that of the <see cref="Proxy"/> if
    /// there is one, and returns a plain stream to it, which is the session's from then on. CONNECT and, for <c>wss</c>, TLS are done over
    /// that stream. It has to be done within <see cref="ConnectTimeout"/>; a stream that comes later is disposed of. Default: null, for
    /// TCP.
    /// </summary>
    public Func<Uri, CancellationToken, ValueTask<Stream>>? ConnectTransport { get; init; }

    /// <summary>
    /// The version of HTTP that carries the opening handshake: 1.1, by an upgrade (RFC 6455 §4.1), or 2.0, by an extended CONNECT
    /// (<see href="https://www.rfc-editor.org/rfc/rfc8441">RFC 8441</see>), which the server has to have announced. Default: 1.1.
    /// </summary>
    /// <remarks>
    /// HTTP/2 is done by <see cref="HttpInvoker"/>. Without one, the session has a connection of its own, which goes the same way as over
    /// HTTP/1.1: <see cref="Tls"/>, <see cref="Proxy"/> and <see cref="ConnectTransport"/> count. <see cref="ConnectTimeout"/> and
    /// <see cref="HandshakeTimeout"/> together limit all of it.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">Another version.</exception>
    public Version HttpVersion
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value != System.Net.HttpVersion.Version11 && value != System.Net.HttpVersion.Version20)
                throw new ArgumentOutOfRangeException(nameof(value), value, "A WebSocket is opened over HTTP/1.1 or HTTP/2.");
            field = value;
        }
    }
    = System.Net.HttpVersion.Version11;

    /// <summary>
    /// What to do where the server does not speak HTTP/2, or does not take an extended CONNECT: fail, or go on over HTTP/1.1 with
    /// <see cref="HttpVersionPolicy.RequestVersionOrLower"/>. In the clear nothing tells beforehand, so with that policy <c>ws</c> is
    /// HTTP/1.1. Default:
    /// <see cref="HttpVersionPolicy.RequestVersionExact"/>, as falling back costs a connection for each session, and should not go
    /// unnoticed.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="HttpVersionPolicy.RequestVersionOrHigher"/>, or no policy.</exception>
    public HttpVersionPolicy HttpVersionPolicy
    {
        get;
        init
        {
            if (value is not (HttpVersionPolicy.RequestVersionExact or HttpVersionPolicy.RequestVersionOrLower))
                throw new ArgumentOutOfRangeException(nameof(value), value, "The version is exact, or the highest.");
            field = value;
        }
    }
    = HttpVersionPolicy.RequestVersionExact;

    /// <summary>
    /// What does the HTTP, of either version: an <see cref="HttpClient"/>, or an invoker over a <see cref="SocketsHttpHandler"/>. Its
    /// proxy, cookies, credentials, certificates and redirects count, so <see cref="Tls"/>, <see cref="Proxy"/> and
    /// <see cref="ConnectTransport"/> have to be null, and a Host among <see cref="Headers"/> says whose certificate is wanted too. One
    /// that is shared lets many sessions share a connection of HTTP/2; the server says how many streams one has, 100 is usual, and further
    /// ones wait until <see cref="ConnectTimeout"/> and <see cref="HandshakeTimeout"/> together are over, unless <see
    /// cref="SocketsHttpHandler.EnableMultipleHttp2Connections"/> is set. It is not disposed of. Default: null.
    /// </summary>
    public HttpMessageInvoker? HttpInvoker { get; init; }

    /// <summary>Looks up a name; tests have one of their own.</summary>
    internal Func<string, CancellationToken, ValueTask<IReadOnlyList<IPAddress>>> Resolve { get; init; } = Dialing.ResolveAsync;

    /// <summary>Connects to one address; tests have one of their own.</summary>
    internal Func<IPEndPoint, CancellationToken, ValueTask<Socket>> Dial { get; init; } = Dialing.DialAsync;

    /// <summary>Returns the name of the type only, because headers and the URI of the proxy may hold secrets.</summary>
    public override string ToString() => nameof(WsClientOptions);

    internal bool IsByHttpClient => HttpInvoker is not null || HttpVersion != System.Net.HttpVersion.Version11;

    /// <summary>Where HTTP is done by somebody else, nothing tells when the request can be sent.</summary>
    internal TimeSpan ConnectAndHandshakeTimeout =>
        ConnectTimeout == Timeout.InfiniteTimeSpan || HandshakeTimeout == Timeout.InfiniteTimeSpan ? Timeout.InfiniteTimeSpan
        : ConnectTimeout + HandshakeTimeout is var sum && sum > Durations.Longest ? Durations.Longest : sum;

    internal WsConnectOptions Connect => new() { Session = Session, HandshakeTimeout = HandshakeTimeout };

    /// <summary>What the server did not agree to although it is required, as the Close that says so; null if nothing is missing.</summary>
    internal CloseConnection? FindMissing(WsConnection connection)
    {
        if (SubprotocolRequired && connection.Subprotocol is null)
            return new CloseConnection(CloseCode.PolicyViolation, "no subprotocol was chosen");
        string[] agreed = [.. connection.Extensions.Select(codec => codec.Agreed.Name)];
        IEnumerable<string> offered = Extensions.Where(template => template.Offer().Count > 0).Select(template => template.Name);
        // What extensions offer is their code, and asked for only where it counts.
        string missing = ExtensionsRequired ? string.Join(", ", offered.Except(agreed, StringComparer.OrdinalIgnoreCase)) : "";
        return missing.Length > 0 ? new CloseConnection(CloseCode.MandatoryExtension, missing) : null;
    }

    /// <exception cref="ArgumentException">The URI cannot be used, or an option would be ignored.</exception>
    internal Request RequestFor(Uri uri)
    {
        if (HttpInvoker is not null && (Tls is not null || Proxy is not null || ConnectTransport is not null))
            throw new ArgumentException("The invoker's handler connects: give Tls, Proxy and ConnectTransport to it.");
        Request request = Request.FromUri(uri);
        return request with
        {
            Host = Headers["Host"] ?? request.Host,
            Subprotocols = Subprotocols,
            Extensions = Extensions,
            ExtraHeaders = Headers.Without("Host"),
        };
    }
}
