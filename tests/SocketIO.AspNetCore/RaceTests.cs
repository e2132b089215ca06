using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.AspNetCore.Tests;

/// <summary>Clients that come and go at every stage while the application calls, joins, sends and disconnects: nothing is left.</summary>
[Trait("Gate", "Whole")]
public sealed class RaceTests : IDisposable
{
    private const string Path = SocketIOTests.Path;
    private const int ClientCount = 2000;
    private const int Concurrency = 50;

    private readonly ConcurrentBag<SocketIOSocket> _sockets = [];
    private readonly ConcurrentQueue<Exception> _unobserved = [];
    private readonly FakeTimeProvider _time = new();

    /// <summary>The secrets of clients, by which others come back while they are there, and after.</summary>
    private readonly ConcurrentStack<string> _secrets = [];
    private SocketIOServer _server = null!;
    private bool _recovers;

    public RaceTests() => TaskScheduler.UnobservedTaskException += NoteUnobserved;

    public void Dispose() => TaskScheduler.UnobservedTaskException -= NoteUnobserved;

    /// <summary>Notes what no client of a test has thrown.</summary>
    private void NoteUnobserved(object? sender, UnobservedTaskExceptionEventArgs e)
    {
        string text = e.Exception.ToString();
        if (text.Contains("SocketIODisc", StringComparison.Ordinal) || text.Contains("AspNetCore.Hosting", StringComparison.Ordinal))
            _unobserved.Enqueue(e.Exception);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task Nothing_is_left_of_clients_that_drop_at_any_stage(int seed, bool recovers)
    {
        _recovers = recovers;
        App app = await StartAsync();
        await using (app)
        {
            using var done = new CancellationTokenSource();
            Task[] meddlers = [Task.Run(() => MeddleAsync(new Random(seed), done.Token)), Task.Run(() => CallAsync(done.Token))];
            await RunClientsAsync(app, seed);
            await done.CancelAsync();
            await Task.WhenAll(meddlers).Soon();
            // Those who opened a session and said no more are given up when their time is over.
            await Waiting.Until(() =>
            {
                _time.Advance(TimeSpan.FromMinutes(11));
                return _sockets.First().Engine.Host.SessionCount == 0 && _server.Main.IsUnused && _server.Namespaces.Count == 1;
            });
            await AssertNothingLeftAsync(app);
        }
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public async Task Host_stops_while_clients_come_and_go(int seed, bool recovers)
    {
        _recovers = recovers;
        App app = await StartAsync();
        await using (app)
        {
            using var done = new CancellationTokenSource();
            Task[] meddlers = [Task.Run(() => MeddleAsync(new Random(seed), done.Token)), Task.Run(() => CallAsync(done.Token))];
            Task clients = RunClientsAsync(app, seed);
            await Waiting.Until(() => _sockets.Count > ClientCount / 10);
            await app.StopAsync().Soon();
            await clients.Soon();
            await done.CancelAsync();
            await Task.WhenAll(meddlers).Soon();
            await Waiting.Until(() =>
            {
                _time.Advance(TimeSpan.FromMinutes(11));
                return _sockets.First().Engine.Host.SessionCount == 0 && _server.Main.IsUnused && _server.Namespaces.Count == 1;
            });
            await AssertNothingLeftAsync(app);
        }
    }

    [Fact]
    public async Task Events_of_many_senders_arrive_once_in_order_and_whole_while_the_client_upgrades()
    {
        const int senders = 64;
        const int events = 20;
        await using App app = await App.StartAsync(
            app => app.MapSocketIO(Path, io => _server = io), services => services.AddSocketIO());
        for (int round = 0; round < 20; round++)
        {
            string session = await app.OpenAsync(Path);
            await PostAsync(app, session, "40");
            Assert.StartsWith("40{", await app.PollAsync(session), StringComparison.Ordinal);
            await Waiting.Until(() => _server.Main.SocketCount == 1);
            SocketIOSocket client = _server.Main.Sockets[0];
            Task sending = Task.WhenAll(Enumerable.Range(0, senders).Select(sender => Task.Run(async () =>
            {
                for (int i = 0; i < events; i++)
                {
                    Assert.True(client.Emit("m", sender, i, new[] { (byte)sender, (byte)i }, new[] { (byte)i, (byte)sender }));
                    if ((sender + i) % 4 == 0)
                        await Task.Yield();
                }
            })));
            var packets = new List<string>();
            for (int i = round % 5; i > 0 && packets.Count < senders * events * 3; i--)
                packets.AddRange((await app.PollAsync(session)).Split('\u001e'));
            await using WsSession socket = await app.ConnectAsync(session.Replace("polling", "websocket", StringComparison.Ordinal));
            Task<string> poll = app.PollAsync(session);
            await socket.SendTextAsync("2probe");
            Assert.Equal("3probe", await socket.TextAsync());
            packets.AddRange((await poll).Split('\u001e'));
            await socket.SendTextAsync("5");
            packets.RemoveAll(packet => packet == "6");
            while (packets.Count < senders * events * 3)
                packets.Add(await socket.TextAsync());
            await sending.Soon();

            int[] next = new int[senders];
            for (int i = 0; i < packets.Count; i += 3)
            {
                string[] numbers = packets[i].Split('[', ',', ']');
                Assert.StartsWith("452-[\"m\",", packets[i], StringComparison.Ordinal);
                int sender = int.Parse(numbers[2], CultureInfo.InvariantCulture);
                int number = int.Parse(numbers[3], CultureInfo.InvariantCulture);
                Assert.Equal(next[sender]++, number);
                Assert.Equal([(byte)sender, (byte)number], Bytes(packets[i + 1]));
                Assert.Equal([(byte)number, (byte)sender], Bytes(packets[i + 2]));
            }

            await socket.CloseAsync();
            await Waiting.Until(() => _server.Main.SocketCount == 0);
        }

        static byte[] Bytes(string packet) => packet[0] == 'b' ? Convert.FromBase64String(packet[1..]) : Convert.FromHexString(packet);
    }

    private async Task AssertNothingLeftAsync(App app)
    {
        await Waiting.Until(() => _sockets.All(socket => socket.DisconnectInfo is not null && socket.PendingAcks == 0));
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Empty(_unobserved);
        Assert.Equal(0, _server.Main.SocketCount);
        Assert.Empty(_server.Main.Rooms);
        Assert.Equal(_recovers, _sockets.Any(socket => socket.Recovered));
        Assert.Equal(0, _server.Main.Recovery?.PresentCount ?? 0);
        Assert.InRange(_server.Main.Recovery?.LostCount ?? 0, 0, 100);
        Assert.All(_sockets, socket => Assert.False(socket.Join("late")));
        Assert.All(_sockets, socket => Assert.Empty(socket.Rooms));
        Assert.All(_sockets, socket => Assert.True(socket.Disconnected.IsCancellationRequested));
        IEnumerable<FakeLogRecord> errors = app.Logs.GetSnapshot().Where(entry => entry.Level >= LogLevel.Error);
        Assert.Empty(errors.Select(entry => $"{entry.Message} {entry.Exception}"));
    }

    private Task<App> StartAsync() => App.StartAsync(
        app => app.MapSocketIO(Path, io =>
        {
            _server = io;
            Configure(_recovers ? io.Main.EnableRecovery(new() { MaxLost = 100, MaxBytes = 100_000 }) : io.Main);
            Configure(io.Of(name => name.StartsWith("/d", StringComparison.Ordinal)));
        }),
        services => services
            .AddSocketIO(new()
            {
                Engine = new() { TimeProvider = _time, Server = new() { PingInterval = TimeSpan.FromMinutes(10) } },
                AckTimeout = TimeSpan.FromSeconds(5),
            })
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Information)));

