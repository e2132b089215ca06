using WsProto.Framing;
using static WsProto.Tests.Handshake.Handshakes;

namespace WsProto.Tests.Handshake;

/// <summary>The 101 that a server sends.</summary>
[Trait("RFC", "6455 §4.2.2")]
public class ServerAnswerTests
{
    [Fact]
    [Trait("MUST", "4.2.2-11")]
    [Trait("MUST", "4.2.2-12")]
    [Trait("MUST", "4.2.2-13")]
    [Trait("MUST", "4.2.2-14")]
    [Trait("MUST", "4.2.2-15")]
    [Trait("wsproto", "test_server.py::test_handshake")]
    public void Server_accepts__writes_the_three_headers()
    {
        using WsConnection server = Asked();
        Assert.Equal(
            [
                .. "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"u8,
                .. "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"u8,
            ],
            server.Send(new AcceptConnection()));
        Assert.Equal(ConnectionState.Open, server.State);
        Assert.Null(server.Subprotocol);
        Assert.Empty(server.Extensions);
    }

    [Fact]
    [Trait("MUST", "4.2.2-1")]
    [Trait("MUST", "4.2.2-16")]
    public void Server_accepts_the_request_of_the_RFC__writes_every_field_of_its_sample_answer()
    {
        using WsConnection server = Server();
        server.Read(Wire.Head(
            "GET /chat HTTP/1.1", "Host: server.example.com", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Origin: http://example.com", "Sec-WebSocket-Protocol: chat, superchat", "Sec-WebSocket-Version: 13"));
        Assert.Equal(
            [
                "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
                "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "Sec-WebSocket-Protocol: chat",
            ],
            Lines(server.Send(new AcceptConnection { Subprotocol = "chat" })));
        Assert.Equal("chat", server.Subprotocol);
    }

    [Theory]
    [InlineData("AQIDBAUGBwgJCgsMDQ4PEC==", "OfS0wDaT5NoxF2gqm7Zj2YtetzM=")]
    [InlineData(" \t dGhlIHNhbXBsZSBub25jZQ==\t", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")]
    [Trait("MUST", "4.2.2-15")]
    public void Server_accepts_a_key__answers_it_as_it_was_spelled(string key, string accept)
    {
        using WsConnection server = Server();
        server.Read(Heads.Request("Sec-WebSocket-Key", key));
        Assert.Equal($"Sec-WebSocket-Accept: {accept}", Lines(server.Send(new AcceptConnection()))[3]);
    }

    [Fact]
    [Trait("MUST", "4.2.2-11")]
    [Trait("wsproto", "test_server.py::test_handshake_extra_headers")]
    public void Server_accepts_with_more_headers__writes_them_last_and_in_order()
    {
        using WsConnection server = Asked();
        Assert.Equal(
            ["Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "X-Foo: bar", "Set-Cookie: a=é", "Set-Cookie: b"],
            Lines(
                server.Send(new AcceptConnection { ExtraHeaders = [("X-Foo", "bar"), ("Set-Cookie", "a=é"), ("Set-Cookie", "b")] }))[3..]);
    }

    [Theory]
    [InlineData("one")]
    [InlineData("two")]
    [Trait("MUST", "4.2.2-7")]
    [Trait("MUST", "4.2.2-16")]
    [Trait("MUST", "11.3.4-1")]
    [Trait("wsproto", "test_server.py::test_handshake_with_subprotocol")]
    public void Server_chooses_a_subprotocol_of_the_request__writes_it_once(string subprotocol)
    {
        using WsConnection server = Asked("Sec-WebSocket-Protocol: one, two");
        string[] lines = Lines(server.Send(new AcceptConnection { Subprotocol = subprotocol }));
        Assert.Equal([$"Sec-WebSocket-Protocol: {subprotocol}"], lines[4..]);
        Assert.Equal(subprotocol, server.Subprotocol);
    }

    [Theory]
    [InlineData("other")]
    [InlineData("Chat")]
    [InlineData("chat, superchat")]
    [InlineData("chat\r\nX: y")]
    [InlineData("")]
    [Trait("MUST", "4.2.2-7")]
    [Trait("Register", "S31")]
    public void Server_chooses_a_subprotocol_that_the_request_does_not_name__throws_and_writes_nothing(string subprotocol)
    {
        using WsConnection server = Asked("Sec-WebSocket-Protocol: chat, superchat");
        CannotSend<LocalProtocolException>(server, new AcceptConnection { Subprotocol = subprotocol });
        CannotSend<LocalProtocolException>(Asked(), new AcceptConnection { Subprotocol = subprotocol });
        server.Send(new AcceptConnection { Subprotocol = "superchat" });
        Assert.Equal("superchat", server.Subprotocol);
    }

    [Fact]
    [Trait("MUST", "4.2.2-8")]
    public void Server_chooses_no_subprotocol__writes_none()
    {
        using WsConnection server = Asked("Sec-WebSocket-Protocol: chat");
        Assert.Equal(4, Lines(server.Send(new AcceptConnection())).Length);
        Assert.Null(server.Subprotocol);
    }

    [Theory]
    [InlineData("Connection")]
    [InlineData("UPGRADE")]
    [InlineData("content-length")]
    [InlineData("Transfer-Encoding")]
    [InlineData("Sec-WebSocket-Accept")]
    [InlineData("sec-websocket-protocol")]
    [InlineData("Sec-WebSocket-Extensions")]
    [InlineData("Sec-WebSocket-Version")]
    [InlineData("Sec-WebSocket-Key")]
    [Trait("MUST", "4.2.2-8")]
    [Trait("MUST", "4.2.2-13")]
    [Trait("MUST", "4.2.2-14")]
    [Trait("MUST", "9-1")]
    [Trait("MUST", "11.3.3-1")]
    public void Server_adds_header_of_the_handshake_itself__throws_and_writes_nothing(string name)
    {
        using WsConnection server = Asked();
        CannotSend<ArgumentException>(server, new AcceptConnection { ExtraHeaders = [(name, "0")] });
        server.Send(new AcceptConnection());
        Assert.Equal(ConnectionState.Open, server.State);
    }

    [Theory]
    [MemberData(nameof(ClientRequestTests.UnsendableHeaders), MemberType = typeof(ClientRequestTests))]
    [Trait("MUST", "4.2.2-11")]
    [Trait("Register", "S31")]
    [Trait("Register", "B9")]
    public void Server_adds_header_that_no_head_can_hold__throws_and_writes_nothing(string? name, string? value)
    {
        CannotSend<ArgumentException>(Asked(), new AcceptConnection { ExtraHeaders = [("X", "y"), (name!, value!)] });
        CannotSend<ArgumentException>(Asked(), new RejectConnection { Headers = [("X", "y"), (name!, value!)] });
    }

    [Fact]
    [Trait("wsproto", "test_server.py::test_handshake_with_extension")]
    public void Server_takes_an_extension_without_parameters__writes_its_bare_name()
    {
        using WsConnection server = Asked("Sec-WebSocket-Extensions: fake");
        Assert.Equal(
            ["Sec-WebSocket-Extensions: fake"],
            Lines(server.Send(new AcceptConnection { Extensions = [new FakeExtension("fake")] }))[4..]);
        Assert.Equal([new ExtensionElement("fake")], server.Extensions.Select(codec => codec.Agreed));
    }

    [Fact]
    [Trait("wsproto", "test_server.py::test_handshake_with_extension_params")]
    public void Server_takes_an_extension_with_parameters__sees_the_whole_offer_and_writes_its_own()
    {
        var template = new FakeExtension("fake", new("p", "1"), new("q"));
        using WsConnection server = Asked("Sec-WebSocket-Extensions: FAKE; name=value; flag, other");
        Assert.Equal(["Sec-WebSocket-Extensions: fake; p=1; q"], Lines(server.Send(new AcceptConnection { Extensions = [template] }))[4..]);
        Assert.Equal([new ExtensionElement("FAKE", new("name", "value"), new("flag"))], template.Seen);
        Assert.Single(server.Extensions);
    }

    [Fact]
    [Trait("MUST", "4.2.2-9")]
    [Trait("MUST", "9-1")]
    [Trait("wsproto", "test_server.py::test_handshake_with_extra_unaccepted_extension")]
    public void Server_is_offered_what_it_has_not_and_has_what_it_is_not_offered__writes_what_both_have()
    {
        using WsConnection server = Asked("Sec-WebSocket-Extensions: pretend, fake; a=b");
        Assert.Equal(
            ["Sec-WebSocket-Extensions: fake"],
            Lines(server.Send(new AcceptConnection { Extensions = [new FakeExtension("unoffered"), new FakeExtension("fake")] }))[4..]);
        Assert.Equal([new ExtensionElement("fake")], server.Extensions.Select(codec => codec.Agreed));
    }

    [Fact]
    [Trait("MUST", "4.2.2-10")]
    [Trait("MUST", "5.2-7")]
    [Trait("MUST", "9-1")]
    public void Server_is_offered_nothing__writes_no_extension_and_uses_none()
    {
        var template = new FakeExtension("fake") { Bits = ReservedBits.Rsv1 };
        using WsConnection server = Asked();
        Assert.Equal(4, Lines(server.Send(new AcceptConnection { Extensions = [template] })).Length);
        Assert.Empty(server.Extensions);
        Assert.Equal([new TextMessage("x")], server.Read(FrameFor(ConnectionRole.Server)));
        server.Send(new TextMessage("x"));
        Assert.Empty(template.Seen);
    }

    [Fact]
    [Trait("MUST", "4.2.2-17")]
    [Trait("MUST", "11.3.2-1")]
    public void Server_takes_two_extensions__writes_one_line_in_the_order_of_the_offers_and_both_ends_agree()
    {
        var request = new Request("h", "/") { Extensions = [new FakeExtension("b"), new FakeExtension("a", new ExtensionParameter("x"))] };
        var accept =
            new AcceptConnection { Extensions = [new FakeExtension("a", new ExtensionParameter("y", "2")), new FakeExtension("b")] };
        using WsConnection client = NewClient();
        using WsConnection server = Server();
        server.Read(client.Send(request));
        byte[] answer = server.Send(accept);
        Assert.Equal(["Sec-WebSocket-Extensions: b, a; y=2"], Lines(answer)[4..]);
        client.Read(answer);
        Assert.Equal(
            [new ExtensionElement("b"), new ExtensionElement("a", new ExtensionParameter("y", "2"))],
            server.Extensions.Select(codec => codec.Agreed));
        Assert.Equal(server.Extensions.Select(codec => codec.Agreed), client.Extensions.Select(codec => codec.Agreed));
    }

    [Fact]
    public void Server_is_offered_an_extension_twice__takes_it_once()
    {
        using WsConnection server = Asked("Sec-WebSocket-Extensions: a; x=1, a; x=2");
        Assert.Equal(
            ["Sec-WebSocket-Extensions: a"],
            Lines(server.Send(new AcceptConnection { Extensions = [new FakeExtension("a")] }))[4..]);
        Assert.Single(server.Extensions);
    }

    [Fact]
    public void Server_declines_every_offer_of_an_extension__goes_on_without_it()
    {
        var template = new FakeExtension("a") { Declines = true };
        using WsConnection server = Asked("Sec-WebSocket-Extensions: a; x=1, a; x=2");
        Assert.Equal(4, Lines(server.Send(new AcceptConnection { Extensions = [template] })).Length);
        Assert.Equal(
            [new ExtensionElement("a", new ExtensionParameter("x", "1")), new ExtensionElement("a", new ExtensionParameter("x", "2"))],
            template.Seen);
        Assert.Equal(ConnectionState.Open, server.State);
    }

    [Fact]
    public void Server_has_two_extensions_that_use_one_reserved_bit__takes_the_first_that_is_offered()
    {
        using WsConnection server = Asked("Sec-WebSocket-Extensions: b, a, c");
        var accept = new AcceptConnection
        {
            Extensions =
            [
                new FakeExtension("a") { Bits = ReservedBits.Rsv1 },
                new FakeExtension("b") { Bits = ReservedBits.Rsv1 },
                new FakeExtension("c") { Bits = ReservedBits.Rsv2 },
            ],
        };
        Assert.Equal(["Sec-WebSocket-Extensions: b, c"], Lines(server.Send(accept))[4..]);
    }

    [Fact]
    [Trait("Register", "S42")]
    public void Ten_thousand_parallel_handshakes_are_all_answered_right() =>
        Parallel.For(0, 10_000, i =>
        {
            byte[] nonce = new byte[16];
            BitConverter.TryWriteBytes(nonce, i);
            using var client = new WsConnection(ConnectionRole.Client, WsConnectionOptions.Default with { Random = Rand.Fixed(nonce) });
            using WsConnection server = Server();
            server.Read(client.Send(new Request("h", "/")));
            Assert.Equal([new AcceptConnection()], client.Read(server.Send(new AcceptConnection())));
        });
}
