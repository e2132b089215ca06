using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WsProto.Adapters;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.AspNetCore.Tests;

/// <summary>What the documents show does what they say.</summary>
public class SampleTests
{
    [Fact]
    public async Task Chat_talks()
    {
        await using App app = await App.StartAsync(Samples.MapChat);
        await using Peer ann = await Peer.ConnectAsync(app);
        await using Peer bob = await Peer.ConnectAsync(app);
        await ann.SendAsync("21[\"join\",\"tea\",\"Ann\"]");
        Assert.Equal("31[\"Welcome to tea, Ann!\"]", await ann.NextAsync());
        await bob.SendAsync("2[\"join\",\"tea\",\"Bob\"]");
        Assert.Equal("2[\"joined\",\"Bob\"]", await ann.NextAsync());
        await bob.SendAsync("2[\"say\",\"tea\",\"Hello\"]");
        Assert.Equal("2[\"said\",\"Bob\",\"Hello\"]", await ann.NextAsync());
        Assert.Equal("2[\"said\",\"Bob\",\"Hello\"]", await bob.NextAsync());
    }

    [Fact]
    public async Task Handlers_judge_greet_answer_and_part()
    {
        await using App app = await App.StartAsync(
            app => app.MapSocketIO(SocketIOTests.Path, Samples.AddHandlers), services => services.AddSingleton<Samples.Store>());
        await using Peer peer = await Peer.OpenAsync(app);
        await peer.SendAsync("0/admin,{\"token\":\"wrong\"}");
        Assert.Equal("4/admin,{\"message\":\"Your token is not valid.\",\"data\":{\"retryAfter\":60}}", await peer.NextAsync());
        await peer.JoinAsync("/admin", "{\"token\":\"secret\"}");
        Assert.Equal("2/admin,[\"motd\",\"Be kind.\"]", await peer.NextAsync());
        await peer.SendAsync("2/admin,1[\"add\",2,3]");
        Assert.Equal("3/admin,1[5]", await peer.NextAsync());
        await peer.SendAsync("51-/admin,2[\"upload\",\"a.txt\",{\"_placeholder\":true,\"num\":0}]");
        await peer.SendAsync([1, 2, 3]);
        Assert.Equal("3/admin,2[3]", await peer.NextAsync());
        await peer.SendAsync("2/admin,3[\"add\",2]");
        Assert.Equal("3/admin,3[{\"error\":\"The event 'add' has no argument 1.\"}]", await peer.NextAsync());
    }

