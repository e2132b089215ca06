namespace WsProto.EngineIO.Tests;

/// <summary>From polling to a WebSocket, and every way in which that fails.</summary>
public class UpgradeTests
{
    private readonly MemoryHost _host = MemoryHost.Echo();

    [Fact]
    public void Poll_that_is_pending_when_the_probe_is_answered_ends_with_a_noop()
    {
        EngineIOSession session = _host.Open();
        Exchange poll = _host.Poll(session);
        Exchange socket = _host.Connect(session);
        Assert.True(socket.IsAccepted);
        Assert.Null(poll.Answer);
        _host.Send(socket, "2probe");
        Assert.Equal(["3probe"], socket.Texts);
        poll.Is(200, "6");
    }

    [Fact]
    public void Polls_during_the_upgrade_end_with_a_noop_every_100_ms()
    {
        EngineIOSession session = _host.Open();
        _host.Poll(session);
        Exchange socket = _host.Connect(session);
        _host.Send(socket, "2probe");
        for (int i = 0; i < 3; i++)
        {
            Exchange poll = _host.Poll(session);
            _host.Advance(0.099);
            Assert.Null(poll.Answer);
            _host.Advance(0.001);
            poll.Is(200, "6");
        }

        _host.Advance(0.1);
        _host.Poll(session).Is(200, "6");
    }

    [Fact]
    public void Messages_are_delivered_by_polling_until_the_upgrade_packet_and_by_the_WebSocket_after_it()
    {
        EngineIOSession session = _host.Open();
        _host.Poll(session);
        Exchange socket = _host.Connect(session);
        _host.Send(session, "1 took the poll");
        _host.Send(socket, "2probe");
        _host.Send(session, "2");
        _host.Poll(session).Is(200, "42");
        _host.Send(session, "3");
        _host.Send(session, "4");
        _host.Post(session, "4from the client").Is(200, "ok");
        _host.Send(socket, "5");
        _host.Send(session, "5");
        Assert.Equal(["3probe", "43", "44", "4from the client", "45"], socket.Texts);
        Assert.Equal(["opened", "text from the client", "upgraded"], _host.Log(session));
        Assert.Equal(EngineIOTransports.WebSocket, session.Transport);
    }

    [Fact]
    public void Upgrade_tells_neither_another_open_packet_nor_the_initial_headers()
    {
        var host = new MemoryHost(new() { InitialHeaders = [new("X-Node", "a")], InitialMessage = Packet.Text("hello"u8) });
        EngineIOSession session = host.Open();
        Exchange socket = host.Upgrade(session);
        Assert.Empty(socket.Acceptance!.Headers);
        Assert.Empty(socket.Messages);
    }

