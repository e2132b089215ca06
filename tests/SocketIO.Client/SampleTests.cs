using System.Collections.Concurrent;
using System.Text.Json;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.Client.Tests.Support;

namespace WsProto.SocketIO.Client.Tests;

public sealed class SampleTests
{
    [Fact]
    public async Task Feed_comes_back_and_subscribes_again()
    {
        await using Served served = await Served.StartAsync(io => io.Main.On("subscribe", async (SocketIOSocket socket, string pair) =>
        {
            socket.Emit("price", 1.25m);
            socket.Emit("price", 1.26m);
        }));
        var prices = new ConcurrentQueue<decimal>();
        using var end = new CancellationTokenSource();
        Task feed = Samples.FeedAsync(Served.Address, served.Options(), prices.Enqueue, end.Token);
        await Waiting.Until(() => !prices.IsEmpty || feed.IsCompleted);
        await served.RestartAsync();
        await served.Until(() => prices.Count >= 3 && prices.Last() == 1.26m);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => feed).Soon();
        Assert.Equal(1.25m, prices.First());
    }

    [Fact]
    public async Task Chat_talks()
    {
        await using Served served = await Served.StartAsync(io =>
        {
            io.Main
                .On("join", async (SocketIOSocket socket, string room, string name) => $"Welcome to {room}, {name}!")
                .On("say", async (SocketIOSocket socket, string room, string text) => socket.Emit("said", text));
            io.Of("/admin").On("add", async (SocketIOSocket _, int a, int b) => a + b);
        });
        var said = new TaskCompletionSource<string>();
        Assert.Equal(
            ("Welcome to kitchen, Ann!", 3), await Samples.ChatAsync(Served.Address, served.Options(), said.SetResult, said.Task).Soon());
        Assert.Equal("Hello!", await said.Task);
    }

    [Fact]
    public async Task Token_is_fresh_and_order_is_answered()
    {
        await using Served served = await Served.StartAsync(io => io.Main
            .OnConnecting(async socket =>
            {
                if (JsonDocument.Parse(socket.Auth.GetJson(0)).RootElement.GetProperty("token").GetString() == "1")
                    throw new SocketIORefusedException("expired");
            })
            .On("order", async (SocketIOSocket _, JsonElement order) => order.GetProperty("item").GetString()));
        int tokens = 0;
        SocketIOClientOptions ours = served.Options();
        SocketIOClientOptions options = Samples.WithToken(async _ => $"{++tokens}");
        SocketIOClient io = served.Client(options with
        {
            HttpInvoker = ours.HttpInvoker,
            TimeProvider = ours.TimeProvider,
            Connection = options.Connection with { Engine = ours.Connection.Engine, JoinTimeout = ours.Connection.JoinTimeout },
        });
        Task connecting = io.ConnectAsync();
        await served.Until(() => connecting.IsCompleted);
        await connecting;
        Assert.Equal(2, tokens);
        SocketIOArguments answer = await Samples.OrderAsync(io, CancellationToken.None).Soon();
        Assert.Equal("tea", JsonDocument.Parse(answer.GetJson(0)).RootElement.GetString());
    }
}
