using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Extensions;

namespace WsProto.Adapters;

/// <summary>What a server accepts, and how its sessions behave. Immutable; one instance serves any number of sessions.</summary>
public sealed record WsAcceptOptions
{
    internal static WsAcceptOptions Default { get; } = new();

    /// <summary>How the sessions behave, once they are open. Default: all defaults.</summary>
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
    /// How long the whole opening handshake may take, including TLS, <see cref="OnRequest"/> and the body of a refusal. Default: 10
    /// seconds. <see cref="Timeout.InfiniteTimeSpan"/>: no limit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or more than 49 days.</exception>
    public TimeSpan HandshakeTimeout
    {
        get;
        init => field = Durations.PositiveOrInfinite(value);
    }
    = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The subprotocols that the server supports. The first subprotocol of the client's list that is among them is chosen; if there is
    /// none, the connection opens without one. Default: none.
    /// </summary>
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
    /// The extensions to agree to if the client offers them, as templates. Default: none; put a <see cref="PerMessageDeflate"/> here for
    /// compression.
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
    /// Which web pages may connect, by the Origin that browsers send (RFC 6455 §10.2); others are refused with 403. Default:
    /// <see cref="OriginPolicy.SameOrigin"/>.
    /// </summary>
    public OriginPolicy Origins
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = OriginPolicy.SameOrigin;

    /// <summary>
    /// Decides about a request that is well-formed and of an allowed Origin; null (the default) accepts it. It has to answer within
    /// <see cref="HandshakeTimeout"/>. If it throws or returns null, or accepts with a subprotocol that the client did not offer, the
    /// client gets a 500 and the caller a <see cref="WsHandshakeException"/> with the exception inside.
    /// </summary>
    public Func<WsRequestContext, CancellationToken, ValueTask<WsResponse>>? OnRequest { get; init; }

    /// <summary>
    /// Answers well-formed HTTP/1 requests that do not ask for an upgrade to WebSocket, such as a health check or a person's browser; where
    /// it returns null, the answer is what it is without it: 400. It has to answer within <see cref="HandshakeTimeout"/>; if it throws, the
    /// client gets a 500. A body of the request is not read, and the connection ends after the answer. Default: null. What is answered here
    /// counts as no failed handshake.
    /// </summary>
    public Func<WsHttpRequestContext, CancellationToken, ValueTask<WsHttpResponse?>>? OnHttpRequest { get; init; }

    /// <summary>What is answered to a request: by the origin, by the application, with what these options choose.</summary>
    internal async ValueTask<WsResponse> AnswerAsync(WsRequestContext context, CancellationToken cancellationToken)
    {
        if (!Origins.Allows(context.Request, isSecure: context.Tls is not null))
            return WsResponse.Reject(403, "This origin may not connect.");
        WsResponse answer = OnRequest is null
            ? WsResponse.Accept()
            : await OnRequest(context, cancellationToken).ConfigureAwait(false)
                ?? throw new InvalidOperationException($"{nameof(OnRequest)} returned null.");
        return answer.CompleteWith(context.Request.Subprotocols.FirstOrDefault(Subprotocols.Contains), Extensions);
    }
}
