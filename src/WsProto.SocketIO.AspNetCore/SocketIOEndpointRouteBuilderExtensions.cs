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

/// <summary>Routes of Socket.IO.</summary>
public static class SocketIOEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps a route to a server of Socket.IO v5: the one of the application's services, or a new one where there is none.
    /// </summary>
    /// <param name="routes">The application, or a group.</param>
    /// <param name="pattern">The pattern of the route; clients use <c>/socket.io</c> where they are told nothing else.</param>
    /// <param name="configure">Adds namespaces and handlers.</param>
    /// <param name="options">How a new server behaves. Null: all defaults.</param>
    /// <returns>
    /// A builder for the rest. What is added to it runs for each request of a session, polls included, and for the scripts of
    /// <see cref="SocketIOOptions.ClientScripts"/>.
    /// </returns>
    /// <exception cref="InvalidOperationException">
    /// The server is mapped already, or is a service and options are given, or another server has its backplane.
    /// </exception>
    /// <exception cref="IOException">
    /// The folder of <see cref="SocketIOOptions.ClientScripts"/> is not there, cannot be read, or has no scripts.
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
            throw new InvalidOperationException("The server is a service: give its options to AddSocketIO.");
        SocketIOServer server = registered ?? new SocketIOServer(routes.ServiceProvider, options);
        IReadOnlyList<FileInfo> scripts = server.Options.ClientScripts is { } folder ? ClientScripts.Find(routes.ServiceProvider, folder) : [];
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

/// <summary>Registers a server of Socket.IO.</summary>
public static class SocketIOServiceCollectionExtensions
{
    /// <summary>Registers a <see cref="SocketIOServer"/>, so that anything in the application can send by it.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="options">How it behaves; null for the defaults.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddSocketIO(this IServiceCollection services, SocketIOOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(provider => new SocketIOServer(provider, options));
        return services;
    }
}
