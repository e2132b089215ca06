using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using WsProto.SocketIO.AspNetCore.Hosting;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>Maps Engine.IO routes.</summary>
public static class EngineIOEndpointRouteBuilderExtensions
{
    /// <summary>Maps a route to an Engine.IO v4 server: polling, WebSocket over HTTP/1.1 and HTTP/2, and upgrades.</summary>
    /// <param name="routes">The application, or a route group.</param>
    /// <param name="pattern">The pattern of the route. The default path of clients is <c>/engine.io</c>.</param>
    /// <param name="handler">
    /// Serves one session. Its token is cancelled when the session ends. When it completes, the session is closed; what it throws is
    /// logged.
    /// </param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <returns>A builder for the conventions of the route. They apply to each request of a session, including polls.</returns>
    public static IEndpointConventionBuilder MapEngineIO(
        this IEndpointRouteBuilder routes,
        [StringSyntax("Route")] string pattern,
        Func<EngineIOConnection, CancellationToken, Task> handler,
        EngineIOEndpointOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(routes);
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(handler);
        var instruments = new Instruments(routes.ServiceProvider);
        EngineHost host = CreateHost(
            routes.ServiceProvider, options ?? new(), instruments, logger => new HandlerApplication(handler, logger));
        return routes.MapHost(pattern, host).WithDisplayName($"Engine.IO {pattern}");
    }

    internal static EngineHost CreateHost(
        IServiceProvider services, EngineIOEndpointOptions options, Instruments instruments, Func<ILogger, EngineApplication> create)
    {
        ILogger logger = services.GetService<ILoggerFactory>()?.CreateLogger("WsProto.SocketIO") ?? (ILogger)NullLogger.Instance;
        CancellationToken stopping = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        return new EngineHost(options, create(logger), instruments, logger, stopping);
    }

    /// <summary>Maps all methods: the server itself refuses those that are not allowed.</summary>
    internal static IEndpointConventionBuilder MapHost(this IEndpointRouteBuilder routes, string pattern, EngineHost host) =>
        routes.Map(pattern, (RequestDelegate)host.ServeAsync);

    private sealed class HandlerApplication(Func<EngineIOConnection, CancellationToken, Task> handler, ILogger logger) : EngineApplication
    {
        internal override EngineReceiver Open(EngineClient client, HttpContext context)
        {
            var connection = new EngineIOConnection(client, context);
            _ = RunAsync(connection);
            return connection.Receiver;
        }

        [SuppressMessage("Design", "CA1031", Justification = "Nothing else could handle it: it is logged and ends the session.")]
        private async Task RunAsync(EngineIOConnection connection)
        {
            try
            {
                // The caller holds the lock of the session.
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                await handler(connection, connection.Ending).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (connection.Ending.IsCancellationRequested)
            {
                // The handler stopped because its token was cancelled.
            }
            catch (Exception e)
            {
                Log.HandlerFailed(logger, connection.Client.ShortId, e);
            }

            connection.Close();
        }
    }
}
