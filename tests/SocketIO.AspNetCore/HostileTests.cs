using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.AspNetCore.Tests;

/// <summary>What clients can do that is not nice, and clients that go at a bad moment.</summary>
public class HostileTests
{
    private const string Path = SocketIOTests.Path;

    [Fact]
    public void Namespace_that_is_dropped_late_is_not_taken_for_its_successor()
    {
        var server = new SocketIOServer(new ServiceCollection().BuildServiceProvider());
        server.Of(_ => true);
        SocketIONamespace first = server.Find("/room")!;
        first.Drop();
        SocketIONamespace second = server.Find("/room")!;
        Assert.NotSame(first, second);
        // Of two clients that leave at once, with one between them that came, both may find it unused.
        server.DropEmpty(first);
        Assert.Same(second, server.Find("/room"));
    }

    private static Task<App> StartAsync(Action<SocketIOServer> configure, SocketIOOptions? options = null) =>
        App.StartAsync(app => app.MapSocketIO(Path, configure), services => services.AddSocketIO(options));

    private static async Task<string> JoinByPollingAsync(App app)
    {
        string session = await app.OpenAsync(Path);
        Assert.Equal(HttpStatusCode.OK, (await app.PostAsync(session, "40")).Status);
        Assert.StartsWith("40{", await app.PollAsync(session), StringComparison.Ordinal);
        return session;
    }

    private static async Task<SocketIOSocket> FirstAsync(SocketIOServer server)
    {
        await Waiting.Until(() => server.Main.SocketCount == 1);
        return server.Main.Sockets[0];
    }
}
