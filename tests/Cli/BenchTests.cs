using System.Text.Json;
using WsProto.Adapters;
using WsProto.Cli.Bench;
using WsProto.Cli.Dialing;

namespace WsProto.Cli.Tests;

/// <summary>The verb <c>bench</c>.</summary>
public sealed class BenchTests : IDisposable
{
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromSeconds(60));

    public void Dispose() => _guard.Dispose();

    [Theory]
    [InlineData("--rate", "200")]
    [InlineData]
    public async Task Server_that_answers_all_is_measured(params string[] options)
    {
        await using BenchServer server = BenchServer.Answering(_ => 1);
        JsonElement result = await RunAsync(0, [server.Address, "--connections", "4", "--duration", "500ms", .. options]);
        Assert.Equal((4, 4), (Int(result, "opened"), Int(result, "highestOpen")));
        Assert.Equal(
            (Int(result, "sent"), 0, 0, 0),
            (Int(result, "answered"), Int(result, "unanswered"), Int(result, "repeated"), Int(result, "unasked")));
        if (options.Length > 0)
            Assert.Equal(100, Int(result, "sent"));
        Assert.Equal(Int(result, "sent"), Int(result.GetProperty("latency"), "count"));
        Assert.Equal(4, Int(result.GetProperty("handshake"), "count"));
        Assert.Empty(result.GetProperty("errors").EnumerateObject());
        Assert.Equal(JsonValueKind.Null, result.GetProperty("failure").ValueKind);
    }

    [Fact]
    [Trait("Demand", "L26")]
    public async Task Server_that_refuses_half_is_told_as_it_is()
    {
        await using var server = new BenchServer(
            number => number % 2 == 0 ? WsResponse.Accept() : WsResponse.Reject(503, "full"),
            async session =>
            {
                await foreach (Message message in session.ReadAllAsync())
                    await session.SendAsync(message);
            });
        JsonElement result =
            await RunAsync(1, server.Address, "--connections", "10", "--rate", "100", "--duration", "100ms", "--max-errors", "4");
        Assert.Equal((5, 5), (Int(result, "opened"), Int(result, "highestOpen")));
        Assert.Equal(5, Int(result.GetProperty("errors"), "status 503"));
        Assert.Equal("there are more errors than --max-errors", result.GetProperty("failure").GetString());
    }

    [Fact]
    [Trait("Demand", "L26")]
    public async Task What_was_not_measured_is_none_and_no_number()
    {
        await using BenchServer server = BenchServer.Answering(_ => 0);
        string[] run =
        [
            "bench", server.Address, "--connections", "1", "--rate", "10", "--duration", "50ms", "--wait", "1m", "--max-p99", "1s",
        ];
        Tool tool = await Tool.InMadeUpTimeAsync(run);
        Assert.Equal(1, tool.Code);
        Assert.Contains("messages\tsent 1, answered 0, unanswered 1", tool.Lines);
        Assert.Contains("latency\tnone, from when each was due", tool.Lines);
        Assert.EndsWith("wsproto: there is no reply to measure\n", tool.Error, StringComparison.Ordinal);
        tool = await Tool.RunAsync("bench", "ws://127.0.0.1:1/", "--connections", "2", "--duration", "1ms");
        Assert.Equal(3, tool.Code);
        Assert.Contains("handshake\tnone", tool.Lines);
        Assert.StartsWith("error\t2\tws://127.0.0.1:1/ opens no WebSocket: ", tool.Lines[^1], StringComparison.Ordinal);
    }

    /// <summary>What has no answer is slower than any time.</summary>
    [Theory]
    [InlineData(100, 0, null)]
    [InlineData(99, 0, null)]
    [InlineData(98, 1, "the 99th percentile is above --max-p99")]
    [InlineData(0, 1, "there is no reply to measure")]
    [Trait("Demand", "L26")]
    public async Task Message_without_an_answer_is_slower_than_any_time(int answered, int code, string? failure)
    {
        await using BenchServer server = BenchServer.Answering(number => number < answered ? 1 : 0);
        JsonElement result = await RunAsync(
            code, server.Address, "--connections", "1", "--rate", "1000", "--duration", "100ms", "--wait", "1m", "--max-p99", "60m");
        Assert.Equal((100, answered), (Int(result, "sent"), Int(result, "answered")));
        Assert.Equal(failure, result.GetProperty("failure").GetString());
    }

    /// <summary>Without a rate, a connection waits for its answer, and not for longer than it should send and wait.</summary>
    [Fact]
    [Trait("Demand", "L26")]
    public async Task Answer_that_never_comes_ends_with_the_time()
    {
        var without = new CountdownEvent(2);
        var allSent = new TaskCompletionSource();
        await using BenchServer server = BenchServer.Answering(number =>
        {
            if (number == 5 && without.Signal())
                allSent.SetResult();
            return number < 5 ? 1 : 0;
        });
        string[] run = ["bench", server.Address, "--connections", "2", "--duration", "1m", "--wait", "1m", "--json"];
        Tool tool = await Tool.InMadeUpTimeAsync(allSent.Task.WaitAsync(_guard.Token), run);
        Assert.Equal(0, tool.Code);
        JsonElement result = JsonDocument.Parse(tool.Out).RootElement;
        Assert.Equal((12, 10, 2), (Int(result, "sent"), Int(result, "answered"), Int(result, "unanswered")));
    }

    [Fact]
    [Trait("Demand", "L26")]
    public void Descriptors_and_ports_are_looked_at_before()
    {
        const string Limits =
            "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 4096                 files     \n";
        const string Unlimited = "Max open files  unlimited unlimited files";
        Assert.Null(Capacity.Lacking(960, 0, Limits, "32768\t60999\n"));
        Assert.Equal("961 connections need 1025 descriptors, and there are 1024: ulimit -n 1025.", Capacity.Lacking(961, 0, Limits, ""));
        Assert.Equal(
            "30000 connections need as many ports, and there are 28232: net.ipv4.ip_local_port_range, or --from.",
            Capacity.Lacking(30_000, 1, Unlimited, "32768\t60999\n"));
        Assert.Null(Capacity.Lacking(30_000, 2, Unlimited, "32768\t60999\n"));
        Assert.Null(Capacity.Lacking(30_000, 0, "", ""));
    }

    /// <summary>One address has no more than about 28,000 ports. Elsewhere than on Linux, one is all that loopback has.</summary>
    [Fact]
    [Trait("Demand", "L26")]
    public async Task Connections_come_from_the_addresses_that_are_given_in_turn()
    {
        string[] addresses = OperatingSystem.IsLinux() ? ["127.0.0.2", "127.0.0.3"] : ["127.0.0.1"];
        await using BenchServer server = BenchServer.Answering(_ => 1);
        string[] from = [.. addresses.SelectMany(one => new[] { "--from", one })];
        JsonElement result = await RunAsync(0, [server.Address, "--connections", "4", "--rate", "4", "--duration", "1s", .. from]);
        Assert.Equal((4, 4), (Int(result, "opened"), Int(result, "answered")));
        Assert.Equal(
            addresses.SelectMany(one => Enumerable.Repeat(one, 4 / addresses.Length)),
            server.Clients.Select(client => client.ToString()).Order(StringComparer.Ordinal));
    }

    /// <summary>This one is of nobody (RFC 5737).</summary>
    [Fact]
    public async Task Address_of_another_machine__is_an_error_of_each_connection()
    {
        await using BenchServer server = BenchServer.Answering(_ => 1);
        JsonElement result = await RunAsync(3, server.Address, "--connections", "2", "--from", "192.0.2.7");
        JsonProperty error = Assert.Single(result.GetProperty("errors").EnumerateObject());
        Assert.Equal(2, error.Value.GetInt32());
        Assert.StartsWith($"{server.Address} opens no WebSocket: ", error.Name, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Demand", "L27")]
    public async Task Replies_are_counted_by_the_message_that_they_answer()
    {
        await using BenchServer server = BenchServer.Answering(number => number % 3);
        JsonElement result =
            await RunAsync(0, server.Address, "--connections", "1", "--rate", "300", "--duration", "100ms", "--wait", "1m");
        Assert.Equal(30, Int(result, "sent"));
        Assert.Equal((20, 10, 0), (Int(result, "answered"), Int(result, "unanswered"), Int(result, "unasked")));
        Assert.Equal(10, Int(result, "repeated"));
    }

    [Fact]
    [Trait("Demand", "L27")]
    public async Task Ends_are_counted_by_close_code()
    {
        await using var server = new BenchServer(_ => WsResponse.Accept(), async session =>
        {
            await session.SendTextAsync("nobody asked");
            await session.ReceiveAsync();
            await session.CloseAsync(CloseCode.TryAgainLater);
        });
        // The server ends it, in its own time: the duration is never reached.
        Tool tool = await Tool.RunAsync("bench", server.Address, "--connections", "3", "--duration", "10m", "--json");
        Assert.Equal(0, tool.Code);
        JsonElement result = JsonDocument.Parse(tool.Out).RootElement;
        Assert.Equal(3, Int(result, "unasked"));
        Assert.Equal(3, Int(result.GetProperty("errors"), "closed 1013"));
    }

    /// <summary>A server stalls for a second: all that was due then has waited, sent or not.</summary>
    [Fact]
    [Trait("Demand", "L27")]
    public async Task Latency_counts_from_when_a_message_was_due()
    {
        var clock = new NotingTime(TimeSpan.FromMilliseconds(100));
        var received = System.Threading.Channels.Channel.CreateUnbounded<Message>();
        var goOn = new TaskCompletionSource();
        await using var server = new BenchServer(_ => WsResponse.Accept(), async session =>
        {
            var kept = new List<Message>();
            await foreach (Message message in session.ReadAllAsync())
            {
                kept.Add(message);
                received.Writer.TryWrite(message);
                if (kept.Count < 10)
                    continue;
                await goOn.Task;
                foreach (Message one in kept)
                    await session.SendAsync(one);
            }
        });
        await using WsSession client = await WsClient.ConnectAsync(new Uri(server.Address), cancellationToken: _guard.Token);
        var settings = new BenchSettings
        {
            Server = new ServerSettings { Uri = new Uri(server.Address) },
            Connections = 1,
            Rate = 10,
            Size = 20,
            Duration = TimeSpan.FromSeconds(1),
            Wait = TimeSpan.FromHours(1),
        };
        var counts = new BenchCounts();
        using var connection = new BenchConnection(client, settings, 0, clock);
        Task running = connection.RunAsync(clock.GetTimestamp(), counts, _guard.Token);
        await clock.IsSet.WaitAsync(_guard.Token);
        clock.Advance(TimeSpan.FromSeconds(1));
        for (int i = 0; i < 10; i++)
            await received.Reader.ReadAsync(_guard.Token);
        goOn.SetResult();
        await running;
        Assert.Equal((10, 10), (counts.Sent, counts.Answered));
        Assert.True(counts.Latencies.Percentile(50) >= TimeSpan.FromMilliseconds(500));
        Assert.True(counts.Latencies.Highest >= TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Histogram_knows_a_time_to_a_sixtieth()
    {
        for (long microseconds = 0; microseconds < 4_000_000_000; microseconds = (microseconds * 3 / 2) + 1)
        {
            var histogram = new LatencyHistogram();
            histogram.Add(TimeSpan.FromMicroseconds(microseconds));
            histogram.Add(TimeSpan.FromHours(2));
            long found = histogram.Percentile(50)!.Value.Ticks / TimeSpan.TicksPerMicrosecond;
            Assert.InRange(found, microseconds, microseconds + (microseconds / 60));
            Assert.Equal(TimeSpan.FromHours(2), histogram.Percentile(100));
        }

        Assert.Null(new LatencyHistogram().Percentile(50));
    }

    [Theory]
    [InlineData("--connections and --opening have to be positive.", "--connections", "0")]
    [InlineData("--rate goes from 0.001 to 10000000.", "--rate", "0")]
    [InlineData("--size goes as far as 16M.", "--size", "17M")]
    [InlineData("--max-errors cannot be negative.", "--max-errors", "-1")]
    [InlineData("here is no address: 192.0.2.7, ::1.", "--from", "here")]
    [InlineData("--from goes with none of --unix, --proxy and --http2.", "--from", "127.0.0.1", "--http2")]
    public async Task What_makes_no_sense__says_so(string message, params string[] options)
    {
        Tool tool = await Tool.RunAsync(["bench", "ws://127.0.0.1:1/", .. options]);
        Assert.Equal((2, $"wsproto: {message}\n"), (tool.Code, tool.Error));
    }

    [Theory]
    [InlineData("ws://127.0.0.1:1/", "::1", "127.0.0.1 has no address that ::1 can connect to.")]
    [InlineData("ws://[::1]:1/", "127.0.0.1", "[::1] has no address that 127.0.0.1 can connect to.")]
    public async Task Address_of_another_family__is_an_error_of_each_connection(string server, string from, string error)
    {
        Tool tool = await Tool.RunAsync("bench", server, "--from", from, "--connections", "2", "--json");
        Assert.Equal(3, tool.Code);
        Assert.Contains(error, tool.Out, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> RunAsync(int code, params string[] arguments)
    {
        Tool tool = await Tool.InMadeUpTimeAsync(["bench", .. arguments, "--json"]);
        Assert.Equal(code, tool.Code);
        return JsonDocument.Parse(tool.Out).RootElement;
    }

    private static int Int(JsonElement element, string member) => element.GetProperty(member).GetInt32();
}
