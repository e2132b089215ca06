namespace WsProto.EngineIO.Tests;

/// <summary>Which pages may connect, and what browsers are told.</summary>
public class CorsTests
{
    private const string Page = "https://app.example";

    private static readonly EngineIOServerOptions _onePage = new() { AllowedOrigins = EngineIOOrigins.Only(Page) };

    [Theory]
    [InlineData("https://example.com", false, true)]
    [InlineData("https://example.com", true, true)]
    [InlineData("http://example.com", false, true)]
    [InlineData("http://example.com", true, false)] // a page without TLS may have been forged on the way
    [InlineData("https://EXAMPLE.com:443", true, true)]
    [InlineData("https://example.com:444", true, false)]
    [InlineData("https://sub.example.com", true, false)]
    [InlineData("https://example.com.evil.example", true, false)]
    [InlineData("https://user@example.com", true, false)]
    [InlineData("https://example.com/path", true, false)]
    [InlineData("https://example.com?q", true, false)]
    [InlineData("https://example.com#f", true, false)]
    [InlineData("ftp://example.com", false, false)]
    [InlineData("https:example.com", true, false)]
    [InlineData("example.com", true, false)]
    [InlineData("null", true, false)]
    [InlineData("", true, false)]
    public void Same_origin_is_the_default(string origin, bool isSecure, bool isAllowed) =>
        AssertJudged(
            new(),
            new()
            {
                Method = "GET",
                QueryString = "EIO=4&transport=polling",
                Headers = [new("Origin", origin)],
                Host = "example.com",
                IsSecure = isSecure,
            },
            isAllowed);

    [Theory]
    [InlineData("https://example.com:8443", "example.com:8443", true)]
    [InlineData("https://example.com:8443", "example.com", false)]
    [InlineData("https://[::1]", "[::1]:443", true)]
    [InlineData("https://example.com", "user@example.com", false)]
    [InlineData("https://example.com", "", false)]
    [InlineData("https://example.com", null, false)]
    public void Same_origin_compares_host_and_port(string origin, string? host, bool isAllowed) =>
        AssertJudged(
            new(),
            new()
            {
                Method = "GET",
                QueryString = "EIO=4&transport=polling",
                Headers = [new("Origin", origin)],
                Host = host,
                IsSecure = true,
            },
            isAllowed);

    [Fact]
    [Trait("Demand", "Q30")]
    public void Same_origin_believes_no_header_of_a_proxy()
    {
        EngineIORequest request = MemoryHost.Request(
            "GET", "EIO=4&transport=polling", "https://evil.example", ("X-Forwarded-Host", "evil.example"),
            ("Forwarded", "host=evil.example"));
        AssertJudged(new(), request, isAllowed: false);
    }

    [Theory]
    [InlineData("https://app.example", true)]
    [InlineData("https://app.example:443", true)]
    [InlineData("https://APP.example", true)]
    [InlineData("http://app.example", false)]
    [InlineData("https://example.com", false)]
    [InlineData("null", false)]
    [InlineData("nonsense", false)]
    public void Listed_pages_are_allowed(string origin, bool isAllowed) =>
        AssertJudged(_onePage, MemoryHost.Request("GET", "EIO=4&transport=polling", origin), isAllowed);

    [Theory]
    [InlineData("https://anybody.example")]
    [InlineData("null")]
    [InlineData("nonsense")]
    public void Any_page_is_allowed_where_the_options_say_so(string origin) =>
        AssertJudged(
            new() { AllowedOrigins = EngineIOOrigins.Any }, MemoryHost.Request("GET", "EIO=4&transport=polling", origin), isAllowed: true);

    [Fact]
    public void Pages_without_an_origin_of_their_own_may_be_listed() =>
        AssertJudged(
            new() { AllowedOrigins = EngineIOOrigins.Only("null") },
            MemoryHost.Request("GET", "EIO=4&transport=polling", "null"),
            isAllowed: true);

    [Fact]
    [Trait("Demand", "Q29")]
    public void Client_without_an_origin_is_no_page_and_is_accepted()
    {
        Exchange exchange = new MemoryHost(_onePage).Receive(MemoryHost.Request("GET", "EIO=4&transport=polling"));
        Assert.Equal(200, exchange.Answer!.Status);
        Assert.Null(exchange.Header("Access-Control-Allow-Origin"));
    }

    [Fact]
    public void Origin_is_judged_before_there_is_a_session_for_a_WebSocket_too()
    {
        var host = new MemoryHost();
        EngineIORequest request = new()
        {
            Method = "GET",
            QueryString = "EIO=4&transport=websocket",
            IsWebSocket = true,
            Host = "example.com",
            Headers = [new("Origin", "https://evil.example")],
        };
        host.Receive(request).IsRefused(403, 4, "Forbidden", EngineIOError.OriginForbidden);
        Assert.Equal(0, host.Server.SessionCount);
    }

