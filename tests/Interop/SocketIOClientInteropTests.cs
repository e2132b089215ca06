using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using WsProto.Adapters.Tests.Support;
using WsProto.EngineIO;
using WsProto.SocketIO;
using WsProto.SocketIO.Client;
using WsProto.SocketIO.MessagePack;
using OurClient = WsProto.SocketIO.Client.SocketIOClient;

namespace WsProto.Interop.Tests;

/// <summary>Our client of Socket.IO against servers that others have written.</summary>
[Trait("Category", "Interop")]
public sealed class SocketIOClientInteropTests
{
    public static readonly object?[][] Ways = [["polling"], ["websocket"], ["upgrade"]];

    /// <summary>Each way in each form of packets.</summary>
    public static readonly object?[][] NodeWays = [.. Ways.SelectMany(way => (object?[][])[[way[0], "text"], [way[0], "msgpack"]])];

    /// <summary>Each way at each stage of connecting that it has.</summary>
    public static readonly object?[][] Stages =
    [
        .. Ways.SelectMany(way => (object?[][])[[way[0], "handshake"], [way[0], "connect"], [way[0], "ack"]]), ["upgrade", "upgrade"],
    ];

    /// <summary>Flask's development server has no WebSockets here.</summary>
    public static readonly object?[][] PythonWays =
    [
        ["threading", "polling", "text"], ["threading", "upgrade", "text"], ["threading", "polling", "msgpack"],
        ["eventlet", "polling", "text"], ["eventlet", "websocket", "text"], ["eventlet", "upgrade", "text"],
        ["eventlet", "websocket", "msgpack"],
        ["aiohttp", "polling", "text"], ["aiohttp", "websocket", "text"], ["aiohttp", "upgrade", "text"],
        ["aiohttp", "polling", "msgpack"], ["aiohttp", "websocket", "msgpack"], ["aiohttp", "upgrade", "msgpack"],
    ];

    /// <summary>Each of those servers, each way, and each stage at least once.</summary>
    public static readonly object?[][] PythonStages =
    [
        ["threading", "polling", "connect"], ["threading", "polling", "ack"],
        ["eventlet", "websocket", "handshake"], ["eventlet", "websocket", "connect"], ["eventlet", "upgrade", "upgrade"],
        ["aiohttp", "polling", "handshake"], ["aiohttp", "websocket", "ack"], ["aiohttp", "upgrade", "upgrade"],
    ];

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(90);

    [Theory, NodeSocketIOServer(nameof(NodeWays))]
    public async Task Client_understands_the_server_of_npm(PeerKind peer, string way, string form)
    {
        using var timeout = new CancellationTokenSource(_patience);
        (Peer server, int port) = await Peer.StartServerAsync(peer, ["0", form], timeout.Token);
        using (server)
        {
            SocketIOClientOptions options = OptionsOf(way, form);
            await using OurClient io = new(AddressOf(port), options);
            await TalkAsync(io, options, AddressOf(port), way != "polling");
        }
    }

    [Theory, PythonSocketIOServer(nameof(PythonWays))]
    public async Task Client_understands_the_servers_of_Python(PeerKind peer, string mode, string way, string form)
    {
        using var timeout = new CancellationTokenSource(_patience);
        (Peer server, int port) = await Peer.StartServerAsync(peer, [mode, "0", form], timeout.Token);
        using (server)
        {
            SocketIOClientOptions options = OptionsOf(way, form);
            await using OurClient io = new(AddressOf(port), options);
            // On aiohttp the server reads as much of a POST as has arrived, and loses the rest of a large one.
            int size = mode == "aiohttp" && way == "polling" ? 1000 : 200_000;
            await TalkAsync(io, options, AddressOf(port), way != "polling" && mode != "threading", size);
        }
    }

    [Theory, NodeSocketIOServer(nameof(Ways))]
    public async Task Client_comes_back_to_the_server_of_npm_as_what_it_was(PeerKind peer, string way)
    {
        using var timeout = new CancellationTokenSource(_patience);
        (Peer server, int port) = await Peer.StartServerAsync(peer, ["0", "text"], timeout.Token);
        using (server)
        {
            await using OurClient io = ClientOf(port, way);
            var said = new ConcurrentQueue<string>();
            io.Main.OnAny(async e => said.Enqueue($"{e.Name} {e.Arguments.Count}"));
            await io.ConnectAsync().Soon();
            string id = io.Id!;
            await io.CallAsync<object>("join", "room").Soon();
            await io.EmitAsync("say", "room", "before").Soon();
            await Waiting.Until(() => said.Count == 2);
            await io.EmitAsync("drop").Soon();
            await Waiting.Until(() => said.Count == 3);
            Assert.Equal((id, true), (io.Id, io.Main.Recovered));
            Assert.Equal(["welcome 1", "said 1", "said 1"], said);
        }
    }

