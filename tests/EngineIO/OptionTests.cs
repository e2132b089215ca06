namespace WsProto.EngineIO.Tests;

/// <summary>Options: their defaults, their limits, and what they do to the handshake and to answers.</summary>
public class OptionTests
{
    private static readonly TimeSpan _tooLong = TimeSpan.FromMilliseconds((double)int.MaxValue + 1);

    [Fact]
    public void Defaults_are_those_of_the_reference_server_where_it_has_one()
    {
        EngineIOServerOptions options = new();
        Assert.Equal((25, 20), (options.PingInterval.TotalSeconds, options.PingTimeout.TotalSeconds));
        Assert.Equal((10, 30), (options.UpgradeTimeout.TotalSeconds, options.CloseTimeout.TotalSeconds));
        Assert.Equal((1_000_000, 4L << 20), (options.MaxPayload, options.MaxBufferedBytes));
        Assert.Equal((100_000, 1024), (options.MaxSessions, options.CompressionThreshold));
        Assert.Equal(EngineIOTransports.Polling | EngineIOTransports.WebSocket, options.Transports);
        Assert.True(options.AllowUpgrades);
        Assert.False(options.AllowJsonp);
        Assert.False(options.AsksForDecision);
        Assert.Same(EngineIOOrigins.SameOrigin, options.AllowedOrigins);
        Assert.Equal(new EngineIOCorsOptions { MaxAge = null }, options.Cors);
        Assert.Null(options.Cookie);
        Assert.Null(options.InitialMessage);
        Assert.Empty(options.InitialHeaders);
        Assert.Empty(options.SessionIdPrefix);
    }

    [Fact]
    [Trait("Demand", "Q33")]
    public void Compression_of_WebSocket_messages_is_off() => Assert.False(new EngineIOServerOptions().PerMessageDeflate);

