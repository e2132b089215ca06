using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using WsProto.Adapters;
using WsProto.Extensions;

namespace WsProto.AspNetCore;

/// <summary>
/// What the WebSocket routes of an application accept and how their sessions behave: for all of them by
/// <see cref="WsProtoServiceCollectionExtensions.AddWsProto"/>, for one by
/// <see cref="WsEndpointRouteBuilderExtensions.WithWebSocketOptions"/>, which begins with those of the application.
/// </summary>
/// <remarks>Read once, when the routes are built. Changes after that have no effect.</remarks>
public sealed class WsEndpointOptions
{
    /// <summary>Of requests that are served within other handlers; made with the first of them.</summary>
    private volatile WsEndpoint? _endpoint;

    /// <summary>Makes options with all defaults.</summary>
    public WsEndpointOptions()
    {
    }

    internal WsEndpointOptions(WsEndpointOptions other)
    {
        Session = other.Session;
        Subprotocols = [.. other.Subprotocols];
        Extensions = [.. other.Extensions];
        Origins = other.Origins;
        OnRequest = other.OnRequest;
        OnException = other.OnException;
        MaxSessions = other.MaxSessions;
        RetryAfter = other.RetryAfter;
        ShutdownGrace = other.ShutdownGrace;
        HandlerGrace = other.HandlerGrace;
        CloseOnAuthenticationExpiration = other.CloseOnAuthenticationExpiration;
        AuthenticationExpirationCode = other.AuthenticationExpirationCode;
        CountsInHttpMetrics = other.CountsInHttpMetrics;
    }

    /// <summary>How the sessions behave, with the limits of the protocol. Default: all defaults.</summary>
    public WsSessionOptions Session
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = new();

    /// <summary>
    /// The subprotocols that the route speaks. The first of the client's that is among them is chosen; if none is, none. Default: none.
    /// </summary>
    public IList<string> Subprotocols { get; } = [];

    /// <summary>
    /// The extensions to agree to if the client offers them, as templates. Default: none; add a <see cref="PerMessageDeflate"/> for
    /// compression.
    /// </summary>
    public IList<WsExtension> Extensions { get; } = [];

    /// <summary>
    /// Which web pages may connect, by the Origin that browsers send (RFC 6455 §10.2); others are refused with 403. It is compared with the
    /// host and the scheme of the request as middleware left them, so the headers of a trusted proxy count where
    /// <c>UseForwardedHeaders</c> runs before. Default: <see cref="OriginPolicy.SameOrigin"/>.
    /// </summary>
    public OriginPolicy Origins
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = OriginPolicy.SameOrigin;

    /// <summary>
    /// Decides about a request that is well-formed, of an allowed Origin, and has passed all that runs before a route's handler. Null (the
    /// default) accepts. It refuses with 300 to 599 only, as any 2xx opens a WebSocket over HTTP/2 (RFC 8441 §5). What it throws reaches
    /// the middleware before, as of any handler.
    /// </summary>
    public Func<HttpContext, Request, ValueTask<WsResponse>>? OnRequest { get; set; }

    /// <summary>
    /// Chooses the Close for what a handler threw after the connection was accepted, where exception middleware no longer sees it. Null
    /// (the default): <see cref="CloseCode.InternalError"/> and no reason. The exception is logged before.
    /// </summary>
    public Func<HttpContext, Exception, CloseConnection>? OnException { get; set; }

    /// <summary>
    /// How many sessions the application may have at once, over all routes and carriers; who comes then gets a 503. Default: null, no limit
    /// but the host's.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int? MaxSessions
    {
        get;
        set
        {
            if (value is { } most)
                ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most, nameof(value));
            field = value;
        }
    }

    /// <summary>
    /// What <c>Retry-After</c> says in a 503, in whole seconds. Default: 5 seconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public TimeSpan RetryAfter
    {
        get;
        set => field = NotNegative(value);
    }
    = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a handler may go on after its token was cancelled because the host stops; then its session is closed with 1001. It can
    /// still send meanwhile. Default: 2 seconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public TimeSpan ShutdownGrace
    {
        get;
        set => field = NotNegative(value);
    }
    = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a handler may run on after its session has ended before a warning names it. Default: 30 seconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public TimeSpan HandlerGrace
    {
        get;
        set => field = NotNegative(value);
    }
    = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether a session ends when the ticket of its user expires (<see cref="AuthenticationProperties.ExpiresUtc"/>). Default: false, as a
    /// cookie's ticket may be renewed by other requests.
    /// </summary>
    public bool CloseOnAuthenticationExpiration { get; set; }

    /// <summary>With which code such a session is closed. Default: <see cref="CloseCode.PolicyViolation"/>.</summary>
    public CloseCode AuthenticationExpirationCode { get; set; } = CloseCode.PolicyViolation;

    /// <summary>
    /// Whether sessions count in the duration of HTTP requests. Default: false, as they last for hours and the meter of this package counts
    /// them.
    /// </summary>
    public bool CountsInHttpMetrics { get; set; }

    /// <summary>What <see cref="WsHttpContextExtensions.ServeWebSocketAsync"/> serves a request by.</summary>
    internal WsEndpoint EndpointFor(HttpContext context)
    {
        var host = WsHost.Of(context.RequestServices);
        Endpoint? route = context.GetEndpoint();
        string name = (route as RouteEndpoint)?.RoutePattern.RawText ?? route?.DisplayName ?? "";
        if (_endpoint is { } known && ReferenceEquals(known.Host, host) && known.Name == name)
            return known;
        return _endpoint = WsEndpoint.Create(name, this, host, context.RequestServices);
    }

    private static TimeSpan NotNegative(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
        return value;
    }
}
