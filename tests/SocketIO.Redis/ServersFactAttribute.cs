using WsProto.SocketIO.Redis.Tests;

namespace WsProto.SocketIO.AspNetCore.Tests.Servers;

/// <summary>A test that needs redis-server. It is skipped where that is not installed, unless peers are required.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ServersFactAttribute : FactAttribute
{
    public ServersFactAttribute()
    {
        if (!Broker.IsRequired)
            Skip = Broker.MissingOf(RedisServer.Program)!;
    }
}