    [Theory, NodeSocketIOServer(nameof(Ways))]
    public async Task Client_comes_back_when_the_server_of_npm_is_killed_and_what_waited_is_sent_once(PeerKind peer, string way)
    {
        using var timeout = new CancellationTokenSource(_patience);
        (Peer server, int port) = await Peer.StartServerAsync(peer, ["0", "text"], timeout.Token);
        await using OurClient io = ClientOf(port, way);
        int losses = 0;
        io.OnDisconnected(async _ => Interlocked.Increment(ref losses));
        using (server)
            await io.ConnectAsync().Soon();
        await Waiting.Until(() => Volatile.Read(ref losses) == 1);
        Task<int?>[] calls = [.. Enumerable.Range(0, 300).Select(number => io.CallAsync<int?>("count", number))];
        (server, _) = await Peer.StartServerAsync(peer, [port.ToString(CultureInfo.InvariantCulture), "text"], timeout.Token);
        using (server)
        {
            int?[] answers = await Task.WhenAll(calls).Soon();
            Assert.Equal(Enumerable.Range(1, 300), answers.Select(answer => answer!.Value));
            Assert.Equal(1, losses);
        }
    }

    [Theory, NodeSocketIOServer(nameof(Stages))]
    public Task Every_call_ends_once_when_the_server_of_npm_is_killed_at_any_stage(PeerKind peer, string way, string stage) =>
        KillAtAsync(peer, port => [port, "text"], way, stage);

    [Theory, PythonSocketIOServer(nameof(PythonStages))]
    public Task Every_call_ends_once_when_a_server_of_Python_is_killed_at_any_stage(PeerKind peer, string mode, string way, string stage) =>
        KillAtAsync(peer, port => [mode, port, "text"], way, stage);

    /// <summary>Kills a server that holds what comes at a stage, and starts it again on its port.</summary>
    private static async Task KillAtAsync(PeerKind peer, Func<string, string[]> argumentsFor, string way, string stage)
    {
        using var timeout = new CancellationTokenSource(_patience);
        (Peer server, int port) = await Peer.StartServerAsync(peer, [.. argumentsFor("0"), stage], timeout.Token);
        SocketIOClientOptions options = OptionsOf(way);
        await using OurClient io =
            new(AddressOf(port), options with { Connection = options.Connection with { ReconnectPolicy = context => context.Delay } });
        Task connecting = io.ConnectAsync();
        Task<int?>[] plain;
        Task<SocketIOArguments>[] retried;
        using (server)
        {
            if (stage is "ack" or "upgrade")
                await connecting.Soon();
            if (stage != "ack")
                await server.ReadUntilAsync("held");
            plain = [.. Enumerable.Range(0, 20).Select(number => io.CallAsync<int?>("count", number))];
            retried =
            [
                .. Enumerable.Range(0, 20).Select(number => io.Main.CallAsync("count", [number], TimeSpan.FromSeconds(20), retries: 5)),
            ];
            if (stage == "ack")
                await server.ReadUntilAsync("held");
        }

        (server, _) = await Peer.StartServerAsync(peer, argumentsFor(port.ToString(CultureInfo.InvariantCulture)), timeout.Token);
        using (server)
        {
            await connecting.Soon();
            for (int number = 0; number < 20; number++)
            {
                Assert.Equal($"{number + 1}", Encoding.UTF8.GetString((await retried[number].Soon()).GetJson(0).Span));
                if (await Record.ExceptionAsync(() => plain[number].Soon()) is not { } failure)
                    Assert.Equal(number + 1, await plain[number]);
                else
                    Assert.Equal(SocketIOEmitOutcome.Disconnected, Assert.IsType<SocketIOEmitException>(failure).Outcome);
            }

            // What had not been sent was not lost, and what had been was not sent again.
            if (stage is "handshake" or "connect")
                Assert.All(plain, call => Assert.True(call.IsCompletedSuccessfully));
            if (stage == "ack")
                Assert.All(plain, call => Assert.True(call.IsFaulted));
            Assert.Equal(42, await io.CallAsync<int>("count", 41).Soon());
        }
    }

