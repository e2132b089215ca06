using System;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using WsProto.Adapters;

namespace WsProto.AspNetCore;

/// <summary>WebSocket routes.</summary>
/// <remarks>
/// <para>
/// A route answers GET with an upgrade (HTTP/1.1, RFC 6455) and extended CONNECT (HTTP/2 and HTTP/3, RFC 8441, RFC 9220). All that runs
/// before a handler of ASP.NET Core runs before the connection is accepted: authorisation, rate limits, filters, the binding of parameters.
/// </para>
/// <para>
/// When the handler returns, the session is closed with 1000; with 1001 if the host stops, and with 1011 if it throws. Its token is
/// cancelled as soon as the session ends or the host stops; in the second case <see cref="WsSession.CloseResult"/> is null and it can still
/// send.
/// </para>
/// </remarks>
public static class WsEndpointRouteBuilderExtensions
{
    private static readonly string[] _methods = ["GET", "CONNECT"];

    /// <summary>Maps a route to a handler of WebSockets. It uses no reflection.</summary>
    /// <param name="routes">The application, or a group.</param>
    /// <param name="pattern">The pattern of the route.</param>
    /// <param name="handler">Serves a session; the token says when it should end.</param>
    public static IEndpointConventionBuilder MapWebSocket(
        this IEndpointRouteBuilder routes, [StringSyntax("Route")] string pattern, Func<WsSession, CancellationToken, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return routes.MapWebSocket(pattern, (_, session, token) => handler(session, token));
    }

    /// <summary>Maps a route to a handler of WebSockets that wants to know of the request. It uses no reflection.</summary>
    /// <param name="routes">The application, or a group.</param>
    /// <param name="pattern">The pattern of the route.</param>
    /// <param name="handler">Serves a session; the token says when it should end.</param>
    public static IEndpointConventionBuilder MapWebSocket(
        this IEndpointRouteBuilder routes, [StringSyntax("Route")] string pattern, Func<HttpContext, WsSession, CancellationToken, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(routes);
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(handler);
        RequestDelegate serve = context => WsAttempt.Of(context).ServeAsync((session, token) => handler(context, session, token));
        IEndpointConventionBuilder builder = routes.MapMethods(pattern, _methods, serve);
        builder.Add(WsEndpoint.Wrap);
        return builder;
    }

    /// <summary>
    /// Maps a route to a handler with any parameters that a route handler of ASP.NET Core takes, a <see cref="WsSession"/> among them.
    /// </summary>
    /// <param name="routes">The application, or a group.</param>
    /// <param name="pattern">The pattern of the route.</param>
    /// <param name="handler">Serves a session. It returns a <see cref="Task"/>, a <see cref="ValueTask"/> or nothing.</param>
    /// <remarks>
    /// It uses reflection. Where that is not to be had, as under NativeAOT, write <c>routes.Map(pattern, handler).AsWebSocket()</c>, for which
    /// the framework generates code.
    /// </remarks>
    /// <exception cref="InvalidOperationException">
    /// <c>AddWsProto</c> was not called. Or the handler takes no session or returns a result; that is thrown when the routes are built.
    /// </exception>
    [RequiresUnreferencedCode("The handler's parameters are bound by reflection. Use routes.Map(pattern, handler).AsWebSocket() instead.")]
    [RequiresDynamicCode("The handler's parameters are bound by generated code. Use routes.Map(pattern, handler).AsWebSocket() instead.")]
    public static IEndpointConventionBuilder MapWebSocket(this IEndpointRouteBuilder routes, [StringSyntax("Route")] string pattern, Delegate handler)
    {
        ArgumentNullException.ThrowIfNull(routes);
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(handler);
        // The framework would take the session for the body of the request, and say so at the first one.
        if (routes.ServiceProvider.GetService<IServiceProviderIsService>()?.IsService(typeof(WsSession)) == false)
            throw new InvalidOperationException("The handler's session is bound as a service: call builder.Services.AddWsProto() first.");
        return routes.MapMethods(pattern, _methods, handler).AsWebSocket();
    }

    /// <summary>Makes a WebSocket route of a route whose handler takes a <see cref="WsSession"/>. It uses no reflection.</summary>
    /// <param name="builder">What <c>routes.Map(pattern, handler)</c> gave.</param>
    /// <returns>A builder for the rest; what is added to it runs before the connection is accepted.</returns>
    /// <inheritdoc cref="MapWebSocket(IEndpointRouteBuilder, string, Delegate)" path="/exception"/>
    public static IEndpointConventionBuilder AsWebSocket(this RouteHandlerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Add(endpoint =>
        {
            if (!endpoint.Metadata.OfType<IHttpMethodMetadata>().Any())
                endpoint.Metadata.Add(new HttpMethodMetadata(_methods));
            WsEndpoint.Wrap(endpoint);
        });
        return new WsRouteBuilder(builder);
    }

    /// <summary>Changes the options of a route, or of all routes of a group; those of the application are where it begins.</summary>
    /// <param name="builder">The route or group.</param>
    /// <param name="configure">Changes the options. Called once for each route, when the routes are built.</param>
    /// <returns>The same builder.</returns>
    public static TBuilder WithWebSocketOptions<TBuilder>(this TBuilder builder, Action<WsEndpointOptions> configure)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(configure);
        return builder.WithMetadata(new WsOptionsMetadata(configure));
    }
}

internal sealed record WsOptionsMetadata(Action<WsEndpointOptions> Configure);
