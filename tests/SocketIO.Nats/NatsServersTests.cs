using WsProto.SocketIO.AspNetCore.Tests.Servers;

namespace WsProto.SocketIO.Nats.Tests;

/// <summary>Servers that are one through NATS.</summary>
public sealed class NatsServersTests : ServersTests, IAsyncLifetime
{
    private NatsServer _nats = null!;

    public async Task InitializeAsync() => _nats = await NatsServer.StartAsync();

    public async Task DisposeAsync() => await _nats.DisposeAsync();

    protected override SocketIOBackplane Connect() => new NatsSocketIOBackplane(_nats.Address);
}