    [Fact]
    public void Ping_that_waits_for_a_poll_goes_over_the_WebSocket_after_the_upgrade()
    {
        var host = new MemoryHost(new() { PingInterval = TimeSpan.FromSeconds(1), PingTimeout = TimeSpan.FromSeconds(5) });
        EngineIOSession session = host.Open();
        host.Advance(1);
        Exchange socket = host.Upgrade(session);
        Assert.Equal(["2"], socket.Texts);
        host.Send(socket, "3");
        host.Advance(0.999);
        Assert.Equal(["2"], socket.Texts);
        host.Advance(0.001);
        Assert.Equal(["2", "2"], socket.Texts);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("2")]
    [InlineData("2probes")]
    [InlineData("4hello")]
    [InlineData("6")]
    [InlineData("1")]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("2probe 2probe")]
    [InlineData("2probe 4hello")]
    [InlineData("2probe 1")]
    [InlineData("2probe x")]
    public void Anything_but_the_packets_of_the_upgrade_drops_the_probe_and_the_session_stays_with_polling(string packets)
    {
        EngineIOSession session = _host.Open();
        Exchange socket = _host.Connect(session);
        foreach (string packet in packets.Split(' '))
            _host.Send(socket, packet);
        Assert.Equal((ushort)1000, socket.CloseCode);
        AssertPolls(session);
        _host.Send(socket, "4late");
        Assert.Equal(["opened"], _host.Log(session).Except(["text and on", "upgraded"]));
    }

    [Fact]
    public void Binary_message_drops_the_probe()
    {
        EngineIOSession session = _host.Open();
        Exchange socket = _host.Connect(session);
        _host.Send(socket, "2probe"u8.ToArray());
        Assert.Equal((ushort)1000, socket.CloseCode);
        AssertPolls(session);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Message_that_is_too_large_drops_the_probe(bool isAnswered)
    {
        EngineIOSession session = _host.Open();
        Exchange socket = _host.Connect(session);
        if (isAnswered)
            _host.Send(socket, "2probe");
        session.ReceiveTooLarge(socket.Request);
        _host.Settle(session);
        Assert.Equal((ushort)1000, socket.CloseCode);
        AssertPolls(session);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WebSocket_that_is_lost_leaves_the_session_with_polling(bool isAnswered)
    {
        EngineIOSession session = _host.Open();
        Exchange socket = _host.Connect(session);
        if (isAnswered)
            _host.Send(socket, "2probe");
        _host.Close(socket, 1006);
        Assert.Null(socket.CloseCode);
        AssertPolls(session);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Upgrade_of_more_than_10_seconds_is_given_up(bool isAnswered)
    {
        EngineIOSession session = _host.Open();
        Exchange socket = _host.Connect(session);
        if (isAnswered)
            _host.Send(socket, "2probe");
        _host.Advance(9.999);
        Assert.Null(socket.CloseCode);
        _host.Advance(0.001);
        Assert.Equal((ushort)1000, socket.CloseCode);
        AssertPolls(session);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Demand", "Q01")]
    public void Upgrade_that_never_ends_on_connections_held_open_is_released(bool isAnswered)
    {
        List<Exchange> sockets = [];
        for (int i = 0; i < 1_000; i++)
        {
            EngineIOSession session = _host.Open();
            _host.Poll(session);
            sockets.Add(_host.Connect(session));
            if (isAnswered)
                _host.Send(sockets[^1], "2probe");
        }

        _host.Advance(10);
        Assert.All(sockets, socket => Assert.Equal((ushort)1000, socket.CloseCode));
        Assert.Equal(1_000, _host.Server.SessionCount);
        _host.Advance(35);
        Assert.Equal(0, _host.Server.SessionCount);
        Assert.Null(_host.Server.NextDeadline);
        Assert.Empty(_host.Pending);
        Assert.All(sockets, socket => Assert.Equal("closed: ping timeout, PingUnanswered", _host.Log(socket.Session!)[^1]));
    }

    [Fact]
    [Trait("Demand", "Q01")]
    public void Heartbeat_goes_on_during_the_upgrade()
    {
        var host = new MemoryHost(new() { UpgradeTimeout = TimeSpan.FromSeconds(1000) });
        EngineIOSession session = host.Open();
        Exchange socket = host.Connect(session);
        host.Send(socket, "2probe");
        host.Advance(45);
        Assert.Equal((ushort)1000, socket.CloseCode);
        Assert.Equal(["opened", "closed: ping timeout, PingUnanswered"], host.Log(session));
    }

    [Fact]
    public void Second_WebSocket_is_closed_and_the_upgrade_goes_on()
    {
        EngineIOSession session = _host.Open();
        Exchange socket = _host.Connect(session);
        AssertRejected(_host.Connect(session));
        _host.Send(socket, "2probe");
        AssertRejected(_host.Connect(session));
        _host.Send(socket, "5");
        Exchange third = _host.Connect(session);
        AssertRejected(third);
        _host.Send(third, "4not heard");
        session.ReceiveTooLarge(third.Request);
        _host.Close(third);
        _host.Send(socket, "4heard");
        Assert.Equal(["3probe", "4heard"], socket.Texts);
    }

    [Fact]
    public void Upgrade_is_refused_where_it_is_not_offered()
    {
        var host = new MemoryHost(new() { AllowUpgrades = false });
        Exchange handshake = host.Receive(MemoryHost.Request("GET", "EIO=4&transport=polling"));
        Assert.Contains("\"upgrades\":[],", handshake.Body, StringComparison.Ordinal);
        host.Connect(handshake.Session!).IsRefused(400, 3, "Bad request", EngineIOError.TransportMismatch);
        Assert.Equal(SessionState.Polling, handshake.Session!.State);
    }

    [Fact]
    public void Upgrade_is_not_offered_without_the_transport()
    {
        Exchange handshake =
            new MemoryHost(new() { Transports = EngineIOTransports.Polling }).Receive(MemoryHost.Request("GET", "EIO=4&transport=polling"));
        Assert.Contains("\"upgrades\":[],", handshake.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void Client_that_upgrades_before_its_poll_and_its_POST_have_ended_sees_them_end()
    {
        EngineIOSession session = _host.Open();
        Exchange socket = _host.Connect(session);
        _host.Send(socket, "2probe");
        _host.Poll(session);
        Exchange poll = _host.Poll(session);
        Exchange post = _host.BeginPost(session);
        _host.Body(post, "4outrun"u8);
        _host.Send(socket, "5");
        poll.Is(200, "6");
        post.IsRefused(400, 3, "Bad request", EngineIOError.PostOutrunByUpgrade);
        _host.BodyEnd(post);
        Assert.Equal(["opened", "upgraded"], _host.Log(session));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("2probe")]
    public void Packets_of_the_upgrade_on_the_WebSocket_in_use(string packet)
    {
        EngineIOSession session = _host.Open();
        Exchange socket = _host.Upgrade(session);
        _host.Send(socket, packet);
        Assert.Equal(packet == "5" ? null : (ushort?)1008, socket.CloseCode);
    }

    private static void AssertRejected(Exchange socket)
    {
        Assert.True(socket.IsAccepted);
        Assert.Equal((ushort)1008, socket.CloseCode);
        Assert.Empty(socket.Messages);
    }

    /// <summary>Polling works, and so does another upgrade.</summary>
    private void AssertPolls(EngineIOSession session)
    {
        Assert.Equal(SessionState.Polling, session.State);
        Exchange poll = _host.Poll(session);
        Assert.Null(poll.Answer);
        _host.Post(session, "4and on").Is(200, "ok");
        poll.Is(200, "4and on");
        Assert.Empty(_host.Upgrade(session).Messages);
    }
}
