using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Security;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Extensions;

namespace WsProto.Adapters;

/// <summary>What a server accepts, and how its sessions behave. One instance serves any number of sessions.</summary>
public sealed record WsServerOptions : WsSessionOptions
{
    internal static new WsServerOptions Default { get; } = new();

    /// <summary>The subprotocols that the server speaks. The first of the client's that is among them is chosen; if none is, none. Default: none.</summary>
    public IReadOnlyList<string> Subprotocols { get; init; } = [];

    /// <summary>The extensions to agree to if the client offers them, as templates. Default: none; put a <see cref="PerMessageDeflate"/> here for compression.</summary>
    public IReadOnlyList<WsExtension> Extensions { get; init; } = [];

    /// <summary>Which web pages may connect, by the Origin that browsers send (RFC 6455 §10.2); others are refused with 403. Default: <see cref="OriginPolicy.SameOrigin"/>.</summary>
    public OriginPolicy Origins { get; init; } = OriginPolicy.SameOrigin;

    /// <summary>
    /// Decides about a request that is well-formed and of an allowed Origin; null accepts it. It has to answer within the
    /// <see cref="WsSessionOptions.HandshakeTimeout"/>. If it throws, the client gets a 500.
    /// </summary>
    public Func<Request, CancellationToken, ValueTask<WsAnswer>>? OnRequest { get; init; }

    /// <summary>
    /// The certificate and all else that a <see cref="WsListener"/> needs for wss://; null (the default) for ws://. The handshake of TLS counts towards the
    /// <see cref="WsSessionOptions.HandshakeTimeout"/>.
    /// </summary>
    public SslServerAuthenticationOptions? Tls { get; init; }

    /// <summary>
    /// How many connections a <see cref="WsListener"/> has at once: those whose handshake goes on, open and closing ones, and those whose handler has not
    /// returned. As many as that, and it accepts no more until one ends; the others wait in the <see cref="Backlog"/>. They are not refused with 503,
    /// because to read a request, with TLS even, costs what this is to limit. Default: 10,000, at least 1.
    /// </summary>
    public int MaxConnections
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    }
    = 10_000;

    /// <summary>
    /// How many connections the system holds for a <see cref="WsListener"/> that has not accepted them yet; systems have limits of their own. Default: 512,
    /// at least 1.
    /// </summary>
    public int Backlog
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    }
    = 512;

    /// <summary>
    /// How long a <see cref="WsListener"/> that stops waits for closing handshakes and handlers before it breaks the sessions off. Default: 10 seconds, after
    /// which common supervisors lose patience; zero for no waiting.
    /// </summary>
    public TimeSpan ShutdownTimeout
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, LongestTimer);
            field = value;
        }
    }
    = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Is told of each connection to a <see cref="WsListener"/> that did not become a session, and whence it came, for logs: of a
    /// <see cref="WsHandshakeException"/>, also where the options refused, or a <see cref="TimeoutException"/>. The end point is null where there was no
    /// connection because accepting failed, as for want of descriptors. It is called on a thread of the pool; what it throws is dropped. Default: nobody is told.
    /// </summary>
    public Action<Exception, EndPoint?>? OnHandshakeFailed { get; init; }

    /// <summary>
    /// Is told what a handler of <see cref="WsListener.RunAsync"/> threw, for logs. The session is closing with <see cref="CloseCode.InternalError"/>. It is
    /// called on a thread of the pool; what it throws is dropped. Default: nobody is told.
    /// </summary>
    public Action<Exception, WsSession>? OnHandlerFailed { get; init; }

    internal async ValueTask<WsAnswer> AnswerAsync(Request request, CancellationToken cancellationToken)
    {
        if (!Origins.Allows(request, isSecure: Tls is not null))
            return WsAnswer.Reject(403, "This origin may not connect.");
        WsAnswer answer = OnRequest is null ? WsAnswer.Accept() : await OnRequest(request, cancellationToken).ConfigureAwait(false);
        return answer.Acceptance is { } acceptance
            ? new WsAnswer(acceptance with { Subprotocol = acceptance.Subprotocol ?? Choose(request), Extensions = Extensions })
            : answer;
    }

    private string? Choose(Request request) => request.Subprotocols.FirstOrDefault(Subprotocols.Contains);
}

/// <summary>What a server says to a request: yes or no.</summary>
public sealed class WsAnswer
{
    internal WsAnswer(AcceptConnection acceptance) => Acceptance = acceptance;

    private WsAnswer(RejectConnection refusal, ReadOnlyMemory<byte> body) => (Refusal, Body) = (refusal, body);

    internal AcceptConnection? Acceptance { get; }

    internal RejectConnection? Refusal { get; }

    internal ReadOnlyMemory<byte> Body { get; }

    /// <summary>Accepts the request.</summary>
    /// <param name="subprotocol">One of the client's subprotocols; null for the choice of <see cref="WsServerOptions.Subprotocols"/>.</param>
    /// <param name="headers">More headers for the answer, such as cookies.</param>
    public static WsAnswer Accept(string? subprotocol = null, HeaderList? headers = null) =>
        new(new AcceptConnection { Subprotocol = subprotocol, ExtraHeaders = headers ?? [] });

    /// <summary>Refuses the request.</summary>
    /// <param name="statusCode">The HTTP status, 200 to 599: 401, 403, 404, 429, 503…</param>
    /// <param name="text">A body for people to read, in UTF-8; null for none.</param>
    /// <param name="headers">More headers for the answer, such as <c>WWW-Authenticate</c> or <c>Retry-After</c>.</param>
    public static WsAnswer Reject(int statusCode, string? text = null, HeaderList? headers = null) =>
        text is null
            ? new WsAnswer(new RejectConnection { StatusCode = statusCode, Headers = headers ?? [] }, default)
            : Reject(statusCode, Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8", headers);

    /// <summary>Refuses the request.</summary>
    /// <param name="statusCode">The HTTP status, 200 to 599.</param>
    /// <param name="body">The body.</param>
    /// <param name="contentType">Its media type.</param>
    /// <param name="headers">More headers for the answer.</param>
    public static WsAnswer Reject(int statusCode, ReadOnlyMemory<byte> body, string contentType, HeaderList? headers = null) =>
        new(new RejectConnection { StatusCode = statusCode, Headers = (headers ?? []).Set("Content-Type", contentType), HasBody = true }, body);
}
