using static WsProto.Tests.Handshake.Handshakes;

namespace WsProto.Tests.Handshake;

/// <summary>HTTP heads are read strictly, because each leniency has let through what a proxy had read differently.</summary>
[Trait("RFC", "6455 §4.2.1, 9112 §2-§5")]
public class HeadGrammarTests
{
    public static TheoryData<ConnectionRole, string> MalformedLines
    {
        get
        {
            string[] lines =
            [
                "X: a\nY: b", "\nX: a", "X: a\rb", "X: a\r", "\rX: a", "X: a\r\n b", "X: a\r\n\tb", " X: a", "\tX: a",
                "Host : example.com", "X : a", "X\t: a", "X", ": a", "X Y: a", "X(Y): a", "X\"Y: a", "X@Y: a", "X/Y: a", "Xé: a",
                "X: a\0b", "X: \x01", "X: \x08", "X: \x0B", "X: \x0C", "X: \x1B", "X: \x1F", "X: \x7F", "X\0: a",
            ];
            var data = new TheoryData<ConnectionRole, string>();
            foreach (string line in lines)
            {
                data.Add(ConnectionRole.Client, line);
                data.Add(ConnectionRole.Server, line);
            }

            return data;
        }
    }

    [Theory]
    [InlineData("Origin")]
    [InlineData("User-Agent")]
    [InlineData("Sec-WebSocket-Accept")]
    [InlineData("origin")]
    [InlineData("USER-AGENT")]
    [InlineData("X-Host")]
    public void Server_receives_a_header_in_any_spelling__keeps_it(string name)
    {
        using WsConnection server = new(ConnectionRole.Server);
        Request request = Assert.IsType<Request>(Assert.Single(server.Read(Heads.Request(null, null, $"{name}: a b"))));
        Assert.Equal((name, "a b"), (request.ExtraHeaders[^1].Name, request.ExtraHeaders[^1].Value));
    }

    [Fact]
    public void Server_receives_the_lists_of_the_handshake_in_any_spelling__finds_them()
    {
        foreach (string name in (string[])["Sec-WebSocket-Protocol", "sec-websocket-protocol", "SEC-WEBSOCKET-PROTOCOL"])
        {
            using WsConnection server = new(ConnectionRole.Server);
            Assert.Equal(
                ["chat"],
                Assert.IsType<Request>(Assert.Single(server.Read(Heads.Request(null, null, $"{name}: chat")))).Subprotocols);
        }

        foreach (string name in (string[])["Sec-WebSocket-Extensions", "sec-websocket-extensions"])
        {
            using WsConnection server = new(ConnectionRole.Server);
            Assert.Equal("x", Assert.Single(
                Assert.IsType<Request>(Assert.Single(server.Read(Heads.Request(null, null, $"{name}: x")))).ExtensionOffers).Name);
        }
    }

    [Theory]
    [MemberData(nameof(MalformedLines))]
    [Trait("MUST", "4.2.1-1")]
    [Trait("MUST", "4.1-39")]
    [Trait("Register", "S30")]
    public void Either_end_receives_malformed_header_line__fails(ConnectionRole role, string line) =>
        Fails(role, HeadFor(role, line), ProtocolError.MalformedHead);

