namespace WsProto.EngineIO.Tests;

/// <summary>How sessions end. Pings are 25 s apart, so nothing here ends by their timeout.</summary>
public class ClosingTests
{
    private readonly MemoryHost _host = new();

    public static TheoryData<CloseReason, string, int> Reasons => new()
    {
        { CloseReason.TransportError, "transport error", 1008 },
        { CloseReason.TransportClose, "transport close", 1000 },
        { CloseReason.ForcedClose, "forced close", 1000 },
        { CloseReason.PingTimeout, "ping timeout", 1008 },
        { CloseReason.ParseError, "parse error", 1002 },
        { CloseReason.ServerShuttingDown, "server shutting down", 1001 },
    };

    [Fact]
    public void Client_closes_over_polling()
    {
        EngineIOSession session = _host.Open();
        Exchange poll = _host.Poll(session);
        _host.Post(session, "4last\u001e1\u001e4after the end").Is(200, "ok");
        poll.Is(200, "6");
        _host.Poll(session).IsRefused(400, 1, "Session ID unknown", EngineIOError.SessionUnknown);
        Assert.Equal(["opened", "text last", "closed: transport close"], _host.Log(session));
    }

    [Fact]
    public void Client_closes_over_a_WebSocket_by_closing_it()
    {
        Exchange socket = _host.OpenWebSocket();
        socket.Session!.ReceiveWebSocketClosed(socket.Request, 1001);
        Assert.True(socket.Session.TryReadEvent(out EngineIOEvent? e));
        var closed = Assert.IsType<SessionClosed>(e);
        Assert.Equal(CloseReason.TransportClose, closed.Reason);
        Assert.Equal(EngineIOError.WebSocketClosed, closed.Error);
        Assert.Equal("The WebSocket was closed. Its close code is 1001.", closed.Detail);
        Assert.False(socket.Session.TryReadEvent(out e));
        Assert.Null(e);
    }

    [Fact]
    public void WebSocket_is_lost()
    {
        Exchange socket = _host.OpenWebSocket();
        _host.Close(socket);
        Assert.Null(socket.CloseCode);
        Assert.Equal(["opened", "closed: transport close, WebSocketClosed"], _host.Log(socket.Session!));
    }

    [Fact]
    public void Client_closes_over_a_WebSocket_by_a_packet()
    {
        Exchange socket = _host.OpenWebSocket();
        _host.Send(socket, "1");
        Assert.Equal((ushort)1000, socket.CloseCode);
        Assert.Equal(["opened", "closed: transport close"], _host.Log(socket.Session!));
    }

