using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WsProto.Adapters;
using WsProto.AspNetCore;
using WsProto.Conformance;
using Xunit;

namespace WsProto.Interop.Tests;

/// <summary>Which version of HTTP carries a WebSocket.</summary>
public enum Carrier
{
    Http1,
    Http2,
}

/// <summary>Routes of <c>WsProto.AspNetCore</c> that send messages back, on loopback, with a port for each version of HTTP.</summary>
public sealed class EchoRoute : IAsyncLifetime, IDisposable
{
    private WebApplication? _app;
    private Http2Carrier? _http2;

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
        _http2 = new Http2Carrier();
    }

    public async Task DisposeAsync() => await _app!.DisposeAsync();

    public void Dispose() => _http2?.Dispose();

    /// <summary>Runs cases against a route.</summary>
    /// <param name="carrier">The version of HTTP.</param>
    /// <param name="path">
    /// <c>/echo</c> answers all that came before a Close or a violation; <c>/hasty</c> heeds its token, which is cancelled while that may
    /// wait.
    /// </param>
    internal ConformanceRunner RunnerOver(Carrier carrier, string path = "/echo")
    {
        var server = new Uri(new Uri(_app!.Urls.ElementAt((int)carrier)), path);
        return new ConformanceRunner((offer, token) =>
            carrier == Carrier.Http1 ? Http1Carrier.ConnectAsync(server, offer, token) : _http2!.ConnectAsync(server, offer, token));
    }

    private static async Task EchoAsync(WsSession session, CancellationToken stop)
    {
        await foreach (Message message in session.ReadAllAsync(stop))
            await session.SendAsync(message, stop);
    }
}
