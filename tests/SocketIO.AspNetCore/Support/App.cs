using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.AspNetCore.Testing;

namespace WsProto.SocketIO.AspNetCore.Tests.Support;

/// <summary>An application on Kestrel in memory, with a client of HTTP for polling.</summary>
internal sealed class App : IAsyncDisposable
{
    private readonly WebApplication _app;

    private App(WebApplication app)
    {
        _app = app;
        Server = app.Services.GetInMemoryServer();
        Client = Server.CreateClient();
    }

    internal InMemoryServer Server { get; }

    internal HttpClient Client { get; }

    internal IServiceProvider Services => _app.Services;

    internal FakeLogCollector Logs => _app.Services.GetFakeLogCollector();

    internal static async Task<App> StartAsync(Action<WebApplication> configure, Action<IServiceCollection>? services = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddFakeLogging().SetMinimumLevel(LogLevel.Debug);
        services?.Invoke(builder.Services);
        builder.WebHost.UseKestrelInMemory();
        WebApplication app = builder.Build();
        configure(app);
        await app.StartAsync();
        return new App(app);
    }

    internal Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync().AsTask().Soon();
    }

    /// <summary>Opens a session over polling.</summary>
    /// <returns>Its path, for polls and POSTs.</returns>
    internal async Task<string> OpenAsync(string path)
    {
        string open = await PollAsync($"{path}?EIO=4&transport=polling");
        Assert.StartsWith("0{", open, StringComparison.Ordinal);
        string id = JsonDocument.Parse(open[1..].Split('\u001e')[0]).RootElement.GetProperty("sid").GetString()!;
        return $"{path}?EIO=4&transport=polling&sid={id}";
    }

    internal Task<string> PollAsync(string session, CancellationToken given = default) =>
        Client.GetStringAsync(new Uri(session, UriKind.Relative), given).Soon();

    internal async Task<(HttpStatusCode Status, string Body)> PostAsync(string session, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "text/plain");
        using HttpResponseMessage response = await Client.PostAsync(new Uri(session, UriKind.Relative), content).Soon();
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Sends a request that may be given up.</summary>
    internal async Task<(HttpStatusCode Status, string Body)> SendAsync(
        HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage response = await Client.SendAsync(request).Soon();
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    internal Task<WsSession> ConnectAsync(string path, Version? version = null) => Server.ConnectWebSocketAsync(
        path,
        new WsClientOptions { HttpVersion = version ?? HttpVersion.Version11, Session = new() { CloseTimeout = TimeSpan.FromSeconds(30) } })
        .Soon();

    /// <summary>Opens a session over a WebSocket.</summary>
    internal async Task<WsSession> OpenWebSocketAsync(string path, Version? version = null, string query = "")
    {
        WsSession socket = await ConnectAsync($"{path}?EIO=4&transport=websocket{query}", version);
        Assert.StartsWith("0{", await socket.TextAsync(), StringComparison.Ordinal);
        return socket;
    }
}

internal static class SessionExtensions
{
    /// <summary>The next message: text, or bytes in hexadecimal; "close" and the code where there is none.</summary>
    internal static async Task<string> TextAsync(this WsSession session) => await session.ReceiveAsync().Soon() switch
    {
        TextMessage text => text.Data,
        BytesMessage bytes => Convert.ToHexString(bytes.Data.Span),
        _ => $"close {(int)session.CloseResult!.Code}",
    };
}
