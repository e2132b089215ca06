using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore;

namespace WsProto.Interop.Tests;

/// <summary>A server of Engine.IO on Kestrel and loopback that greets, echoes, and closes when it is told to.</summary>
internal sealed class EngineIORoute : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EngineIORoute(WebApplication app) => _app = app;

    internal string Address => _app.Urls.Single();

    /// <summary>Why sessions that have sent text have ended, after the last text of each.</summary>
    internal ConcurrentBag<string> Ended { get; } = [];

    internal static async Task<EngineIORoute> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        var route = new EngineIORoute(app);
        var options = new EngineIOEndpointOptions
        {
            AllowRequest = async context =>
                context.Request.Query["name"] == "nobody" ? RequestDecision.Refuse("You may not.") : RequestDecision.Allow(),
        };
        app.MapEngineIO("/engine.io", route.ServeAsync, options);
        await app.StartAsync();
        return route;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ServeAsync(EngineIOConnection connection, CancellationToken ending)
    {
        string? last = null;
        connection.Send("hello");
        try
        {
            await foreach (EngineIOMessage message in connection.ReadAllAsync(ending))
            {
                if (message.IsBinary)
                {
                    connection.Send(message.Data.Span);
                    continue;
                }

                last = message.Text;
                connection.Send(last == "close" ? "bye" : last);
                if (last == "close")
                    connection.Close();
            }
        }
        finally
        {
            if (last is not null)
                Ended.Add($"{last}: {await connection.Completion}");
        }
    }
}
