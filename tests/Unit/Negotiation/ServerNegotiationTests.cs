using WsProto.Tests.Extensions.Samples;

namespace WsProto.Tests.Negotiation;

/// <summary>The server's side without bytes: a request that a web framework has parsed, and an extended CONNECT of HTTP/2.</summary>
public class ServerNegotiationTests
{
    private static readonly HeaderList _upgrade =
    [
        ("Host", "example.com"), ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", Heads.Key),
        ("Sec-WebSocket-Version", "13"),
    ];

    private static readonly HeaderList _connect =
    [
        (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":authority", "example.com"), (":path", "/chat?x=1"),
        ("sec-websocket-version", "13"),
    ];

    [Fact]
    [Trait("RFC", "6455 §4.2")]
    public void Upgrade_is_answered_with_101_and_an_open_connection()
    {
        HeaderList headers =
        [
            .. _upgrade, ("Sec-WebSocket-Protocol", "a, b"), ("Sec-WebSocket-Extensions", "x-tag"), ("Origin", "https://example.com"),
        ];
        ServerNegotiation negotiation = ServerNegotiation.FromUpgrade("GET", "/chat", headers);
        Assert.Null(negotiation.Failure);
        Request request = negotiation.Request!;
        Assert.Equal(("example.com", "/chat", "https://example.com"), (request.Host, request.Target, request.Origin));
        Assert.Equal(["a", "b"], request.Subprotocols);
        Assert.Equal([new ExtensionElement("x-tag")], request.ExtensionOffers);

        var accept = new AcceptConnection { Subprotocol = "b", Extensions = [new TagExtension()], ExtraHeaders = [("X", "y")] };
        using WsConnection server = negotiation.Accept(accept, out ResponseHead head);
        Assert.Equal(
            new ResponseHead(101, [
                ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", Heads.Accept),
                ("Sec-WebSocket-Protocol", "b"), ("Sec-WebSocket-Extensions", "x-tag"), ("X", "y"),
            ]),
            head);
        Assert.Equal(
            (ConnectionRole.Server, ConnectionState.Open, "b", request),
            (server.Role, server.State, server.Subprotocol, server.Request));
        Assert.IsType<TagCodec>(Assert.Single(server.Extensions));
        Assert.Equal([new TextMessage("hi")], server.Read(Wire.FrameFor(ConnectionRole.Server, Opcode.Text, "hi#"u8.ToArray())));
        Assert.Equal(Wire.Hex("81 03 68 69 23"), server.Send(new TextMessage("hi")));
    }

    [Fact]
    [Trait("RFC", "8441 §5")]
    public void Extended_connect_is_answered_with_200_without_key_and_upgrade()
    {
        HeaderList fields = [.. _connect, ("sec-websocket-protocol", "chat"), ("origin", "https://example.com")];
        ServerNegotiation negotiation = ServerNegotiation.FromExtendedConnect(fields);
        Assert.Equal(
            new Request("example.com", "/chat?x=1")
            {
                Subprotocols = ["chat"],
                ExtraHeaders = [("sec-websocket-version", "13"), ("origin", "https://example.com")],
            },
            negotiation.Request);
        using WsConnection server = negotiation.Accept(new AcceptConnection { Subprotocol = "chat" }, out ResponseHead head);
        Assert.Equal(new ResponseHead(200, [("Sec-WebSocket-Protocol", "chat")]), head);
        Assert.Equal((ConnectionState.Open, "chat"), (server.State, server.Subprotocol));
    }

