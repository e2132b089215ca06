using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using WsProto.Adapters;
using WsProto.Extensions;

namespace WsProto.AspNetCore;

/// <summary>What WebSocket routes accept, and how their sessions behave.</summary>
/// <remarks>
/// Set the options of all routes with <see cref="WsProtoServiceCollectionExtensions.AddWsProto"/>, and change those of one route with
/// <see cref="WsEndpointRouteBuilderExtensions.WithWebSocketOptions"/>. They are read once, when the routes are built; later changes have
/// no effect.
/// </remarks>
public sealed class WsEndpointOptions
{
    /// <summary>The endpoint for requests that are served within other handlers. Created for the first of them.</summary>
    private volatile WsEndpoint? _endpoint;

    /// <summary>Creates options with default values.</summary>
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

    /// <summary>The options of each session, including the limits of the protocol. Default: a new <see cref="WsSessionOptions"/>.</summary>
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
    /// The subprotocols that the route supports. The server chooses the first one of the client's list that is among them, or none if there
    /// is none (RFC 6455 §4.2.2). Default: empty.
    /// </summary>
    public IList<string> Subprotocols { get; } = [];

    /// <summary>
    /// The extensions that the route accepts if the client offers them. Default: empty. Add a <see cref="PerMessageDeflate"/> for
    /// compression.
    /// </summary>
    public IList<WsExtension> Extensions { get; } = [];

    /// <summary>
    /// The web pages that may connect, by the Origin header that browsers send (RFC 6455 §10.2). Others are refused with status 403.
    /// Default: <see cref="OriginPolicy.SameOrigin"/>, so that other sites cannot use a visitor's cookies.
    /// </summary>
    /// <remarks>
    /// The origin is compared with the host and the scheme of the request after middleware ran. Behind a proxy, run
    /// <c>UseForwardedHeaders</c> before, so that they are the ones that the browser used.
    /// </remarks>
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

    /// <summary>Decides whether to accept a request. Default: null, which accepts every request that has passed the other checks.</summary>
    /// <remarks>
    /// It is called last: the request is valid, its Origin is allowed, and middleware and filters have run. A refusal needs a status of 300
    /// to 599, because over HTTP/2 any 2xx opens the WebSocket (RFC 8441 §5). What it throws reaches the middleware, as from any handler.
    /// </remarks>
    public Func<HttpContext, Request, ValueTask<WsResponse>>? OnRequest { get; set; }

    /// <summary>
    /// Chooses the Close to send after a handler has thrown. Default: null, which sends <see cref="CloseCode.InternalError"/> without a
    /// reason.
    /// </summary>
    /// <remarks>
    /// Exception middleware does not see what a handler throws after the connection was accepted. The exception is logged before. If this
    /// function throws, or returns null or a Close that cannot be sent, the default is used.
    /// </remarks>
    public Func<HttpContext, Exception, CloseConnection>? OnException { get; set; }

    /// <summary>
    /// The maximum number of sessions at the same time, over all routes of the application. Further requests are refused with status 503.
    /// Default: null, which leaves the limit to the server.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
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

    /// <summary>The value of the <c>Retry-After</c> header of a 503, rounded up to whole seconds. Default: 5 seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan RetryAfter
    {
        get;
        set => field = NotNegative(value);
    }
    = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a handler may continue when the host stops, after its token was cancelled. It can still send. Then the session is closed
    /// with code 1001. Default: 2 seconds.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan ShutdownGrace
    {
        get;
        set => field = NotNegative(value);
    }
    = TimeSpan.FromSeconds(2);

    /// <summary>How long a handler may continue after its session has ended before a warning is logged. Default: 30 seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan HandlerGrace
    {
        get;
        set => field = NotNegative(value);
    }
    = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether to close a session when its user's authentication ticket expires (<see cref="AuthenticationProperties.ExpiresUtc"/>).
    /// Default: false, because another request may renew the ticket of a cookie.
    /// </summary>
    public bool CloseOnAuthenticationExpiration { get; set; }

    /// <summary>The code to close such a session with. Default: <see cref="CloseCode.PolicyViolation"/>.</summary>
    /// <exception cref="ArgumentException">A Close with a reason cannot have this code (RFC 6455 §7.4).</exception>
    public CloseCode AuthenticationExpirationCode
    {
        get;
        set
        {
            WsHandling.ThrowIfUnsendable(new CloseConnection(value, WsHandling.ExpirationReason));
            field = value;
        }
    }
    = CloseCode.PolicyViolation;

    /// <summary>
    /// Whether sessions count in ASP.NET Core's metric of the duration of HTTP requests. Default: false, because sessions last for hours.
    /// This package has a meter for them.
    /// </summary>
    public bool CountsInHttpMetrics { get; set; }

    /// <summary>The endpoint that <see cref="WsHttpContextExtensions.ServeWebSocketAsync"/> serves a request with.</summary>
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
