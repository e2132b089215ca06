using static WsProto.Tests.Handshake.Handshakes;

namespace WsProto.Tests.Handshake;

/// <summary>What a server makes of a request.</summary>
[Trait("RFC", "6455 §4.2.1")]
public class ServerRequestTests
{
    [Fact]
    [Trait("MUST", "4.2.1-13")]
    [Trait("wsproto", "test_server.py::test_connection_request")]
    public void Server_receives_valid_request__reports_it()
    {
        byte[] head = Heads.Request(more: ["X-Foo: bar", "Cookie: a=1", "authorization: Basic YQ==", "Cookie: b=2"]);
        Cuts.Expect(
            () => Server(), head, ConnectionState.Connecting,
            new Request("example.com", "/chat")
            {
                ExtraHeaders = [.. OwnHeaders, ("X-Foo", "bar"), ("Cookie", "a=1"), ("authorization", "Basic YQ=="), ("Cookie", "b=2")],
            });
    }

    [Fact]
    [Trait("MUST", "4.2.1-6")]
    [Trait("MUST", "4.2.1-7")]
    [Trait("MUST", "4.2.1-13")]
    public void Server_receives_request_in_any_order_case_and_spacing__reports_it()
    {
        Request request = ReadRequest(Wire.Head(
            "GET / HTTP/1.1", $"sec-websocket-key:\t {Heads.Key}\t", "SEC-WEBSOCKET-VERSION:13", "connection: keep-alive",
            "CONNECTION: close,uPGRADE", "upgrade: h2c, WEBSOCKET", "hOST: h:81"));
        Assert.Equal("h:81", request.Host);
        Assert.Equal("/", request.Target);
        Assert.Equal(
            ["sec-websocket-key", "SEC-WEBSOCKET-VERSION", "connection", "CONNECTION", "upgrade"],
            request.ExtraHeaders.Select(field => field.Name));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    [InlineData("CONNECT")]
    [InlineData("get")]
    [InlineData("GETS")]
    [InlineData("PRI")]
    [Trait("MUST", "4.2.1-2")]
    [Trait("wsproto", "test_server.py::test_connection_request_bad_method")]
    public void Server_receives_another_method_than_GET__refuses_with_400(string method) =>
        ServerRefuses(WithLine($"{method} /chat HTTP/1.1"), ProtocolError.MethodNotGet);

    [Theory]
    [InlineData("1.0", 400)]
    [InlineData("0.9", 505)]
    [InlineData("2.0", 505)]
    [InlineData("3.0", 505)]
    [InlineData("9.9", 505)]
    [Trait("MUST", "4.2.1-3")]
    [Trait("Register", "C12")]
    [Trait("Register", "S30")]
    public void Server_receives_another_HTTP_version__refuses(string version, int status) =>
        ServerRefuses(WithLine($"GET /chat HTTP/{version}"), ProtocolError.UnsupportedHttpVersion, status);

    [Theory]
    [InlineData("1.1")]
    [InlineData("1.2")]
    [InlineData("1.9")]
    [Trait("MUST", "4.2.1-3")]
    public void Server_receives_HTTP_1_1_or_later__reports_it(string version) =>
        Assert.Equal("/chat", ReadRequest(WithLine($"GET /chat HTTP/{version}")).Target);

    [Theory]
    [InlineData("/")]
    [InlineData("/chat?x=1")]
    [InlineData("//chat")]
    [InlineData("/%00%zz\"<>[]{}|\\^`")]
    [InlineData("http://example.com/chat")]
    [InlineData("HTTPS://example.com/chat?x")]
    [InlineData("ws://example.com")]
    [InlineData("wss://example.com/chat")]
    [Trait("MUST", "4.2.1-4")]
    public void Server_receives_path_or_absolute_URI__reports_it_as_it_is(string target) =>
        Assert.Equal(target, ReadRequest(WithLine($"GET {target} HTTP/1.1")).Target);

    /// <summary>
    /// "An origin server MUST ignore the received Host header field (if any) and instead use the host information of the request-target"
    /// (RFC 9112 §3.2.2).
    /// </summary>
    [Theory]
    [InlineData("http://good.example/chat", "good.example")]
    [InlineData("WSS://good.example:8443?x", "good.example:8443")]
    [InlineData("https://[::1]:9", "[::1]:9")]
    public void Server_receives_absolute_URI__takes_the_host_from_it(string target, string host)
    {
        Request request = ReadRequest(WithLine($"GET {target} HTTP/1.1"));
        Assert.Equal(host, request.Host);
        Assert.Equal(target, request.Target);
    }

    [Theory]
    [InlineData("http:///chat")]
    [InlineData("wss://")]
    [InlineData("http://user@example.com/")]
    [InlineData("http://example.com:port/")]
    public void Server_receives_absolute_URI_without_a_host__refuses_with_400(string target) =>
        ServerRefuses(WithLine($"GET {target} HTTP/1.1"), ProtocolError.InvalidTarget);

    [Theory]
    [InlineData("*")]
    [InlineData("chat")]
    [InlineData("?x=1")]
    [InlineData("example.com:80")]
    [InlineData("ftp://example.com/")]
    [InlineData("http:/example.com/")]
    [Trait("MUST", "4.2.1-4")]
    public void Server_receives_another_target__refuses_with_400(string target) =>
        ServerRefuses(WithLine($"GET {target} HTTP/1.1"), ProtocolError.InvalidTarget);

    [Theory]
    [InlineData("example.com")]
    [InlineData("example.com:8080")]
    [InlineData("example.com:")]
    [InlineData("127.0.0.1:1")]
    [InlineData("[::1]")]
    [InlineData("[::1]:8080")]
    [InlineData("[::ffff:127.0.0.1]:65535")]
    [InlineData("xn--e1afmkfd.xn--p1ai:8080")]
    [InlineData("a_b-c.~!$&'()*+,;=%20")]
    [Trait("MUST", "4.2.1-5")]
    [Trait("Register", "B7")]
    public void Server_receives_host__reports_what_was_on_the_wire(string host) =>
        Assert.Equal(host, ReadRequest(Heads.Request("Host", host)).Host);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(":80")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("a@b")]
    [InlineData("a:b")]
    [InlineData("a:1:2")]
    [InlineData("a:123456")]
    [InlineData("::1")]
    [InlineData("[::1")]
    [InlineData("[]")]
    [InlineData("[]:80")]
    [InlineData("[::1]8080")]
    [InlineData("[::1]:8o")]
    [InlineData("[fe80::1%25eth0]")]
    [InlineData("a\\b")]
    [InlineData("\u00FF\u00FE")]
    [InlineData("b\u00FCcher.example")]
    [Trait("MUST", "4.2.1-5")]
    [Trait("MUST", "8.1-2")]
    [Trait("Register", "B7")]
    [Trait("Register", "C10")]
    [Trait("wsproto", "test_handshake.py::test_rejected_handshake")]
    public void Server_receives_no_valid_host__refuses_with_400(string? host) =>
        ServerRefuses(Heads.Request("Host", host), ProtocolError.InvalidHost);

