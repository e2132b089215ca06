using static WsProto.Tests.Handshake.Handshakes;

namespace WsProto.Tests.Handshake;

/// <summary>The request that a client sends.</summary>
[Trait("RFC", "6455 §4.1")]
public class ClientRequestTests
{
    [Fact]
    [Trait("MUST", "4.1-15")]
    [Trait("MUST", "4.1-16")]
    [Trait("MUST", "4.1-17")]
    [Trait("MUST", "4.1-18")]
    [Trait("MUST", "4.1-21")]
    [Trait("MUST", "4.1-22")]
    [Trait("MUST", "4.1-23")]
    [Trait("MUST", "4.1-27")]
    [Trait("MUST", "4.1-28")]
    [Trait("wsproto", "test_client.py::test_connection_request")]
    public void Client_sends_request__writes_the_five_headers()
    {
        using WsConnection client = NewClient();
        Assert.Equal(
            Wire.Head(
                "GET / HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"),
            client.Send(new Request("localhost", "/")));
        Assert.Equal(ConnectionState.Connecting, client.State);
    }

    [Fact]
    [Trait("MUST", "4.1-16")]
    [Trait("wsproto", "test_client.py::test_connection_request_additional_headers")]
    [Trait("wsproto", "test_client.py::test_connection_request_subprotocols")]
    [Trait("wsproto", "test_client.py::test_connection_request_parametrised_extension")]
    public void Client_sends_request_with_everything__writes_it_in_order()
    {
        var request = new Request("localhost", "/a?b")
        {
            Subprotocols = ["one", "two"],
            Extensions = [new FakeExtension("fake", new("p", "v"), new("q"))],
            ExtraHeaders = [("X-Foo", "Bar"), ("Origin", "http://example.com"), ("X-Foo", "é\tü"), ("X-Empty", "")],
        };
        using WsConnection client = NewClient();
        Assert.Equal(
            [
                "GET /a?b HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Protocol: one, two", "Sec-WebSocket-Extensions: fake; p=v; q",
                "X-Foo: Bar", "Origin: http://example.com", "X-Foo: é\tü", "X-Empty: ",
            ],
            Lines(client.Send(request)));
    }

    [Fact]
    [Trait("wsproto", "test_client.py::test_connection_request_simple_extension")]
    public void Client_offers_extension_without_parameters__writes_its_bare_name() =>
        Assert.Contains(
            "Sec-WebSocket-Extensions: fake",
            Lines(NewClient().Send(new Request("h", "/") { Extensions = [new FakeExtension("fake")] })));

