using System.Collections.Concurrent;
using System.Text.Json;
using WsProto.Adapters.Tests.Support;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.Client.Tests.Support;

namespace WsProto.SocketIO.Client.Tests;

/// <summary>Arguments and answers as values of types, and what of them can be written to a log.</summary>
public sealed class TypedTests
{
    [Fact]
    [Trait("Demand", "Q15")]
    public async Task Handlers_of_up_to_four_arguments_get_them_and_answer()
    {
        await using Served served = await Served.StartAsync(io => io.Main.On("go", async socket =>
        {
            for (int count = 1; count <= 4; count++)
            {
                object?[] arguments = [.. Enumerable.Range(1, count)];
                socket.Emit($"told {count}", arguments.AsSpan());
                socket.Emit($"awaited {count}", arguments.AsSpan());
            }

            var sums = new List<int>();
            for (int count = 0; count <= 4; count++)
                sums.Add((await socket.CallAsync($"sum {count}", [.. Enumerable.Range(1, count).Select(number => (object?)number)]))
                    .Get<int>(0));
            return sums;
        }));
        SocketIOClient io = await served.ConnectAsync();
        var got = new ConcurrentQueue<string>();
        io.Main
            .On("told 1", (int a) => got.Enqueue($"{a}"))
            .On("told 2", (int a, int b) => got.Enqueue($"{a} {b}"))
            .On("told 3", (int a, int b, int c) => got.Enqueue($"{a} {b} {c}"))
            .On("told 4", (int a, int b, int c, int d) => got.Enqueue($"{a} {b} {c} {d}"))
            .On("awaited 1", async (int a) => got.Enqueue($"{a}"))
            .On("awaited 2", async (int a, int b) => got.Enqueue($"{a} {b}"))
            .On("awaited 3", async (int a, int b, int c) => got.Enqueue($"{a} {b} {c}"))
            .On("awaited 4", async (int a, int b, int c, int d) => got.Enqueue($"{a} {b} {c} {d}"))
            .OnCall("sum 0", async () => 0)
            .OnCall("sum 1", async (int a) => a)
            .OnCall("sum 2", async (int a, int b) => a + b)
            .OnCall("sum 3", async (int a, int b, int c) => a + b + c)
            .OnCall("sum 4", async (int a, int b, int c, int d) => a + b + c + d);
        List<int>? sums = await io.CallAsync<List<int>>("go").Soon();
        Assert.Equal([0, 1, 3, 6, 10], sums!);
        Assert.Equal(["1", "1", "1 2", "1 2", "1 2 3", "1 2 3", "1 2 3 4", "1 2 3 4"], got);
    }

