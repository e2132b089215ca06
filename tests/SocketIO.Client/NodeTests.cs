using System.Collections.Concurrent;
using WsProto.Adapters.Tests.Support;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.Client.Tests.Support;

namespace WsProto.SocketIO.Client.Tests;

/// <summary>Two servers behind a balancer that does not know which of them has a session.</summary>
public sealed class NodeTests : IAsyncLifetime, IAsyncDisposable
{
    private Served _first = null!;
    private Served _second = null!;
    private Balancer _balancer = null!;
    private HttpMessageInvoker _invoker = null!;

    public async Task InitializeAsync()
    {
        _first = await Served.StartAsync(io => io.Main.On("add", async (SocketIOSocket _, int a, int b) => a + b));
        _second = await Served.StartAsync(io => io.Main.On("add", async (SocketIOSocket _, int a, int b) => a + b));
        _balancer = new Balancer([_first.Options().HttpInvoker!, _second.Options().HttpInvoker!]);
        _invoker = new HttpMessageInvoker(_balancer);
    }

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        _invoker.Dispose();
        _balancer.Dispose();
    }

    [Fact]
    [Trait("Demand", "Q34")]
    public async Task Client_whose_requests_reach_the_wrong_node_begins_anew_with_back_off_and_without_a_loop()
    {
        var failures = new ConcurrentQueue<EngineIOFailure?>();
        SocketIOClient io = ClientOf("polling", failures);
        Task connecting = io.ConnectAsync();
        foreach (int seconds in (int[])[1, 2, 4, 5, 5])
        {
            await Waiting.Until(() => io.State == SocketIOClientState.Waiting);
            int attempts = failures.Count;
            Assert.Equal(attempts, _first.Handshakes + _second.Handshakes);
            // Nothing is asked for until it is time.
            _first.Time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.Equal((SocketIOClientState.Waiting, attempts), (io.State, _first.Handshakes + _second.Handshakes));
            _first.Time.Advance(TimeSpan.FromMilliseconds(1));
            await Waiting.Until(() => failures.Count == attempts + 1);
        }

        Assert.All(failures, failure => Assert.Equal((400, 1, "Session ID unknown"), (failure!.Status, failure.Code, failure.Message)));
        // A balancer that keeps to the node lets it in.
        _balancer.KeepsToOne = true;
        await _first.Until(() => connecting.IsCompleted, () => io.State == SocketIOClientState.Waiting);
        await connecting;
        Assert.Equal(3, await io.CallAsync<int>("add", 1, 2).Soon());
    }

    [Fact]
    [Trait("Demand", "Q34")]
    public async Task WebSocket_alone_needs_no_balancer_that_keeps_to_one_node()
    {
        var failures = new ConcurrentQueue<EngineIOFailure?>();
        for (int i = 0; i < 10; i++)
        {
            SocketIOClient io = ClientOf("websocket", failures);
            await io.ConnectAsync().Soon();
            Assert.Equal(3, await io.CallAsync<int>("add", 1, 2).Soon());
        }

        Assert.Empty(failures);
        Assert.Equal((5, 5), (_first.Server.Main.SocketCount, _second.Server.Main.SocketCount));
    }

    private SocketIOClient ClientOf(string way, ConcurrentQueue<EngineIOFailure?> failures)
    {
        SocketIOClientOptions options = _first.Options(way, connection => connection with
        {
            ReconnectPolicy = context =>
            {
                failures.Enqueue(context.Failure);
                return context.Delay;
            },
        });
        return _first.Client(options with { HttpInvoker = _invoker });
    }

    /// <summary>Gives each request to the next node, or all of them to the first.</summary>
    private sealed class Balancer(HttpMessageInvoker[] nodes) : HttpMessageHandler
    {
        private int _requests;

        internal bool KeepsToOne { get; set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            nodes[KeepsToOne ? 0 : Interlocked.Increment(ref _requests) % nodes.Length].SendAsync(request, cancellationToken);
    }
}
