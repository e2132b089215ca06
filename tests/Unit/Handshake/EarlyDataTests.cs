using static WsProto.Tests.Handshake.Handshakes;

namespace WsProto.Tests.Handshake;

/// <summary>Frames that come with the handshake are kept, and are read once the connection is open.</summary>
[Trait("RFC", "6455 §4.1")]
public class EarlyDataTests
{
    private static readonly byte[] _frames = Wire.Concat(
        Wire.FrameFor(ConnectionRole.Server, Opcode.Text, "a"u8.ToArray()),
        Wire.FrameFor(ConnectionRole.Server, Opcode.Ping, "b"u8.ToArray()),
        Wire.CloseFor(ConnectionRole.Server, 1000));

    private static readonly WsEvent[] _events =
    [
        new TextMessage("a"), new Ping("b"u8.ToArray()), new CloseConnection(CloseCode.NormalClosure),
    ];

    [Fact]
    [Trait("MUST", "6.2-1")]
    [Trait("Register", "B3")]
    [Trait("Register", "C18")]
    public void Server_receives_frames_with_the_request__reads_them_once_it_has_accepted()
    {
        ConnectionOutcome outcome = Cuts.Run(
            () => Server(), [.. Heads.Request(), .. _frames], act: (server, e) =>
            {
                if (e is Request)
                    server.Send(new AcceptConnection());
            });
        Assert.Equal([new Request("example.com", "/chat") { ExtraHeaders = OwnHeaders }, .. _events], outcome.Events);
        Assert.Equal(ConnectionState.RemoteClosing, outcome.State);
    }

    [Fact]
    [Trait("Register", "B3")]
    [Trait("Register", "C18")]
    public void Server_receives_frames_while_it_has_not_answered__reads_them_once_it_has_accepted()
    {
        for (int split = 0; split <= _frames.Length; split++)
        {
            using WsConnection server = Asked();
            Assert.Empty(server.Read(_frames[..split]));
            server.Send(new AcceptConnection());
            List<WsEvent> events = [.. server.ReadAll(), .. server.Read(_frames[split..])];
            Assert.Equal(_events, events);
            Assert.Equal(ConnectionState.RemoteClosing, server.State);
        }
    }

    [Fact]
    [Trait("MUST", "6.2-1")]
    public void Client_receives_frames_with_the_101__reads_them()
    {
        byte[] frames = Wire.Concat(
            Wire.FrameFor(ConnectionRole.Client, Opcode.Text, "a"u8.ToArray()),
            Wire.FrameFor(ConnectionRole.Client, Opcode.Ping, "b"u8.ToArray()),
            Wire.CloseFor(ConnectionRole.Client, 1000));
        Cuts.Expect(() => Client(), [.. Heads.Response(), .. frames], ConnectionState.RemoteClosing, [new AcceptConnection(), .. _events]);
    }

    [Fact]
    public void Client_receives_the_end_of_the_stream_with_the_101__opens_and_is_lost() =>
        Assert.Equal(
            new ConnectionOutcome([new AcceptConnection(), new CloseConnection(CloseCode.AbnormalClosure)], ConnectionState.Closed),
            Cuts.Run(() => Client(), Heads.Response(), endOfStream: true));

    [Fact]
    public void Server_receives_early_data_of_exactly_the_limit__keeps_it()
    {
        byte[] head = Heads.Request();
        byte[] early = Wire.FrameFor(ConnectionRole.Server, Opcode.Binary, new byte[head.Length - 8]);
        Assert.Equal(head.Length, early.Length);
        using WsConnection server = Server(new WsConnectionOptions { MaxHandshakeSize = head.Length });
        server.Read(head);
        Assert.Empty(server.Read(early));
        server.Send(new AcceptConnection());
        Assert.Equal([new BytesMessage(new byte[head.Length - 8])], server.ReadAll());
    }

