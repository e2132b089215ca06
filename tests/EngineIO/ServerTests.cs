namespace WsProto.EngineIO.Tests;

/// <summary>The sessions of a server: ids, number, deadlines, decisions, the end.</summary>
public class ServerTests
{
    private static readonly EngineIORequest _handshake = MemoryHost.Request("GET", "EIO=4&transport=polling");

    [Fact]
    public void Sessions_are_found_by_their_ids_and_counted()
    {
        var host = new MemoryHost();
        EngineIOSession first = host.Open();
        EngineIOSession second = host.Open();
        Assert.Same(first, host.Server.Find(first.Id));
        Assert.Null(host.Server.Find("nobody"));
        Assert.Equal(2, host.Server.SessionCount);
        Assert.Equal([first, second], host.Server.Sessions);
        host.Close(first, discard: true);
        Assert.Equal([second], host.Server.Sessions);
    }

    [Fact]
    public void Session_ids_are_120_random_bits()
    {
        byte next = 0;
        var host = new MemoryHost(new()
        {
            Random = bytes =>
            {
                bytes.Fill(0xFF);
                bytes[^1] = next++;
            },
        });
        Assert.Equal("__________________8A", host.Open().Id);
        Assert.Equal("__________________8B", host.Open().Id);
        Assert.Equal(1_000, Enumerable.Range(0, 1_000).Select(_ => new MemoryHost().Open().Id).Distinct().Count());
    }

    [Fact]
    public void Session_id_that_is_taken_is_drawn_again()
    {
        int draws = 0;
        var host = new MemoryHost(new() { Random = bytes => bytes.Fill((byte)(draws++ / 3)) });
        Assert.NotEqual(host.Open().Id, host.Open().Id);
        Assert.Equal(4, draws);
    }

    [Fact]
    [Trait("Demand", "Q34")]
    public void Session_ids_may_begin_with_the_name_of_a_node()
    {
        var host = new MemoryHost(new() { SessionIdPrefix = "node-1." });
        Exchange handshake = host.Receive(MemoryHost.Request("GET", "EIO=4&transport=polling"));
        Assert.Equal("node-1.".Length + 20, handshake.Session!.Id.Length);
        Assert.StartsWith("""0{"sid":"node-1.""", handshake.Body, StringComparison.Ordinal);
        Assert.Null(host.Poll(handshake.Session).Answer);
    }

    [Fact]
    [Trait("Demand", "Q07")]
    public void Handshake_that_is_one_too_many_is_refused_and_leaves_nothing()
    {
        var host = new MemoryHost(new() { MaxSessions = 2 });
        EngineIOSession first = host.Open();
        host.OpenWebSocket();
        host.Receive(MemoryHost.Request("GET", "EIO=4&transport=polling"))
            .IsRefused(503, 4, "Too many sessions", EngineIOError.TooManySessions);
        host.Connect("EIO=4&transport=websocket").IsRefused(503, 4, "Too many sessions", EngineIOError.TooManySessions);
        Assert.Equal(2, host.Server.SessionCount);
        Assert.Null(host.Poll(first).Answer);
        host.Close(first, discard: true);
        host.Open();
    }

    [Fact]
    public void Number_of_sessions_may_be_unlimited() => new MemoryHost(new() { MaxSessions = null }).Open();

    [Fact]
    [Trait("Demand", "Q31")]
    public void Server_that_stops_refuses_handshakes_and_serves_its_sessions()
    {
        var host = new MemoryHost();
        EngineIOSession poller = host.Open();
        Exchange poll = host.Poll(poller);
        Exchange socket = host.OpenWebSocket();
        host.Server.IsStopping = true;
        host.Receive(MemoryHost.Request("GET", "EIO=4&transport=polling"))
            .IsRefused(503, 4, "Server is stopping", EngineIOError.ServerStopping);
        host.Post(poller, "4a").Is(200, "ok");
        foreach (EngineIOSession session in host.Server.Sessions.ToList())
            host.Close(session, CloseReason.ServerShuttingDown);
        poll.Is(200, "1");
        Assert.Equal((ushort)1001, socket.CloseCode);
        Assert.Equal(0, host.Server.SessionCount);
        Assert.Empty(host.Pending);
    }

