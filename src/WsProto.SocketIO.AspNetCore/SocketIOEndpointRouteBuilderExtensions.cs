using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using WsProto.SocketIO.AspNetCore.Hosting;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>Maps Socket.IO routes.</summary>
public static class SocketIOEndpointRouteBuilderExtensions
{
    /// <summary>Maps a route to a Socket.IO v5 server: the one that is registered as a service, or a new one.</summary>
    /// <param name="routes">The application, or a route group.</param>
    /// <param name="pattern">The pattern of the route. The default path of clients is <c>/socket.io</c>.</param>
    /// <param name="configure">Adds namespaces and handlers.</param>
    /// <param name="options">The options of a new server; null for the defaults.</param>
    /// <returns>
    /// A builder for the conventions of the route. They apply to each request of a session, including polls, and to
    /// <see cref="SocketIOOptions.ClientScripts"/>.
    /// </returns>
    /// <exception cref="InvalidOperationException">
    /// The server is mapped already. Or it is a service and <paramref name="options"/> are given. Or its backplane belongs to another
    /// server.
    /// </exception>
    /// <exception cref="IOException">
    /// The folder of <see cref="SocketIOOptions.ClientScripts"/> does not exist, cannot be read, or contains no scripts.
    /// </exception>
    public static IEndpointConventionBuilder MapSocketIO(
        this IEndpointRouteBuilder routes,
        [StringSyntax("Route")] string pattern,
        Action<SocketIOServer> configure,
        SocketIOOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(routes);
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(configure);
        SocketIOServer? registered = routes.ServiceProvider.GetService<SocketIOServer>();
        if (registered is not null && options is not null)
            throw new InvalidOperationException("The server is registered as a service: pass the options to AddSocketIO.");
        SocketIOServer server = registered ?? new SocketIOServer(routes.ServiceProvider, options);
        IReadOnlyList<FileInfo> scripts = server.Options.ClientScripts is { } folder
            ? ClientScripts.Find(routes.ServiceProvider, folder)
            : [];
        configure(server);
        server.Seal();
        EngineHost host = EngineIOEndpointRouteBuilderExtensions.CreateHost(
            routes.ServiceProvider, server.Options.Engine, server.Instruments, _ => new SocketIOApplication(server));
        server.Host = host;
        server.Link?.Start(routes.ServiceProvider.GetRequiredService<IHostApplicationLifetime>());
        IEndpointConventionBuilder endpoint = routes.MapHost(pattern, host).WithDisplayName($"Socket.IO {pattern}");
        return scripts.Count == 0
            ? endpoint
            : new ConventionBuilders([endpoint, .. scripts.Select(script => ClientScripts.Map(routes, pattern, script))]);
    }
}

/// <summary>Registers a Socket.IO server.</summary>
public static class SocketIOServiceCollectionExtensions
{
    /// <summary>Registers a <see cref="SocketIOServer"/> as a singleton, so that any part of the application can send with it.</summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddSocketIO(this IServiceCollection services, SocketIOOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(provider => new SocketIOServer(provider, options));
        return services;
    }
}
