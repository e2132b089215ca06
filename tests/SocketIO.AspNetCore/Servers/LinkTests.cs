using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters.Tests.Support;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore.Hosting;
using WsProto.SocketIO.AspNetCore.Testing;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.AspNetCore.Tests.Servers;

/// <summary>What one server makes of what comes, and of what does not come, on a backplane that the test holds.</summary>
public sealed class LinkTests : IAsyncLifetime, IAsyncDisposable
{
    private const string Other = "0123456789abcdef0123456789abcdef";

    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly Wires _wires = new();
    private readonly Cluster _cluster = new();
    private SocketIOServer _server = null!;

    private App App => _cluster.Apps[0];

    public async Task InitializeAsync()
    {
        await _cluster.AddAsync(
            _wires,
            io => io.Of("/kept").EnableRecovery().On("join", async (SocketIOSocket socket, string room) => socket.Join(room)),
            new() { Engine = new() { TimeProvider = _time, Server = new() { PingInterval = TimeSpan.FromHours(1) } } });
        _server = Cluster.ServerOf(App);
    }

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    [Trait("Demand", "Q45")]
    public async Task What_is_malformed_or_foreign_harms_nothing_and_is_counted()
    {
        await using SocketIOTestClient client = await _cluster.ConnectAsync(0);
        using MetricCollector<long> received = _cluster.Collect(0, "wsproto.socketio.backplane.received");
        string id = _server.Link!.Id;
        string[] messages =
        [
            "x", "{\"method\":\"emit\"}", "{\"method\":\"emit\",\"event\":\"disconnect\",\"data\":[]}",
            "{\"method\":\"something\"}",
            $"{{\"method\":\"emit\",\"event\":\"mine\",\"data\":[],\"host_id\":\"{id}\"}}",
            $"{{\"method\":\"callback\",\"host_id\":\"{Other}\",\"id\":1,\"args\":[]}}",
            $"{{\"method\":\"callback\",\"host_id\":\"{id}\",\"id\":1,\"args\":[]}}",
            "{\"method\":\"emit\",\"event\":\"e\",\"data\":[],\"namespace\":\"/nowhere\"}", "{\"method\":\"disconnect\",\"sid\":\"x\"}",
            "{\"method\":\"enter_room\",\"sid\":\"x\",\"room\":\"y\",\"namespace\":\"/nowhere\"}",
            "{\"method\":\"emit\",\"event\":\"e\",\"data\":[1]}",
        ];
        foreach (string message in messages)
            _wires.Bring(message);
        Assert.Equal("e 1", Cluster.Show(await client.WaitForAsync("e")));
        Assert.Empty(client.TakeReceived());
        Assert.Equal(["foreign 1", "handled 5", "ignored 2", "malformed 3"], Sums(received));
        Assert.Equal(
            "1 messages from the backplane were malformed. Logged once a minute at most.",
            Assert.Single(LinesOf("BackplaneMalformed")));
    }

    [Fact]
    [Trait("Demand", "Q45")]
    public async Task Message_whose_delivery_throws_concerns_no_other()
    {
        var wires = new Wires();
        App app = await _cluster.AddAsync(wires, null, new() { Parser = new ThrowingParser() });
        using MetricCollector<long> received = _cluster.Collect(1, "wsproto.socketio.backplane.received");
        await using Peer peer = await Peer.OpenAsync(app);
        await peer.SendAsync("0");
        Assert.Equal("00", await peer.NextAsync());
        wires.Bring("{\"method\":\"emit\",\"event\":\"bad\",\"data\":[]}");
        wires.Bring("{\"method\":\"emit\",\"event\":\"good\",\"data\":[]}");
        Assert.Equal("02", await peer.NextAsync());
        Assert.Equal(["failed 1", "handled 1"], Sums(received));
        Assert.Single(app.Logs.GetSnapshot(), entry => entry.Id.Name == "BackplaneFailed");
    }

