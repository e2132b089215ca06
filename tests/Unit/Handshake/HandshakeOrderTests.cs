using static WsProto.Tests.Handshake.Handshakes;

namespace WsProto.Tests.Handshake;

/// <summary>
/// What may be sent when, until the connection is open. A mistake of the caller is an exception of ours, and changes nothing.
/// </summary>
[Trait("RFC", "6455 §4")]
public class HandshakeOrderTests
{
    private static readonly WsEvent[] _frames =
    [
        new TextMessage("x"), new BytesMessage(new byte[1]), new Ping(), new Pong(), new CloseConnection(CloseCode.NormalClosure),
    ];

    [Fact]
    [Trait("MUST", "4.1-2")]
    [Trait("wsproto", "test_handshake.py::test_successful_handshake")]
    public void Client_and_server_joined_together__both_open()
    {
        using WsConnection client = NewClient();
        using WsConnection server = Server();
        Request request = Assert.IsType<Request>(Assert.Single(server.Read(client.Send(new Request("localhost", "/")))));
        Assert.Equal(("localhost", "/"), (request.Host, request.Target));
        Assert.Equal((ConnectionState.Connecting, ConnectionState.Connecting), (client.State, server.State));
        Assert.Equal([new AcceptConnection()], client.Read(server.Send(new AcceptConnection())));
        Assert.Equal((ConnectionState.Open, ConnectionState.Open), (client.State, server.State));
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("MUST", "4.1-31")]
    [Trait("MUST", "6.1-2")]
    [Trait("wsproto", "test_handshake.py::test_send_invalid_event")]
    public void Either_end_sends_a_frame_before_it_is_open__throws(ConnectionRole role)
    {
        using WsConnection begun = role == ConnectionRole.Client ? NewClient() : Server();
        using WsConnection halfway = role == ConnectionRole.Client ? Client() : Asked();
        foreach (WsEvent e in _frames)
        {
            Assert.False(begun.CanSend(e));
            CannotSend<LocalProtocolException>(begun, e);
            Assert.False(halfway.CanSend(e));
            CannotSend<LocalProtocolException>(halfway, e);
        }

        if (role == ConnectionRole.Client)
            halfway.Read(Heads.Response());
        else
            halfway.Send(new AcceptConnection());
        foreach (WsEvent e in _frames)
            Assert.NotEmpty(halfway.Send(e));
    }

    [Fact]
    [Trait("MUST", "4.1-15")]
    [Trait("Register", "B9")]
    public void Client_sends_what_only_a_server_sends_or_a_second_request__throws()
    {
        using WsConnection client = Client();
        WsEvent[] events =
        [
            new AcceptConnection(),
            new RejectConnection(),
            new RejectData(new byte[1]),
            new Request("h", "/"),
            new HandshakeFailed { Error = ProtocolError.InvalidKey, Message = "" },
        ];
        foreach (WsEvent e in events)
        {
            Assert.False(client.CanSend(e));
            CannotSend<LocalProtocolException>(client, e);
        }

        client.Read(Heads.Response());
        Assert.All(events, e => CannotSend<LocalProtocolException>(client, e));
    }

    [Fact]
    [Trait("MUST", "4.2.2-1")]
    [Trait("Register", "B9")]
    public void Server_sends_what_only_a_client_sends_or_accepts_nothing__throws()
    {
        using WsConnection server = Server();
        WsEvent[] events =
        [
            new AcceptConnection(),
            new RejectData(new byte[1]),
            new Request("h", "/"),
            new HandshakeFailed { Error = ProtocolError.InvalidKey, Message = "" },
        ];
        foreach (WsEvent e in events)
        {
            Assert.False(server.CanSend(e));
            CannotSend<LocalProtocolException>(server, e);
        }

        server.Read(Heads.Request());
        Assert.True(server.CanSend(new AcceptConnection()));
        server.Send(new AcceptConnection());
        Assert.All(events.Append(new RejectConnection()), e => CannotSend<LocalProtocolException>(server, e));
    }

    [Fact]
    [Trait("MUST", "4.1-39")]
    public void Client_that_never_asked_is_left__fails()
    {
        using WsConnection client = NewClient();
        client.ReceiveEndOfStream();
        Assert.Equal(ProtocolError.HandshakeIncomplete, Assert.IsType<HandshakeFailed>(Assert.Single(client.ReadAll())).Error);
        CannotSend<LocalProtocolException>(client, new Request("h", "/"));
    }

    [Fact]
    [Trait("Register", "B9")]
    public void Either_end_sends_an_event_that_lacks_a_part__throws_ArgumentException()
    {
        var request = new Request("h", "/");
        Request[] requests =
        [
            request with { Host = null! }, request with { Target = null! }, request with { Subprotocols = null! },
            request with { Extensions = null! }, request with { Extensions = [null!] }, request with { ExtraHeaders = null! },
        ];
        Assert.All(requests, e => CannotSend<ArgumentException>(NewClient(), e));
        WsEvent[] answers =
        [
            new AcceptConnection { Extensions = null! },
            new AcceptConnection { ExtraHeaders = null! },
            new RejectConnection { Headers = null! },
        ];
        Assert.All(answers, e => CannotSend<ArgumentException>(Asked(), e));
    }
}
