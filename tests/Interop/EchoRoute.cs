using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WsProto.Adapters;
using WsProto.AspNetCore;
using WsProto.Conformance;
using WsProto.Conformance.Tests;
using Xunit;

namespace WsProto.Interop.Tests;

/// <summary>Routes of <c>WsProto.AspNetCore</c> that send messages back, on loopback, with a port for each version of HTTP.</summary>
public sealed class EchoRoute : IAsyncLifetime
{
    private WebApplication? _app;

    public async Task InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddWsProto(options => options.Session = new WsSessionOptions
        {
            // The cases 9 are larger than what is allowed by default.
            Connection = new WsConnectionOptions { MaxMessageSize = 16 << 20, MaxFragmentCount = 1 << 16 },
        });
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        _app = builder.Build();
        _app.MapWebSocket("/echo", (ws, _) => EchoAsync(ws, default))
            .WithWebSocketOptions(options => options.Extensions.Add(new PerMessageDeflate()));
        _app.MapWebSocket("/hasty", EchoAsync);
        await _app.StartAsync();
    }

    public async Task DisposeAsync() => await _app!.DisposeAsync();

    /// <summary>Runs cases against a route.</summary>
    /// <param name="carrier">The version of HTTP.</param>
    /// <param name="path">
    /// <c>/echo</c> answers all that came before a Close or a violation; <c>/hasty</c> heeds its token, which is cancelled while that may
    /// wait.
    /// </param>
    internal async Task<IReadOnlyList<ConformanceResult>> RunAsync(
        ConformanceCarrier carrier, IReadOnlyList<ConformanceCase> cases, string path = "/echo")
    {
        var server = new Uri(new Uri(_app!.Urls.ElementAt((int)carrier)), path);
        using var runner = new ConformanceRunner(server, new ConformanceOptions { Carrier = carrier, Silence = TimeSpan.FromSeconds(10) });
        return await runner.RunAsync(cases).InOrderOf(cases);
    }

    private static async Task EchoAsync(WsSession session, CancellationToken stop)
    {
        await foreach (Message message in session.ReadAllAsync(stop))
            await session.SendAsync(message, stop);
    }
}
