using System.Text.Json;
using SocketIOClient.Transport;
using WsProto.Adapters.Tests.Support;
using Client = SocketIOClient.SocketIO;

namespace WsProto.Interop.Tests;

/// <summary>
/// NuGet's SocketIOClient, in this process, against our server: over polling, over WebSocket, and from the one to the other.
/// </summary>
[Trait("Category", "Interop")]
public sealed class DotNetClientInteropTests
{
    public static readonly TheoryData<string> Ways = ["polling", "websocket", "upgrade"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Events_and_acks_go_both_ways(string way)
    {
        await using SocketIORoute route = await SocketIORoute.StartAsync();
        using Client client = Create(route.Address, way, new { name = "Ann" });
        var welcome = new TaskCompletionSource<string>();
        client.On("welcome", response => welcome.TrySetResult(response.ToString()));
        client.On("question", async response => await response.CallbackAsync(response.GetValue<int>() * 2));
        client.On("binary question", async response => await response.CallbackAsync(Reversed(response.GetValue<byte[]>())));
        await ConnectAsync(client);
        Assert.Equal("[\"Ann\",1]", await welcome.Task.Soon());

        var list = new { list = new object?[] { 1, 2.5, null, true } };
        SocketIOClient.SocketIOResponse text = await CallAsync(client, "echo", "Grüße, 世界! 🎈", list);
        Assert.Equal("Grüße, 世界! 🎈", text.GetValue<string>());
        Assert.Equal("{\"list\":[1,2.5,null,true]}", text.GetValue<JsonElement>(1).GetRawText());
        var nested = new { inside = new object[] { new byte[] { 4 }, "t" } };
        SocketIOClient.SocketIOResponse bytes = await CallAsync(client, "echo", new byte[] { 1, 2, 3 }, nested);
        Assert.Equal([1, 2, 3], bytes.GetValue<byte[]>());
        Assert.Equal([1, 2, 3, 4], bytes.InComingBytes.SelectMany(one => one));
        byte[] large = new byte[200_000];
        Array.Fill(large, (byte)7);
        Assert.Equal(large, (await CallAsync(client, "echo", large)).GetValue<byte[]>());

        Assert.Equal(42, (await CallAsync(client, "ask", 21)).GetValue<int>());
        Assert.Equal([3, 2, 1], (await CallAsync(client, "ask bytes", new byte[] { 1, 2, 3 })).GetValue<byte[]>());
        // Not at once: over polling this client sends bodies before others were answered, which ends a session.
        for (int i = 0; i < 100; i++)
            Assert.Equal(i + 1, (await CallAsync(client, "count", i)).GetValue<int>());

        await client.DisconnectAsync();
        await Waiting.Until(() => route.Server.Main.SocketCount == 0);
        Assert.Equal(["/ Ann client namespace disconnect"], route.Parted);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Namespaces_judge_and_are_left(string way)
    {
        await using SocketIORoute route = await SocketIORoute.StartAsync();
        using Client refused = Create($"{route.Address}/admin", way, new { token = "wrong" });
        var error = new TaskCompletionSource<string>();
        refused.OnError += (_, message) => error.TrySetResult(message);
        Task connecting = refused.ConnectAsync();
        Assert.Equal("Not allowed", await error.Task.Soon());
        _ = connecting;

        using Client admin = Create($"{route.Address}/admin", way, new { token = "right" });
        await ConnectAsync(admin);
        Assert.Equal("/admin", (await CallAsync(admin, "where")).GetValue<string>());
        using Client main = Create(route.Address, way, new { name = "Bob" });
        var gone = new TaskCompletionSource<string>();
        main.OnDisconnected += (_, reason) => gone.TrySetResult(reason);
        await ConnectAsync(main);
        await main.EmitAsync("kick");
        Assert.Equal("io server disconnect", await gone.Task.Soon());
        await Waiting.Until(() => route.Server.Main.SocketCount == 0);
        Assert.Equal(["/ Bob server namespace disconnect"], route.Parted);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Client_comes_back_when_the_server_does(string way)
    {
        SocketIORoute route = await SocketIORoute.StartAsync();
        int port = new Uri(route.Address).Port;
        using Client client = Create(route.Address, way, new { name = "Ann" });
        var lost = new TaskCompletionSource<string>();
        var back = new TaskCompletionSource();
        int welcomes = 0;
        client.OnDisconnected += (_, reason) => lost.TrySetResult(reason);
        client.On("welcome", _ =>
        {
            if (Interlocked.Increment(ref welcomes) == 2)
                back.TrySetResult();
        });
        await ConnectAsync(client);
        await Waiting.Until(() => Volatile.Read(ref welcomes) == 1);
        await route.DisposeAsync();
        Assert.StartsWith("transport", await lost.Task.Soon(), StringComparison.Ordinal);
        await using SocketIORoute again = await SocketIORoute.StartAsync(port: port);
        await back.Task.Soon();
        Assert.Equal(8, (await CallAsync(client, "count", 7)).GetValue<int>());
    }

    private static Client Create(string address, string way, object auth) => new(address, new SocketIOClient.SocketIOOptions
    {
        Auth = auth,
        EIO = 4,
        Transport = way == "websocket" ? TransportProtocol.WebSocket : TransportProtocol.Polling,
        AutoUpgrade = way == "upgrade",
        ReconnectionDelay = 50,
        ReconnectionDelayMax = 200,
    });

    /// <summary>Connects, and waits for the server's answer, for which the client itself does not.</summary>
    private static async Task ConnectAsync(Client client)
    {
        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.OnConnected += (_, _) => connected.TrySetResult();
        await client.ConnectAsync().Soon();
        await connected.Task.Soon();
    }

    private static async Task<SocketIOClient.SocketIOResponse> CallAsync(Client client, string name, params object[] arguments)
    {
        var answer = new TaskCompletionSource<SocketIOClient.SocketIOResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        await client.EmitAsync(name, answer.SetResult, arguments);
        return await answer.Task.Soon();
    }

    private static byte[] Reversed(byte[] bytes) => [.. bytes.Reverse()];
}
