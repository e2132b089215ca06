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

/// <summary>Maps WebSocket routes.</summary>
/// <remarks>
/// <para>
/// A route accepts a WebSocket over HTTP/1.1 (GET with an upgrade, RFC 6455) and over HTTP/2 and HTTP/3 (extended CONNECT, RFC 8441 and RFC
/// 9220). Everything that ASP.NET Core runs before a handler runs before the connection is accepted: authorization, rate limiting, filters
/// and parameter binding.
/// </para>
/// <para>
/// The token of a handler is cancelled when the session ends or the host stops. If the host stops, <see cref="WsSession.CloseResult"/> is
/// still null, and the handler can send.
/// </para>
/// <para>
/// When the handler completes, the session is closed: with code 1000, with 1001 if the host is stopping, or with 1011 if the handler has
/// thrown.
/// </para>
/// </remarks>
public static class WsEndpointRouteBuilderExtensions
{
    private static readonly string[] _methods = ["GET", "CONNECT"];

    /// <summary>Maps a route to a WebSocket handler. It uses no reflection.</summary>
    /// <param name="routes">The application, or a route group.</param>
    /// <param name="pattern">The pattern of the route.</param>
    /// <param name="handler">Serves one session. Its token is cancelled when the handler should return.</param>
    /// <returns>A builder for the conventions of the route.</returns>
    public static IEndpointConventionBuilder MapWebSocket(
        this IEndpointRouteBuilder routes, [StringSyntax("Route")] string pattern, Func<WsSession, CancellationToken, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return routes.MapWebSocket(pattern, (_, session, token) => handler(session, token));
    }

    /// <summary>Maps a route to a WebSocket handler that gets the request too. It uses no reflection.</summary>
    /// <param name="routes">The application, or a route group.</param>
    /// <param name="pattern">The pattern of the route.</param>
    /// <param name="handler">Serves one session. Its token is cancelled when the handler should return.</param>
    /// <returns>A builder for the conventions of the route.</returns>
    public static IEndpointConventionBuilder MapWebSocket(
        this IEndpointRouteBuilder routes,
        [StringSyntax("Route")] string pattern,
        Func<HttpContext, WsSession, CancellationToken, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(routes);
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(handler);
        RequestDelegate serve = context => WsAttempt.Of(context).ServeAsync((session, token) => handler(context, session, token));
        IEndpointConventionBuilder builder = routes.MapMethods(pattern, _methods, serve);
        builder.Add(WsEndpoint.Wrap);
        return builder;
    }

    /// <summary>Maps a route to a handler with a <see cref="WsSession"/> and any other parameters that ASP.NET Core can bind.</summary>
    /// <param name="routes">The application, or a route group.</param>
    /// <param name="pattern">The pattern of the route.</param>
    /// <param name="handler">Serves one session. It returns a <see cref="Task"/>, a <see cref="ValueTask"/> or nothing.</param>
    /// <returns>A builder for the conventions of the route. What is added to it runs before the connection is accepted.</returns>
    /// <remarks>
    /// It uses reflection. Under NativeAOT, write <c>routes.Map(pattern, handler).AsWebSocket()</c> instead, for which ASP.NET Core
    /// generates code at compile time.
    /// </remarks>
    /// <exception cref="InvalidOperationException">
    /// <c>AddWsProto</c> was not called. Or the handler has no parameter of type <see cref="WsSession"/>, or returns a result; this is
    /// thrown when the routes are built.
    /// </exception>
    [RequiresUnreferencedCode("The handler's parameters are bound by reflection. Use routes.Map(pattern, handler).AsWebSocket() instead.")]
    [RequiresDynamicCode("The handler's parameters are bound by generated code. Use routes.Map(pattern, handler).AsWebSocket() instead.")]
    public static IEndpointConventionBuilder MapWebSocket(
        this IEndpointRouteBuilder routes, [StringSyntax("Route")] string pattern, Delegate handler)
    {
        ArgumentNullException.ThrowIfNull(routes);
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(handler);
        // Otherwise ASP.NET Core would bind the session to the body of the request, and fail at the first request.
        if (routes.ServiceProvider.GetService<IServiceProviderIsService>()?.IsService(typeof(WsSession)) == false)
            throw new InvalidOperationException("The handler's session is bound as a service: call builder.Services.AddWsProto() first.");
        return routes.MapMethods(pattern, _methods, handler).AsWebSocket();
    }

    /// <summary>
    /// Makes a route a WebSocket route. Its handler has a parameter of type <see cref="WsSession"/>. It uses no reflection.
    /// </summary>
    /// <param name="builder">The result of <c>routes.Map(pattern, handler)</c>.</param>
    /// <returns>A builder for the conventions of the route. What is added to it runs before the connection is accepted.</returns>
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

    /// <summary>Changes the options of a route, or of all routes of a group.</summary>
    /// <param name="builder">The route or group.</param>
    /// <param name="configure">
    /// Changes the options, which begin as those of the application. Called once for each route, when the routes are built.
    /// </param>
    /// <returns>The same builder.</returns>
    public static TBuilder WithWebSocketOptions<TBuilder>(this TBuilder builder, Action<WsEndpointOptions> configure)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(configure);
        return builder.WithMetadata(new WsOptionsMetadata(configure));
    }
}

internal sealed record WsOptionsMetadata(Action<WsEndpointOptions> Configure);
