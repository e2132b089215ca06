using System;
using System.Linq;
using System.Threading;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace WsProto.AspNetCore;

/// <summary>A WebSocket route: its name, its options, and the host of all sessions.</summary>
internal sealed class WsEndpoint(string name, WsEndpointOptions options, WsHost host, ILogger logger)
{
    private bool _hasWarned;

    /// <summary>The pattern of the route. It is used as a tag of instruments, because the peer cannot choose it.</summary>
    internal string Name => name;

    internal WsEndpointOptions Options => options;

    internal WsHost Host => host;

    internal ILogger Logger => logger;

    /// <summary>
    /// A convention of the route: it runs the handler within an attempt, which refuses requests that do not ask for a WebSocket.
    /// </summary>
    internal static void Wrap(EndpointBuilder builder)
    {
        RequestDelegate inner = builder.RequestDelegate ?? throw new InvalidOperationException("The route has no handler.");
        string name = (builder as RouteEndpointBuilder)?.RoutePattern.RawText ?? builder.DisplayName ?? "";
        // By the first request, all conventions have run.
        var endpoint = new Lazy<WsEndpoint>(() => Create(name, builder), LazyThreadSafetyMode.ExecutionAndPublication);
        builder.RequestDelegate = context => new WsAttempt(endpoint.Value, context).RunAsync(inner);
    }

    /// <summary>
    /// The level to log a refusal at: a warning for the first, then debug, because peers and proxies may repeat it any number of times.
    /// </summary>
    internal LogLevel LevelOfRefusal() => Interlocked.Exchange(ref _hasWarned, true) ? LogLevel.Debug : LogLevel.Warning;

    internal static WsEndpoint Create(string name, WsEndpointOptions options, WsHost host, IServiceProvider services)
    {
        ILogger logger = services.GetService<ILoggerFactory>()?.CreateLogger("WsProto.AspNetCore") ?? (ILogger)NullLogger.Instance;
        return new WsEndpoint(name, options, host, logger);
    }

    private static WsEndpoint Create(string name, EndpointBuilder builder)
    {
        IServiceProvider services = builder.ApplicationServices;
        var options = new WsEndpointOptions(services.GetRequiredService<IOptions<WsEndpointOptions>>().Value);
        foreach (WsOptionsMetadata metadata in builder.Metadata.OfType<WsOptionsMetadata>())
            metadata.Configure(options);
        return Create(name, options, WsHost.Of(services), services);
    }
}
