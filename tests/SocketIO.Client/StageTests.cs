using System.Collections.Concurrent;
using System.Text;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.Client.Tests.Support;

namespace WsProto.SocketIO.Client.Tests;

/// <summary>A server that is killed while a client is on its way in, and begins anew.</summary>
public sealed class StageTests
{
    public static readonly object[][] Stages =
    [
        .. ClientTests.Ways.SelectMany(way => (object[][])[[way[0], "handshake"], [way[0], "connect"], [way[0], "ack"]]),
        ["upgrade", "upgrade"],
    ];

    [Theory]
    [MemberData(nameof(Stages))]
    [Trait("Demand", "Q14")]
    public async Task Every_call_ends_once_when_the_server_is_killed_at_any_stage(string way, string stage)
    {
        var held = new TaskCompletionSource();
        bool isOver = false;
        var got = new ConcurrentDictionary<int, int>();
        await using Served served = await Served.StartAsync(io => io.Main
            .OnConnecting(socket => HoldAsync("connect", socket.Disconnected))
            .On("count", async (SocketIOSocket socket, int number) =>
            {
                got.AddOrUpdate(number, 1, (_, count) => count + 1);
                await HoldAsync("ack", socket.Disconnected);
                return number + 1;
            }));
        served.Intercept = async context =>
        {
            string query = context.Request.QueryString.Value!;
            bool isSession = query.Contains("sid=", StringComparison.Ordinal);
            bool isUpgrade = query.Contains("websocket", StringComparison.Ordinal);
            await HoldAsync(!isSession ? "handshake" : isUpgrade ? "upgrade" : "poll", context.RequestAborted);
            return context.RequestAborted.IsCancellationRequested;
        };
        SocketIOClient io = served.Client(
            served.Options(way, connection => connection with { ReconnectPolicy = static context => context.Delay }));
        Task connecting = io.ConnectAsync();
        if (stage is "ack" or "upgrade")
            await connecting.Soon();
        if (stage != "ack")
            await held.Task.Soon();
        TimeSpan day = TimeSpan.FromDays(1);
        Task<SocketIOArguments>[] plain = [.. Enumerable.Range(0, 20).Select(number => io.Main.CallAsync("count", [number], day))];
        Task<SocketIOArguments>[] retried =
        [
            .. Enumerable.Range(20, 20).Select(number => io.Main.CallAsync("count", [number], day, retries: 5)),
        ];
        await held.Task.Soon();

        await served.KillAsync();
        await Waiting.Until(() => io.State == SocketIOClientState.Waiting);
        Volatile.Write(ref isOver, true);
        await served.RestartAsync();
        Task all = Task.WhenAll([connecting, .. plain, .. retried]);
        await served.Until(() => all.IsCompleted, () => io.State == SocketIOClientState.Waiting);
        await connecting;
        for (int number = 0; number < 20; number++)
        {
            Assert.Equal($"{number + 21}", Encoding.UTF8.GetString((await retried[number]).GetJson(0).Span));
            if (await Record.ExceptionAsync(() => plain[number]) is not { } failure)
                Assert.Equal($"{number + 1}", Encoding.UTF8.GetString((await plain[number]).GetJson(0).Span));
            else
                Assert.Equal(SocketIOEmitOutcome.Disconnected, Assert.IsType<SocketIOEmitException>(failure).Outcome);
            Assert.InRange(got.GetValueOrDefault(number), 0, 1);
        }

        // What had not been sent was not lost, and what had been was not sent again.
        if (stage is "handshake" or "connect")
            Assert.All(plain, call => Assert.True(call.IsCompletedSuccessfully));
        if (stage == "ack")
            Assert.All(plain, call => Assert.True(call.IsFaulted));
        Assert.Equal(0, io.Driver.BufferedEmits);
        Assert.Equal(1, served.Server.Main.SocketCount);

        async Task HoldAsync(string at, CancellationToken end)
        {
            if (at != stage || Volatile.Read(ref isOver))
                return;
            held.TrySetResult();
            await Task.Delay(Timeout.Infinite, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
