using WsProto.Tests.Extensions.Samples;

namespace WsProto.Tests.Negotiation;

/// <summary>The client's side without bytes: over an HTTP/1.1 client that upgrades, and over an extended CONNECT of HTTP/2.</summary>
public class ClientNegotiationTests
{
    private static readonly HeaderList _accepted =
    [
        ("Upgrade", "WebSocket"), ("Connection", "keep-alive, Upgrade"), ("Sec-WebSocket-Accept", Heads.Accept),
    ];

    private static readonly Request _request = new("example.com", "/chat")
    {
        Subprotocols = ["a", "b"],
        Extensions = [new TagExtension()],
        ExtraHeaders = [("Origin", "https://example.com")],
    };

    [Fact]
    [Trait("RFC", "6455 §4.1")]
    public void Upgrade_is_asked_for_and_opens_with_101()
    {
        ClientNegotiation negotiation = ClientNegotiation.ForUpgrade(_request, Situations.KnownRandom);
        Assert.Equal(("GET", "/chat"), (negotiation.Method, negotiation.Target));
        Assert.Equal(
            [
                ("Host", "example.com"), ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", Heads.Key),
                ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Protocol", "a, b"), ("Sec-WebSocket-Extensions", "x-tag"), ("Origin", "https://example.com"),
            ],
            negotiation.Headers);

        Assert.Null(negotiation.Read(103, [("Link", "</a>")], out WsConnection? none));
        Assert.Null(none);
        HeaderList headers = [.. _accepted, ("Sec-WebSocket-Protocol", "b"), ("Sec-WebSocket-Extensions", "x-tag"), ("Server", "s")];
        WsEvent? e = negotiation.Read(101, headers, out WsConnection? client);
        Assert.Equal(
            new AcceptConnection { Subprotocol = "b", ExtraHeaders = [("Sec-WebSocket-Extensions", "x-tag"), ("Server", "s")] }, e);
        using (client)
        {
            Assert.Equal(
                (ConnectionRole.Client, ConnectionState.Open, "b", _request),
                (client!.Role, client.State, client.Subprotocol, client.Request! with { Subprotocols = _request.Subprotocols }));
            Assert.IsType<TagCodec>(Assert.Single(client.Extensions));
        }

        Assert.Equal(
            LocalProtocolError.HandshakeFinished,
            Assert.Throws<LocalProtocolException>(() => negotiation.Read(101, headers, out _)).Error);
    }

