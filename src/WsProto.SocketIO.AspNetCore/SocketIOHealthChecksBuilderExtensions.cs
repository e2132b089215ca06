using System;
using System.Collections.Generic;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using WsProto.SocketIO.AspNetCore.Hosting;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>Adds health checks of a Socket.IO server.</summary>
public static class SocketIOHealthChecksBuilderExtensions
{
    /// <summary>Adds a health check of the server that <see cref="SocketIOServiceCollectionExtensions.AddSocketIO"/> registers.</summary>
    /// <param name="checks">The health checks.</param>
    /// <param name="name">The name of the check. Default: <c>socketio</c>.</param>
    /// <param name="tags">Tags, by which checks are selected.</param>
    /// <returns>The same health checks.</returns>
    /// <remarks>
    /// It is unhealthy if the server is not mapped or is stopping, degraded from 90 % of
    /// <see cref="EngineIO.EngineIOServerOptions.MaxSessions"/>, and otherwise healthy. Its data has <c>sessions</c>, and
    /// <c>maxSessions</c> if there is a limit.
    /// </remarks>
    public static IHealthChecksBuilder AddSocketIO(
        this IHealthChecksBuilder checks, string name = "socketio", IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(checks);
        return checks.Add(new HealthCheckRegistration(
            name, static services => new ServerHealth(services.GetService<SocketIOServer>()), failureStatus: null, tags));
    }

    /// <summary>
    /// Adds a health check of the server's <see cref="SocketIOOptions.Backplane"/>. It fails while the server does not receive messages
    /// from it.
    /// </summary>
    /// <param name="checks">The health checks.</param>
    /// <param name="name">The name of the check. Default: <c>socketio-backplane</c>.</param>
    /// <param name="failureStatus">The status of a failure; null for unhealthy.</param>
    /// <param name="tags">Tags, by which checks are selected.</param>
    /// <returns>The same health checks.</returns>
    /// <remarks>
    /// The server still serves its own clients, and if the backplane itself is down, the check fails on all servers. For a load balancer,
    /// consider <see cref="HealthStatus.Degraded"/>. Its data has <c>otherServers</c>.
    /// </remarks>
    public static IHealthChecksBuilder AddSocketIOBackplane(
        this IHealthChecksBuilder checks,
        string name = "socketio-backplane",
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(checks);
        return checks.Add(new HealthCheckRegistration(
            name, static services => new BackplaneHealth(services.GetService<SocketIOServer>()?.Link), failureStatus, tags));
    }
}
