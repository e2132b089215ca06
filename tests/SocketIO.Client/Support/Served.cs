using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters.Tests.Support;
using WsProto.AspNetCore.Testing;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore;

namespace WsProto.SocketIO.Client.Tests.Support;

/// <summary>A server of Socket.IO on Kestrel in memory, on made-up time, and clients of it.</summary>
[SuppressMessage("Usage", "CA2213", Justification = "KillAsync disposes of the application.")]
internal sealed class Served : IAsyncDisposable
{
    internal static readonly Uri Address = new("http://localhost");

    /// <summary>What is not to come about, though time goes by as fast as it can.</summary>
    private static readonly TimeSpan _long = TimeSpan.FromDays(1);

    private readonly List<SocketIOClient> _clients = [];
    private readonly List<HttpMessageInvoker> _invokers = [];
    private readonly Lock _cutting = new();
    private readonly ConcurrentDictionary<HttpContext, bool> _active = new();
    private WebApplication? _app;
    private Action<SocketIOServer> _configure = _ => { };
    private SocketIOOptions _options = new();

    private Served()
    {
    }

    internal FakeTimeProvider Time { get; } = new();

    internal SocketIOServer Server { get; private set; } = null!;

    /// <summary>The method, path and query, and headers of each request that came.</summary>
    internal ConcurrentQueue<(string Line, IDictionary<string, string> Headers)> Requests { get; } = new();

    /// <summary>Answers a request in the server's stead; false lets it pass.</summary>
    internal Func<HttpContext, Task<bool>>? Intercept { get; set; }

    /// <summary>How many sessions were asked for.</summary>
    internal int Handshakes => Requests.Count(request => !request.Line.Contains("sid=", StringComparison.Ordinal));

    internal static async Task<Served> StartAsync(Action<SocketIOServer> configure, SocketIOOptions? options = null)
    {
        var served = new Served { _configure = configure };
        SocketIOOptions given = options ?? new();
        served._options = given with
        {
            Connection = given.Connection with { ConnectTimeout = _long },
            Engine = given.Engine with
            {
                TimeProvider = served.Time,
                Server = given.Engine.Server with { PingInterval = _long, UpgradeTimeout = _long },
            },
        };
        await served.RestartAsync();
        return served;
    }

    /// <summary>Begins anew: whoever was there is lost.</summary>
    internal async Task RestartAsync()
    {
        await KillAsync();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelInMemory();
        WebApplication app = builder.Build();
        app.Use(async (context, next) =>
        {
            Requests.Enqueue((
                $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}",
                context.Request.Headers.ToDictionary(
                    header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
            _active[context] = true;
            try
            {
                if (Intercept is not { } intercept || !await intercept(context))
                    await next();
            }
            finally
            {
                // A context that has ended cannot be cut any more.
                lock (_cutting)
                    _active.TryRemove(context, out _);
            }
        });
        app.MapSocketIO("/socket.io", io => _configure(Server = io), _options);
        await app.StartAsync();
        _app = app;
    }

    /// <summary>The server is gone, at once.</summary>
    internal async Task KillAsync()
    {
        if (_app is not { } app)
            return;
        _app = null;
        using (var now = new CancellationTokenSource())
        {
            await now.CancelAsync();
            await app.StopAsync(now.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await app.DisposeAsync();
    }

    /// <summary>All connections of clients are lost, and the server stays.</summary>
    internal void CutLines()
    {
        lock (_cutting)
        {
            foreach (HttpContext context in _active.Keys)
                context.Abort();
        }
    }

    /// <summary>The options of a client: "polling", "websocket", or "upgrade" for the one and then the other.</summary>
    internal SocketIOClientOptions Options(
        string way = "websocket", Func<SocketIOClientConnectionOptions, SocketIOClientConnectionOptions>? change = null)
    {
        var connection = new SocketIOClientConnectionOptions
        {
            JoinTimeout = _long,
            Engine = new EngineIOClientOptions
            {
                OpenTimeout = _long,
                UpgradeTimeout = _long,
                Transports = way switch
                {
                    "polling" => [EngineIOTransports.Polling],
                    "websocket" => [EngineIOTransports.WebSocket],
                    _ => [EngineIOTransports.Polling, EngineIOTransports.WebSocket],
                },
            },
        };
#pragma warning disable CA2000 // The list of invokers is disposed of.
        var invoker = new HttpMessageInvoker(new ToServer(this));
#pragma warning restore CA2000
        _invokers.Add(invoker);
        return new SocketIOClientOptions
        {
            Connection = change is null ? connection : change(connection),
            HttpInvoker = invoker,
            TimeProvider = Time,
            Random = () => 0.5,
        };
    }

    /// <summary>A client that the test need not dispose of.</summary>
    internal SocketIOClient Client(SocketIOClientOptions? options = null)
    {
        var client = new SocketIOClient(Address, options ?? Options());
        _clients.Add(client);
        return client;
    }

    internal async Task<SocketIOClient> ConnectAsync(string way = "websocket", SocketIOClientOptions? options = null)
    {
        SocketIOClient client = Client(options ?? Options(way));
        await client.ConnectAsync().Soon();
        if (way == "upgrade")
            await Until(() => client.Transport == EngineIOTransports.WebSocket); // polls end after a time while an upgrade waits
        return client;
    }

    /// <summary>Time goes by until something has come about.</summary>
    /// <param name="condition">What.</param>
    /// <param name="goesBy">Whether time goes by now; null for always.</param>
    internal Task Until(Func<bool> condition, Func<bool>? goesBy = null) => Waiting.Until(() =>
    {
        if (condition())
            return true;
        if (goesBy?.Invoke() != false)
            Time.Advance(TimeSpan.FromMilliseconds(50));
        return false;
    });

    public async ValueTask DisposeAsync()
    {
        foreach (SocketIOClient client in _clients)
        {
            ValueTask disposal = client.DisposeAsync();
            await Until(() => disposal.IsCompleted);
            await disposal;
        }

        await KillAsync();
        foreach (HttpMessageInvoker invoker in _invokers)
            invoker.Dispose();
    }

    /// <summary>The way to the server that runs now.</summary>
    private sealed class ToServer(Served served) : HttpMessageHandler
    {
        private readonly Lock _lock = new();
        private WebApplication? _app;
        private HttpMessageInvoker? _invoker;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            lock (_lock)
            {
                WebApplication app = served._app ?? throw new HttpRequestException("The server does not listen.");
                if (_app != app)
                {
                    _invoker?.Dispose();
                    _invoker = new HttpMessageInvoker(app.Services.GetInMemoryServer().CreateHandler());
                    _app = app;
                }

                return _invoker!.SendAsync(request, cancellationToken);
            }
        }

        protected override void Dispose(bool disposing)
        {
            _invoker?.Dispose();
            base.Dispose(disposing);
        }
    }
}
