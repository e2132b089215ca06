using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>Checks whether a server accepts clients, and whether it is near its limit.</summary>
internal sealed class ServerHealth(SocketIOServer? server) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (server?.Host is not { } host)
        {
            string reason = server is null ? "No Socket.IO server is registered: call AddSocketIO." : "The server is not mapped.";
            return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, reason));
        }

        int count = host.SessionCount;
        int? most = server.Options.Engine.Server.MaxSessions;
        var data = new Dictionary<string, object> { ["sessions"] = count };
        if (most is { } limit)
            data["maxSessions"] = limit;
        return Task.FromResult(
            host.IsStopping ? new HealthCheckResult(context.Registration.FailureStatus, "The server is stopping.", data: data)
            : count >= most * 0.9 ? HealthCheckResult.Degraded("The number of sessions is near its limit.", data: data)
            : HealthCheckResult.Healthy(data: data));
    }
}
