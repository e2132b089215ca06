using System.Text;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore.Testing;

namespace WsProto.SocketIO.AspNetCore.Tests.Servers;

/// <summary>
/// Several servers act as one, whatever carries their messages. Each project that has these tests says by <c>ServersFact</c> what they
/// need.
/// </summary>
public abstract class ServersTests
{
    protected static readonly TimeSpan Never = TimeSpan.FromMinutes(10);

    /// <summary>Makes the backplane of one more server.</summary>
    protected abstract SocketIOBackplane Connect();

    [ServersFact]
    public async Task Events_reach_each_client_of_the_audience_once_wherever_it_is()
    {
        await using Cluster cluster = await Cluster.StartAsync(2, Connect);
        await using SocketIOTestClient ann = await cluster.ConnectAsync(0, "red");
        await using SocketIOTestClient bob = await cluster.ConnectAsync(1, "red", "muted");
        await using SocketIOTestClient eve = await cluster.ConnectAsync(1, "blue");
        cluster.Main(0).Emit("all", 1);
        cluster.Main(0).To("red").Emit("red", 2);
        cluster.Main(0).To("red", "blue").Emit("both", 3);
        cluster.Main(0).To("red", "blue").Except("muted").Emit("some", 4);
        cluster.Main(0).Except(eve.Id).Emit("skip", 5);
        cluster.Main(0).To(bob.Id).Emit("one", 6);
        cluster.Main(0).Local.Emit("here", 7);
        cluster.Main(0).Volatile.Emit("maybe", 8);
        await ann.CallAsync("say", ["red", "to others"]);
        Assert.Equal(["all 1", "red 2", "both 3", "some 4", "skip 5", "here 7", "maybe 8"], await cluster.ReceivedOfAsync(0, ann));
        Assert.Equal(
            ["all 1", "red 2", "both 3", "skip 5", "one 6", "maybe 8", "said \"to others\""],
            await cluster.ReceivedOfAsync(0, bob));
        Assert.Equal(["all 1", "both 3", "some 4", "maybe 8"], await cluster.ReceivedOfAsync(0, eve));
    }

    [ServersFact]
    public async Task Arguments_of_all_kinds_are_the_same_on_every_server()
    {
        await using Cluster cluster = await Cluster.StartAsync(2, Connect);
        await using SocketIOTestClient here = await cluster.ConnectAsync(0);
        await using SocketIOTestClient there = await cluster.ConnectAsync(1);
        cluster.Main(0).Emit("none");
        cluster.Main(0).Emit("null", (object?)null);
        cluster.Main(0).Emit("text \"é🎈\"", "a\n\"b\"", new { x = (string?)null });
        cluster.Main(0).Emit("bytes", new byte[] { 1, 2 }, new { inside = new byte[] { 3 } }, "more");
        string[] expected =
        [
            "none", "null null", "text \"é🎈\" \"a\\n\\\"b\\\"\" {\"x\":null}", "bytes \"AQI=\" {\"inside\":\"Aw==\"} \"more\"",
        ];
        Assert.Equal(expected, await cluster.ReceivedOfAsync(0, here));
        Assert.Equal(expected, await cluster.ReceivedOfAsync(0, there));
    }

    [ServersFact]
    public async Task Each_sender_keeps_its_order_and_nothing_comes_twice()
    {
        const int Count = 2_000;
        await using Cluster cluster = await Cluster.StartAsync(2, Connect);
        await using SocketIOTestClient client = await cluster.ConnectAsync(1);
        await Task.WhenAll(
            Task.Run(() => Send(0)),
            Task.Run(() => Send(1)));
        var received = new List<(int, int)>();
        while (received.Count < 2 * Count)
        {
            SocketIOReceived e = await client.WaitForAsync("n");
            received.Add((e.Get<int>(0), e.Get<int>(1)));
        }

        Assert.Equal(Enumerable.Range(0, Count).Select(n => (0, n)), received.Where(item => item.Item1 == 0));
        Assert.Equal(Enumerable.Range(0, Count).Select(n => (1, n)), received.Where(item => item.Item1 == 1));
        Assert.Empty(await cluster.ReceivedOfAsync(0, client));

        void Send(int server)
        {
            for (int n = 0; n < Count; n++)
                cluster.Main(server).Emit("n", server, n);
        }
    }