    [Fact]
    [Trait("wsproto", "test_client.py::test_connection_request_simple_extension_no_offer")]
    public void Client_has_extension_that_offers_nothing__writes_no_header()
    {
        byte[] head = NewClient().Send(new Request("h", "/") { Extensions = [new FakeExtension("fake") { OffersNothing = true }] });
        Assert.DoesNotContain(Lines(head), line => line.StartsWith("Sec-WebSocket-Extensions", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Client_offers_two_extensions__writes_one_line() =>
        Assert.Contains(
            "Sec-WebSocket-Extensions: a; x=1, b",
            Lines(NewClient().Send(new Request("h", "/")
            {
                Extensions = [new FakeExtension("a", new ExtensionParameter("x", "1")), new FakeExtension("b")],
            })));

    [Fact]
    [Trait("MUST", "4.1-24")]
    [Trait("Register", "S43")]
    public void Key_is_the_base64_of_16_random_bytes()
    {
        using var client = new WsConnection(
            ConnectionRole.Client,
            WsConnectionOptions.Default with { Random = Rand.Fixed(Wire.Hex("01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10")) });
        Assert.Contains("Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==", Lines(client.Send(new Request("h", "/"))));
    }

    [Fact]
    [Trait("MUST", "4.1-24")]
    [Trait("MUST", "4.1-25")]
    [Trait("Register", "S43")]
    public void Keys_of_a_thousand_clients_are_16_bytes_each_and_all_differ()
    {
        var keys = new HashSet<string>();
        for (int i = 0; i < 1000; i++)
        {
            using var client = new WsConnection(ConnectionRole.Client);
            string line =
                Lines(client.Send(new Request("h", "/"))).Single(line => line.StartsWith("Sec-WebSocket-Key: ", StringComparison.Ordinal));
            Assert.Equal(16, Convert.FromBase64String(line["Sec-WebSocket-Key: ".Length..]).Length);
            Assert.True(keys.Add(line));
        }
    }

    [Theory]
    [InlineData("bücher.example:8080", "xn--bcher-kva.example:8080")]
    [InlineData("芝士汉堡", "xn--7ks3rz39bh7u")]
    [InlineData("EXAMPLE.com", "EXAMPLE.com")]
    [InlineData("[::1]:8080", "[::1]:8080")]
    [InlineData("a_b.example:", "a_b.example:")]
    [InlineData("a..b", "a..b")]
    [Trait("MUST", "4.1-20")]
    [Trait("Register", "B7")]
    public void Client_sends_host__writes_its_ASCII_form(string host, string written) =>
        Assert.Equal($"Host: {written}", Lines(NewClient().Send(new Request(host, "/")))[1]);

    [Theory]
    [InlineData("")]
    [InlineData(":80")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("a@b")]
    [InlineData("a\r\nX: y")]
    [InlineData("a\0")]
    [InlineData("a:b")]
    [InlineData("a:80:80")]
    [InlineData("a:123456")]
    [InlineData("::1")]
    [InlineData("[::1")]
    [InlineData("[]")]
    [InlineData("[::1]x")]
    [InlineData("[::1]:x")]
    [InlineData("[fe80::1%25eth0]")]
    [InlineData("a#b")]
    [InlineData("ü..example")]
    [InlineData("üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü.example")]
    [Trait("MUST", "4.1-4")]
    [Trait("Register", "S31")]
    [Trait("Register", "B7")]
    public void Client_sends_what_is_no_host__throws_and_writes_nothing(string host) =>
        CannotSend<ArgumentException>(NewClient(), new Request(host, "/"));

    [Theory]
    [InlineData("")]
    [InlineData("chat")]
    [InlineData("*")]
    [InlineData("http://example.com/")]
    [InlineData("/a b")]
    [InlineData("/a#b")]
    [InlineData("/a\tb")]
    [InlineData("/a HTTP/1.1\r\nX: y")]
    [InlineData("/\u00E9")]
    [InlineData("/\x7F")]
    [Trait("MUST", "3-2")]
    [Trait("MUST", "4.1-4")]
    [Trait("Register", "S31")]
    [Trait("Register", "B9")]
    public void Client_sends_what_is_no_target__throws_and_writes_nothing(string target) =>
        CannotSend<ArgumentException>(NewClient(), new Request("h", target));

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a,b")]
    [InlineData("a/b")]
    [InlineData("\"a\"")]
    [InlineData("é")]
    [InlineData("a\r\nX: y")]
    [InlineData("a\x7F")]
    [InlineData(null)]
    [Trait("MUST", "4.1-29")]
    [Trait("Register", "S31")]
    public void Client_asks_for_subprotocol_that_is_no_token__throws_and_writes_nothing(string? subprotocol) =>
        CannotSend<ArgumentException>(NewClient(), new Request("h", "/") { Subprotocols = ["chat", subprotocol!] });

    [Fact]
    [Trait("MUST", "4.1-29")]
    [Trait("MUST", "4.1-30")]
    public void Client_asks_for_different_tokens__writes_them()
    {
        CannotSend<ArgumentException>(NewClient(), new Request("h", "/") { Subprotocols = ["chat", "x", "chat"] });
        Assert.Contains(
            "Sec-WebSocket-Protocol: chat, Chat, chat.v2",
            Lines(NewClient().Send(new Request("h", "/") { Subprotocols = ["chat", "Chat", "chat.v2"] })));
    }

    [Fact]
    public void Client_has_two_extensions_of_one_name__throws_and_writes_nothing() =>
        CannotSend<ArgumentException>(NewClient(), new Request("h", "/") { Extensions = [new FakeExtension("a"), new FakeExtension("A")] });

    [Theory]
    [InlineData("Host")]
    [InlineData("Connection")]
    [InlineData("UPGRADE")]
    [InlineData("content-length")]
    [InlineData("Transfer-Encoding")]
    [InlineData("sec-websocket-key")]
    [InlineData("Sec-WebSocket-Version")]
    [InlineData("Sec-WebSocket-Protocol")]
    [InlineData("Sec-WebSocket-Extensions")]
    [InlineData("Sec-WebSocket-Accept")]
    [Trait("MUST", "4.1-21")]
    [Trait("MUST", "4.1-28")]
    [Trait("MUST", "11.3.1-1")]
    [Trait("MUST", "11.3.5-1")]
    public void Client_adds_header_of_the_handshake_itself__throws_and_writes_nothing(string name) =>
        CannotSend<ArgumentException>(NewClient(), new Request("h", "/") { ExtraHeaders = [("X", "y"), (name, "13")] });

    [Theory]
    [MemberData(nameof(UnsendableHeaders))]
    [Trait("MUST", "4.1-16")]
    [Trait("Register", "S31")]
    [Trait("Register", "B9")]
    public void Client_adds_header_that_no_head_can_hold__throws_and_writes_nothing(string? name, string? value) =>
        CannotSend<ArgumentException>(NewClient(), new Request("h", "/") { ExtraHeaders = [("X", "y"), (name!, value!)] });

    public static TheoryData<string?, string?> UnsendableHeaders
    {
        get
        {
            var data = new TheoryData<string?, string?>();
            foreach (string? name in new[] { null, "", " ", "a b", "a:", "a\r\nb", "é", "a\0", "a\t", "(a)" })
                data.Add(name, "value");
            foreach (char c in Enumerable.Range(0, 32).Where(c => c != '\t').Append(0x7F).Append(0x100).Append(0x4E2D).Append(0xD83D)
                .Select(c => (char)c))
                data.Add("Name", $"a{c}b");
            data.Add("Name", null);
            data.Add("Name", "a\r\nInjected: b");
            return data;
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a;b")]
    [InlineData("a,b")]
    [InlineData("a=b")]
    [InlineData("a\r\nb")]
    [InlineData("\"a\"")]
    [InlineData("é")]
    [Trait("Register", "S31")]
    public void Extension_names_parameters_and_values_are_tokens(string text)
    {
        Assert.Throws<ArgumentException>(() => new FakeExtension(text));
        Assert.Throws<ArgumentException>(() => new ExtensionElement(text));
        Assert.Throws<ArgumentException>(() => new ExtensionElement("a", new ExtensionParameter(text)));
        Assert.Throws<ArgumentException>(() => new ExtensionElement("a", new ExtensionParameter("b", text)));
        Assert.Throws<ArgumentNullException>(() => new ExtensionElement(null!));
    }

    [Fact]
    public void Client_whose_request_was_refused_by_its_own_checks_may_send_a_better_one()
    {
        using WsConnection client = NewClient();
        CannotSend<ArgumentException>(client, new Request("h", "/") { ExtraHeaders = [("X", "\n")] });
        Assert.True(client.CanSend(new Request("h", "/")));
        Assert.Equal("GET / HTTP/1.1", Lines(client.Send(new Request("h", "/")))[0]);
    }
}
