using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using AspNetChat;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;

namespace WsProto.AspNetCore.Tests.Chat;

/// <summary>The chat of examples/AspNetChat, without its page. The page in a browser is in tests/Interop.</summary>
public class ChatTests
{
    private const string Room = "tea";

    /// <summary>A net for a test that would hang, with a million messages to hear.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(5);

    [Fact]
    [Trait("Gate", "Whole")]
    public async Task Hundred_members_hear_hundred_messages_of_each_exactly_once_and_in_order()
    {
        const int Count = 100;
        const int Window = 10; // rounds that a member may be ahead of the last one, so that a bounded number of messages is on its way
        await using ChatServer server = await ChatServer.StartAsync();
        ChatMember[] members = [.. Enumerable.Range(0, Count).Select(i => new ChatMember(server, Room, $"member{i}"))];
        foreach (ChatMember member in members)
            await member.ConnectAsync();

        await Task.WhenAll(members.Select(member => Task.Run(() => TalkAsync(member)))).WaitAsync(_patience);

        List<(long, string, string)> first = members[0].Heard;
        Assert.Equal(Enumerable.Range(1, Count * Count).Select(id => (long)id), members[0].Heard.Select(heard => heard.Id));
        Assert.All(members, member => Assert.Equal(first, member.Heard));
        Assert.All(
            members[0].Heard.GroupBy(heard => heard.From),
            said => Assert.Equal(Enumerable.Range(0, Count).Select(n => $"{said.Key} says {n}"), said.Select(heard => heard.Text)));
        foreach (ChatMember member in members)
            await member.DisposeAsync();

        async Task TalkAsync(ChatMember member)
        {
            int[] heardOfRound = new int[Count];
            int complete = 0;
            int said = 0;
            while (member.Heard.Count < Count * Count)
            {
                for (; said < Math.Min(Count, complete + Window); said++)
                    await member.SayAsync($"{member.Name} says {said}");
                int before = member.Heard.Count;
                await member.HearAsync();
                if (member.Heard.Count == before)
                    continue;
                heardOfRound[int.Parse(member.Heard[^1].Text.Split(' ')[^1])]++;
                while (complete < Count && heardOfRound[complete] == Count)
                    complete++;
            }
        }
    }

    [Fact]
    public async Task What_is_said_over_connections_that_get_lost_is_heard_exactly_once_and_in_order()
    {
        const int Count = 24; // of eight members: fewer messages than a room remembers
        const int Unheard = 5;
        await using ChatServer server = await ChatServer.StartAsync();
        await using var witness = new ChatMember(server, Room, "witness");
        await witness.ConnectAsync();
        ChatMember[] members = [.. Enumerable.Range(0, 8).Select(i => new ChatMember(server, Room, $"member{i}"))];
        Task hearing = Task.Run(async () =>
        {
            while (witness.Heard.Count < members.Length * Count)
                await witness.HearAsync();
        });

        await Task.WhenAll(members.Select((member, i) => Task.Run(() => TalkAsync(member, new Random(i))))).Soon();
        await hearing.Soon();

        Assert.All(
            members,
            member => Assert.Equal(
                Enumerable.Range(0, Count).Select(n => $"{member.Name} says {n}"),
                witness.Heard.Where(heard => heard.From == member.Name).Select(heard => heard.Text)));
        // Who was away got all of it too, from its first connection on.
        Assert.All(members, member => Assert.Equal(
            witness.Heard.Where(heard => heard.Id >= member.Heard[0].Id && heard.Id <= member.Heard[^1].Id),
            member.Heard));
        foreach (ChatMember member in members)
            await member.DisposeAsync();

        async Task TalkAsync(ChatMember member, Random random)
        {
            await member.ConnectAsync();
            int said = 0;
            while (said < Count || member.PendingCount > 0)
            {
                while (said < Count && member.PendingCount < Unheard)
                    await member.SayAsync($"{member.Name} says {said++}");
                if (random.Next(4) == 0)
                {
                    member.Lose();
                    await member.ConnectAsync();
                }

                await member.HearAsync();
            }
        }
    }

