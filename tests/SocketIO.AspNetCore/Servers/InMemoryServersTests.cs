namespace WsProto.SocketIO.AspNetCore.Tests.Servers;

/// <summary>Several servers of one process.</summary>
public sealed class InMemoryServersTests : ServersTests
{
    private readonly SocketIOInMemoryHub _hub = new();

    protected override SocketIOBackplane Connect() => _hub.Connect();
}