    [Fact]
    public void Origin_is_judged_for_requests_of_sessions_too()
    {
        var host = new MemoryHost();
        EngineIOSession session = host.Open();
        host.Receive(MemoryHost.Request("GET", $"transport=polling&sid={session.Id}", "https://evil.example"))
            .IsRefused(403, 4, "Forbidden", EngineIOError.OriginForbidden);
        Assert.Null(host.Poll(session).Answer);
    }

    [Theory]
    [InlineData("https://app.example/")]
    [InlineData("HTTPS://app.example")]
    public void Lists_are_forgiving_in_spelling(string listed) =>
        AssertJudged(
            new() { AllowedOrigins = EngineIOOrigins.Only(listed) },
            MemoryHost.Request("GET", "EIO=4&transport=polling", Page),
            isAllowed: true);

    [Theory]
    [InlineData("app.example")]
    [InlineData("*")]
    [InlineData("https://app.example/path")]
    [InlineData("")]
    public void What_is_no_origin_cannot_be_listed(string origin) => Assert.Throws<ArgumentException>(() => EngineIOOrigins.Only(origin));

    [Fact]
    [Trait("Demand", "Q29")]
    public void Every_answer_to_an_allowed_page_has_the_headers()
    {
        var host = new MemoryHost(
            _onePage with { MaxPayload = 10, MaxSessions = 1, Cors = new() { ExposedHeaders = ["X-Node", "X-Other"] } });
        Exchange handshake = Ask(host, "GET", "EIO=4&transport=polling");
        EngineIOSession session = handshake.Session!;
        string query = "transport=polling&sid=" + session.Id;
        Exchange post = Ask(host, "POST", query);
        host.Body(post, "4a"u8);
        host.BodyEnd(post);
        Exchange tooLarge = Ask(host, "POST", query);
        host.Body(tooLarge, new byte[11]);
        Exchange[] answered =
        [
            handshake, post, tooLarge, Ask(host, "PUT", query), Ask(host, "GET", ""), Ask(host, "GET", "transport=polling&sid=x"),
            Ask(host, "POST", "EIO=4&transport=polling"), Ask(host, "GET", "transport=polling"),
            Ask(host, "GET", "EIO=4&transport=polling"),
        ];
        Assert.Equal([200, 200, 413, 405, 400, 400, 400, 400, 503], answered.Select(exchange => exchange.Answer!.Status));
        Assert.All(answered, exchange =>
        {
            Assert.Equal(Page, exchange.Header("Access-Control-Allow-Origin"));
            Assert.Equal("Origin", exchange.Header("Vary"));
            Assert.Equal("X-Node, X-Other", exchange.Header("Access-Control-Expose-Headers"));
            Assert.Null(exchange.Header("Access-Control-Allow-Credentials"));
        });
    }

    [Fact]
    [Trait("Demand", "Q29")]
    public void Refusal_by_the_application_has_the_headers()
    {
        var host = new MemoryHost(_onePage with { AsksForDecision = true });
        EngineIORequest request = MemoryHost.Request("GET", "EIO=4&transport=polling", Page);
        host.Receive(request);
        Exchange exchange = host.Decide(request, RequestDecision.Refuse("no"));
        exchange.IsRefused(403, 4, "no", EngineIOError.Forbidden);
        Assert.Equal(Page, exchange.Header("Access-Control-Allow-Origin"));
    }

    [Fact]
    public void Page_that_is_not_allowed_is_told_nothing()
    {
        Exchange exchange = new MemoryHost(_onePage).Receive(MemoryHost.Request("GET", "EIO=4&transport=polling", "https://evil.example"));
        exchange.IsRefused(403, 4, "Forbidden", EngineIOError.OriginForbidden);
        Assert.DoesNotContain(exchange.Answer!.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false, "*", null)]
    [InlineData(true, Page, "true")]
    [Trait("Demand", "Q29")]
    public void Star_is_never_sent_with_credentials(bool credentials, string allowed, string? allowsCredentials)
    {
        EngineIOServerOptions options = new() { AllowedOrigins = EngineIOOrigins.Any, Cors = new() { AllowCredentials = credentials } };
        Exchange exchange = Ask(new(options), "GET", "EIO=4&transport=polling");
        Assert.Equal(allowed, exchange.Header("Access-Control-Allow-Origin"));
        Assert.Equal(allowsCredentials, exchange.Header("Access-Control-Allow-Credentials"));
        Assert.Equal(credentials ? "Origin" : null, exchange.Header("Vary"));
    }

