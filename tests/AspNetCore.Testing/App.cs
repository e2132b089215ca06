using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WsProto.Adapters.Tests.Support;

namespace WsProto.AspNetCore.Testing.Tests;

/// <summary>An application on a Kestrel in memory.</summary>
internal sealed class App : IAsyncDisposable
{
    private readonly WebApplication _app;

    private App(WebApplication app) => _app = app;

    internal InMemoryServer Server => _app.Services.GetInMemoryServer();

    internal static async Task<App> StartAsync(Action<WebApplication> configure, Action<WebApplicationBuilder>? build = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelInMemory();
        builder.Services.AddWsProto();
        build?.Invoke(builder);
        WebApplication app = builder.Build();
        configure(app);
        await app.StartAsync();
        return new App(app);
    }

    internal Task StopAsync() => _app.StopAsync();

    public ValueTask DisposeAsync() => new(_app.DisposeAsync().AsTask().Soon());
}