    [Theory]
    [InlineData("")]
    [InlineData("GET")]
    [InlineData("GET /chat")]
    [InlineData("GET /chat HTTP/1.1 ")]
    [InlineData(" GET /chat HTTP/1.1")]
    [InlineData("\nGET /chat HTTP/1.1")]
    [InlineData("\rGET /chat HTTP/1.1")]
    [InlineData("\r\rGET /chat HTTP/1.1")]
    [InlineData("\r\r\nGET /chat HTTP/1.1")]
    [InlineData("\n\r\nGET /chat HTTP/1.1")]
    [InlineData("\r\n\nGET /chat HTTP/1.1")]
    [InlineData("\r\n\rGET /chat HTTP/1.1")]
    [InlineData("\r\n GET /chat HTTP/1.1")]
    [InlineData("\r\n \r\nGET /chat HTTP/1.1")]
    [InlineData("\r\n\x16")]
    [InlineData("GET  /chat HTTP/1.1")]
    [InlineData("GET /chat  HTTP/1.1")]
    [InlineData("GET  HTTP/1.1")]
    [InlineData("GET\t/chat HTTP/1.1")]
    [InlineData("GET /chat\tHTTP/1.1")]
    [InlineData("GET /ch at HTTP/1.1")]
    [InlineData("GET /chat#top HTTP/1.1")]
    [InlineData("GET /ch\u00E9t HTTP/1.1")]
    [InlineData("GET /ch\x7F HTTP/1.1")]
    [InlineData("GET /ch\0 HTTP/1.1")]
    [InlineData("GET /chat\rHTTP/1.1")]
    [InlineData("GET /chat HTTP/1.1\r")]
    [InlineData("GET /chat HTTP/11")]
    [InlineData("GET /chat HTTP/1.")]
    [InlineData("GET /chat HTTP/1,1")]
    [InlineData("GET /chat HTTP/x.1")]
    [InlineData("GET /chat HTTP/1.x")]
    [InlineData("GET /chat HTTP/1.10")]
    [InlineData("GET /chat http/1.1")]
    [InlineData("GET /chat HTTPS/1.1")]
    [InlineData("G(T /chat HTTP/1.1")]
    [InlineData("G\u00C9T /chat HTTP/1.1")]
    [InlineData(" /chat HTTP/1.1")]
    [Trait("MUST", "4.2.1-1")]
    [Trait("MUST", "4.2.1-4")]
    [Trait("MUST", "8.1-2")]
    [Trait("Register", "S30")]
    public void Server_receives_malformed_request_line__refuses_with_400(string line) =>
        ServerRefuses(Wire.Head([line, .. Heads.RequestLines[1..]]), ProtocolError.MalformedHead);