    private void Configure(SocketIONamespace space) => space
        .OnConnecting(async socket =>
        {
            _sockets.Add(socket);
            socket.Emit("early", new byte[3]);
            if (socket.Auth.Count > 0 && socket.Auth.GetJson(0).Length == 2)
                await Task.Delay(Timeout.Infinite, socket.Disconnected);
        })
        .OnConnected(async socket =>
        {
            socket.Join("all");
            // Goes on though the handler has ended, and the client has gone.
            _ = Task.Run(async () =>
            {
                for (int i = 0; i < 20; i++)
                {
                    socket.Join($"r{i}");
                    await Task.Yield();
                    socket.Leave($"r{i - 1}");
                }
            });
            await Task.Yield();
        })
        .OnDisconnected(async (socket, _) =>
        {
            socket.To("all").Emit("gone", socket.Id);
            await Task.Yield();
            socket.Join("all");
        })
        .On("ask", async socket =>
        {
            try
            {
                return await socket.CallAsync<int>("question");
            }
            catch (Exception e) when (e is TimeoutException or JsonException)
            {
                return 0;
            }
        })
        .On("leave", async socket => socket.Disconnect())
        .On("bytes", async (SocketIOSocket socket, byte[] bytes) => bytes);

    /// <summary>Does to clients what an application may do at any time.</summary>
    private async Task MeddleAsync(Random random, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            IReadOnlyList<SocketIOSocket> sockets = _server.Main.Sockets;
            if (sockets.Count > 0)
            {
                SocketIOSocket socket = sockets[random.Next(sockets.Count)];
                switch (random.Next(5))
                {
                    case 0:
                        socket.Disconnect(closeSession: random.Next(2) == 0);
                        break;
                    case 1:
                        socket.Broadcast.Join("meddled");
                        break;
                    case 2:
                        _server.Main.To("r3", "meddled").Emit("m", new byte[2], "x");
                        break;
                    default:
                        socket.Emit("m", new byte[100]);
                        break;
                }
            }

            foreach (SocketIONamespace space in _server.Namespaces)
                space.Volatile.Emit("v", 1);
            await Task.Yield();
        }
    }

    private async Task CallAsync(CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            Task call = _server.Main.CallAsync("who", [new byte[1]], cancellationToken: done);
            await Task.Yield();
            _time.Advance(TimeSpan.FromSeconds(5));
            await call.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunClientsAsync(App app, int seed)
    {
        int next = 0;
        await Task.WhenAll(Enumerable.Range(0, Concurrency).Select(_ => Task.Run(async () =>
        {
            int number;
            while ((number = Interlocked.Increment(ref next)) <= ClientCount)
            {
                try
                {
                    await RunClientAsync(app, new Random((seed * ClientCount) + number));
                }
                catch (Exception e) when (e is HttpRequestException or WsException or OperationCanceledException or IOException)
                {
                    // The server has ended it, which it may.
                }
            }
        })));
    }

    private Task RunClientAsync(App app, Random random)
    {
        string space = random.Next(3) == 0 ? $"/d{random.Next(4)}," : "";
        return random.Next(12) switch
        {
            0 => SendHalfARequestAsync(app),
            1 => OpenAsync(app),
            2 or 3 => GiveUpAPollAsync(app, space, random),
            4 => SendHalfAPostAsync(app, space),
            5 or 6 => UpgradeAsync(app, space, random),
            _ => TalkAsync(app, space, random),
        };
    }

    private static async Task SendHalfARequestAsync(App app)
    {
        await using var wire = new Wire(app);
        await wire.SendAsync($"GET {Path}?EIO=4&transport=polling HTTP/1.1\r\nHos");
    }

    private static async Task GiveUpAPollAsync(App app, string space, Random random)
    {
        string session = await OpenAsync(app);
        await PostAsync(app, session, $"40{space}");
        using var given = new CancellationTokenSource();
        Task<string> poll = app.Client.GetStringAsync(new Uri(session, UriKind.Relative), given.Token);
        for (int i = random.Next(20); i > 0; i--)
            await Task.Yield();
        await given.CancelAsync();
        await poll;
    }

    private static async Task SendHalfAPostAsync(App app, string space)
    {
        string session = await OpenAsync(app);
        await using var wire = new Wire(app);
        await wire.SendAsync($"POST {session} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n40{space}\u001e42{space}[");
    }

    private static async Task UpgradeAsync(App app, string space, Random random)
    {
        string session = await OpenAsync(app);
        await PostAsync(app, session, $"40{space}");
        await using WsSession socket = await app.ConnectAsync(session.Replace("polling", "websocket", StringComparison.Ordinal));
        Task<string> poll = app.Client.GetStringAsync(new Uri(session, UriKind.Relative));
        int steps = random.Next(4);
        if (steps > 0)
            await socket.SendTextAsync("2probe");
        if (steps > 1)
            await socket.SendTextAsync("5");
        if (steps > 2)
            await socket.SendTextAsync($"421{space}[\"ask\"]");
        socket.Abort();
        await poll;
    }

    private async Task TalkAsync(App app, string space, Random random)
    {
        Version version = random.Next(3) == 0 ? HttpVersion.Version20 : HttpVersion.Version11;
        await using WsSession socket = await app.ConnectAsync($"{Path}?EIO=4&transport=websocket", version);
        bool waits = random.Next(4) == 0;
        string auth = waits ? "{}" : _secrets.TryPeek(out string? secret) && random.Next(2) == 0 ? $"{{\"pid\":\"{secret}\"}}" : "";
        await socket.SendTextAsync($"40{space}{auth}");
        if (!waits)
        {
            string answer;
            do
                answer = await socket.TextAsync();
            while (!answer.StartsWith("40", StringComparison.Ordinal) && !answer.StartsWith("close", StringComparison.Ordinal));
            if (answer.Split("\"pid\":\"") is [_, var pid])
                _secrets.Push(pid[..20]);
            for (int i = random.Next(6); i > 0; i--)
                await ActAsync(socket, space, random);
        }

        if (random.Next(2) == 0)
            socket.Abort();
        else
            await socket.CloseAsync();
    }

    private static async Task ActAsync(WsSession socket, string space, Random random)
    {
        switch (random.Next(6))
        {
            case 0:
                await socket.SendTextAsync($"421{space}[\"ask\"]");
                break;
            case 1:
                await socket.SendTextAsync($"42{space}[\"leave\"]");
                break;
            case 2:
                await socket.SendTextAsync($"451-{space}7[\"bytes\",{{\"_placeholder\":true,\"num\":0}}]");
                if (random.Next(3) > 0)
                    await socket.SendBytesAsync(new byte[5]);
                break;
            case 3:
                await socket.SendTextAsync($"41{space}");
                if (random.Next(2) == 0)
                    await socket.SendTextAsync($"40{space}");
                break;
            case 4:
                await socket.SendTextAsync($"43{space}{random.Next(50)}[1]");
                break;
            default:
                await socket.TextAsync();
                break;
        }
    }

    private static async Task<string> OpenAsync(App app)
    {
        string open = await app.Client.GetStringAsync(new Uri($"{Path}?EIO=4&transport=polling", UriKind.Relative)).Soon();
        string id = open.Split("\"sid\":\"")[1].Split('"')[0];
        return $"{Path}?EIO=4&transport=polling&sid={id}";
    }

    private static async Task PostAsync(App app, string session, string body)
    {
        using var content = new StringContent(body);
        using HttpResponseMessage response = await app.Client.PostAsync(new Uri(session, UriKind.Relative), content).Soon();
    }
}