    /// <summary>Anybody can send that: it refuses the client, and is no failure of a handler.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"token\":null}")]
    [InlineData("{\"token\":5}")]
    [InlineData("{\"token\":{\"a\":[]}}")]
    public async Task What_a_stranger_brings_instead_of_a_token_is_refused_and_nothing_fails(string auth)
    {
        await using App app = await App.StartAsync(
            app => app.MapSocketIO(
                SocketIOTests.Path,
                io =>
                {
                    Samples.AddHandlers(io);
                    Samples.AddClass(io);
                }),
            services => services.AddSingleton<Samples.Store>());
        await using Peer peer = await Peer.OpenAsync(app);
        await peer.SendAsync($"0/admin,{auth}");
        Assert.Equal("4/admin,{\"message\":\"Your token is not valid.\",\"data\":{\"retryAfter\":60}}", await peer.NextAsync());
        await peer.SendAsync($"0/files,{auth}");
        Assert.Equal("4/files,{\"message\":\"Your token is not valid.\"}", await peer.NextAsync());
        Assert.DoesNotContain(app.Logs.GetSnapshot(), entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task Handlers_of_a_class_judge_and_answer()
    {
        await using App app = await App.StartAsync(
            app => app.MapSocketIO(SocketIOTests.Path, Samples.AddClass), services => services.AddSingleton<Samples.Store>());
        await using Peer stranger = await Peer.OpenAsync(app);
        await stranger.SendAsync("0/files,{\"token\":\"wrong\"}");
        Assert.Equal("4/files,{\"message\":\"Your token is not valid.\"}", await stranger.NextAsync());
        await using Peer ann = await Peer.ConnectAsync(app, "/files", "{\"token\":\"secret\"}");
        await using Peer bob = await Peer.ConnectAsync(app, "/files", "{\"token\":\"secret\"}");
        await ann.SendAsync("51-/files,2[\"upload\",\"a.txt\",{\"_placeholder\":true,\"num\":0}]");
        await ann.SendAsync([1, 2, 3]);
        Assert.Equal("3/files,2[3]", await ann.NextAsync());
        Assert.Equal("2/files,[\"uploaded\",\"a.txt\",null]", await bob.NextAsync());
    }

    [Fact]
    [Trait("Demand", "Q07")]
    public async Task Handshakes_are_limited_and_polls_are_not()
    {
        await using App app = await App.StartAsync(Samples.MapLimited);
        string session = await app.OpenAsync(SocketIOTests.Path);
        for (int i = 1; i < 20; i++)
            await app.OpenAsync(SocketIOTests.Path);
        // What only looks like a request of a session is none.
        foreach (string query in (string[])["", "&sid=", "&sid", "&SID=x", "&sid=&sid=x"])
        {
            Assert.Equal(
                (HttpStatusCode.Forbidden, """{"code":4,"message":"Too many connections. Try again later."}"""),
                await app.SendAsync(HttpMethod.Get, $"{SocketIOTests.Path}?EIO=4&transport=polling{query}"));
            WsHandshakeException refused = await Assert.ThrowsAsync<WsHandshakeException>(
                () => app.ConnectAsync($"{SocketIOTests.Path}?EIO=4&transport=websocket{query}"));
            Assert.Equal(403, refused.StatusCode);
        }

        for (int i = 0; i < 30; i++)
        {
            Assert.Equal((HttpStatusCode.OK, "ok"), await app.PostAsync(session, "40"));
            if (i == 0)
                Assert.StartsWith("40{", await app.PollAsync(session), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Rooms_and_calls_work()
    {
        SocketIOServer server = null!;
        await using App app = await App.StartAsync(app => app.MapSocketIO(SocketIOTests.Path, io =>
        {
            server = io;
            io.Main.On("go", socket => Samples.UseRoomsAsync(io, socket));
        }));
        await using Peer peer = await Peer.ConnectAsync(app);
        await peer.SendAsync("2[\"go\"]");
        Assert.Equal("2[\"hello\",\"each once\"]", await peer.NextAsync());
        Assert.Equal("2[\"position\",1,2]", await peer.NextAsync());
        Assert.Equal("20[\"question\",\"6 times 7?\"]", await peer.NextAsync());
        await peer.SendAsync("30[42]");
        Assert.Equal("21[\"ready?\"]", await peer.NextAsync());
        await peer.SendAsync("31[true]");
        Assert.Equal("2[\"result\",42,1,0]", await peer.NextAsync());
    }

    [Fact]
    public async Task Anything_in_the_application_sends()
    {
        await using App app = await App.StartAsync(app => app.MapSocketIO(SocketIOTests.Path, _ => { }), Samples.AddService);
        await using Peer peer = await Peer.ConnectAsync(app);
        app.Services.GetRequiredService<Samples.News>().Publish("It works");
        Assert.Equal("2[\"news\",\"It works\"]", await peer.NextAsync());
    }

    [Fact]
    public async Task Two_servers_are_one()
    {
        ServiceCollection one = [];
        ServiceCollection other = [];
        Samples.AddTwo(one, other);
        await using App first = await App.StartAsync(app => app.MapSocketIO(SocketIOTests.Path, _ => { }), services => Add(services, one));
        await using App second =
            await App.StartAsync(app => app.MapSocketIO(SocketIOTests.Path, _ => { }), services => Add(services, other));
        await using Peer peer = await Peer.ConnectAsync(second);
        first.Services.GetRequiredService<SocketIOServer>().Main.Emit("hello");
        Assert.Equal("2[\"hello\"]", await peer.NextAsync());

        static void Add(IServiceCollection services, ServiceCollection more)
        {
            foreach (ServiceDescriptor service in more)
                services.Add(service);
        }
    }
}
