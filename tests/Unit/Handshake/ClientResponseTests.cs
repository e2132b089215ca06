using WsProto.Extensions;
using WsProto.Framing;
using static WsProto.Tests.Handshake.Handshakes;

namespace WsProto.Tests.Handshake;

/// <summary>What a client makes of the answer: the numbered list at the end of §4.1.</summary>
[Trait("RFC", "6455 §4.1")]
public class ClientResponseTests
{
    private static readonly Request _withSubprotocols = new("example.com", "/chat") { Subprotocols = ["chat", "v2.chat"] };

    [Fact]
    [Trait("MUST", "4.1-2")]
    [Trait("MUST", "4.1-32")]
    [Trait("wsproto", "test_client.py::test_handshake")]
    public void Client_receives_valid_101__opens() =>
        Cuts.Expect(() => Client(), Heads.Response(), ConnectionState.Open, new AcceptConnection());

    [Theory]
    [InlineData(
        "HTTP/1.1 101 Switching Protocols", "UPGRADE: WebSocket", "CONNECTION: upgrade",
        "SEC-WEBSOCKET-ACCEPT: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")]
    [InlineData(
        "HTTP/1.1 101 x", "upgrade:websocket", "connection:keep-alive, UPGRADE",
        "sec-websocket-accept: \t s3pPLMBiTxaQ9kYGzzhZRbK+xOo= \t ")]
    [InlineData(
        "HTTP/1.1 101 x", "connection: keep-alive", "Connection:,Upgrade ,", "sec-websocket-accept:s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "uPgRaDe: WEBSOCKET")]
    [Trait("MUST", "4.1-32")]
    [Trait("MUST", "4.1-34")]
    [Trait("MUST", "4.1-35")]
    [Trait("MUST", "4.1-36")]
    [Trait("Register", "B10")]
    [Trait("Register", "C11")]
    public void Client_receives_101_in_any_letter_case_and_spacing__opens(params string[] lines) =>
        Assert.Equal(new AcceptConnection(), ReadAccept(Wire.Head(lines)));

    [Fact]
    [Trait("wsproto", "test_client.py::test_handshake_extra_accept_headers")]
    public void Client_receives_101_with_more_headers__reports_them_in_order_and_spelling()
    {
        AcceptConnection accept = ReadAccept(Heads.Response(more: ["X-Foo: bar", "Set-Cookie: a=1", "set-cookie: b=2"]));
        Assert.Equal(new AcceptConnection { ExtraHeaders = [("X-Foo", "bar"), ("Set-Cookie", "a=1"), ("set-cookie", "b=2")] }, accept);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Keep-Alive")]
    [InlineData("no-upgrade")]
    [InlineData("Upgraded, keep-alive")]
    [InlineData("Upgrade websocket")]
    [InlineData("\"Upgrade\"")]
    [InlineData("Upgrad\u00E9")]
    [Trait("MUST", "4.1-35")]
    [Trait("MUST", "8.1-2")]
    [Trait("wsproto", "test_client.py::test_handshake_response_broken_connection_header")]
    public void Client_receives_101_without_Connection_Upgrade__fails(string? value) =>
        ClientFails(Heads.Response("Connection", value), ProtocolError.MissingConnectionUpgrade);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("h2")]
    [InlineData("h2c")]
    [InlineData("websocketx")]
    [InlineData("web socket")]
    [InlineData("websocket/13")]
    [InlineData("w\u00E9bsocket")]
    [Trait("MUST", "4.1-34")]
    [Trait("MUST", "8.1-2")]
    [Trait("wsproto", "test_client.py::test_handshake_response_broken_upgrade_header")]
    public void Client_receives_101_without_Upgrade_websocket__fails(string? value) =>
        ClientFails(Heads.Response("Upgrade", value), ProtocolError.MissingUpgradeWebSocket);

    [Theory]
    [InlineData("h2c, websocket")]
    [InlineData("websocket, foo/2")]
    [Trait("MUST", "4.1-34")]
    public void Client_receives_101_that_switches_to_more_than_websocket__fails(string value) =>
        ClientFails(Heads.Response("Upgrade", value), ProtocolError.MissingUpgradeWebSocket);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("s3pplmbitxaq9kygzzhzrbk+xoo=")]
    [InlineData("S3PPLMBITXAQ9KYGZZHZRBK+XOO=")]
    [InlineData("s3pPLMBiTxaQ9kYGzzhZRbK+xOo")]
    [InlineData("HSmrc0sMlYUkAGmm5OPpG2HaGWk=")]
    [InlineData("\"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\"")]
    [InlineData("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=, s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")]
    [Trait("MUST", "4.1-36")]
    [Trait("wsproto", "test_client.py::test_handshake_response_missing_websocket_key_header")]
    public void Client_receives_101_that_does_not_answer_its_key__fails(string? value) =>
        ClientFails(Heads.Response("Sec-WebSocket-Accept", value), ProtocolError.InvalidAccept);

    [Fact]
    [Trait("MUST", "11.3.3-1")]
    [Trait("Register", "B10")]
    public void Client_receives_101_with_the_right_accept_twice__fails() =>
        ClientFails(Heads.Response(more: $"Sec-WebSocket-Accept: {Heads.Accept}"), ProtocolError.InvalidAccept);

    [Fact]
    [Trait("wsproto", "test_client.py::test_handshake_with_subprotocol")]
    public void Client_receives_101_with_subprotocol_it_asked_for__reports_it() =>
        Assert.Equal(
            new AcceptConnection { Subprotocol = "v2.chat" },
            ReadAccept(Heads.Response(more: "Sec-WebSocket-Protocol: v2.chat"), _withSubprotocols));

    [Fact]
    public void Client_receives_101_without_subprotocol__opens_without_one() =>
        Assert.Equal(new AcceptConnection(), ReadAccept(Heads.Response(), _withSubprotocols));

    [Theory]
    [InlineData("superchat")]
    [InlineData("Chat")]
    [InlineData("")]
    [InlineData("chat, v2.chat")]
    [InlineData("chat,")]
    [InlineData("ch\u00E4t")]
    [Trait("MUST", "4.1-38")]
    [Trait("MUST", "4.1-39")]
    [Trait("MUST", "8.1-2")]
    [Trait("Register", "B8")]
    [Trait("Register", "C10")]
    [Trait("wsproto", "test_client.py::test_handshake_bad_subprotocol")]
    public void Client_receives_101_with_subprotocol_it_did_not_ask_for__fails(string value)
    {
        byte[] head = Heads.Response(more: $"Sec-WebSocket-Protocol: {value}");
        ClientFails(head, ProtocolError.UnrequestedSubprotocol, _withSubprotocols);
        ClientFails(head, ProtocolError.UnrequestedSubprotocol);
    }

    [Fact]
    public void Client_that_allows_it_receives_101_with_an_empty_subprotocol__opens_without_one()
    {
        var options = new WsConnectionOptions { AllowEmptySubprotocol = true };
        Assert.Null(ReadAccept(Heads.Response(more: "Sec-WebSocket-Protocol:"), _withSubprotocols, options).Subprotocol);
        Assert.Null(ReadAccept(Heads.Response(more: "Sec-WebSocket-Protocol: "), options: options).Subprotocol);
        ClientFails(Heads.Response(more: "Sec-WebSocket-Protocol: Chat"), ProtocolError.UnrequestedSubprotocol, _withSubprotocols, options);
        ClientFails(
            Heads.Response(more: ["Sec-WebSocket-Protocol:", "Sec-WebSocket-Protocol:"]),
            ProtocolError.UnrequestedSubprotocol,
            _withSubprotocols,
            options);
    }

    [Theory]
    [InlineData("chat", "v2.chat")]
    [InlineData("chat", "chat")]
    [Trait("MUST", "11.3.4-1")]
    [Trait("Register", "C15")]
    [Trait("Register", "B10")]
    public void Client_receives_101_with_two_subprotocol_lines__fails(string first, string second) =>
        ClientFails(
            Heads.Response(more: [$"Sec-WebSocket-Protocol: {first}", $"Sec-WebSocket-Protocol: {second}"]),
            ProtocolError.UnrequestedSubprotocol,
            _withSubprotocols);

    [Fact]
    [Trait("wsproto", "test_client.py::test_handshake_with_extension")]
    public void Client_receives_101_with_extension_it_offered__reports_an_object_of_this_connection()
    {
        var request = new Request("h", "/") { Extensions = [new FakeExtension("fake", new ExtensionParameter("offered"))] };
        AcceptConnection accept = ReadAccept(Heads.Response(more: "Sec-WebSocket-Extensions: FAKE; a=1; b"), request);
        Assert.Equal([new ExtensionElement("FAKE", new("a", "1"), new("b"))], accept.AgreedExtensions);
        Assert.Empty(accept.Extensions);
    }

    [Theory]
    [InlineData("bad")]
    [InlineData("fake, bad")]
    [InlineData("fake, fake")]
    [InlineData("fake, Fake; a=1")]
    [InlineData("permessage-deflate")]
    [Trait("MUST", "4.1-37")]
    [Trait("wsproto", "test_client.py::test_handshake_bad_extension")]
    public void Client_receives_101_with_extension_it_did_not_offer_or_twice__fails(string value) =>
        ClientFails(
            Heads.Response(more: $"Sec-WebSocket-Extensions: {value}"),
            ProtocolError.UnofferedExtension,
            Offering(new FakeExtension("fake")));

    [Fact]
    [Trait("MUST", "4.1-37")]
    public void Client_that_offered_nothing_receives_101_with_extension__fails() =>
        ClientFails(Heads.Response(more: "Sec-WebSocket-Extensions: foo"), ProtocolError.UnofferedExtension);

    [Fact]
    [Trait("Register", "B10")]
    public void Client_receives_101_with_extensions_on_two_lines__reads_both_in_order()
    {
        AcceptConnection accept = ReadAccept(
            Heads.Response(more: ["Sec-WebSocket-Extensions: b", "Sec-WebSocket-Extensions: a; x=1"]),
            Offering(new FakeExtension("a"), new FakeExtension("b")));
        Assert.Equal([new ExtensionElement("b"), new ExtensionElement("a", new ExtensionParameter("x", "1"))], accept.AgreedExtensions);
        ClientFails(
            Heads.Response(more: ["Sec-WebSocket-Extensions: a", "Sec-WebSocket-Extensions: c"]),
            ProtocolError.UnofferedExtension,
            Offering(new FakeExtension("a")));
    }

    [Fact]
    public void Client_receives_101_with_extension_whose_answer_it_cannot_accept__fails() =>
        ClientFails(
            Heads.Response(more: "Sec-WebSocket-Extensions: a"),
            ProtocolError.InvalidExtensionParameters,
            Offering(new FakeExtension("a") { Declines = true }));

    [Fact]
    public void Client_receives_101_with_two_extensions_that_use_one_reserved_bit__fails() =>
        ClientFails(
            Heads.Response(more: "Sec-WebSocket-Extensions: a, b"),
            ProtocolError.InvalidExtensionParameters,
            Offering(new FakeExtension("a") { Bits = ReservedBits.Rsv1 }, new FakeExtension("b") { Bits = ReservedBits.Rsv1 }));

    [Fact]
    [Trait("MUST", "5.2-7")]
    [Trait("MUST", "9.1-5")]
    public void Client_whose_extension_was_not_agreed_to__does_not_use_it()
    {
        var template = new FakeExtension("a") { Bits = ReservedBits.Rsv1 };
        using WsConnection client = Client(Offering(template));
        client.Read(Heads.Response());
        Assert.Empty(client.Extensions);
        Assert.Equal([new TextMessage("x")], client.Read(FrameFor(ConnectionRole.Client)));
        Assert.Equal(0x81, client.Send(new TextMessage("x"))[0]);
        CloseConnection close = Assert.IsType<CloseConnection>(
            Assert.Single(client.Read(Wire.FrameFor(ConnectionRole.Client, Opcode.Text, [], rsv: 4))));
        Assert.Equal((CloseCode.ProtocolError, ProtocolError.ReservedBitSet), (close.Code, close.Error));
    }

    [Theory]
    [InlineData("HTTP/1.0 101 Switching Protocols")]
    [InlineData("HTTP/0.9 101 Switching Protocols")]
    [InlineData("HTTP/2.0 101 Switching Protocols")]
    [InlineData("HTTP/9.9 101 Switching Protocols")]
    [Trait("MUST", "4.1-39")]
    [Trait("Register", "C12")]
    public void Client_receives_101_of_another_HTTP_version__fails(string line) =>
        ClientFails(Wire.Head([line, .. Heads.ResponseLines[1..]]), ProtocolError.UnsupportedHttpVersion);

    [Theory]
    [InlineData("Content-Length: 5")]
    [InlineData("Content-Length: 00")]
    [InlineData("Content-Length: 0, 0")]
    [InlineData("Content-Length:")]
    [InlineData("Transfer-Encoding: chunked")]
    [InlineData("transfer-encoding: identity")]
    [Trait("MUST", "4.1-39")]
    public void Client_receives_101_that_announces_a_body__fails(string line) =>
        ClientFails(Heads.Response(more: line), ProtocolError.SwitchingProtocolsBody);

    [Fact]
    public void Client_receives_101_of_Content_Length_0__accepts() =>
        Assert.Equal(new AcceptConnection(), ReadAccept(Heads.Response(more: "Content-Length: 0")));

    [Theory]
    [InlineData("HTTP/1.1 100 Continue")]
    [InlineData("HTTP/1.1 102 Processing")]
    [InlineData("HTTP/1.1 103 Early Hints")]
    [InlineData("HTTP/1.1 199 ")]
    [Trait("Register", "B15")]
    [Trait("Register", "C14")]
    [Trait("wsproto", "test_client.py::test_broken_handshake")]
    public void Client_receives_informational_response_before_the_101__passes_it_over(string line) =>
        Assert.Equal(
            new AcceptConnection(),
            ReadAccept([.. Wire.Head(line, "Link: </a>; rel=preload", "Content-Length: 3"), .. Heads.Response()]));

    [Fact]
    [Trait("wsproto", "test_client.py::test_broken_handshake")]
    [Trait("Register", "B15")]
    public void Client_receives_informational_response_alone__waits() =>
        Cuts.Expect(() => Client(), Wire.Head("HTTP/1.1 102 Processing", "Connection: Upgrade"), ConnectionState.Connecting);

    [Fact]
    public void Client_receives_informational_response_before_a_refusal__passes_it_over() =>
        Cuts.Expect(
            () => Client(), [.. Wire.Head("HTTP/1.1 103 Early Hints"), .. Wire.Head("HTTP/1.1 403 Forbidden", "Content-Length: 0")],
            ConnectionState.Closed,
            new RejectConnection { StatusCode = 403, Headers = [("Content-Length", "0")] });

    [Fact]
    public void Client_receives_17_informational_responses__fails_at_the_17th()
    {
        byte[] sixteen = Wire.Concat(Enumerable.Repeat(Wire.Head("HTTP/1.1 100 Continue"), 16));
        Assert.Equal(new AcceptConnection(), ReadAccept([.. sixteen, .. Heads.Response()]));
        ClientFails([.. sixteen, .. Wire.Head("HTTP/1.1 100 Continue"), .. Heads.Response()], ProtocolError.TooManyInformationalResponses);
    }

    [Fact]
    public void Each_informational_response_is_a_head_of_its_own_with_limits_of_its_own()
    {
        byte[] head = Heads.Response();
        var options = new WsConnectionOptions { MaxHandshakeSize = head.Length };
        byte[] hint = Wire.Head("HTTP/1.1 103 Early Hints", "X: " + new string('a', head.Length - 26 - 7));
        Assert.Equal(head.Length, hint.Length);
        Assert.Equal(new AcceptConnection(), ReadAccept([.. hint, .. hint, .. head], options: options));
        ClientFails(
            [.. Wire.Head("HTTP/1.1 103 Early Hints", "X: " + new string('a', head.Length)), .. head],
            ProtocolError.HeadTooLarge,
            options: options);
    }

    [Fact]
    [Trait("wsproto", "test_client.py::test_connection_send_state")]
    public void Client_has_sent_its_request__sends_no_other()
    {
        using WsConnection client = NewClient();
        Assert.Equal(ConnectionState.Connecting, client.State);
        client.Send(new Request("example.com", "/chat"));
        CannotSend<LocalProtocolException>(client, new Request("example.com", "/chat"));
        Assert.Equal([new AcceptConnection()], client.Read(Heads.Response()));
        Assert.Equal(ConnectionState.Open, client.State);
        CannotSend<LocalProtocolException>(client, new Request("example.com", "/chat"));

        // Garbage after that is a bad frame, and gives one event however much of it there is.
        WsEvent failed = Assert.Single(client.Read("some nonsense that is no frame"u8.ToArray()));
        Assert.Equal(CloseCode.ProtocolError, Assert.IsType<CloseConnection>(failed).Code);
        Assert.Empty(client.Read(FrameFor(ConnectionRole.Client)));
    }

    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols", ProtocolError.InvalidAccept)]
    [InlineData("HTTP/1.1 1O1 Switching Protocols", ProtocolError.MalformedHead)]
    [Trait("MUST", "7.2.1-1")]
    [Trait("MUST", "7.1.7-3")]
    public void Client_that_never_asked_receives_101__fails_and_cannot_send(string line, ProtocolError error)
    {
        byte[] head = Wire.Head([line, .. Heads.ResponseLines[1..]]);
        ConnectionOutcome outcome = Cuts.Run(() => NewClient(), [.. head, .. FrameFor(ConnectionRole.Client)]);
        Assert.Equal(error, Assert.IsType<HandshakeFailed>(Assert.Single(outcome.Events)).Error);
        Assert.Equal(ConnectionState.Closed, outcome.State);

        using WsConnection client = NewClient();
        client.Read(head);
        foreach (WsEvent e in new WsEvent[]
        {
            new Request("h", "/"), new TextMessage("x"), new Ping(), new CloseConnection(CloseCode.NormalClosure),
        })
            CannotSend<LocalProtocolException>(client, e);
    }

    private static Request Offering(params WsExtension[] extensions) => new("example.com", "/chat") { Extensions = extensions };
}