    [Fact]
    [Trait("Demand", "Q29")]
    public void Headers_are_left_to_the_host_where_the_options_say_so()
    {
        var host = new MemoryHost(_onePage with { Cors = null });
        Exchange[] answered = [Ask(host, "GET", "EIO=4&transport=polling"), Ask(host, "GET", ""), Preflight(host, Page)];
        Assert.Equal([200, 400, 400], answered.Select(exchange => exchange.Answer!.Status));
        Assert.All(answered, exchange => Assert.DoesNotContain(
            exchange.Answer!.Headers,
            header => header.Key is "Vary" || header.Key.StartsWith("Access-", StringComparison.Ordinal)));
    }

    [Fact]
    public void Initial_headers_stand_beside_those_of_CORS()
    {
        Exchange exchange = Ask(new(_onePage with { InitialHeaders = [new("X-Node", "a")] }), "GET", "EIO=4&transport=polling");
        Assert.Equal((Page, "a"), (exchange.Header("Access-Control-Allow-Origin"), exchange.Header("X-Node")));
    }

    [Fact]
    public void Any_page_is_told_nothing_where_headers_are_left_to_the_host()
    {
        EngineIOServerOptions options = new() { AllowedOrigins = EngineIOOrigins.Any, Cors = null };
        Assert.Null(Ask(new(options), "GET", "EIO=4&transport=polling").Header("Access-Control-Allow-Origin"));
    }

    [Fact]
    public void Preflight_is_answered_whatever_it_is_for()
    {
        var host = new MemoryHost(_onePage);
        Exchange exchange = Preflight(host, Page, ("Access-Control-Request-Headers", "content-type,x-token"));
        exchange.Is(204, "");
        Assert.Equal(
            [
                ("Cache-Control", "no-store"), ("Access-Control-Allow-Origin", Page), ("Vary", "Origin"),
                ("Access-Control-Allow-Methods", "GET, POST"), ("Access-Control-Allow-Headers", "content-type,x-token"),
            ],
            exchange.Answer!.Headers.Select(header => (header.Key, header.Value)));
    }

    [Fact]
    public void Preflight_is_answered_by_the_options()
    {
        EngineIOCorsOptions cors = new() { AllowCredentials = true, AllowedHeaders = ["X-A", "X-B"], MaxAge = TimeSpan.FromMinutes(1.5) };
        Exchange exchange = Preflight(new(_onePage with { Cors = cors }), Page);
        Assert.Equal("X-A, X-B", exchange.Header("Access-Control-Allow-Headers"));
        Assert.Equal("90", exchange.Header("Access-Control-Max-Age"));
        Assert.Equal("true", exchange.Header("Access-Control-Allow-Credentials"));
    }

    [Fact]
    public void Preflight_that_asks_for_no_headers_is_allowed_none() =>
        Assert.Null(Preflight(new(_onePage), Page).Header("Access-Control-Allow-Headers"));

    [Fact]
    public void Preflight_of_a_page_that_is_not_allowed_is_refused() =>
        Preflight(new(_onePage), "https://evil.example").IsRefused(403, 4, "Forbidden", EngineIOError.OriginForbidden);

    [Fact]
    public void OPTIONS_that_is_no_preflight_is_another_method()
    {
        var host = new MemoryHost(_onePage);
        Ask(host, "OPTIONS", "EIO=4&transport=polling").IsRefused(400, 2, "Bad handshake method", EngineIOError.BadHandshakeMethod);
        EngineIORequest withoutOrigin =
            MemoryHost.Request("OPTIONS", "EIO=4&transport=polling", null, ("Access-Control-Request-Method", "GET"));
        host.Receive(withoutOrigin).IsRefused(400, 2, "Bad handshake method", EngineIOError.BadHandshakeMethod);
    }

    private static Exchange Ask(MemoryHost host, string method, string query) => host.Receive(MemoryHost.Request(method, query, Page));

    private static Exchange Preflight(MemoryHost host, string origin, params IEnumerable<(string, string)> headers) =>
        host.Receive(MemoryHost.Request("OPTIONS", "transport=abc", origin, headers.Append(("Access-Control-Request-Method", "POST"))));

    private static void AssertJudged(EngineIOServerOptions options, EngineIORequest request, bool isAllowed)
    {
        Exchange exchange = new MemoryHost(options).Receive(request);
        if (isAllowed)
            Assert.Equal(200, exchange.Answer!.Status);
        else
            exchange.IsRefused(403, 4, "Forbidden", EngineIOError.OriginForbidden);
    }
}