    [Fact]
    public void Limits_are_checked_when_they_are_set()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new EngineIOServerOptions { PingInterval = TimeSpan.FromTicks(9_999) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EngineIOServerOptions { PingInterval = _tooLong });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EngineIOServerOptions { PingTimeout = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EngineIOServerOptions { UpgradeTimeout = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EngineIOServerOptions { CloseTimeout = -TimeSpan.FromSeconds(1) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EngineIOServerOptions { MaxPayload = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EngineIOServerOptions { MaxBufferedBytes = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EngineIOServerOptions { MaxSessions = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EngineIOServerOptions { Transports = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EngineIOServerOptions { Transports = (EngineIOTransports)4 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EngineIOServerOptions { CompressionThreshold = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EngineIOCorsOptions { MaxAge = -TimeSpan.FromSeconds(1) });
        Assert.Throws<ArgumentNullException>(() => new EngineIOServerOptions { AllowedOrigins = null! });
        Assert.Throws<ArgumentNullException>(() => new EngineIOServerOptions { SessionIdPrefix = null! });
        Assert.Throws<ArgumentNullException>(() => new EngineIORequest { Method = "GET", QueryString = null! });
        Assert.Throws<ArgumentNullException>(() => EngineIOOrigins.Only(null!));
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("a&b")]
    [InlineData("a;b")]
    [InlineData("ä")]
    public void Prefix_of_session_ids_needs_no_escaping(string prefix) =>
        Assert.Throws<ArgumentException>(() => new EngineIOServerOptions { SessionIdPrefix = prefix });

    [Fact]
    public void Times_are_whole_milliseconds_as_clients_are_told_such() =>
        Assert.Equal(TimeSpan.FromMilliseconds(1), new EngineIOServerOptions { PingInterval = TimeSpan.FromTicks(19_999) }.PingInterval);

    [Fact]
    public void Handshake_has_the_initial_headers_over_both_transports_and_no_other_answer_has()
    {
        var host = new MemoryHost(new() { InitialHeaders = [new("X-Node", "a")] });
        Exchange handshake = host.Receive(MemoryHost.Request("GET", "EIO=4&transport=polling"));
        Assert.Equal("a", handshake.Header("X-Node"));
        Assert.Equal("a", host.OpenWebSocket().Header("X-Node"));
        Assert.Null(host.Post(handshake.Session!, "4a").Header("X-Node"));
        Exchange poll = host.Poll(handshake.Session!);
        host.Send(handshake.Session!, "a");
        Assert.Null(poll.Header("X-Node"));
    }

    [Fact]
    public void Initial_message_follows_the_open_packet_at_once()
    {
        var host = new MemoryHost(new() { InitialMessage = Packet.Text("hello"u8) });
        Exchange handshake = host.Receive(MemoryHost.Request("GET", "EIO=4&transport=polling"));
        Assert.Equal("4hello", handshake.Body.Split('\u001e')[1]);
        Exchange socket = host.Connect("EIO=4&transport=websocket");
        Assert.Equal("4hello", socket.Texts[1]);
    }

    [Fact]
    public void Initial_message_has_to_be_carried_by_what_is_offered()
    {
        EngineIOServerOptions options = new() { InitialMessage = Packet.Text("\u001e"u8) };
        Assert.Throws<ArgumentException>("options", () => new EngineIOServer(options));
        Assert.NotNull(new EngineIOServer(options with { Transports = EngineIOTransports.WebSocket }));
    }

    [Fact]
    public void Cookie_is_set_by_the_handshake_over_polling_alone()
    {
        var host = new MemoryHost(new() { Cookie = new(), Random = bytes => bytes.Clear() });
        Exchange handshake = host.Receive(MemoryHost.Request("GET", "EIO=4&transport=polling"));
        Assert.Equal("io=AAAAAAAAAAAAAAAAAAAA; Path=/; HttpOnly; SameSite=Lax", handshake.Header("Set-Cookie"));
        Assert.Null(host.Post(handshake.Session!, "4a").Header("Set-Cookie"));
        host.Close(handshake.Session!, discard: true);
        Assert.Null(host.OpenWebSocket().Header("Set-Cookie"));
    }

    [Fact]
    public void Cookie_has_the_attributes_of_the_options()
    {
        EngineIOCookie cookie = new()
        {
            Name = "route",
            Path = null,
            Domain = "example.com",
            MaxAge = TimeSpan.FromHours(1),
            IsHttpOnly = false,
            IsSecure = true,
            SameSite = CookieSameSite.None,
        };
        Assert.Equal("route=abc; Max-Age=3600; Domain=example.com; Secure; SameSite=None", cookie.For("abc"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a=b")]
    [InlineData("ä")]
    [InlineData("a\u007f")]
    public void Name_of_a_cookie_is_a_token(string name) => Assert.Throws<ArgumentException>(() => new EngineIOCookie { Name = name });

    [Theory]
    [InlineData("/;")]
    [InlineData("/\r\n")]
    [InlineData("/ä")]
    public void Attributes_of_a_cookie_cannot_end_it(string value)
    {
        Assert.Throws<ArgumentException>(() => new EngineIOCookie { Path = value });
        Assert.Throws<ArgumentException>(() => new EngineIOCookie { Domain = value });
    }

    [Theory]
    [InlineData(1024, 1022, false)]
    [InlineData(1024, 1023, true)]
    [InlineData(0, 0, true)]
    [InlineData(null, 5000, false)]
    public void Answers_to_polls_should_be_compressed_from_the_threshold_on(int? threshold, int size, bool shouldCompress)
    {
        var host = new MemoryHost(new() { CompressionThreshold = threshold });
        EngineIOSession session = host.Open();
        host.Send(session, new string('a', size)); // and the digit
        Exchange poll = host.Poll(session);
        Assert.Equal(shouldCompress, poll.Answer!.ShouldCompress);
        Assert.False(host.Post(session, "3").Answer!.ShouldCompress);
    }

    [Fact]
    public void Application_reads_the_handshake()
    {
        EngineIOServer server = new();
        object tag = new();
        EngineIORequest request = new() { Method = "GET", QueryString = "?EIO=4&transport=polling", Tag = tag };
        EngineIOSession session = server.Admit(request, default).Session!;
        session.ReceiveRequest(request, default);
        Assert.True(session.TryReadEvent(out EngineIOEvent? e));
        EngineIORequest opened = Assert.IsType<SessionOpened>(e).Request;
        Assert.Same(request, opened);
        Assert.Same(tag, opened.Tag);
        Assert.Equal("?EIO=4&transport=polling", opened.QueryString);
        Assert.Equal(("4", "polling", null), (opened.ProtocolVersion, opened.Transport, opened.SessionId));
        Assert.True(session.TryReadEvent(out e));
        Assert.IsType<AnswerRequest>(e);
    }
}
