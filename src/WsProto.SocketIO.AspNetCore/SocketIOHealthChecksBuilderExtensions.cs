using System;
using System.Collections.Generic;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using WsProto.SocketIO.AspNetCore.Hosting;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>The health of a server of Socket.IO.</summary>
public static class SocketIOHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a health check of the server that <see cref="SocketIOServiceCollectionExtensions.AddSocketIO"/> registers: unhealthy if it is
    /// not mapped or the host stops, degraded if nine tenths of the sessions that may be open are, healthy otherwise. Its data has
    /// <c>sessions</c>, and <c>maxSessions</c> if there is a limit.
    /// </summary>
    /// <param name="checks">The health checks.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="tags">Tags, by which checks are selected.</param>
    /// <returns>The same health checks.</returns>
    public static IHealthChecksBuilder AddSocketIO(this IHealthChecksBuilder checks, string name = "socketio", IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(checks);
        return checks.Add(new HealthCheckRegistration(
            name, static services => new ServerHealth(services.GetService<SocketIOServer>()), failureStatus: null, tags));
    }

    /// <summary>
    /// Adds a health check of what makes that server one with others, <see cref="SocketIOOptions.Backplane"/>: it fails while the server
    /// does not hear what is said there. Its own clients are served all the same, so a check for balancers may want
    /// <see cref="HealthStatus.Degraded"/>: if the backplane itself is away, all servers fail. Its data has <c>otherServers</c>.
    /// </summary>
    /// <param name="checks">The health checks.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="failureStatus">What it is when it fails; null for unhealthy.</param>
    /// <param name="tags">Tags, by which checks are selected.</param>
    /// <returns>The same health checks.</returns>
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