    private static Uri AddressOf(int port) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));

    private static OurClient ClientOf(int port, string way) => new(AddressOf(port), OptionsOf(way));

    private static SocketIOClientOptions OptionsOf(string way, string form = "text") => new()
    {
        Parser = form == "msgpack" ? new MessagePackSocketIOParser() : null,
        Auth = new { name = "Ann" },
        Connection = new()
        {
            Backoff = new() { InitialDelay = TimeSpan.FromMilliseconds(100), MaxDelay = TimeSpan.FromMilliseconds(300) },
            Engine = new()
            {
                Transports = way switch
                {
                    "polling" => [EngineIOTransports.Polling],
                    "websocket" => [EngineIOTransports.WebSocket],
                    _ => [EngineIOTransports.Polling, EngineIOTransports.WebSocket],
                },
            },
        },
    };

    /// <summary>What every server is asked.</summary>
    private static async Task TalkAsync(OurClient io, SocketIOClientOptions options, Uri address, bool movesToWebSocket, int size = 200_000)
    {
        var welcome = new TaskCompletionSource<string?>();
        var said = new ConcurrentQueue<string>();
        var losses = new ConcurrentQueue<SocketIOLoss>();
        io.Main.On("welcome", async (string? name) => welcome.TrySetResult(name)).OnCall("question", async (int number) => number * 2);
        io.On<string>("said", said.Enqueue);
        io.OnDisconnected(async loss => losses.Enqueue(loss));
        await io.ConnectAsync().Soon();
        Assert.Equal("Ann", await welcome.Task.Soon());
        if (movesToWebSocket)
            await Waiting.Until(() => io.Transport == EngineIOTransports.WebSocket);

        byte[] large = [.. Enumerable.Range(0, size).Select(number => (byte)number)];
        var nested = new { list = (object?[])[1, 2.5, null, true], deep = new { er = new byte[] { 4 } } };
        SocketIOArguments echo = await io.Main.CallAsync("echo", ["Grüße, 世界! 🎈", nested, large]).Soon();
        Assert.Equal("Grüße, 世界! 🎈", JsonDocument.Parse(echo.GetJson(0)).RootElement.GetString());
        Assert.Equal("""{"list":[1,2.5,null,true],"deep":{"er":"BA=="}}""", Compact(echo.GetJson(1)));
        Assert.Equal(large, echo.GetAttachment(2)!.Value.ToArray());

        // Together they are more than a server takes in one POST.
        byte[]?[] many = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => io.CallAsync<byte[]>("echo", large))).Soon();
        Assert.All(many, one => Assert.Equal(large, one));

        Assert.Equal(42, await io.CallAsync<int>("ask", 21).Soon());
        await io.CallAsync<object>("join", "kitchen").Soon();
        for (int number = 0; number < 200; number++)
            Assert.True(io.TryEmit("say", "kitchen", $"{number}"));
        await Waiting.Until(() => said.Count == 200);
        Assert.Equal(Enumerable.Range(0, 200).Select(number => $"{number}").Order(), said.Order());

        int[] answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(number => io.CallAsync<int>("count", number))).Soon();
        Assert.Equal(Enumerable.Range(1, 300), answers);

        SocketIOClientNamespace admin = io.Of("/admin");
        await admin.ConnectAsync().Soon();
        Assert.Equal("/admin", await admin.CallAsync<string>("where").Soon());
        admin.Leave();
        await Assert.ThrowsAsync<SocketIOJoinException>(() => io.Of("/nobody").ConnectAsync()).Soon();

        await io.EmitAsync("kick").Soon();
        await Waiting.Until(() => losses.Count == 1);
        Assert.Equal("io server disconnect", losses.Single().Reason);
        await io.DisconnectAsync().Soon();

        await using OurClient refused = new(address, options with { Auth = new { token = "bad" } });
        SocketIOJoinException refusal = await Assert.ThrowsAsync<SocketIOJoinException>(() => refused.ConnectAsync()).Soon();
        Assert.Equal("Not allowed", refusal.Message);
        Assert.Equal("""{"code":7}""", Compact(refusal.Details.GetJson(0)));
    }

    /// <summary>JSON as every server could write it.</summary>
    private static string Compact(ReadOnlyMemory<byte> json) =>
        Encoding.UTF8.GetString(json.Span).Replace(" ", "", StringComparison.Ordinal);
}