    [ServersFact]
    [Trait("Demand", "Q47")]
    public async Task Call_to_many_ends_with_the_answers_of_clients_of_all_servers()
    {
        await using Cluster cluster = await Cluster.StartAsync(3, Connect);
        await using SocketIOTestClient here = await cluster.ConnectAsync(0, "red");
        await using SocketIOTestClient there = await cluster.ConnectAsync(1, "red");
        await using SocketIOTestClient third = await cluster.ConnectAsync(1, "red");
        await using SocketIOTestClient other = await cluster.ConnectAsync(2);
        Task<IReadOnlyList<SocketIOAnswer>> call = cluster.Main(0).To("red").CallAsync("q", ["?", new byte[] { 7 }], Never);
        foreach ((SocketIOTestClient client, object?[] answer) in new[] { (here, (object?[])["here"]), (there, [new byte[] { 1 }, 2]) })
        {
            SocketIOReceived question = await client.WaitForAsync("q");
            Assert.Equal("q \"?\" \"Bw==\"", Cluster.Show(question));
            await question.AnswerAsync(arguments: answer);
        }

        Assert.False(call.IsCompleted);
        // Who has left will not answer.
        await third.WaitForAsync("q");
        await third.DisconnectAsync();
        IReadOnlyList<SocketIOAnswer> answers = await call.Soon();
        Assert.Equal(
            ["\"AQ==\",2", $"{here.Id} \"here\""],
            answers.Select(answer => $"{answer.Socket?.Id} {Show(answer.Arguments!)}".Trim()).Order());
        Assert.Empty(await cluster.Main(0).To("nobody").CallAsync("q", [], Never).Soon());
    }

    [ServersFact]
    public async Task Call_ends_without_a_server_that_is_gone()
    {
        await using Cluster cluster = await Cluster.StartAsync(2, Connect);
        await using SocketIOTestClient here = await cluster.ConnectAsync(0);
        await using SocketIOTestClient there = await cluster.ConnectAsync(1);
        Task<IReadOnlyList<SocketIOAnswer>> call = cluster.Main(0).CallAsync("q", [], Never);
        await there.WaitForAsync("q");
        await (await here.WaitForAsync("q")).AnswerAsync(1);
        await cluster.StopAsync(1);
        Assert.Equal(here.Id, Assert.Single(await call.Soon()).Socket!.Id);
    }

    [ServersFact]
    public async Task Clients_of_all_servers_join_leave_and_are_taken_out()
    {
        await using Cluster cluster = await Cluster.StartAsync(2, Connect);
        await using SocketIOTestClient ann = await cluster.ConnectAsync(0, "red", "blue");
        await using SocketIOTestClient bob = await cluster.ConnectAsync(1, "red");
        await using SocketIOTestClient eve = await cluster.ConnectAsync(1);
        // By the id of one, by a room, and all.
        cluster.Main(0).To(bob.Id).Join("one");
        cluster.Main(0).To("red").Join("more");
        cluster.Main(0).Except(bob.Id).Join("all but one");
        await FenceAsync(cluster, bob);
        Assert.Equal(["all but one", "blue", "more", "red"], await RoomsAsync(ann));
        Assert.Equal(["more", "one", "red"], await RoomsAsync(bob));
        Assert.Equal(["all but one"], await RoomsAsync(eve));
        // A room is closed; some leave another.
        cluster.Main(0).To("red").Leave("red");
        cluster.Main(0).To(bob.Id, "blue").Leave("more");
        await FenceAsync(cluster, bob);
        Assert.Equal(["all but one", "blue"], await RoomsAsync(ann));
        Assert.Equal(["one"], await RoomsAsync(bob));
        cluster.Main(0).To(bob.Id).Disconnect();
        Assert.Equal("io server disconnect", await bob.Disconnected.Soon());
        cluster.Main(0).To("all but one").Disconnect(closeSessions: true);
        await Task.WhenAll(ann.Disconnected, eve.Disconnected).Soon();
    }

    [ServersFact]
    [Trait("Demand", "Q48")]
    public async Task Clients_of_all_servers_are_counted()
    {
        await using Cluster cluster = await Cluster.StartAsync(3, Connect);
        await using SocketIOTestClient ann = await cluster.ConnectAsync(0, "red");
        await using SocketIOTestClient bob = await cluster.ConnectAsync(1, "red");
        await using SocketIOTestClient eve = await cluster.ConnectAsync(2);
        Assert.Equal(new SocketIOCount(3, false), await cluster.Main(0).CountAsync(Never).Soon());
        Assert.Equal(new SocketIOCount(2, false), await cluster.Main(1).To("red").CountAsync(Never).Soon());
        Assert.Equal(new SocketIOCount(1, false), await cluster.Main(1).Except("red").CountAsync(Never).Soon());
        Assert.Equal(new SocketIOCount(1, false), await cluster.Main(1).Local.CountAsync(Never).Soon());
        await cluster.StopAsync(2);
        await cluster.UntilHealthyAsync(0, others: 1);
        Assert.Equal(new SocketIOCount(2, false), await cluster.Main(0).CountAsync(Never).Soon());
    }

    private static async Task<string[]> RoomsAsync(SocketIOTestClient client) => (await client.CallAsync<string[]>("rooms"))!;

    private static async Task FenceAsync(Cluster cluster, SocketIOTestClient client) => await cluster.ReceivedOfAsync(0, client);

    private static string Show(SocketIOArguments arguments) =>
        string.Join(',', Enumerable.Range(0, arguments.Count).Select(index => Encoding.UTF8.GetString(arguments.GetJson(index).Span)));
}
