namespace WsProto.EngineIO.Tests;

/// <summary>Every way to answer a request: exact status and body, and what becomes of the session.</summary>
public class AnswerTests
{
    private const string BadRequest = "Bad request";

    private readonly MemoryHost _host = new();

    public static TheoryData<string> OtherMethods => ["PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "get"];

    [Fact]
    public void Poll_is_answered_with_its_packets_as_text_that_nobody_keeps()
    {
        EngineIOSession session = _host.Open();
        _host.Send(session, "grüße 🎈");
        Exchange poll = _host.Poll(session);
        poll.Is(200, "4grüße 🎈");
        Assert.Null(poll.Answer!.Error);
        Assert.Equal(
            [("Content-Type", "text/plain; charset=UTF-8"), ("Cache-Control", "no-store")],
            poll.Answer.Headers.Select(header => (header.Key, header.Value)));
    }

    [Fact]
    public void Post_is_answered_ok()
    {
        Exchange post = _host.Post(_host.Open(), "4a");
        post.Is(200, "ok");
        Assert.Equal(
            [("Content-Type", "text/html"), ("Cache-Control", "no-store")],
            post.Answer!.Headers.Select(header => (header.Key, header.Value)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("?EIO=4")]
    [InlineData("EIO=4&transport=")]
    [InlineData("EIO=4&transport=webtransport")]
    [InlineData("EIO=4&transport=Polling")]
    [InlineData("EIO=4&transport=constructor")]
    [InlineData("EIO=4&transport=abc&sid=abc")]
    [InlineData("EIO=4&transport")]
    public void Unknown_transport_is_refused(string query) =>
        _host.Receive(MemoryHost.Request("GET", query)).IsRefused(400, 0, "Transport unknown", EngineIOError.TransportUnknown);

    [Theory]
    [InlineData(EngineIOTransports.Polling, "websocket", true)]
    [InlineData(EngineIOTransports.WebSocket, "polling", false)]
    public void Transport_that_is_not_offered_is_refused(EngineIOTransports offered, string asked, bool isWebSocket)
    {
        var host = new MemoryHost(new() { Transports = offered });
        EngineIORequest request = new() { Method = "GET", QueryString = "EIO=4&transport=" + asked, IsWebSocket = isWebSocket };
        host.Receive(request).IsRefused(400, 0, "Transport unknown", EngineIOError.TransportUnknown);
    }

    [Theory]
    [InlineData("GET", false)]
    [InlineData("POST", false)]
    [InlineData("PUT", false)]
    [InlineData("GET", true)]
    [Trait("Demand", "Q08")]
    public void Unknown_session_is_refused(string method, bool isWebSocket)
    {
        string query = $"EIO=4&transport={(isWebSocket ? "websocket" : "polling")}&sid=AAAAAAAAAAAAAAAAAAAA";
        Exchange exchange = _host.Receive(new() { Method = method, QueryString = query, IsWebSocket = isWebSocket });
        exchange.IsRefused(400, 1, "Session ID unknown", EngineIOError.SessionUnknown);
    }

    [Theory]
    [MemberData(nameof(OtherMethods))]
    [InlineData("POST")]
    public void Handshake_by_another_method_is_refused(string method)
    {
        _host.Receive(MemoryHost.Request(method, "EIO=4&transport=polling"))
            .IsRefused(400, 2, "Bad handshake method", EngineIOError.BadHandshakeMethod);
        Assert.Equal(0, _host.Server.SessionCount);
    }

    [Theory]
    [InlineData("websocket", false)]
    [InlineData("polling", true)]
    public void Handshake_whose_headers_ask_for_another_transport_is_refused(string transport, bool isWebSocket)
    {
        _host.Receive(new() { Method = "GET", QueryString = "EIO=4&transport=" + transport, IsWebSocket = isWebSocket })
            .IsRefused(400, 3, BadRequest, EngineIOError.TransportMismatch);
        Assert.Equal(0, _host.Server.SessionCount);
    }

    [Theory]
    [InlineData("websocket", false)]
    [InlineData("polling", true)]
    [Trait("Demand", "Q02")]
    public void Request_of_a_session_whose_headers_ask_for_another_transport_is_refused_and_takes_nothing(
        string transport, bool isWebSocket)
    {
        EngineIOSession session = _host.Open();
        for (int i = 0; i < 5; i++)
            Assert.Equal(SendResult.Accepted, _host.Send(session, $"{i}"));
        for (int i = 0; i < 3; i++)
        {
            string query = $"EIO=4&transport={transport}&sid={session.Id}";
            _host.Receive(new() { Method = "GET", QueryString = query, IsWebSocket = isWebSocket })
                .IsRefused(400, 3, BadRequest, EngineIOError.TransportMismatch);
        }

        _host.Poll(session).Is(200, "40\u001e41\u001e42\u001e43\u001e44");
    }

    [Theory]
    [InlineData("http://exa mple.com")]
    [InlineData("http://example.com\r\nX: y")]
    [InlineData("http://exämple.com")]
    public void Malformed_origin_is_refused(string origin) =>
        _host.Receive(MemoryHost.Request("GET", "EIO=4&transport=polling", origin))
            .IsRefused(400, 3, BadRequest, EngineIOError.OriginMalformed);

    [Fact]
    public void Second_origin_is_refused()
    {
        EngineIORequest request =
            MemoryHost.Request("GET", "EIO=4&transport=polling", "https://example.com", ("origin", "https://example.com"));
        _host.Receive(request).IsRefused(400, 3, BadRequest, EngineIOError.OriginMalformed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("EIO=3&")]
    [InlineData("EIO=04&")]
    [InlineData("EIO=3&EIO=4&")]
    [InlineData("eio=4&")]
    public void Other_version_is_refused(string version)
    {
        _host.Receive(MemoryHost.Request("GET", version + "transport=polling"))
            .IsRefused(400, 5, "Unsupported protocol version", EngineIOError.VersionUnsupported);
        Assert.Equal(0, _host.Server.SessionCount);
    }

    [Fact]
    public void Version_of_a_request_with_a_session_is_not_read()
    {
        EngineIOSession session = _host.Open();
        _host.Send(session, "a");
        _host.Receive(MemoryHost.Request("GET", "transport=polling&sid=" + session.Id)).Is(200, "4a");
    }

    [Fact]
    public void Empty_session_id_makes_a_handshake() =>
        Assert.Equal(200, _host.Receive(MemoryHost.Request("GET", "?sid=&t=abc&EIO=4&b64=1&transport=polling")).Answer!.Status);

    [Fact]
    public void Session_id_of_the_query_is_unescaped()
    {
        EngineIOSession session = _host.Open();
        string escaped = string.Concat(session.Id.Select(c => Uri.HexEscape(c)));
        Assert.Null(_host.Receive(MemoryHost.Request("GET", "EIO=4&transport=polling&sid=" + escaped)).Answer);
    }

    [Theory]
    [InlineData("EIO=3&transport=abc", "POST", 0)] // the transport comes first,
    [InlineData("EIO=3&transport=polling&sid=abc", "POST", 1)] // then the session,
    [InlineData("EIO=3&transport=polling", "POST", 2)] // then the method,
    [InlineData("EIO=3&transport=websocket", "GET", 3)] // then the headers, the version last
    public void First_fault_is_answered(string query, string method, int code) =>
        Assert.StartsWith($$"""{"code":{{code}},""", _host.Receive(MemoryHost.Request(method, query)).Body, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(OtherMethods))]
    public void Other_method_on_a_session_is_not_allowed_and_changes_nothing(string method)
    {
        EngineIOSession session = _host.Open();
        Exchange exchange = _host.Receive(MemoryHost.Request(method, $"EIO=4&transport=polling&sid={session.Id}"));
        exchange.IsRefused(405, 3, BadRequest, EngineIOError.MethodNotAllowed);
        Assert.Equal("GET, POST", exchange.Header("Allow"));
        Assert.Equal(SessionState.Polling, session.State);
    }

    [Fact]
    [Trait("Demand", "Q05")]
    public void Post_that_is_announced_to_be_too_large_is_refused_with_the_limit_and_the_session_stays()
    {
        EngineIOSession session = _host.Open();
        Exchange post = _host.BeginPost(session, ("Content-Length", "1000001"));
        post.IsRefused(413, 3, "Payload too large: the limit is 1000000 bytes", EngineIOError.PayloadTooLarge);
        _host.Body(post, new byte[1000]);
        _host.BodyEnd(post);
        _host.Post(session, "4a").Is(200, "ok");
        Assert.Equal(["opened", "text a"], _host.Log(session));
    }

    [Theory]
    [InlineData(1_000_000, 200)]
    [InlineData(1_000_001, 413)]
    [Trait("Demand", "Q05")]
    public void Post_may_be_as_large_as_the_limit_and_no_larger(int size, int status)
    {
        EngineIOSession session = _host.Open();
        byte[] body = new byte[size];
        Array.Fill(body, (byte)'4');
        Exchange post = _host.BeginPost(session, ("Content-Length", "-1"));
        foreach (byte[] piece in body.Chunk(65_536))
            _host.Body(post, piece);
        _host.BodyEnd(post);
        Assert.Equal(status, post.Answer!.Status);
        Assert.Equal(status == 200 ? 2 : 1, _host.Log(session).Count);
        Assert.Equal(SessionState.Polling, session.State);
    }

    [Theory]
    [InlineData("application/octet-stream")]
    [InlineData("Application/Octet-Stream; x=y")]
    public void Binary_post_is_refused_and_ends_the_session(string type)
    {
        EngineIOSession session = _host.Open();
        _host.BeginPost(session, ("content-type", type)).IsRefused(400, 3, BadRequest, EngineIOError.ContentNotText);
        AssertEnded(session, "transport error, ContentNotText");
    }

    [Fact]
    public void Second_poll_is_refused_and_ends_the_session()
    {
        EngineIOSession session = _host.Open();
        Exchange first = _host.Poll(session);
        _host.Poll(session).IsRefused(400, 3, BadRequest, EngineIOError.PollOverlap);
        first.Is(200, "1");
        AssertEnded(session, "transport error, PollOverlap");
    }

    [Fact]
    public void Second_post_is_refused_as_is_the_first_and_ends_the_session()
    {
        EngineIOSession session = _host.Open();
        Exchange poll = _host.Poll(session);
        Exchange first = _host.BeginPost(session);
        _host.Body(first, "4lost"u8);
        _host.BeginPost(session).IsRefused(400, 3, BadRequest, EngineIOError.PostOverlap);
        first.IsRefused(400, 3, BadRequest, EngineIOError.PostOverlap);
        poll.Is(200, "1");
        AssertEnded(session, "transport error, PostOverlap");
    }

    [Fact]
    public void Poll_that_is_given_up_ends_the_session()
    {
        EngineIOSession session = _host.Open();
        Exchange post = _host.BeginPost(session);
        _host.Abort(_host.Poll(session));
        post.IsRefused(400, 1, "Session ID unknown", EngineIOError.SessionUnknown);
        AssertEnded(session, "transport error, PollAborted");
    }

    [Fact]
    public void Answer_with_packets_that_is_lost_ends_the_session()
    {
        EngineIOSession session = _host.Open();
        Exchange poll = _host.Poll(session);
        _host.Send(session, "a");
        poll.Is(200, "4a");
        _host.Abort(poll);
        AssertEnded(session, "transport error, PollAborted");
    }

    [Fact]
    public void Answer_without_packets_may_be_lost()
    {
        EngineIOSession session = _host.Open();
        Exchange poll = _host.Poll(session);
        _host.Upgrade(session);
        poll.Is(200, "6");
        _host.Abort(poll);
        Assert.Equal(SessionState.WebSocket, session.State);
    }

    [Fact]
    public void Post_that_is_given_up_ends_the_session_and_delivers_nothing()
    {
        EngineIOSession session = _host.Open();
        Exchange post = _host.BeginPost(session);
        _host.Body(post, "4whole\u001e4cut o"u8);
        _host.Abort(post);
        AssertEnded(session, "transport error, PostAborted");
    }

    [Fact]
    public void What_the_client_does_after_the_end_changes_nothing()
    {
        EngineIOSession session = _host.Open();
        Exchange post = _host.BeginPost(session);
        _host.Close(session, discard: true);
        post.IsRefused(400, 1, "Session ID unknown", EngineIOError.SessionUnknown);
        _host.Body(post, "4late"u8);
        _host.BodyEnd(post);
        _host.Abort(post);
        Assert.Equal(["opened", "closed: forced close"], _host.Log(session));
    }

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("abc")]
    [InlineData("4a\u001e")]
    [InlineData("\u001e4a")]
    [InlineData("4a\u001e\u001e4b")]
    [InlineData("b*")]
    [InlineData("bAQ")]
    public void Post_with_an_invalid_packet_is_refused_and_ends_the_session(string body)
    {
        EngineIOSession session = _host.Open();
        _host.Post(session, body).IsRefused(400, 3, BadRequest, EngineIOError.PacketMalformed);
        Assert.Equal("closed: parse error, PacketMalformed", _host.Log(session)[^1]);
        Assert.Equal(body.StartsWith("4a", StringComparison.Ordinal) ? ["opened", "text a"] : ["opened"], _host.Log(session).SkipLast(1));
    }

    [Fact]
    public void Post_that_is_no_UTF_8_is_refused_and_ends_the_session()
    {
        EngineIOSession session = _host.Open();
        _host.Post(session, [(byte)'4', 0xC3]).IsRefused(400, 3, BadRequest, EngineIOError.PacketMalformed);
        AssertEnded(session, "parse error, PacketMalformed");
    }

    [Fact]
    public void Session_that_ended_between_its_admission_and_its_request_is_unknown()
    {
        EngineIOSession session = _host.Open();
        EngineIORequest poll = MemoryHost.Request("GET", $"EIO=4&transport=polling&sid={session.Id}");
        Assert.Same(session, _host.Server.Admit(poll, _host.Now).Session);
        session.Close(_host.Now, discard: true);
        session.ReceiveRequest(poll, _host.Now);
        List<EngineIOEvent> events = [];
        while (session.TryReadEvent(out EngineIOEvent? e))
            events.Add(e);
        Assert.Equal(EngineIOError.SessionUnknown, Assert.IsType<AnswerRequest>(events[^1]).Error);
    }

    [Fact]
    public void Request_of_another_session_is_the_mistake_of_the_host()
    {
        EngineIOSession session = _host.Open();
        EngineIORequest other = MemoryHost.Request("GET", $"EIO=4&transport=polling&sid={_host.Open().Id}");
        Assert.Throws<ArgumentException>(() => session.ReceiveRequest(other, _host.Now));
    }

    private void AssertEnded(EngineIOSession session, string how)
    {
        Assert.Equal(["opened", "closed: " + how], _host.Log(session));
        Assert.Equal(0, _host.Server.SessionCount);
        _host.Poll(session).IsRefused(400, 1, "Session ID unknown", EngineIOError.SessionUnknown);
    }
}
