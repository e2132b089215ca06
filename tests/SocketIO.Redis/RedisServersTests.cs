using WsProto.SocketIO.AspNetCore.Tests.Servers;

namespace WsProto.SocketIO.Redis.Tests;

/// <summary>Servers that are one through Redis.</summary>
public sealed class RedisServersTests : ServersTests, IAsyncLifetime
{
    private RedisServer _redis = null!;

    public async Task InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async Task DisposeAsync() => await _redis.DisposeAsync();

    protected override SocketIOBackplane Connect() => new RedisSocketIOBackplane(_redis.Address);
}
