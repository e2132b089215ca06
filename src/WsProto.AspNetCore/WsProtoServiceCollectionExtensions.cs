using System;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace WsProto.AspNetCore;

/// <summary>Registers what WebSocket routes need.</summary>
public static class WsProtoServiceCollectionExtensions
{
    /// <summary>
    /// Registers WebSocket routes, with options for all of them. Routes whose handler takes any parameters need it; the others work
    /// without.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the options of the application; null for the defaults.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddWsProto(this IServiceCollection services, Action<WsEndpointOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<WsHostOptions>();
        services.AddOptions<WsEndpointOptions>();
        if (configure is not null)
            services.Configure(configure);
        services.TryAddSingleton<WsHost>();
        // What a parameter is bound to until the connection is open; an instance, as the container disposes of none that it did not make.
        services.TryAddSingleton(WsPlaceholder.Session);
        return services;
    }
}