    [Fact]
    public async Task Person_with_two_windows_is_there_once_and_leaves_with_the_second()
    {
        await using ChatServer server = await ChatServer.StartAsync();
        await using WsSession ann = await server.ConnectAsync(Room, "Ann");
        await ReceiveAsync(ann);
        await using WsSession bob = await server.ConnectAsync(Room, "Bob");
        Assert.Equal(["Ann", "Bob"], Names(await ReceiveAsync(bob)));
        Assert.Equal("Bob", (string?)(await ReceiveAsync(ann))["came"]);
        await using WsSession bobAgain = await server.ConnectAsync(Room, "Bob");
        Assert.Equal(["Ann", "Bob"], Names(await ReceiveAsync(bobAgain)));
        await bob.CloseAsync().Soon();
        await bobAgain.SendTextAsync("""{"type":"typing"}""");
        JsonNode typing = await ReceiveAsync(ann);
        Assert.Equal(("typing", "Bob"), ((string?)typing["type"], (string?)typing["from"]));
        await bobAgain.CloseAsync().Soon();
        JsonNode left = await ReceiveAsync(ann);
        Assert.Equal("Bob", (string?)left["left"]);
        Assert.Equal(["Ann"], Names(left));
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("null")]
    [InlineData("""{"type":"shout"}""")]
    [InlineData("""{"type":"say","key":"k"}""")]
    [InlineData("""{"type":"say","key":null,"text":"t"}""")]
    [InlineData("""{"type":"say","key":"","text":"t"}""")]
    [InlineData("""{"type":"picture","key":"k","mime":"image/png"}""")]
    public async Task Message_of_another_kind_ends_with_1008_and_harms_nobody(string text)
    {
        await using ChatServer server = await ChatServer.StartAsync();
        await using WsSession ann = await server.ConnectAsync(Room, "Ann");
        await ReceiveAsync(ann);
        foreach (bool isText in (bool[])[true, false])
        {
            await using WsSession bob = await server.ConnectAsync(Room, "Bob");
            await bob.SendAsync(isText ? new TextMessage(text) : new BytesMessage(System.Text.Encoding.UTF8.GetBytes(text + "\n"))).Soon();
            Assert.Equal(CloseCode.PolicyViolation, (await bob.Completion.Soon()).Code);
            Assert.Equal("Bob", (string?)(await ReceiveAsync(ann))["came"]);
            Assert.Equal("Bob", (string?)(await ReceiveAsync(ann))["left"]);
        }
    }

    [Theory]
    [InlineData("tea", "")]
    [InlineData("tea", "A%00")]
    [InlineData("tea", "0123456789012345678901234")]
    [InlineData("0123456789012345678901234", "Ann")]
    public async Task Name_that_cannot_be_is_refused_with_400(string room, string name)
    {
        await using ChatServer server = await ChatServer.StartAsync();
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => server.ConnectAsync(room, name));
        Assert.Equal(400, e.StatusCode);
    }

    [Fact]
    public async Task Command_prints_where_the_page_is()
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ChatApp).Assembly.Location, "--http", "0", "--https", "0"])
        {
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        try
        {
            string line = await process.StandardOutput.ReadLineAsync().Soon() ?? "";
            using var http = new HttpClient();
            using HttpResponseMessage response = await http.GetAsync(new Uri(line.Split(' ')[^1])).Soon();
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Contains("<title>WsProto chat</title>", await response.Content.ReadAsStringAsync().Soon(), StringComparison.Ordinal);
            Assert.Contains(
                "default-src 'self'", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static async Task<JsonNode> ReceiveAsync(WsSession session) =>
        JsonNode.Parse(Assert.IsType<TextMessage>(await session.ReceiveAsync().Soon()).Data)!;

    private static string[] Names(JsonNode message) => [.. message["names"]!.AsArray().Select(name => (string)name!)];
}
