namespace WsProto.SocketIO.AspNetCore.Tests.Servers;

/// <summary>Several servers of one process.</summary>
public sealed class InMemoryServersTests : ServersTests
{
    private readonly SocketIOInMemoryHub _hub = new();

    protected override SocketIOBackplane Connect() => _hub.Connect();
}

/// <summary>A test of several servers, which needs nothing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ServersFactAttribute : FactAttribute;