    [Theory]
    [InlineData("http", 200)]
    [InlineData("https", 204)]
    [Trait("RFC", "8441 §5")]
    public void Extended_connect_is_asked_for_and_opens_with_2xx(string scheme, int status)
    {
        ClientNegotiation negotiation = ClientNegotiation.ForExtendedConnect(_request, scheme);
        Assert.Equal(("CONNECT", "/chat"), (negotiation.Method, negotiation.Target));
        Assert.Equal(
            [
                (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", scheme), (":authority", "example.com"), (":path", "/chat"),
                ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Protocol", "a, b"), ("Sec-WebSocket-Extensions", "x-tag"), ("Origin", "https://example.com"),
            ],
            negotiation.Headers);
        Assert.Null(negotiation.Read(103, [], out _));
        Assert.Equal(
            new AcceptConnection { Subprotocol = "a" },
            negotiation.Read(status, [("sec-websocket-protocol", "a")], out WsConnection? client));
        Assert.Equal((ConnectionState.Open, "a"), (client!.State, client.Subprotocol));
        // "A client MUST mask all frames that it sends" whatever carries them (RFC 8441 §5, RFC 6455 §5.1).
        Assert.Equal(0x80, client.Send(new TextMessage("a"))[1] & 0x80);
        client.Dispose();
    }

    [Theory]
    [InlineData(false, 200)]
    [InlineData(false, 302)]
    [InlineData(false, 599)]
    [InlineData(false, 999)]
    [InlineData(false, 0)]
    [InlineData(true, 99)]
    [InlineData(true, 300)]
    [InlineData(true, 403)]
    public void Other_statuses_refuse(bool connect, int status)
    {
        ClientNegotiation negotiation = connect
            ? ClientNegotiation.ForExtendedConnect(_request, "https")
            : ClientNegotiation.ForUpgrade(_request);
        Assert.Equal(
            new RejectConnection { StatusCode = status, Headers = [("Retry-After", "5")] },
            negotiation.Read(status, [("Retry-After", "5")], out WsConnection? client));
        Assert.Null(client);
    }

    [Theory]
    [InlineData("Sec-WebSocket-Protocol", "c", ProtocolError.UnrequestedSubprotocol)]
    [InlineData("Sec-WebSocket-Protocol", "", ProtocolError.UnrequestedSubprotocol)]
    [InlineData("Sec-WebSocket-Extensions", "x-other", ProtocolError.UnofferedExtension)]
    [InlineData("Sec-WebSocket-Extensions", "x-tag; y", ProtocolError.InvalidExtensionParameters)]
    [InlineData("Sec-WebSocket-Extensions", "x-tag;", ProtocolError.MalformedExtensions)]
    [InlineData("Sec-WebSocket-Extensions", "x-tag; a; b; c; d; e; f; g; h", ProtocolError.TooManyHeaderElements)]
    [InlineData("a b", "", ProtocolError.MalformedHead)]
    [InlineData("a", "b\nc", ProtocolError.MalformedHead)]
    public void Answer_that_the_request_does_not_allow__fails_on_each_carrier(string name, string value, ProtocolError error)
    {
        WsConnectionOptions options = Situations.KnownRandom with { MaxHeaderElementCount = 8 };
        Fails(ClientNegotiation.ForUpgrade(_request, options), 101, _accepted.Add(name, value), error);
        Fails(ClientNegotiation.ForExtendedConnect(_request, "https", options), 200, [(name, value)], error);
    }

    [Theory]
    [InlineData("Upgrade", null, ProtocolError.MissingUpgradeWebSocket)]
    [InlineData("Upgrade", "h2c, websocket", ProtocolError.MissingUpgradeWebSocket)]
    [InlineData("Connection", null, ProtocolError.MissingConnectionUpgrade)]
    [InlineData("Sec-WebSocket-Accept", null, ProtocolError.InvalidAccept)]
    [InlineData("Sec-WebSocket-Accept", "x", ProtocolError.InvalidAccept)]
    [InlineData("Transfer-Encoding", "chunked", ProtocolError.SwitchingProtocolsBody)]
    public void Answer_to_an_upgrade_that_is_none__fails(string name, string? value, ProtocolError error) =>
        Fails(
            ClientNegotiation.ForUpgrade(_request, Situations.KnownRandom),
            101,
            value is null ? _accepted.Without(name) : _accepted.Set(name, value),
            error);

    [Theory]
    [InlineData("Upgrade", "websocket", ProtocolError.MissingUpgradeWebSocket)]
    [InlineData("Sec-WebSocket-Accept", Heads.Accept, ProtocolError.InvalidAccept)]
    [Trait("MUST", "4.1-36")]
    public void Header_that_may_stand_once_and_stands_twice__fails(string name, string value, ProtocolError error) =>
        Fails(ClientNegotiation.ForUpgrade(_request, Situations.KnownRandom), 101, _accepted.Add(name, value), error);

    [Theory]
    [InlineData(1000)]
    [InlineData(-1)]
    public void Status_that_is_none__fails(int status) =>
        Fails(ClientNegotiation.ForUpgrade(_request), status, [], ProtocolError.MalformedHead);

    [Fact]
    public void What_cannot_be_asked_for__throws()
    {
        Assert.Throws<ArgumentNullException>(() => ClientNegotiation.ForUpgrade(null!));
        Assert.Throws<ArgumentNullException>(() => ClientNegotiation.ForExtendedConnect(null!, "https"));
        Assert.Throws<ArgumentException>(() => ClientNegotiation.ForExtendedConnect(_request, "wss"));
        Assert.Throws<ArgumentException>(() => ClientNegotiation.ForUpgrade(_request with { Target = "chat" }));
        Assert.Throws<ArgumentException>(
            () => ClientNegotiation.ForExtendedConnect(_request with { ExtraHeaders = [("Host", "x")] }, "https"));
        Assert.Throws<ArgumentException>(
            () => ClientNegotiation.ForExtendedConnect(_request with { ExtraHeaders = [(":path", "/x")] }, "https"));
        Assert.Throws<ArgumentNullException>(() => ClientNegotiation.ForUpgrade(_request).Read(101, null!, out _));
    }

    private static void Fails(ClientNegotiation negotiation, int status, HeaderList headers, ProtocolError error)
    {
        HandshakeFailed failed = Assert.IsType<HandshakeFailed>(negotiation.Read(status, headers, out WsConnection? client));
        Assert.Equal((error, null, null), (failed.Error, failed.Response, client));
    }
}