    [Theory]
    [InlineData("Host: example.com")]
    [InlineData("host: other.example")]
    [Trait("MUST", "4.2.1-5")]
    [Trait("Register", "S30")]
    public void Server_receives_two_hosts__refuses_with_400(string line) =>
        ServerRefuses(Heads.Request(more: line), ProtocolError.InvalidHost);

    [Fact]
    [Trait("wsproto", "test_handshake.py::test_rejected_handshake")]
    public void Server_receives_HTTP_1_0_without_host__refuses_with_400() =>
        ServerRefuses(Wire.Head(["GET / HTTP/1.0", .. Heads.RequestLines[2..]]), ProtocolError.UnsupportedHttpVersion);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("h2c")]
    [InlineData("websocket2")]
    [InlineData("web socket")]
    [InlineData("websocket/13")]
    [InlineData("\u00FFwebsocket")]
    [Trait("MUST", "4.2.1-6")]
    [Trait("wsproto", "test_server.py::test_connection_request_bad_upgrade_header")]
    public void Server_receives_no_Upgrade_websocket__refuses_with_400(string? value) =>
        ServerRefuses(Heads.Request("Upgrade", value), ProtocolError.MissingUpgradeWebSocket);

    [Theory]
    [InlineData("WebSocket")]
    [InlineData("h2c, websocket")]
    [InlineData("websocket,")]
    [InlineData(",,\tWEBSOCKET , h2c")]
    [Trait("MUST", "4.2.1-6")]
    public void Server_receives_websocket_among_others__reports_the_request(string value) =>
        Assert.Equal("/chat", ReadRequest(Heads.Request("Upgrade", value)).Target);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("keep-alive")]
    [InlineData("Keep-Alive, No-Upgrade")]
    [InlineData("upgrades")]
    [InlineData("Upgrade;q=1")]
    [InlineData("\u00E9upgrade")]
    [InlineData("\u00A0upgrade")]
    [Trait("MUST", "4.2.1-7")]
    [Trait("MUST", "8.1-2")]
    [Trait("Register", "B8")]
    [Trait("Register", "C10")]
    [Trait("wsproto", "test_server.py::test_connection_request_bad_connection_header")]
    public void Server_receives_no_Connection_Upgrade__refuses_with_400(string? value) =>
        ServerRefuses(Heads.Request("Connection", value), ProtocolError.MissingConnectionUpgrade);

    [Theory]
    [InlineData("keep-alive, upgrade")]
    [InlineData("UPGRADE,keep-alive")]
    [InlineData("\u00E9,Upgrade")]
    [Trait("MUST", "4.2.1-7")]
    public void Server_receives_Upgrade_among_others__reports_the_request(string value) =>
        Assert.Equal("/chat", ReadRequest(Heads.Request("Connection", value)).Target);

    [Theory]
    [InlineData("Upgrade", "keep-alive")]
    [InlineData("keep-alive", "Upgrade")]
    [Trait("MUST", "4.2.1-7")]
    [Trait("Register", "B10")]
    [Trait("Register", "C11")]
    public void Server_receives_Connection_on_two_lines__joins_them(string first, string second) =>
        Assert.Equal("/chat", ReadRequest(Heads.Request("Connection", first, $"Connection: {second}")).Target);

    [Theory]
    [InlineData("0")]
    [InlineData("7")]
    [InlineData("8")]
    [InlineData("12")]
    [InlineData("14")]
    [InlineData("25")]
    [InlineData("013")]
    [InlineData("+13")]
    [InlineData("13, 8")]
    [InlineData("13, 13")]
    [InlineData("not-a-digit")]
    [InlineData("\u00B9\u00B3")]
    [Trait("MUST", "4.2.1-9")]
    [Trait("MUST", "4.2.2-5")]
    [Trait("MUST", "4.4-1")]
    [Trait("Register", "S05")]
    [Trait("wsproto", "test_server.py::test_connection_request_bad_version_header")]
    public void Server_receives_another_version_than_13__refuses_with_426_and_names_13(string value) =>
        ServerRefuses(
            Heads.Request("Sec-WebSocket-Version", value), ProtocolError.UnsupportedVersion, 426,
            [("Upgrade", "websocket"), ("Connection", "Upgrade, close"), ("Sec-WebSocket-Version", "13")]);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [Trait("MUST", "4.2.1-9")]
    [Trait("MUST", "4.2.2-5")]
    public void Server_receives_no_version__refuses_with_400_and_names_13(string? value) =>
        ServerRefuses(Heads.Request("Sec-WebSocket-Version", value), ProtocolError.MissingVersion, 400, [("Sec-WebSocket-Version", "13")]);

    [Theory]
    [InlineData("Sec-WebSocket-Version: 13")]
    [InlineData("sec-websocket-version: 8")]
    [Trait("MUST", "11.3.5-1")]
    [Trait("Register", "B10")]
    public void Server_receives_two_versions__refuses_with_400(string line) =>
        ServerRefuses(Heads.Request(more: line), ProtocolError.MissingVersion, 400, [("Sec-WebSocket-Version", "13")]);

    [Fact]
    [Trait("Register", "S05")]
    public void Server_receives_request_of_draft_76__refuses_and_reads_nothing_of_its_body() =>
        ServerRefuses(
            [
                .. Wire.Head(
                    "GET /demo HTTP/1.1", "Host: example.com", "Connection: Upgrade", "Sec-WebSocket-Key2: 12998 5 Y3 1  .P00",
                    "Upgrade: WebSocket", "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5", "Origin: http://example.com"),
                .. "^n:ds[4U"u8,
            ],
            ProtocolError.MissingVersion, 400, [("Sec-WebSocket-Version", "13")]);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("AQIDBAUGBwgJCgsMDQ4P")]
    [InlineData("AQIDBAUGBwgJCgsMDQ4PEBE=")]
    [InlineData("AQIDBAUGBwgJCgsMDQ4PEA")]
    [InlineData("AQIDBAUGBwgJCgsMDQ4PEA=")]
    [InlineData("AQIDBAUGBwgJCgsMDQ4PEA===")]
    [InlineData("AQIDBAUGBwgJ CgsMDQ4PEA==")]
    [InlineData("AQIDBAUGBwgJ CgsMDQ4PE==")]
    [InlineData("AQIDBAUGBwgJCgsMDQ4P-_==")]
    [InlineData("AQIDBAUGBwgJCgsMDQ4P\u00E9A==")]
    [InlineData("AQIDBAUGBwgJCgsMDQ4==A==")]
    [InlineData("AQIDBAUGBwgJCgsMDQ4PEBES")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==")]
    [Trait("MUST", "4.2.1-8")]
    [Trait("MUST", "8.1-2")]
    [Trait("Register", "C13")]
    [Trait("Register", "S43")]
    [Trait("wsproto", "test_server.py::test_connection_request_key_header")]
    public void Server_receives_key_that_is_not_base64_of_16_bytes__refuses_with_400(string? value) =>
        ServerRefuses(Heads.Request("Sec-WebSocket-Key", value), ProtocolError.InvalidKey);

    [Theory]
    [InlineData("AQIDBAUGBwgJCgsMDQ4PEC==")]
    [InlineData("AQIDBAUGBwgJCgsMDQ4PEA==")]
    [InlineData("++++////+++++/////+++w==")]
    [Trait("MUST", "4.2.1-8")]
    public void Server_receives_key_of_16_bytes__reports_the_request(string value) =>
        Assert.Equal(value, ReadRequest(Heads.Request("Sec-WebSocket-Key", value)).ExtraHeaders["sec-websocket-key"]);

    [Theory]
    [InlineData("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")]
    [InlineData("sec-websocket-key: AQIDBAUGBwgJCgsMDQ4PEA==")]
    [Trait("MUST", "11.3.1-1")]
    [Trait("Register", "B10")]
    [Trait("Register", "C13")]
    public void Server_receives_two_keys__refuses_with_400(string line) =>
        ServerRefuses(Heads.Request(more: line), ProtocolError.InvalidKey);

    [Theory]
    [InlineData("Content-Length: 1")]
    [InlineData("Content-Length: 00")]
    [InlineData("Content-Length: 0, 0")]
    [InlineData("Content-Length: +0")]
    [InlineData("Content-Length:")]
    [InlineData("Content-Length: x")]
    [InlineData("Transfer-Encoding: chunked")]
    [InlineData("transfer-encoding:")]
    [Trait("Register", "S29")]
    public void Server_receives_request_with_body__refuses_with_400(string line) =>
        ServerRefuses(Heads.Request(more: line), ProtocolError.RequestBody);

    [Fact]
    public void Server_receives_Content_Length_0__reports_the_request() =>
        Assert.Equal("0", ReadRequest(Heads.Request(more: "Content-Length: 0")).ExtraHeaders["Content-Length"]);

    [Theory]
    [InlineData("null")]
    [InlineData("http://example.com")]
    [InlineData("HTTPS://Other.Example:8443")]
    [InlineData("not an origin \u00E9")]
    [Trait("MUST", "4.2.1-10")]
    [Trait("Register", "S46")]
    public void Server_receives_origin__reports_it_unchanged(string origin)
    {
        Request request = ReadRequest(Heads.Request(more: $"Origin: {origin}"));
        Assert.Equal(origin, request.Origin);
        Assert.Equal([.. OwnHeaders, ("Origin", origin)], request.ExtraHeaders);
    }

    [Fact]
    [Trait("MUST", "4.2.1-10")]
    [Trait("Register", "S46")]
    public void Server_receives_no_origin_or_two__shows_that_there_is_not_one()
    {
        Assert.Null(ReadRequest(Heads.Request()).Origin);
        Assert.Equal("http://a, http://b", ReadRequest(Heads.Request(more: ["Origin: http://a", "origin: http://b"])).Origin);
    }

    [Fact]
    [Trait("MUST", "4.2.1-11")]
    [Trait("MUST", "4.2.1-12")]
    [Trait("wsproto", "test_handshake.py::test_h11_multiple_headers_handshake")]
    public void Server_receives_lists_on_several_lines__joins_them_in_order()
    {
        Request request = ReadRequest(Wire.Head(
            "GET wss://api.website.xyz/ws HTTP/1.1", "Host: api.website.xyz", "Connection: Upgrade", "Pragma: no-cache",
            "Cache-Control: no-cache", "Upgrade: websocket",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Extensions: this-extension; isnt-seen, even-tho; it=should-be",
            "Sec-WebSocket-Protocol: there-protocols",
            "sec-websocket-protocol: arent-seen ,\tneither", $"Sec-WebSocket-Key: {Heads.Key}",
            "Sec-WebSocket-Extensions: this-extension; were-gonna-see, and-another-extension; were-also; gonna-see=100; percent"));
        Assert.Equal("wss://api.website.xyz/ws", request.Target);
        Assert.Equal(["there-protocols", "arent-seen", "neither"], request.Subprotocols);
        Assert.Equal(
            [
                new ExtensionElement("this-extension", new ExtensionParameter("isnt-seen")),
                new ExtensionElement("even-tho", new ExtensionParameter("it", "should-be")),
                new ExtensionElement("this-extension", new ExtensionParameter("were-gonna-see")),
                new ExtensionElement("and-another-extension", new("were-also"), new("gonna-see", "100"), new("percent")),
            ],
            request.ExtensionOffers);
        Assert.Equal(
            [
                "Connection", "Pragma", "Cache-Control", "Upgrade", "Sec-WebSocket-Version", "Sec-WebSocket-Extensions",
                "Sec-WebSocket-Key", "Sec-WebSocket-Extensions",
            ],
            request.ExtraHeaders.Select(field => field.Name));
        Assert.Empty(request.Extensions);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("\"a\"")]
    [InlineData("a/b")]
    [InlineData("a; b")]
    [InlineData("a, b, a")]
    [InlineData("a,a")]
    [InlineData("ch\u00E4t")]
    [InlineData("chat,\u00A0other")]
    [Trait("MUST", "4.2.1-11")]
    [Trait("MUST", "8.1-2")]
    [Trait("Register", "B8")]
    [Trait("Register", "C10")]
    public void Server_receives_subprotocols_that_are_no_list_of_different_tokens__refuses_with_400(string value) =>
        ServerRefuses(Heads.Request(more: $"Sec-WebSocket-Protocol: {value}"), ProtocolError.InvalidSubprotocols);

    [Fact]
    [Trait("MUST", "4.2.1-11")]
    public void Server_receives_a_subprotocol_again_on_another_line__refuses_with_400() =>
        ServerRefuses(
            Heads.Request(more: ["Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: b, a"]),
            ProtocolError.InvalidSubprotocols);

    [Fact]
    public void Server_receives_subprotocols_with_empty_elements__passes_over_them() =>
        Assert.Equal(["a", "A", "b"], ReadRequest(Heads.Request(more: "Sec-WebSocket-Protocol: ,a, ,A,\t,b,")).Subprotocols);

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [Trait("MUST", "4.2.1-1")]
    [Trait("MUST", "4.2.1-11")]
    public void Server_receives_subprotocols_without_any_element__refuses_with_400(string value) =>
        ServerRefuses(Heads.Request(more: $"Sec-WebSocket-Protocol: {value}"), ProtocolError.InvalidSubprotocols);

    [Fact]
    [Trait("Register", "S26")]
    public void Server_receives_32_KiB_of_spaces_inside_a_subprotocol__refuses_with_400()
    {
        string hostile = "b" + new string(' ', 32 * 1024) + "x";
        HandshakeFailed failed = Assert.IsType<HandshakeFailed>(ReadLong(Heads.Request(more: $"Sec-WebSocket-Protocol: {hostile}")));
        Assert.Equal(ProtocolError.InvalidSubprotocols, failed.Error);
    }

    [Theory]
    [InlineData("xn--7ks3rz39bh7u", "芝士汉堡")]
    [InlineData("www.xn--bcher-kva.example:8080", "www.bücher.example:8080")]
    [InlineData("example.com:80", "example.com:80")]
    [InlineData("[::1]", "[::1]")]
    [InlineData("[::1]:80", "[::1]:80")]
    [InlineData("xn--\u002D.example", "xn--\u002D.example")]
    [InlineData("xn--999999999.example:80", "xn--999999999.example:80")]
    [InlineData("a..b", "a..b")]
    [Trait("Register", "B7")]
    [Trait("wsproto", "test_handshake.py::test_host_encoding")]
    public void Server_receives_ASCII_form_of_a_host__shows_it_in_Unicode_where_it_has_one(string host, string shown)
    {
        Request request = ReadRequest(Heads.Request("Host", host));
        Assert.Equal(host, request.Host);
        Assert.Equal(shown, request.UnicodeHost);
    }

    [Fact]
    [Trait("wsproto", "test_handshake.py::test_host_encoding")]
    [Trait("Register", "B7")]
    public void Server_is_sent_an_international_host__receives_its_ASCII_form()
    {
        using Link link = Link.Connected(new Request("芝士汉堡:8080", "/"));
        Request request = Assert.IsType<Request>(Assert.Single(Server().Read(NewClient().Send(new Request("芝士汉堡:8080", "/")))));
        Assert.Equal("xn--7ks3rz39bh7u:8080", request.Host);
        Assert.Equal("芝士汉堡:8080", request.UnicodeHost);
        Assert.Equal(ConnectionState.Open, link.Client.State);
    }

    [Theory]
    [InlineData("POST", ProtocolError.MethodNotGet)]
    [InlineData("GET", ProtocolError.InvalidTarget)]
    public void Of_several_faults_the_first_is_reported(string method, ProtocolError error) =>
        ServerRefuses(Wire.Head($"{method} * HTTP/1.1", "Upgrade: h2c"), error);

    [Theory]
    [InlineData("Host")]
    [InlineData("Upgrade")]
    [InlineData("Connection")]
    [InlineData("Sec-WebSocket-Key")]
    [InlineData("Sec-WebSocket-Version")]
    public void What_the_peer_sent_is_not_in_the_message_of_a_failure(string name)
    {
        HandshakeFailed failed = Assert.IsType<HandshakeFailed>(Assert.Single(Server().Read(Heads.Request(name, "s3cr3t /"))));
        Assert.NotEmpty(failed.Message);
        Assert.DoesNotContain("s3cr3t", failed.ToString(), StringComparison.Ordinal);
    }

    private static byte[] WithLine(string line) => Wire.Head([line, .. Heads.RequestLines[1..]]);
}