    [Theory]
    [InlineData(":method", null, ProtocolError.MethodNotConnect, 400)]
    [InlineData(":method", "GET", ProtocolError.MethodNotConnect, 400)]
    [InlineData(":protocol", null, ProtocolError.UnsupportedProtocol, 501)]
    [InlineData(":protocol", "connect-udp", ProtocolError.UnsupportedProtocol, 501)]
    [InlineData(":scheme", null, ProtocolError.InvalidScheme, 400)]
    [InlineData(":scheme", "ftp", ProtocolError.InvalidScheme, 400)]
    [InlineData(":authority", null, ProtocolError.InvalidHost, 400)]
    [InlineData(":authority", "a b", ProtocolError.InvalidHost, 400)]
    [InlineData(":path", null, ProtocolError.InvalidTarget, 400)]
    [InlineData(":path", "", ProtocolError.InvalidTarget, 400)]
    [InlineData(":path", "*", ProtocolError.InvalidTarget, 400)]
    [InlineData("sec-websocket-version", null, ProtocolError.MissingVersion, 400)]
    [InlineData("sec-websocket-version", "12", ProtocolError.UnsupportedVersion, 400)]
    [Trait("RFC", "8441 §4")]
    public void Extended_connect_without_what_it_needs__is_refused(string name, string? value, ProtocolError error, int status)
    {
        HeaderList fields = value is null ? _connect.Without(name) : _connect.Set(name, value);
        ServerNegotiation negotiation = ServerNegotiation.FromExtendedConnect(fields);
        AssertRefused(negotiation, error, status);
        Assert.Equal(
            error is ProtocolError.MissingVersion or ProtocolError.UnsupportedVersion ? "13" : null,
            negotiation.Failure!.Response!.Headers["Sec-WebSocket-Version"]);
        Assert.False(negotiation.Failure.Response.Headers.Contains("Upgrade"));
    }

    [Theory]
    [InlineData(":method", "CONNECT", ProtocolError.MethodNotConnect)]
    [InlineData(":protocol", "websocket", ProtocolError.UnsupportedProtocol)]
    [InlineData(":authority", "example.com", ProtocolError.InvalidHost)]
    [InlineData(":path", "/", ProtocolError.InvalidTarget)]
    [InlineData("host", "other.example", ProtocolError.InvalidHost)]
    [InlineData("connection", "Upgrade", ProtocolError.MalformedHead)]
    [InlineData("upgrade", "websocket", ProtocolError.MalformedHead)]
    [InlineData("transfer-encoding", "chunked", ProtocolError.MalformedHead)]
    [InlineData(":status", "200", ProtocolError.MalformedHead)]
    [InlineData("a b", "c", ProtocolError.MalformedHead)]
    [InlineData("a", "b\r\nc", ProtocolError.MalformedHead)]
    [InlineData("content-length", "5", ProtocolError.RequestBody)]
    [InlineData("sec-websocket-protocol", "a, a", ProtocolError.InvalidSubprotocols)]
    [InlineData("sec-websocket-extensions", "a;", ProtocolError.MalformedExtensions)]
    [Trait("RFC", "9113 §8.2.2, §8.3.1")]
    public void Extended_connect_with_what_it_must_not_have__is_refused(string name, string value, ProtocolError error) =>
        AssertRefused(
            ServerNegotiation.FromExtendedConnect(_connect.Add(name, value)),
            error,
            error == ProtocolError.UnsupportedProtocol ? 501 : 400);

    [Fact]
    public void Host_that_repeats_the_authority_is_taken() =>
        Assert.NotNull(ServerNegotiation.FromExtendedConnect(_connect.Add("host", "example.com")).Request);

    [Fact]
    public void Limit_of_list_elements_holds_for_each_carrier()
    {
        var options = new WsConnectionOptions { MaxHeaderElementCount = 2 };
        AssertRefused(
            ServerNegotiation.FromExtendedConnect(_connect.Add("sec-websocket-protocol", "a, b, c"), options),
            ProtocolError.TooManyHeaderElements,
            431);
        AssertRefused(
            ServerNegotiation.FromUpgrade("GET", "/", _upgrade.Add("Sec-WebSocket-Extensions", "a; b; c"), options),
            ProtocolError.TooManyHeaderElements,
            431);
    }

    [Fact]
    public void Unsupported_version_of_an_upgrade_is_answered_with_426_and_what_is_supported()
    {
        RejectConnection refusal = ServerNegotiation.FromUpgrade("GET", "/", _upgrade.Set("Sec-WebSocket-Version", "8")).Failure!.Response!;
        Assert.Equal(
            new RejectConnection
            {
                StatusCode = 426,
                Headers = [("Upgrade", "websocket"), ("Connection", "Upgrade, close"), ("Sec-WebSocket-Version", "13")],
            },
            refusal);
    }

