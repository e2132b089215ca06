using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using WsProto.Adapters.Tests.Support;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.Client.Tests.Support;

namespace WsProto.SocketIO.Client.Tests;

public sealed class LimitTests
{
    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task What_is_larger_than_the_client_takes_ends_the_session(string way)
    {
        await using Served served = await Served.StartAsync(
            io => io.Main.On("send", async (SocketIOSocket socket, int size) => socket.Emit("x", new byte[size])));
        SocketIOClient io = served.Client(served.Options(way) with { MaxReceiveSize = 10_000 });
        var got = new ConcurrentQueue<int>();
        var losses = new ConcurrentQueue<SocketIOLoss>();
        io.On<byte[]>("x", bytes => got.Enqueue(bytes.Length));
        io.OnDisconnected(async loss => losses.Enqueue(loss));
        await io.ConnectAsync().Soon();
        await io.EmitAsync("send", 7_000).Soon();
        await Waiting.Until(() => got.Count == 1);
        await io.EmitAsync("send", 20_000).Soon();
        await Waiting.Until(() => losses.Count == 1);
        Assert.StartsWith("transport", losses.Single().Reason, StringComparison.Ordinal);
        Assert.Single(got);
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    [Trait("Demand", "Q26")]
    public async Task Client_whose_handlers_do_not_keep_up_reads_no_more_and_is_not_taken_for_lost(string way)
    {
        await using Served served = await Served.StartAsync(io => io.Main.On("flood", async socket =>
        {
            for (int i = 0; i < 30; i++)
                socket.Emit("x", new byte[1000]);
        }));
        SocketIOClient io = served.Client(served.Options(way) with { MaxReceiveBacklog = 5_000 });
        var gate = new TaskCompletionSource();
        int got = 0;
        io.Main.On("x", async (byte[] _) =>
        {
            await gate.Task;
            Interlocked.Increment(ref got);
        });
        await io.ConnectAsync().Soon();
        await io.EmitAsync("flood").Soon();
        await Waiting.Until(() => io.Driver.IsPaused || way == "polling");
        served.Time.Advance(TimeSpan.FromHours(20));
        gate.SetResult();
        await Waiting.Until(() => Volatile.Read(ref got) == 30);
        Assert.True(io.Main.IsConnected);
    }

    [Fact]
    public async Task Server_whose_every_answer_ends_with_an_attachment_to_come_is_not_read_for_ever()
    {
        await using Served served = await Served.StartAsync(_ => { });
        const string Event = """451-["x",{"_placeholder":true,"num":0}]""";
        string bytes = "b" + Convert.ToBase64String(new byte[1000]) + "\u001e";
        int polls = 0;
        served.Intercept = async context =>
        {
            string body = context.Request.Method == "POST" ? "ok" : Interlocked.Increment(ref polls) switch
            {
                1 => """0{"sid":"S","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100000}""",
                2 => "40{\"sid\":\"A\"}\u001e" + Event,
                _ => bytes + Event,
            };
            await context.Response.WriteAsync(body);
            return true;
        };
        SocketIOClient io = served.Client(served.Options("polling") with { MaxReceiveBacklog = 5_000 });
        var gate = new TaskCompletionSource();
        io.Main.On("x", (byte[] _) => gate.Task);
        await io.ConnectAsync().Soon();
        await Waiting.Until(() => io.Driver.IsPaused);
        Assert.InRange(Volatile.Read(ref polls), 5, 20);
        gate.SetResult();
        await Waiting.Until(() => Volatile.Read(ref polls) > 30);
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task Emits_wait_for_a_network_that_does_not_keep_up_and_end_with_it(string way)
    {
        await using Served served = await Served.StartAsync(_ => { });
        var gate = new TaskCompletionSource();
        SocketIOClient io = await served.ConnectAsync(way, served.Options(way) with { MaxSendBacklog = 100_000 });
        served.Intercept = async context =>
        {
            if (context.Request.Method == "POST")
                await gate.Task;
            return false;
        };
        List<Task> emits = [];
        for (int i = 0; i < 40; i++)
            emits.Add(io.EmitAsync("x", new byte[50_000]));
        if (way == "polling")
            Assert.False(emits[^1].IsCompleted);
        gate.SetResult();
        await Task.WhenAll(emits).Soon();
        Assert.True(io.Main.IsConnected);
    }
}