    [Theory]
    [InlineData("9", 1002, "parse error, PacketMalformed")]
    [InlineData("", 1002, "parse error, PacketMalformed")]
    [InlineData("abc", 1002, "parse error, PacketMalformed")]
    [InlineData("2", 1008, "transport error, PingFromClient")]
    public void Fault_of_the_client_ends_a_session_over_a_WebSocket_at_once(string message, int code, string how)
    {
        Exchange socket = _host.OpenWebSocket();
        _host.Send(socket, message);
        Assert.Equal((ushort)code, socket.CloseCode);
        _host.Send(socket, "4late");
        Assert.Equal(["opened", "closed: " + how], _host.Log(socket.Session!));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0{}")]
    [InlineData("5")]
    [InlineData("6")]
    [InlineData("3")]
    [InlineData("3probe")]
    public void Packet_that_means_nothing_is_ignored(string packet)
    {
        Exchange socket = _host.OpenWebSocket();
        _host.Send(socket, packet);
        EngineIOSession session = _host.Open();
        _host.Post(session, packet).Is(200, "ok");
        Assert.Equal(["opened"], _host.Log(socket.Session!));
        Assert.Equal(["opened"], _host.Log(session));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Demand", "Q05")]
    public void WebSocket_message_that_is_too_large_ends_the_session_with_1009_and_says_the_limit(bool wasWhole)
    {
        Exchange socket = _host.OpenWebSocket();
        if (wasWhole)
            socket.Session!.ReceiveBinary(socket.Request, new byte[1_000_001], _host.Now);
        else
            socket.Session!.ReceiveTooLarge(socket.Request);
        Assert.True(socket.Session.TryReadEvent(out EngineIOEvent? close));
        Assert.Equal((ushort)1009, Assert.IsType<CloseWebSocket>(close).Code);
        Assert.True(socket.Session.TryReadEvent(out EngineIOEvent? e));
        var closed = Assert.IsType<SessionClosed>(e);
        Assert.Equal((CloseReason.TransportError, EngineIOError.MessageTooLarge), (closed.Reason, closed.Error));
        Assert.Equal("A WebSocket message is larger than MaxPayload. The limit is 1000000 bytes.", closed.Detail);
    }

    [Fact]
    public void WebSocket_message_may_be_as_large_as_the_limit()
    {
        Exchange socket = _host.OpenWebSocket();
        _host.Send(socket, new byte[1_000_000]);
        Assert.Equal(2, _host.Log(socket.Session!).Count);
    }

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Application_closes_with_a_reason(CloseReason reason, string text, int code)
    {
        Exchange socket = _host.OpenWebSocket();
        _host.Close(socket.Session!, reason);
        Assert.Equal((ushort)code, socket.CloseCode);
        Assert.Equal(["opened", "closed: " + text], _host.Log(socket.Session!));
    }

    [Fact]
    [Trait("Demand", "Q03")]
    public void Application_sends_and_closes_over_a_WebSocket()
    {
        Exchange socket = _host.OpenWebSocket();
        for (int i = 0; i < 3; i++)
            _host.Send(socket.Session!, $"{i}");
        _host.Close(socket.Session!);
        Assert.Equal(["40", "41", "42"], socket.Texts);
        Assert.Equal((ushort)1000, socket.CloseCode);
    }

    [Fact]
    [Trait("Demand", "Q03")]
    public void Application_sends_and_closes_while_a_poll_is_pending()
    {
        EngineIOSession session = _host.Open();
        Exchange poll = _host.Poll(session);
        for (int i = 0; i < 3; i++)
            _host.Send(session, $"{i}");
        _host.Close(session);
        poll.Is(200, "40");
        _host.Poll(session).Is(200, "41\u001e42\u001e1");
        Assert.Equal(["opened", "closed: forced close"], _host.Log(session));
    }

    [Fact]
    [Trait("Demand", "Q03")]
    public void Application_sends_and_closes_while_no_poll_is_pending()
    {
        EngineIOSession session = _host.Open();
        for (int i = 0; i < 3; i++)
            _host.Send(session, $"{i}");
        _host.Close(session, CloseReason.ServerShuttingDown);
        Assert.Equal(SessionState.Closing, session.State);
        Assert.Equal(SendResult.NotOpen, _host.Send(session, "too late"));
        Assert.Equal(["opened"], _host.Log(session));
        _host.Poll(session).Is(200, "40\u001e41\u001e42\u001e1");
        Assert.Equal(["opened", "closed: server shutting down"], _host.Log(session));
    }

    [Fact]
    public void Application_closes_while_an_empty_poll_is_pending()
    {
        EngineIOSession session = _host.Open();
        Exchange poll = _host.Poll(session);
        _host.Close(session);
        poll.Is(200, "1");
        Assert.Equal(["opened", "closed: forced close"], _host.Log(session));
    }

    [Fact]
    [Trait("Demand", "Q03")]
    public void Closed_session_waits_for_its_last_poll_for_30_seconds_and_no_longer()
    {
        EngineIOSession session = _host.Open();
        _host.Send(session, "never fetched");
        _host.Advance(24);
        _host.Close(session);
        _host.Advance(29.999);
        Assert.Equal(1, _host.Server.SessionCount);
        _host.Advance(0.001);
        Assert.Equal(0, _host.Server.SessionCount);
        Assert.Equal(["opened", "closed: forced close"], _host.Log(session));
    }

    [Fact]
    public void Application_discards()
    {
        EngineIOSession session = _host.Open();
        _host.Send(session, "never fetched");
        _host.Close(session, discard: true);
        _host.Poll(session).IsRefused(400, 1, "Session ID unknown", EngineIOError.SessionUnknown);
        Assert.Equal(["opened", "closed: forced close"], _host.Log(session));
    }

    [Fact]
    public void Application_discards_what_it_was_closing_and_closes_again_without_effect()
    {
        EngineIOSession session = _host.Open();
        _host.Close(session);
        _host.Close(session, CloseReason.ServerShuttingDown);
        Assert.Equal(SessionState.Closing, session.State);
        _host.Close(session, CloseReason.ServerShuttingDown, discard: true);
        _host.Close(session);
        Assert.Equal(["opened", "closed: server shutting down"], _host.Log(session));
    }

    [Fact]
    public void Messages_that_were_not_read_when_the_application_closes_are_not_delivered()
    {
        var host = new MemoryHost();
        host.OnMessage = (session, message) => session.Close(host.Now);
        EngineIOSession session = host.Open();
        host.Post(session, "4first\u001e4second\u001e4third").Is(200, "ok");
        host.Post(session, "4fourth\u001e3").Is(200, "ok");
        host.Poll(session).Is(200, "1");
        Assert.Equal(["opened", "text first", "closed: forced close"], host.Log(session));
    }

    [Fact]
    public void Client_closes_a_session_that_the_application_was_closing()
    {
        EngineIOSession session = _host.Open();
        _host.Close(session, CloseReason.ServerShuttingDown);
        _host.Post(session, "1").Is(200, "ok");
        Assert.Equal(["opened", "closed: server shutting down"], _host.Log(session));
    }

    [Fact]
    public void Closed_session_that_polls_takes_no_other_upgrade()
    {
        EngineIOSession session = _host.Open();
        _host.Close(session);
        Assert.Equal((ushort)1008, _host.Connect(session).CloseCode);
        _host.Poll(session).Is(200, "1");
    }

    [Fact]
    public void Application_closes_while_a_probe_has_said_nothing()
    {
        EngineIOSession session = _host.Open();
        Exchange socket = _host.Connect(session);
        _host.Send(session, "last");
        _host.Close(session);
        Assert.Equal((ushort)1000, socket.CloseCode);
        _host.Poll(session).Is(200, "4last\u001e1");
    }

    [Fact]
    [Trait("Demand", "Q03")]
    public void Application_closes_during_an_upgrade_and_the_client_gets_the_rest_over_the_WebSocket()
    {
        EngineIOSession session = _host.Open();
        Exchange socket = _host.Connect(session);
        _host.Send(socket, "2probe");
        _host.Send(session, "last");
        _host.Close(session, CloseReason.ServerShuttingDown);
        Assert.Equal(SessionState.ClosingUpgrade, session.State);
        Assert.Null(socket.CloseCode);
        _host.Send(socket, "5");
        Assert.Equal(["3probe", "4last"], socket.Texts);
        Assert.Equal((ushort)1001, socket.CloseCode);
        Assert.Equal(["opened", "closed: server shutting down"], _host.Log(session));
    }

    [Fact]
    [Trait("Demand", "Q03")]
    public void Application_closes_during_an_upgrade_and_the_client_polls_for_the_rest()
    {
        EngineIOSession session = _host.Open();
        Exchange socket = _host.Connect(session);
        _host.Send(socket, "2probe");
        _host.Send(session, "last");
        _host.Close(session);
        _host.Poll(session).Is(200, "4last\u001e1");
        Assert.Equal((ushort)1000, socket.CloseCode);
    }

    [Fact]
    public void Upgrade_of_a_closed_session_that_fails_leaves_the_rest_to_the_next_poll()
    {
        EngineIOSession session = _host.Open();
        Exchange socket = _host.Connect(session);
        _host.Send(socket, "2probe");
        _host.Send(session, "last");
        _host.Close(session);
        _host.Close(socket);
        Assert.Equal(SessionState.Closing, session.State);
        _host.Poll(session).Is(200, "4last\u001e1");
    }

    [Fact]
    public void Upgrade_of_a_closed_session_that_never_ends_is_released()
    {
        EngineIOSession session = _host.Open();
        Exchange socket = _host.Connect(session);
        _host.Send(socket, "2probe");
        _host.Close(session);
        _host.Advance(10);
        Assert.Equal((ushort)1000, socket.CloseCode);
        _host.Advance(20);
        Assert.Equal(["opened", "closed: forced close"], _host.Log(session));
    }

    [Fact]
    public void Session_whose_WebSocket_never_opens_is_released_and_the_application_never_knew_it()
    {
        EngineIORequest request = new() { Method = "GET", QueryString = "EIO=4&transport=websocket", IsWebSocket = true };
        EngineIOSession session = _host.Server.Admit(request, _host.Now).Session!;
        Assert.Equal(SessionState.Opening, session.State);
        session.ReceiveRequest(request, _host.Now);
        Assert.Equal(SendResult.NotOpen, session.Send(Packet.Text("early"u8)));
        session.ReceiveText(request, "4early"u8.ToArray(), _host.Now);
        session.OnTimer(_host.Now + TimeSpan.FromSeconds(10));
        _host.Server.Update(session);
        AssertForgotten(session, "AcceptWebSocket CloseWebSocket");
    }

    [Fact]
    public void Session_whose_WebSocket_is_lost_before_it_opens_is_released_and_the_application_never_knew_it()
    {
        EngineIORequest request = new() { Method = "GET", QueryString = "EIO=4&transport=websocket", IsWebSocket = true };
        EngineIOSession session = _host.Server.Admit(request, _host.Now).Session!;
        session.ReceiveRequest(request, _host.Now);
        session.ReceiveWebSocketClosed(request);
        session.ReceiveWebSocketOpened(request, _host.Now);
        _host.Server.Update(session);
        _host.Server.Update(session);
        AssertForgotten(session, "AcceptWebSocket");
    }

    [Fact]
    public void Session_that_is_closed_before_its_first_request_is_given_to_it_is_unknown()
    {
        EngineIORequest request = MemoryHost.Request("GET", "EIO=4&transport=polling");
        EngineIOSession session = _host.Server.Admit(request, _host.Now).Session!;
        session.Close(_host.Now);
        _host.Server.Update(session);
        session.ReceiveRequest(request, _host.Now);
        AssertForgotten(session, "AnswerRequest");
    }

    [Fact]
    public void WebSocket_is_opened_once_and_by_its_own_request()
    {
        Exchange socket = _host.OpenWebSocket();
        socket.Session!.ReceiveWebSocketOpened(socket.Request, _host.Now);
        socket.Session.ReceiveWebSocketOpened(MemoryHost.Request("GET", ""), _host.Now);
        Assert.False(socket.Session.TryReadEvent(out _));
    }

    private void AssertForgotten(EngineIOSession session, string events)
    {
        List<string> names = [];
        while (session.TryReadEvent(out EngineIOEvent? e))
            names.Add(e.GetType().Name);
        Assert.Equal(events, string.Join(' ', names));
        Assert.Equal(0, _host.Server.SessionCount);
        Assert.Null(_host.Server.NextDeadline);
    }
}
