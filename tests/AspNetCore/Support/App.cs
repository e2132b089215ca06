using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using WsProto.Adapters.Tests.Support;

namespace WsProto.AspNetCore.Tests.Support;

/// <summary>Which version of HTTP carries a WebSocket.</summary>
public enum Carrier
{
    Http1,
    Http2,
}

/// <summary>An application on Kestrel and loopback, with one port for each version of HTTP.</summary>
internal sealed class App : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SocketsHttpHandler _handler = new();

    private App(WebApplication app)
    {
        _app = app;
        Invoker = new HttpMessageInvoker(_handler);
    }

    internal HttpMessageInvoker Invoker { get; }

    internal IServiceProvider Services => _app.Services;

    internal FakeLogCollector Logs => _app.Services.GetFakeLogCollector();

    internal WsHost Host => WsHost.Of(_app.Services);

    internal static async Task<App> StartAsync(
        Action<WebApplication> configure, Action<IServiceCollection>? services = null, bool registers = true,
        Action<KestrelServerOptions>? kestrel = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddFakeLogging().SetMinimumLevel(LogLevel.Debug);
        if (registers)
            builder.Services.AddWsProto();
        services?.Invoke(builder.Services);
        builder.WebHost.ConfigureKestrel(options =>
        {
            kestrel?.Invoke(options);
            options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        WebApplication app = builder.Build();
        configure(app);
        await app.StartAsync();
        return new App(app);
    }

    internal Uri Address(Carrier carrier, string path, string scheme = "ws") =>
        new(new UriBuilder(_app.Urls.ElementAt((int)carrier)) { Scheme = scheme }.Uri, path);

    internal async Task<ClientWebSocket> ConnectAsync(Carrier carrier, string path, Action<ClientWebSocketOptions>? configure = null)
    {
        var client = new ClientWebSocket();
        client.Options.HttpVersion = carrier == Carrier.Http1 ? HttpVersion.Version11 : HttpVersion.Version20;
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        client.Options.CollectHttpResponseDetails = true;
        configure?.Invoke(client.Options);
        try
        {
            await client.ConnectAsync(Address(carrier, path), Invoker, CancellationToken.None).Soon();
        }
        catch (WebSocketException)
        {
            // The status says it.
        }

        return client;
    }

    /// <summary>Sends bytes as they are and reads to the end of the stream.</summary>
    internal async Task<byte[]> ExchangeAsync(params byte[][] parts)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, Address(Carrier.Http1, "/").Port);
        foreach (byte[] part in parts)
            await socket.SendAsync(part);
        using var received = new MemoryStream();
        await new NetworkStream(socket).CopyToAsync(received).Soon();
        return received.ToArray();
    }

    internal Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync().AsTask().Soon();
        Invoker.Dispose();
        _handler.Dispose();
    }
}

internal static class ClientWebSocketExtensions
{
    internal static Task SendTextAsync(this ClientWebSocket client, string text) =>
        client.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None).Soon();

    /// <summary>The next message as text, or "code reason" of a Close.</summary>
    internal static async Task<string> ReceiveAsync(this ClientWebSocket client)
    {
        byte[] buffer = new byte[1 << 20];
        int length = 0;
        while (true)
        {
            ValueWebSocketReceiveResult result = await client.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None).AsTask().Soon();
            if (result.MessageType == WebSocketMessageType.Close)
                return $"{(int?)client.CloseStatus} {client.CloseStatusDescription}".TrimEnd();
            length += result.Count;
            if (result.EndOfMessage)
                return Encoding.UTF8.GetString(buffer, 0, length);
        }
    }

    internal static Task CloseAsync(this ClientWebSocket client) =>
        client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).Soon();
}