    [Fact]
    public void Application_decides_about_a_handshake_and_the_server_knows_nothing_of_it_meanwhile()
    {
        var host = new MemoryHost(new() { AsksForDecision = true, InitialHeaders = [new("X-Node", "a")] });
        EngineIORequest request = MemoryHost.Request("GET", "EIO=4&transport=polling");
        Exchange exchange = host.Receive(request);
        Assert.True(exchange.NeedsDecision);
        Assert.Null(exchange.Answer);
        Assert.Equal(0, host.Server.SessionCount);
        Assert.Null(host.Server.NextDeadline);
        host.Decide(request, RequestDecision.Allow([new("X-User", "b")]));
        Assert.Equal(200, exchange.Answer!.Status);
        Assert.Equal(("a", "b"), (exchange.Header("X-Node"), exchange.Header("X-User")));
        Assert.Throws<InvalidOperationException>(() => host.Server.Decide(request, RequestDecision.Allow(), host.Now));
        Assert.Null(host.Poll(exchange.Session!).Answer); // requests of a session need no decision
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Application_refuses_a_handshake(bool isWebSocket)
    {
        var host = new MemoryHost(new() { AsksForDecision = true });
        string transport = isWebSocket ? "websocket" : "polling";
        EngineIORequest request = new() { Method = "GET", QueryString = "EIO=4&transport=" + transport, IsWebSocket = isWebSocket };
        Exchange exchange = host.Receive(request);
        host.Decide(request, RequestDecision.Refuse());
        exchange.IsRefused(403, 4, "Forbidden", EngineIOError.Forbidden);
        Assert.Equal(0, host.Server.SessionCount);
    }

    [Theory]
    [InlineData("Token expired", "Token expired")]
    [InlineData("a \"b\" \\ \n", "a \\u0022b\\u0022 \\\\ \\n")]
    public void Application_says_why_it_refuses(string message, string written)
    {
        var host = new MemoryHost(new() { AsksForDecision = true });
        EngineIORequest request = MemoryHost.Request("GET", "EIO=4&transport=polling");
        Exchange exchange = host.Receive(request);
        host.Decide(request, RequestDecision.Refuse(message));
        exchange.IsRefused(403, 4, written, EngineIOError.Forbidden);
    }

    [Fact]
    public void Half_of_a_surrogate_pair_in_what_the_application_says_becomes_U_FFFD()
    {
        var host = new MemoryHost(new() { AsksForDecision = true });
        EngineIORequest request = MemoryHost.Request("GET", "EIO=4&transport=polling");
        Exchange exchange = host.Receive(request);
        host.Decide(request, RequestDecision.Refuse("half \ud83d"));
        exchange.IsRefused(403, 4, "half \\uFFFD", EngineIOError.Forbidden);
    }

    [Fact]
    public void Server_may_have_become_full_or_stopped_while_the_application_decided()
    {
        var host = new MemoryHost(new() { AsksForDecision = true, MaxSessions = 1 });
        EngineIORequest[] requests = [.. Enumerable.Range(0, 3).Select(_ => MemoryHost.Request("GET", "EIO=4&transport=polling"))];
        Exchange[] exchanges = [.. requests.Select(host.Receive)];
        host.Decide(requests[0], RequestDecision.Allow());
        host.Decide(requests[1], RequestDecision.Allow());
        exchanges[1].IsRefused(503, 4, "Too many sessions", EngineIOError.TooManySessions);
        host.Server.IsStopping = true;
        host.Decide(requests[2], RequestDecision.Allow());
        exchanges[2].IsRefused(503, 4, "Server is stopping", EngineIOError.ServerStopping);
    }

    [Fact]
    public void Request_that_is_refused_needs_no_decision()
    {
        var host = new MemoryHost(new() { AsksForDecision = true });
        host.Receive(MemoryHost.Request("POST", "EIO=4&transport=polling"))
            .IsRefused(400, 2, "Bad handshake method", EngineIOError.BadHandshakeMethod);
    }

    [Fact]
    public void One_deadline_serves_all_sessions()
    {
        var host = new MemoryHost();
        Assert.Null(host.Server.NextDeadline);
        Assert.False(host.Server.TryTakeDue(host.Now, out _));
        TimeSpan start = host.Now;
        EngineIOSession first = host.Open();
        host.Advance(1);
        host.Open();
        host.Advance(20);
        Assert.Equal(start + TimeSpan.FromSeconds(25), host.Server.NextDeadline);
        host.Close(first, discard: true);
        Assert.Equal(start + TimeSpan.FromSeconds(26), host.Server.NextDeadline);
    }

    [Fact]
    public void Server_is_told_of_deadlines_that_become_earlier_and_not_of_those_that_become_later()
    {
        var server = new EngineIOServer();
        EngineIORequest request = new() { Method = "GET", QueryString = "EIO=4&transport=websocket", IsWebSocket = true };
        EngineIOSession session = server.Admit(request, TimeSpan.Zero).Session!;
        Assert.Equal(TimeSpan.FromSeconds(10), server.NextDeadline); // for the WebSocket to open
        session.ReceiveRequest(request, TimeSpan.Zero);
        session.ReceiveWebSocketOpened(request, TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(26), session.NextDeadline); // for a ping
        Assert.False(session.NeedsUpdate);
        Assert.False(server.TryTakeDue(TimeSpan.FromSeconds(9.999), out _));
        Assert.True(server.TryTakeDue(TimeSpan.FromSeconds(10), out EngineIOSession? due));
        Assert.Same(session, due);
        Assert.False(server.TryTakeDue(TimeSpan.FromSeconds(10), out _));
        session.OnTimer(TimeSpan.FromSeconds(10));
        Assert.True(session.NeedsUpdate);
        server.Update(session);
        Assert.False(session.NeedsUpdate);
        Assert.Equal(TimeSpan.FromSeconds(26), server.NextDeadline);

        session.Close(TimeSpan.FromSeconds(11));
        server.Update(session);

        // An upgrade ends before the next ping.
        EngineIOSession other = server.Admit(_handshake, TimeSpan.FromSeconds(20)).Session!;
        other.ReceiveRequest(_handshake, TimeSpan.FromSeconds(20));
        Assert.True(server.TryTakeDue(TimeSpan.FromSeconds(30), out due));
        due.OnTimer(TimeSpan.FromSeconds(30));
        server.Update(due);
        Assert.Equal(TimeSpan.FromSeconds(45), server.NextDeadline);
        EngineIORequest upgrade = new() { Method = "GET", QueryString = "transport=websocket&sid=" + other.Id, IsWebSocket = true };
        other.ReceiveRequest(upgrade, TimeSpan.FromSeconds(31));
        Assert.True(other.NeedsUpdate);
        server.Update(other);
        Assert.Equal(TimeSpan.FromSeconds(41), server.NextDeadline);
    }

    [Fact]
    public void Session_that_is_over_needs_one_update()
    {
        EngineIOServer server = new();
        EngineIORequest request = MemoryHost.Request("GET", "EIO=4&transport=polling");
        EngineIOSession session = server.Admit(request, default).Session!;
        session.Close(default);
        Assert.True(session.NeedsUpdate);
        Assert.Equal(1, server.SessionCount);
        server.Update(session);
        Assert.False(session.NeedsUpdate);
        Assert.Equal(0, server.SessionCount);
    }

    [Fact]
    public void Sessions_that_are_opened_and_dropped_at_every_stage_leave_nothing()
    {
        var host = new MemoryHost();
        for (int i = 0; i < 10_000; i++)
        {
            EngineIOSession session = i % 3 == 0 ? host.OpenWebSocket().Session! : host.Open();
            host.Send(session, "a");
            if (i % 3 == 1)
                host.Connect(session);
            if (i % 5 == 0 && i % 3 != 0)
                host.BeginPost(session);
            if (i % 7 == 0 && session.State != SessionState.WebSocket)
                host.Close(session);
        }

        host.Advance(100);
        Assert.Equal(0, host.Server.SessionCount);
        Assert.Null(host.Server.NextDeadline);
        Assert.Empty(host.Pending);
    }

    [Fact]
    public void Arguments_are_checked()
    {
        EngineIOServer server = new();
        EngineIOSession session = server.Admit(_handshake, default).Session!;
        Assert.Throws<ArgumentNullException>(() => server.Admit(null!, default));
        Assert.Throws<ArgumentNullException>(() => server.Decide(null!, RequestDecision.Allow(), default));
        Assert.Throws<ArgumentNullException>(() => server.Decide(_handshake, null!, default));
        Assert.Throws<ArgumentNullException>(() => server.Update(null!));
        Assert.Throws<ArgumentNullException>(() => RequestDecision.Refuse(null!));
        Assert.Throws<ArgumentNullException>(() => session.Send(null!));
        Assert.Throws<ArgumentNullException>(() => session.ReceiveRequest(null!, default));
        Assert.Throws<ArgumentNullException>(() => session.ReceiveBody(null!, [], default));
        Assert.Throws<ArgumentNullException>(() => session.ReceiveBodyEnd(null!, default));
        Assert.Throws<ArgumentNullException>(() => session.ReceiveAbort(null!));
        Assert.Throws<ArgumentNullException>(() => session.ReceiveWebSocketOpened(null!, default));
        Assert.Throws<ArgumentNullException>(() => session.ReceiveWebSocketClosed(null!));
        Assert.Throws<ArgumentNullException>(() => session.ReceiveText(null!, default, default));
        Assert.Throws<ArgumentNullException>(() => session.ReceiveBinary(null!, default, default));
        Assert.Throws<ArgumentNullException>(() => session.ReceiveActivity(null!, default));
        Assert.Throws<ArgumentNullException>(() => session.ReceiveTooLarge(null!));
        Assert.Throws<ArgumentNullException>(() => session.ReceiveWritten(null!, 1));
    }
}