    [Fact]
    [Trait("Demand", "Q46")]
    public async Task What_cannot_be_published_is_counted_and_logged_and_clients_here_get_it()
    {
        await using SocketIOTestClient client = await _cluster.ConnectAsync(0);
        using MetricCollector<long> lost = _cluster.Collect(0, "wsproto.socketio.backplane.lost");
        _wires.Failure = new InvalidOperationException("thrown");
        for (int i = 0; i < 10; i++)
            _server.Main.Emit("e", i);
        await client.CallAsync("say", ["nobody", "text"]);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"e {i}"), client.TakeReceived().Select(Cluster.Show));
        Assert.Equal(11, lost.GetMeasurementSnapshot().Sum(measurement => measurement.Value));
        Assert.Equal(
            "1 messages to other servers were lost. thrown Logged once a minute at most.",
            Assert.Single(LinesOf("PublicationsLost")));
        _time.Advance(TimeSpan.FromMinutes(1));
        _server.Main.Emit("e");
        Assert.Equal(2, LinesOf("PublicationsLost").Count());
    }

    [Fact]
    [Trait("Demand", "Q45")]
    public async Task Server_that_does_not_hear_itself_subscribes_anew_and_says_so()
    {
        await _cluster.UntilHealthyAsync(0, others: 0);
        _wires.IsDeaf = true;
        for (int i = 0; i < 3; i++)
            _time.Advance(_second);
        Assert.Equal(HealthStatus.Healthy, (await _cluster.HealthAsync(0)).Status);
        Assert.Equal(0, _wires.Restarts);
        _time.Advance(_second);
        Assert.Equal(1, _wires.Restarts);
        Assert.Equal(HealthStatus.Unhealthy, (await _cluster.HealthAsync(0)).Status);
        Assert.Single(LinesOf("BackplaneSilent"));
        // A new subscription has as long; then it is made again.
        for (int i = 0; i < 4; i++)
            _time.Advance(_second);
        Assert.Equal(2, _wires.Restarts);
        Assert.Single(LinesOf("BackplaneSilent"));
        _wires.IsDeaf = false;
        _time.Advance(_second);
        Assert.Equal(HealthStatus.Healthy, (await _cluster.HealthAsync(0)).Status);
        Assert.Equal(2, LinesOf("BackplaneHeard").Count());
    }

    [Fact]
    [Trait("Demand", "Q45")]
    public async Task Subscription_that_has_died_silently_is_made_anew_and_heard_within_five_seconds()
    {
        await _cluster.UntilHealthyAsync(0, others: 0);
        _wires.IsDeaf = true;
        _wires.HearsAfterRestart = true;
        int seconds = 0;
        do
        {
            _time.Advance(_second);
            seconds++;
        }
        while (_wires.Restarts == 0 || (await _cluster.HealthAsync(0)).Status != HealthStatus.Healthy);
        Assert.InRange(seconds, 1, 5);
        Assert.Equal(1, _wires.Restarts);
    }

    [Fact]
    [Trait("Demand", "Q48")]
    public async Task Server_that_was_not_heard_for_long_is_left_out_and_before_that_the_count_is_partial()
    {
        await using SocketIOTestClient client = await _cluster.ConnectAsync(0);
        _wires.Bring($"{{\"method\":\"alive\",\"host_id\":\"{Other}\"}}");
        Task<SocketIOCount> count = _server.Main.CountAsync();
        Assert.False(count.IsCompleted);
        _time.Advance(_second);
        Assert.Equal(new SocketIOCount(1, true), await count.Soon());
        Task<IReadOnlyList<SocketIOAnswer>> call = _server.Main.To("nobody").CallAsync("q", [], Timeout.InfiniteTimeSpan);
        for (int i = 0; i < 3; i++)
            _time.Advance(_second);
        Assert.Empty(await call.Soon());
        Assert.Equal(new SocketIOCount(1, false), await _server.Main.CountAsync().Soon());
        Assert.Equal(0, _server.Link!.Calls.Count);
    }

    [Fact]
    public async Task Question_to_others_ends_late_or_cancelled_and_leaves_nothing()
    {
        _wires.Bring($"{{\"method\":\"alive\",\"host_id\":\"{Other}\"}}");
        using var cancelled = new CancellationTokenSource();
        Task<SocketIOCount> count = _server.Main.CountAsync(Timeout.InfiniteTimeSpan, cancelled.Token);
        Task<IReadOnlyList<SocketIOAnswer>> call = _server.Main.CallAsync("q", [], Timeout.InfiniteTimeSpan, cancelled.Token);
        Assert.Equal(2, _server.Link!.Calls.Count);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => count).Soon();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call).Soon();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _server.Main.CountAsync(TimeSpan.FromSeconds(-1)));
        Assert.Equal(0, _server.Link.Calls.Count);
    }

    [Fact]
    [Trait("Demand", "Q47")]
    public async Task Call_of_a_foreign_server_gets_an_answer_of_each_client_and_nothing_else()
    {
        await using SocketIOTestClient ann = await _cluster.ConnectAsync(0, "red");
        await using SocketIOTestClient bob = await _cluster.ConnectAsync(0, "red");
        _wires.TakePublished();
        _wires.Bring(
            "{\"method\": \"emit\", \"event\": \"q\", \"data\": [\"?\"], \"binary\": false, \"namespace\": \"/\", \"room\": \"red\", "
                + $"\"skip_sid\": null, \"callback\": [\"red\", \"/\", 9], \"host_id\": \"{Other}\"}}");
        await (await ann.WaitForAsync("q")).AnswerAsync(1);
        await Waiting.Until(() => _wires.Published.Count == 1);
        await (await bob.WaitForAsync("q")).AnswerAsync("two", 2);
        await Waiting.Until(() => _wires.Published.Count == 2);
        string id = _server.Link!.Id;
        Assert.Equal(
            [
                $"{{\"method\":\"callback\",\"host_id\":\"{Other}\",\"sid\":\"red\",\"namespace\":\"/\",\"id\":9,\"args\":[1],"
                    + $"\"from\":\"{id}\"}}",
                $"{{\"method\":\"callback\",\"host_id\":\"{Other}\",\"sid\":\"red\",\"namespace\":\"/\",\"id\":9,\"args\":[\"two\",2],"
                    + $"\"from\":\"{id}\"}}",
            ],
            _wires.TakePublished());
        Assert.All(_server.Main.Sockets, socket => Assert.Equal(0, socket.PendingAcks));

        // Who does not answer is not waited for any longer than the server waits itself.
        _wires.Bring(
            "{\"method\":\"emit\",\"event\":\"q\",\"data\":[],\"room\":\"red\",\"callback\":[\"red\",\"/\",10],"
                + $"\"host_id\":\"{Other}\"}}");
        Assert.All(_server.Main.Sockets, socket => Assert.Equal(1, socket.PendingAcks));
        _time.Advance(_server.Options.AckTimeout);
        await Waiting.Until(() => _server.Main.Sockets.All(socket => socket.PendingAcks == 0));
    }

    [Fact]
    public async Task Call_that_is_malformed_is_waited_for_by_nobody()
    {
        await using SocketIOTestClient client = await _cluster.ConnectAsync(0);
        _wires.Bring($"{{\"method\":\"alive\",\"host_id\":\"{Other}\"}}");
        _wires.TakePublished();
        _wires.Bring($"{{\"method\":\"emit\",\"event\":\"connect\",\"data\":[],\"callback\":[null,\"/\",9],\"host_id\":\"{Other}\"}}");
        Assert.Equal(
            $"{{\"method\":\"counted\",\"host_id\":\"{_server.Link!.Id}\",\"to\":\"{Other}\",\"id\":9,\"count\":0}}",
            Assert.Single(_wires.TakePublished()));
        Assert.Empty(client.TakeReceived());
    }

    [Fact]
    [Trait("Demand", "Q47")]
    public async Task With_foreign_servers_a_call_takes_all_answers_until_its_timeout()
    {
        var wires = new Wires();
        App app = await _cluster.AddAsync(
            wires, null, new()
            {
                HasForeignServers = true,
                Engine = new() { TimeProvider = _time, Server = new() { PingInterval = TimeSpan.FromHours(1) } },
            });
        await using SocketIOTestClient client = await app.Server.ConnectSocketIOAsync();
        SocketIOServer server = Cluster.ServerOf(app);
        await client.CallAsync<bool>("join", "red");
        wires.TakePublished();
        Task<IReadOnlyList<SocketIOAnswer>> call = server.Main.To("red").CallAsync("q", [], TimeSpan.FromSeconds(2));
        using var sent = JsonDocument.Parse(wires.TakePublished().Single());
        Assert.Equal("[\"red\",\"/\",1]", sent.RootElement.GetProperty("callback").GetRawText());
        await (await client.WaitForAsync("q")).AnswerAsync(0);
        for (int i = 1; i <= 3; i++)
            wires.Bring(
                $"{{\"method\": \"callback\", \"host_id\": \"{server.Link!.Id}\", \"sid\": \"red\", \"namespace\": \"/\", \"id\": 1, "
                    + $"\"args\": [{i}]}}");
        await Waiting.Until(() => server.Main.Sockets.Single().PendingAcks == 0 || call.IsCompleted);
        Assert.False(call.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));
        IReadOnlyList<SocketIOAnswer> answers = await call.Soon();
        Assert.Equal(
            [$"{client.Id} 0", " 1", " 2", " 3"],
            answers.Select(answer => $"{answer.Socket?.Id} {Encoding.UTF8.GetString(answer.Arguments!.GetJson(0).Span)}"));
    }

    [Fact]
    public async Task Lost_client_gets_what_other_servers_have_sent_meanwhile_where_it_was_lost()
    {
        string id;
        string pid;
        string offset;
        await using (Peer peer = await Peer.OpenAsync(App))
        {
            (id, pid) = await JoinAsync(peer, "{}");
            _wires.Bring("{\"method\":\"emit\",\"event\":\"n\",\"data\":[0],\"namespace\":\"/kept\"}");
            using var first = JsonDocument.Parse((await peer.NextAsync())["2/kept,".Length..]);
            offset = first.RootElement[2].GetString()!;
            peer.Abort();
            await Waiting.Until(() => _server.Of("/kept").SocketCount == 0);
        }

        _wires.Bring($"{{\"method\":\"emit\",\"event\":\"n\",\"data\":[1],\"namespace\":\"/kept\",\"room\":\"{id}\"}}");
        // Another server does not know it, so that there it is new, and knows that.
        App other = await _cluster.AddAsync(new Wires(), io => io.Of("/kept").EnableRecovery());
        await using Peer elsewhere = await Peer.OpenAsync(other);
        Assert.NotEqual((id, pid), await JoinAsync(elsewhere, $"{{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}}"));
        await using Peer back = await Peer.OpenAsync(App);
        Assert.Equal((id, pid), await JoinAsync(back, $"{{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}}"));
        Assert.StartsWith("2/kept,[\"n\",1,", await back.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_server_needs_a_backplane_of_its_own()
    {
        SocketIOBackplane backplane = new SocketIOInMemoryHub().Connect();
        Assert.False(backplane.IsConnected);
        await _cluster.AddAsync(backplane);
        Assert.True(backplane.IsConnected);
        await Assert.ThrowsAsync<InvalidOperationException>(() => _cluster.AddAsync(backplane));
    }

    [Fact]
    public async Task Without_a_backplane_the_check_fails_and_says_why()
    {
        await using App app = await Support.App.StartAsync(
            app => app.MapSocketIO("/socket.io", _ => { }),
            services => services.AddSocketIO().AddHealthChecks().AddSocketIOBackplane(failureStatus: HealthStatus.Degraded));
        HealthReport report = await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(
            (HealthStatus.Degraded, "There is no server with a backplane."),
            (report.Status, report.Entries.Values.Single().Description));
    }

    private static async Task<(string Id, string Pid)> JoinAsync(Peer peer, string auth)
    {
        await peer.SendAsync($"0/kept,{auth}");
        using var answer = JsonDocument.Parse((await peer.NextAsync())["0/kept,".Length..]);
        return (answer.RootElement.GetProperty("sid").GetString()!, answer.RootElement.GetProperty("pid").GetString()!);
    }

    private static IEnumerable<string> Sums(MetricCollector<long> collector) => collector.GetMeasurementSnapshot()
        .GroupBy(measurement => measurement.Tags.Values.Single())
        .Select(group => $"{group.Key} {group.Sum(measurement => measurement.Value)}")
        .Order(StringComparer.Ordinal);

    private IEnumerable<string> LinesOf(string name) =>
        App.Logs.GetSnapshot().Where(entry => entry.Id.Name == name).Select(entry => entry.Message);

    /// <summary>Takes whatever comes for a Connect, and fails to send one event.</summary>
    private sealed class ThrowingParser : SocketIOParser
    {
        public override Packet Encode(SocketIOContent content) =>
            content.Json.Span.SequenceEqual("[\"bad\"]"u8)
                ? throw new InvalidOperationException("thrown")
                : Packet.Binary([(byte)content.Type]);

        public override Packet Append(Packet packet, string argument) => packet;

        public override SocketIOError? Decode(
            ReadOnlyMemory<byte> message, bool isBinary, SocketIODecoderOptions limits, out SocketIOContent? content)
        {
            content = new(SocketIOPacketType.Connect, "/", null, default, []);
            return null;
        }
    }

    /// <summary>A backplane whose other end is the test. The server hears itself at once.</summary>
    private sealed class Wires : SocketIOBackplane
    {
        private readonly Lock _lock = new();
        private readonly List<string> _published = [];
        private ISocketIOBackplaneReceiver? _receiver;

        internal Exception? Failure { get; set; }

        internal bool IsDeaf { get; set; }

        /// <summary>Whether a new subscription ends the deafness.</summary>
        internal bool HearsAfterRestart { get; set; }

        internal int Restarts { get; private set; }

        internal IReadOnlyList<string> Published
        {
            get
            {
                lock (_lock)
                    return [.. _published];
            }
        }

        public override bool IsConnected => true;

        public override void Start(ISocketIOBackplaneReceiver receiver) => _receiver = receiver;

        public override void Publish(ReadOnlyMemory<byte> message)
        {
            if (Failure is not null)
                throw Failure;
            string text = Encoding.UTF8.GetString(message.Span);
            if (text.Contains("\"alive\"", StringComparison.Ordinal))
            {
                if (!IsDeaf)
                    _receiver!.Receive(message);
                return;
            }

            lock (_lock)
                _published.Add(text);
        }

        public override void Restart()
        {
            Restarts++;
            IsDeaf &= !HearsAfterRestart;
        }

        public override void Close()
        {
        }

        internal void Bring(string message) => _receiver!.Receive(Encoding.UTF8.GetBytes(message));

        internal string[] TakePublished()
        {
            lock (_lock)
            {
                string[] published = [.. _published];
                _published.Clear();
                return published;
            }
        }
    }
}
