using Microsoft.AspNetCore.Builder;
using StackExchange.Redis;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.AspNetCore.Testing;
using WsProto.SocketIO.AspNetCore.Tests.Servers;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.Redis.Tests;

/// <summary>What is on the channel: messages of Python's servers, of emitters, and of anybody.</summary>
public sealed class ChannelTests : IAsyncLifetime
{
    private RedisServer _redis = null!;

    public async Task InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async Task DisposeAsync() => await _redis.DisposeAsync();

    [ServersFact]
    public async Task Texts_of_Python_reach_clients_and_ours_are_what_Python_reads()
    {
        await using ConnectionMultiplexer redis = await ConnectionMultiplexer.ConnectAsync(_redis.Address);
        ISubscriber channel = redis.GetSubscriber();
        await using Cluster cluster = await Cluster.StartAsync(1, () => new RedisSocketIOBackplane(_redis.Address));
        await using SocketIOTestClient client = await cluster.ConnectAsync(0, "red");
        foreach (string text in new[]
        {
            "not JSON", "{\"hello\": \"world\"}", "gASVBwAAAAAAAACMA2Zvb5Qu",
            "{\"method\": \"emit\", \"event\": \"e\", \"data\": [[{\"_placeholder\": true, \"num\": 0}, {\"in\": [\"\\u00fc\"]}], "
                + "\"AQI=\"], \"binary\": true, \"namespace\": \"/\", \"room\": [\"red\", \"blue\"], \"skip_sid\": null, "
                + "\"callback\": null, \"host_id\": \"0123456789abcdef0123456789abcdef\"}",
            $"{{\"method\": \"emit\", \"event\": \"q\", \"data\": [1], \"binary\": false, \"namespace\": \"/\", \"room\": \"{client.Id}\", "
                + $"\"skip_sid\": null, \"callback\": [\"{client.Id}\", \"/\", 1], \"host_id\": \"0123456789abcdef0123456789abcdef\"}}",
        })
        {
            await channel.PublishAsync(RedisChannel.Literal("socketio"), text);
        }

        Assert.Equal("e \"AQI=\" {\"in\": [\"\\u00fc\"]}", Cluster.Show(await client.WaitForAsync("e")));
        ChannelMessageQueue messages = await channel.SubscribeAsync(RedisChannel.Literal("socketio"));
        await (await client.WaitForAsync("q")).AnswerAsync("a", 2);
        Assert.StartsWith(
            $"{{\"method\":\"callback\",\"host_id\":\"0123456789abcdef0123456789abcdef\",\"sid\":\"{client.Id}\",\"namespace\":\"/\","
                + "\"id\":1,\"args\":[\"a\",2],",
            await NextAsync(messages),
            StringComparison.Ordinal);
        cluster.Main(0).To("red").Except("blue").Emit("e", 1);
        Assert.StartsWith(
            "{\"method\":\"emit\",\"event\":\"e\",\"data\":[1],\"binary\":false,\"namespace\":\"/\",\"room\":\"red\",\"skip_sid\":\"blue\","
                + "\"callback\":null,\"host_id\":\"",
            await NextAsync(messages),
            StringComparison.Ordinal);
    }

    [ServersFact]
    public async Task Emitter_reaches_clients_of_all_servers()
    {
        await using ConnectionMultiplexer redis = await ConnectionMultiplexer.ConnectAsync(_redis.Address);
        var emitter = new RedisSocketIOEmitter(redis);
        await using Cluster cluster = await Cluster.StartAsync(2, () => new RedisSocketIOBackplane(_redis.Address));
        await using SocketIOTestClient ann = await cluster.ConnectAsync(0, "red");
        await using SocketIOTestClient bob = await cluster.ConnectAsync(1, "red", "blue");
        Assert.Equal(2, await emitter.Main.EmitAsync("all", 1, new byte[] { 1 }));
        await emitter.Main.To("red").Except("blue").Volatile.EmitAsync("some", 2);
        await emitter.Of("/nowhere").EmitAsync("nobody");
        await emitter.Main.To(ann.Id, bob.Id).JoinAsync("green");
        await emitter.Main.To("red").LeaveAsync("red");
        await emitter.Main.Except(ann.Id).LeaveAsync("blue");
        await emitter.Main.To("green").EmitAsync("end");
        foreach ((SocketIOTestClient client, string[] expected) in new[]
        {
            (ann, (string[])["all 1 \"AQ==\"", "some 2"]), (bob, ["all 1 \"AQ==\""]),
        })
        {
            await client.WaitForAsync("end");
            Assert.Equal(expected, client.TakeReceived().Select(Cluster.Show));
            Assert.Equal(["green"], (await client.CallAsync<string[]>("rooms"))!);
        }

        await emitter.Main.To("green").DisconnectAsync(closeSessions: true);
        await Task.WhenAll(ann.Disconnected, bob.Disconnected).Soon();
    }

    [ServersFact]
    public async Task Emitter_learns_that_Redis_is_away()
    {
        var configuration = ConfigurationOptions.Parse(_redis.Address);
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        await using ConnectionMultiplexer redis = await ConnectionMultiplexer.ConnectAsync(configuration);
        var emitter = new RedisSocketIOEmitter(redis, new() { Channel = "other" });
        Assert.Equal(0, await emitter.Main.EmitAsync("nobody hears"));
        await _redis.KillAsync();
        await Assert.ThrowsAnyAsync<RedisException>(async () => await emitter.Main.EmitAsync("lost")).Soon();
        Assert.Throws<ArgumentException>(() => emitter.Of("no slash"));
        await Assert.ThrowsAsync<ArgumentException>(async () => await emitter.Main.EmitAsync("connect"));
        await Assert.ThrowsAsync<ArgumentException>(async () => await emitter.Main.EmitAsync("x", ("a", 1)));
    }

    [ServersFact]
    public async Task Samples_of_the_documents_work()
    {
        await using App app = await App.StartAsync(
            app => app.MapSocketIO("/socket.io", io => io.Main.On("join", async (SocketIOSocket socket, string room) => socket.Join(room))),
            services => Samples.Add(services, _redis.Address));
        await using SocketIOTestClient client = await app.Server.ConnectSocketIOAsync();
        await client.CallAsync<bool>("join", "news");
        await UntilSubscribedAsync();
        // A server that is slow to hear itself subscribes anew, and hears nothing meanwhile.
        Task<SocketIOReceived> headline = client.WaitForAsync("headline");
        while (!headline.IsCompleted)
            await Samples.EmitAsync(_redis.Address);
        Assert.Equal("headline \"It works\" \"AQID\"", Cluster.Show(await headline));
        await app.StopAsync();
    }

    private static async Task<string> NextAsync(ChannelMessageQueue messages)
    {
        while (true)
        {
            string text = (await messages.ReadAsync().Soon()).Message.ToString();
            if (!text.Contains("\"alive\"", StringComparison.Ordinal))
                return text;
        }
    }

    private async Task UntilSubscribedAsync()
    {
        while (!(await _redis.CommandAsync("PUBSUB NUMSUB socketio")).EndsWith(":1\r\n", StringComparison.Ordinal))
            await Task.Yield();
    }
}