    [Fact]
    public async Task Values_of_an_answer_are_read_by_the_options_of_who_has_got_it()
    {
        await using Served served = await Served.StartAsync(
            io => io.Main
                .On("ask", async (SocketIOSocket socket, SocketIOArguments all) =>
                {
                    SocketIOArguments answer = await socket.CallAsync("colour", []);
                    return SocketIOAck.Of(all.Get<Colour>(0), answer.Get<Colour>(0), new byte[] { 7 }, null);
                }),
            new() { Json = _named });
        SocketIOClient io = await served.ConnectAsync(options: served.Options() with { Json = _named });
        io.Main.OnCall("colour", async () => Colour.Red);
        SocketIOArguments answer = await io.Main.CallAsync("ask", [Colour.Green]).Soon();
        Assert.Equal(
            (Colour.Green, Colour.Red, "07"),
            (answer.Get<Colour>(0), answer.Get<Colour>(1), Convert.ToHexString(answer.Get<byte[]>(2)!)));
        Assert.Null(answer.Get<string>(3));
        Assert.Null(answer.Get<int?>(4));
        Assert.Throws<JsonException>(() => answer.Get<int>(4));
        Assert.Throws<JsonException>(() => answer.Get<int>(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => answer.Get<int?>(-1));
    }

    [Fact]
    public async Task Tuple_is_no_argument_and_no_answer_which_is_told_at_once()
    {
        var answers = new ConcurrentQueue<string>();
        await using Served served = await Served.StartAsync(io => io.Main.On("go", async (SocketIOSocket socket, string name) =>
        {
            await Assert.ThrowsAsync<TimeoutException>(() => socket.CallAsync(name, [], TimeSpan.FromTicks(1)));
            answers.Enqueue(name);
        }));
        var failures = new ConcurrentQueue<Exception>();
        SocketIOClient io = await served.ConnectAsync(
            options: served.Options() with { OnHandlerFailed = (exception, _) => failures.Enqueue(exception) });
        Assert.Throws<ArgumentException>(() => io.TryEmit("m", ("a", 1)));
        Assert.Throws<ArgumentException>(() => io.Main.TryEmit("m", "a", ("a", 1)));
        Assert.Throws<ArgumentException>(() => io.Main.EmitVolatile("m", ("a", 1)));
        await Assert.ThrowsAsync<ArgumentException>(() => io.EmitAsync("m", ("a", 1)));
        await Assert.ThrowsAsync<ArgumentException>(() => io.CallAsync<int>("m", ("a", 1)));
        await Assert.ThrowsAsync<ArgumentException>(() => io.Main.CallAsync("m", [("a", 1)]));
        Assert.Throws<ArgumentException>(() => io.Main.OnCall("a", async () => ("a", 1)));
        Assert.Throws<ArgumentException>(() => io.Main.OnCall("a", async (int a) => ("a", a)));
        Assert.Throws<ArgumentException>(() => io.Main.OnCall("a", async (int a, int b) => ((int, int)?)(a, b)));
        io.Main.On("answer", async e => e.Answer(("a", 1)));
        io.TryEmit("go", "answer");
        await served.Until(() => answers.Count == 1 && failures.Count == 1);
        Assert.Contains("tuple", Assert.IsType<ArgumentException>(failures.Single()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("polling", "polling")]
    [InlineData("websocket", "WebSocket")]
    [InlineData("upgrade", "polling, WebSocket")]
    [Trait("Demand", "Q40")]
    public async Task Server_that_is_not_reached_is_named_with_the_transports_that_were_tried(string way, string tried)
    {
        await using Served served = await Served.StartAsync(_ => { });
        await served.KillAsync();
        SocketIOClient io = served.Client(served.Options(way));
        var changes = new ConcurrentQueue<SocketIOStateChange>();
        io.OnStateChanged(changes.Enqueue);
        SocketIOConnectException e = await Assert.ThrowsAsync<SocketIOConnectException>(() => io.ConnectAsync()).Soon();
        string last = way == "polling" ? "polling" : "WebSocket";
        Assert.Equal($"localhost:80 (tried: {tried}): The server could not be reached ({last}).", e.Message);
        await Waiting.Until(() => changes.Count == 2);
        Assert.Equal(
            [
                "SocketIOStateChange { State = Connecting }",
                $"SocketIOStateChange {{ State = Idle, Reason = transport error, Failure = {e.Message} }}",
            ],
            changes.Select(change => change.ToString()));
    }

    [Fact]
    public async Task Session_that_is_lost_is_told_on_one_line()
    {
        await using Served served = await Served.StartAsync(_ => { });
        SocketIOClient io = await served.ConnectAsync();
        var changes = new ConcurrentQueue<SocketIOStateChange>();
        io.OnStateChanged(changes.Enqueue);
        served.CutLines();
        await Waiting.Until(() => !changes.IsEmpty);
        Assert.Equal(
            "SocketIOStateChange { State = Waiting, Reason = transport close, Failure = localhost:80: "
                + "The WebSocket was closed (WebSocket, close code 1006)., "
                + "Attempt = 1, Delay = 00:00:01 }",
            changes.First().ToString());
    }

    private static readonly JsonSerializerOptions _named = new(JsonSerializerDefaults.Web)
    {
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() },
    };

    private enum Colour
    {
        Red,
        Green,
    }
}
