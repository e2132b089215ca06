using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>Checks whether a server receives the messages of the other servers.</summary>
internal sealed class BackplaneHealth(ServerLink? link) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (link is null)
            return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, "There is no server with a backplane."));
        var data = new Dictionary<string, object> { ["otherServers"] = link.Others.Count };
        return Task.FromResult(
            link.Hears ? HealthCheckResult.Healthy(data: data)
            : new HealthCheckResult(
                context.Registration.FailureStatus,
                link.IsConnected ? "The server receives nothing from the backplane." : "The backplane is not connected.",
                data: data));
    }
}
