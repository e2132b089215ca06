using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using WsProto.Adapters.Tests.Support;
using WsProto.AspNetCore.Testing;

namespace WsProto.SocketIO.AspNetCore.Testing.Tests;

/// <summary>An application on Kestrel in memory.</summary>
internal sealed class App : IAsyncDisposable
{
    private readonly WebApplication _app;

    private App(WebApplication app) => _app = app;

    internal InMemoryServer Server => _app.Services.GetInMemoryServer();

    internal static async Task<App> StartAsync(Action<SocketIOServer> configure, SocketIOOptions? options = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelInMemory();
        WebApplication app = builder.Build();
        app.MapSocketIO("/socket.io", configure, options);
        await app.StartAsync();
        return new App(app);
    }

    internal Task<SocketIOTestClient> ConnectAsync(SocketIOTestOptions? options = null) =>
        Server.ConnectSocketIOAsync(options: options).Soon();

    public async ValueTask DisposeAsync() => await _app.DisposeAsync().AsTask().Soon();
}