    /// <summary>
    /// Some clients end the body of the request before with one line end too many; that one is not of this connection, but a proxy may
    /// reuse it.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(50)]
    [Trait("RFC", "9112 §2.2")]
    public void Server_receives_empty_lines_before_the_request__passes_over_them(int count) =>
        Assert.Equal(
            ReadRequest(Heads.Request()),
            ReadRequest([.. Wire.Concat(Enumerable.Repeat("\r\n"u8.ToArray(), count)), .. Heads.Request()]));

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("RFC", "9112 §2.2")]
    public void Either_end_receives_an_empty_line_and_then_a_byte_that_begins_no_head__fails_at_that_byte(ConnectionRole role)
    {
        using WsConnection connection = Waiting(role);
        IReadOnlyList<WsEvent>[] read = [connection.Read("\r"u8.ToArray()), connection.Read("\n"u8.ToArray()), connection.Read([0x16])];
        Assert.Equal(role == ConnectionRole.Client ? [1, 0, 0] : [0, 0, 1], read.Select(events => events.Count));
        Assert.Equal(ProtocolError.MalformedHead, Assert.IsType<HandshakeFailed>(Assert.Single(read.SelectMany(events => events))).Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1")]
    [InlineData("HTTP/1.1 ")]
    [InlineData("HTTP/1.1 10")]
    [InlineData("HTTP/1.1 1O1 Switching Protocols")]
    [InlineData("HTTP/1.1 1011 Switching Protocols")]
    [InlineData("HTTP/1.1  101 Switching Protocols")]
    [InlineData("HTTP/1.1\t101 Switching Protocols")]
    [InlineData("HTTP/1.1 101\tSwitching Protocols")]
    [InlineData("HTTP/1.1 101Switching Protocols")]
    [InlineData("HTTP/1.1 101 Switching\rProtocols")]
    [InlineData("HTTP/1.1 101 Switching\0Protocols")]
    [InlineData("HTTP/1.1 -10 Negative")]
    [InlineData("HTTP/1.1 +10 Positive")]
    [InlineData("HTTP/1.1 \u00B9\u00B2\u00B3 Superscript")]
    [InlineData("HTTP/11 101 Switching Protocols")]
    [InlineData("http/1.1 101 Switching Protocols")]
    [InlineData("ICY 200 OK or not")]
    [InlineData(" HTTP/1.1 101 Switching Protocols")]
    [InlineData("\r\nHTTP/1.1 101 Switching Protocols")]
    [Trait("MUST", "4.1-39")]
    [Trait("MUST", "8.1-2")]
    [Trait("Register", "S30")]
    public void Client_receives_malformed_status_line__fails(string line) =>
        ClientFails(Wire.Head([line, .. Heads.ResponseLines[1..]]), ProtocolError.MalformedHead);

    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols")]
    [InlineData("HTTP/1.1 101 ")]
    [InlineData("HTTP/1.1 101")]
    [InlineData("HTTP/1.1 101 Umschaltung l\u00E4uft\t!")]
    [InlineData("HTTP/1.2 101 Switching Protocols")]
    public void Client_receives_any_reason_phrase__accepts(string line) =>
        Assert.Equal(new AcceptConnection(), ReadAccept(Wire.Head([line, .. Heads.ResponseLines[1..]])));

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Either_end_receives_a_first_byte_that_begins_no_head__fails_at_once(ConnectionRole role)
    {
        for (int first = 0; first < 256; first++)
        {
            // A TLS hello begins with 0x16, a frame with 0x81 or its like.
            using WsConnection connection = Waiting(role);
            IReadOnlyList<WsEvent> events = connection.Read([(byte)first]);
            if (first is > ' ' and < 0x7F || (first == '\r' && role == ConnectionRole.Server))
                Assert.Empty(events);
            else
                Assert.Equal(ProtocolError.MalformedHead, Assert.IsType<HandshakeFailed>(Assert.Single(events)).Error);
        }
    }

    [Fact]
    [Trait("wsproto", "test_server.py::test_protocol_error")]
    public void Server_receives_what_is_not_HTTP__refuses_with_400() =>
        ServerRefuses("broken nonsense\r\n\r\n"u8.ToArray(), ProtocolError.MalformedHead);

    [Fact]
    [Trait("wsproto", "test_client.py::test_protocol_error")]
    public void Client_receives_what_is_not_HTTP__fails() =>
        ClientFails("broken nonsense\r\n\r\n"u8.ToArray(), ProtocolError.MalformedHead);

    [Fact]
    [Trait("MUST", "4.2.1-13")]
    public void Server_receives_values_with_spaces_tabs_and_bytes_above_7F__keeps_them_trimmed_and_as_Latin_1()
    {
        Request request = ReadRequest(Heads.Request(
            more: ["X-A:a", "x-b: \t b  c\td \t", "X-C:", "X-D:  ", "X-E: \u00E9\u00FF\u0080", "!#$%&'*+-.^_`|~9: ok:\"ok\""]));
        Assert.Equal(
            [
                .. OwnHeaders, ("X-A", "a"), ("x-b", "b  c\td"), ("X-C", ""), ("X-D", ""), ("X-E", "\u00E9\u00FF\u0080"),
                ("!#$%&'*+-.^_`|~9", "ok:\"ok\""),
            ],
            request.ExtraHeaders);
    }

    [Fact]
    public void Client_receives_values_with_bytes_above_7F__keeps_them_as_Latin_1() =>
        Assert.Equal([("X-E", "\u00E9\u00FF\u0080")], ReadAccept(Heads.Response(more: "X-E: \u00E9\u00FF\u0080")).ExtraHeaders);

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("MUST", "4.1-39")]
    [Trait("MUST", "7.2.1-2")]
    public void Either_end_receives_the_end_of_the_stream_inside_a_head__fails_with_nobody_to_answer(ConnectionRole role)
    {
        byte[] head = HeadFor(role);
        for (int length = 0; length < head.Length; length++)
        {
            // Every end is tried, so cutting what comes before it adds nothing.
            ConnectionOutcome outcome = Cuts.Feed(() => Waiting(role), [head[..length]], endOfStream: true);
            HandshakeFailed failed = Assert.IsType<HandshakeFailed>(Assert.Single(outcome.Events));
            Assert.Equal(ProtocolError.HandshakeIncomplete, failed.Error);
            Assert.Null(failed.Response);
            Assert.Equal(ConnectionState.Closed, outcome.State);
        }
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "B16")]
    public void No_bytes_are_not_the_end_of_the_stream(ConnectionRole role)
    {
        using WsConnection connection = Waiting(role);
        byte[] head = HeadFor(role);
        Assert.Empty(connection.Read([]));
        Assert.Empty(connection.Read(head[..20]));
        Assert.Empty(connection.Read([]));
        Assert.Single(connection.Read(head[20..]));
    }
}