    [Fact]
    public void Request_is_answered_once()
    {
        ServerNegotiation accepted = ServerNegotiation.FromUpgrade("GET", "/", _upgrade);
        accepted.Accept(new AcceptConnection(), out _).Dispose();
        AssertFinished(accepted);
        ServerNegotiation refused = ServerNegotiation.FromUpgrade("GET", "/", _upgrade);
        Assert.Equal(
            new ResponseHead(403, [("X", "y")]),
            refused.Reject(new RejectConnection { StatusCode = 403, Headers = [("X", "y")] }));
        AssertFinished(refused);

        static void AssertFinished(ServerNegotiation negotiation)
        {
            Assert.Equal(
                LocalProtocolError.HandshakeFinished,
                Assert.Throws<LocalProtocolException>(() => negotiation.Accept(new AcceptConnection(), out _)).Error);
            Assert.Equal(
                LocalProtocolError.HandshakeFinished,
                Assert.Throws<LocalProtocolException>(() => negotiation.Reject(new RejectConnection())).Error);
        }
    }

    [Theory]
    [InlineData(false, 199)]
    [InlineData(false, 600)]
    [InlineData(true, 200)]
    [InlineData(true, 299)]
    [InlineData(true, 600)]
    public void Refusal_with_a_status_that_cannot_be_sent__throws_and_can_be_mended(bool connect, int status)
    {
        ServerNegotiation negotiation = connect
            ? ServerNegotiation.FromExtendedConnect(_connect)
            : ServerNegotiation.FromUpgrade("GET", "/", _upgrade);
        Assert.Throws<ArgumentOutOfRangeException>(() => negotiation.Reject(new RejectConnection { StatusCode = status }));
        Assert.Throws<ArgumentException>(() => negotiation.Reject(new RejectConnection { Headers = [("X", "a\r\nb")] }));
        Assert.Throws<ArgumentException>(() => negotiation.Reject(new RejectConnection { Headers = [("Transfer-Encoding", "chunked")] }));
        Assert.Equal(599, negotiation.Reject(new RejectConnection { StatusCode = 599 }).StatusCode);
    }

    [Fact]
    public void Acceptance_that_cannot_be_sent__throws_and_can_be_mended()
    {
        ServerNegotiation negotiation = ServerNegotiation.FromUpgrade("GET", "/", _upgrade);
        Assert.Equal(
            LocalProtocolError.SubprotocolNotOffered,
            Assert.Throws<LocalProtocolException>(() => negotiation.Accept(new AcceptConnection { Subprotocol = "x" }, out _)).Error);
        Assert.Throws<ArgumentException>(() => negotiation.Accept(new AcceptConnection { ExtraHeaders = [("Upgrade", "x")] }, out _));
        Assert.Throws<ArgumentNullException>(() => negotiation.Accept(null!, out _));
        negotiation.Accept(new AcceptConnection(), out _).Dispose();
    }

    [Fact]
    public void Null_is_refused_as_an_argument()
    {
        Assert.Throws<ArgumentNullException>(() => ServerNegotiation.FromUpgrade(null!, "/", []));
        Assert.Throws<ArgumentNullException>(() => ServerNegotiation.FromUpgrade("GET", null!, []));
        Assert.Throws<ArgumentNullException>(() => ServerNegotiation.FromUpgrade("GET", "/", null!));
        Assert.Throws<ArgumentNullException>(() => ServerNegotiation.FromExtendedConnect(null!));
        Assert.Throws<ArgumentNullException>(() => ServerNegotiation.FromUpgrade("GET", "/", _upgrade).Reject(null!));
    }

    private static void AssertRefused(ServerNegotiation negotiation, ProtocolError error, int status)
    {
        Assert.Null(negotiation.Request);
        Assert.Equal((error, status), (negotiation.Failure!.Error, negotiation.Failure.Response!.StatusCode));
        Assert.Equal(
            LocalProtocolError.RequestInvalid,
            Assert.Throws<LocalProtocolException>(() => negotiation.Accept(new AcceptConnection(), out _)).Error);
        Assert.Equal(status, negotiation.Reject(negotiation.Failure.Response).StatusCode);
    }
}