    /// <summary>The answer is the application's, and must not fail because of the peer; so the connection opens, and then fails.</summary>
    [Fact]
    public void Server_receives_early_data_of_one_byte_more_than_the_limit__opens_and_fails_with_1008()
    {
        byte[] head = Heads.Request();
        var pool = new CountingPool();
        var options = new WsConnectionOptions { MaxHandshakeSize = head.Length, Pool = pool };
        var request = new Request("example.com", "/chat") { ExtraHeaders = OwnHeaders };
        Cuts.Expect(() => Server(options), [.. head, .. new byte[head.Length + 1]], ConnectionState.Connecting, request);

        using WsConnection server = Server(options);
        server.Receive([.. head, .. new byte[head.Length + 1]]);
        Assert.True(server.TryReadEvent(out _));
        Assert.False(server.TryReadEvent(out _));
        Assert.Equal(0, pool.Outstanding);

        Assert.Equal("HTTP/1.1 101 Switching Protocols", Lines(server.Send(new AcceptConnection()))[0]);
        Assert.Equal(ConnectionState.Open, server.State);
        server.Receive(new byte[100]);
        Assert.Equal(0, pool.Outstanding);
        var close = Assert.IsType<CloseConnection>(Assert.Single(server.ReadAll()));
        Assert.Equal((CloseCode.PolicyViolation, ProtocolError.TooMuchEarlyData), (close.Code, close.Error));
        Assert.Equal($"more than {head.Length} bytes before the answer", close.Reason);
        Assert.Equal((ConnectionState.RemoteClosing, 0), (server.State, pool.Outstanding));
        Assert.Equal(Wire.Hex("88"), server.Send(close.Response())[..1]);
        Assert.Equal(ConnectionState.Closed, server.State);
    }

    [Fact]
    public void Server_receives_too_much_early_data__can_refuse_all_the_same()
    {
        byte[] head = Heads.Request();
        using WsConnection server = Server(new WsConnectionOptions { MaxHandshakeSize = head.Length });
        server.Read([.. head, .. new byte[head.Length + 1]]);
        Assert.Equal("HTTP/1.1 503 Service Unavailable", Lines(server.Send(new RejectConnection { StatusCode = 503 }))[0]);
        Assert.Equal(ConnectionState.Closed, server.State);
    }

    [Fact]
    public void Server_that_is_left_before_it_answers__fails_with_nobody_to_answer()
    {
        ConnectionOutcome outcome = Cuts.Run(() => Server(), [.. Heads.Request(), .. _frames], endOfStream: true);
        Assert.Equal(2, outcome.Events.Count);
        HandshakeFailed failed = Assert.IsType<HandshakeFailed>(outcome.Events[1]);
        Assert.Equal(ProtocolError.HandshakeIncomplete, failed.Error);
        Assert.Null(failed.Response);
        Assert.Equal(ConnectionState.Closed, outcome.State);
    }

    [Fact]
    public void Server_that_has_failed_and_is_left__has_nothing_more_to_say()
    {
        ConnectionOutcome outcome = Cuts.Run(() => Server(), Wire.Head("nonsense"), endOfStream: true);
        Assert.Equal(ProtocolError.MalformedHead, Assert.IsType<HandshakeFailed>(Assert.Single(outcome.Events)).Error);
        Assert.Equal(ConnectionState.Connecting, outcome.State);
    }

    [Fact]
    public void Second_request_on_a_connection_is_never_parsed()
    {
        using WsConnection server = Asked();
        Assert.Empty(server.Read(Heads.Request()));
        server.Send(new RejectConnection());
        Assert.Empty(server.Read(Heads.Request()));

        using WsConnection accepting = Asked();
        accepting.Send(new AcceptConnection());
        CloseConnection close = Assert.IsType<CloseConnection>(Assert.Single(accepting.Read(Heads.Request())));
        Assert.Equal(CloseCode.ProtocolError, close.Code);
    }
}
