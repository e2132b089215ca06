using static WsProto.Tests.Handshake.Handshakes;

namespace WsProto.Tests.Handshake;

/// <summary>A request that a web framework has read gives what its bytes would give.</summary>
[Trait("RFC", "6455 §4.2.1")]
public class ReceiveRequestTests
{
    private static readonly HeaderList _headers = [("host", "example.com"), .. OwnHeaders, ("X-Foo", "bar")];

    [Fact]
    [Trait("wsproto", "test_server.py::test_upgrade_request")]
    public void Server_is_given_a_request__reports_it_like_one_that_it_read()
    {
        using WsConnection server = Server();
        server.ReceiveRequest(
            "GET", "/chat?x", [.. _headers, ("Sec-WebSocket-Protocol", "one, two"), ("Sec-WebSocket-Extensions", "fake; a")]);
        Assert.Equal(
            [
                new Request("example.com", "/chat?x")
                {
                    Subprotocols = ["one", "two"],
                    ExtraHeaders = [.. OwnHeaders, ("X-Foo", "bar"), ("Sec-WebSocket-Extensions", "fake; a")],
                },
            ],
            server.ReadAll());
        Assert.Equal($"Sec-WebSocket-Accept: {Heads.Accept}", Lines(server.Send(new AcceptConnection()))[3]);
        Assert.Equal(ConnectionState.Open, server.State);
        Assert.Equal([new TextMessage("x")], server.Read(FrameFor(ConnectionRole.Server)));
    }

    [Theory]
    [InlineData("POST", "/", ProtocolError.MethodNotGet)]
    [InlineData("", "/", ProtocolError.MethodNotGet)]
    [InlineData("GET", "", ProtocolError.InvalidTarget)]
    [InlineData("GET", "*", ProtocolError.InvalidTarget)]
    [InlineData("GET", "/a#b", ProtocolError.InvalidTarget)]
    [InlineData("GET", "/a b", ProtocolError.InvalidTarget)]
    [InlineData("GET", "/\u00E9", ProtocolError.InvalidTarget)]
    public void Server_is_given_a_bad_request_line__fails_with_a_response(string method, string target, ProtocolError error)
    {
        using WsConnection server = Server();
        server.ReceiveRequest(method, target, _headers);
        Fails(server, error);
    }

    [Theory]
    [InlineData("Host", null, ProtocolError.InvalidHost)]
    [InlineData("Host", "a b", ProtocolError.InvalidHost)]
    [InlineData("Connection", "close", ProtocolError.MissingConnectionUpgrade)]
    [InlineData("Sec-WebSocket-Version", null, ProtocolError.MissingVersion)]
    [InlineData("Sec-WebSocket-Key", "x", ProtocolError.InvalidKey)]
    [InlineData("Upgrade", null, ProtocolError.MissingUpgradeWebSocket)]
    [InlineData("Content-Length", "1", ProtocolError.RequestBody)]
    [InlineData("Sec-WebSocket-Protocol", "a b", ProtocolError.InvalidSubprotocols)]
    [InlineData("Sec-WebSocket-Extensions", ";", ProtocolError.MalformedExtensions)]
    [InlineData("X Y", "a", ProtocolError.MalformedHead)]
    [InlineData("", "a", ProtocolError.MalformedHead)]
    [InlineData(":path", "/", ProtocolError.MalformedHead)]
    [InlineData("X", "a\r\nb", ProtocolError.MalformedHead)]
    [InlineData("X", "\u0100", ProtocolError.MalformedHead)]
    public void Server_is_given_bad_headers__fails_with_a_response(string name, string? value, ProtocolError error)
    {
        using WsConnection server = Server();
        server.ReceiveRequest("GET", "/", value is null ? _headers.Without(name) : _headers.Set(name, value));
        Fails(server, error);
    }

    [Fact]
    public void Server_is_given_lines_without_name_or_value__fails_and_does_not_throw()
    {
        foreach (HeaderField field in new HeaderField[]
        {
            default, new("Host", null!), new("Sec-WebSocket-Key", null!), new("Sec-WebSocket-Protocol", null!),
            new("Sec-WebSocket-Extensions", null!),
        })
        {
            using WsConnection server = Server();
            server.ReceiveRequest("GET", "/", [.. field.Name is null ? _headers : _headers.Without(field.Name), field]);
            Assert.Single(server.ReadAll());
        }
    }

    [Fact]
    [Trait("wsproto", "test_handshake.py::test_initiate_upgrade_as_client")]
    public void Client_is_given_a_request__throws() =>
        Assert.Throws<LocalProtocolException>(() => NewClient().ReceiveRequest("GET", "/", _headers));

    [Fact]
    public void Server_that_has_a_request_is_given_another__throws_and_keeps_the_first()
    {
        using WsConnection given = Server();
        given.ReceiveRequest("GET", "/first", _headers);
        Assert.Throws<LocalProtocolException>(() => given.ReceiveRequest("GET", "/second", _headers));
        Assert.Equal("/first", Assert.IsType<Request>(Assert.Single(given.ReadAll())).Target);
        Assert.Throws<LocalProtocolException>(() => given.ReceiveRequest("GET", "/second", _headers));

        Assert.Throws<LocalProtocolException>(() => Asked().ReceiveRequest("GET", "/", _headers));

        using WsConnection reading = Server();
        Assert.Empty(reading.Read("GET / HTTP/1.1\r\n"u8.ToArray()));
        Assert.Throws<LocalProtocolException>(() => reading.ReceiveRequest("GET", "/", _headers));

        using WsConnection accepted = Asked();
        accepted.Send(new AcceptConnection());
        Assert.Throws<LocalProtocolException>(() => accepted.ReceiveRequest("GET", "/", _headers));
        Assert.Throws<LocalProtocolException>(() => WsConnection.Established(ConnectionRole.Server).ReceiveRequest("GET", "/", _headers));
    }

    [Fact]
    public void Arguments_are_checked()
    {
        using WsConnection server = Server();
        Assert.Throws<ArgumentNullException>(() => server.ReceiveRequest(null!, "/", _headers));
        Assert.Throws<ArgumentNullException>(() => server.ReceiveRequest("GET", null!, _headers));
        Assert.Throws<ArgumentNullException>(() => server.ReceiveRequest("GET", "/", null!));
    }

    private static void Fails(WsConnection server, ProtocolError error)
    {
        HandshakeFailed failed = Assert.IsType<HandshakeFailed>(Assert.Single(server.ReadAll()));
        Assert.Equal(error, failed.Error);
        Assert.Equal(ConnectionState.Connecting, server.State);
        CannotSend<LocalProtocolException>(server, new AcceptConnection());
        Assert.Equal("HTTP/1.1 400 Bad Request", Lines(server.Send(failed.Response!))[0]);
        Assert.Equal(ConnectionState.Closed, server.State);
    }
}
