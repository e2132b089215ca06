using System;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace WsProto.AspNetCore;

/// <summary>Registers the services of WebSocket routes.</summary>
public static class WsProtoServiceCollectionExtensions
{
    /// <summary>Registers WebSocket routes, and options for all of them.</summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="configure">Changes the options; null for the defaults.</param>
    /// <returns>The same services.</returns>
    /// <remarks>
    /// Routes whose handler takes parameters of its own choice need it. Routes with one of the two fixed signatures work without it.
    /// </remarks>
    public static IServiceCollection AddWsProto(this IServiceCollection services, Action<WsEndpointOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<WsHostOptions>();
        services.AddOptions<WsEndpointOptions>();
        if (configure is not null)
            services.Configure(configure);
        services.TryAddSingleton<WsHost>();
        // An instance, because the container does not dispose of an instance that it did not create.
        services.TryAddSingleton(WsPlaceholder.Session);
        return services;
    }
}
