using System.Buffers;

namespace WsProto.Tests;

/// <summary>What goes in at one end comes out at the other; and what a connection says of itself.</summary>
public class ConnectionTests
{
    private static readonly HeaderList _headers =
    [
        ("Host", "h"), ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", Heads.Key),
        ("Sec-WebSocket-Version", "13"),
    ];

    [Theory]
    [InlineData(ConnectionRole.Client, true)]
    [InlineData(ConnectionRole.Client, false)]
    [InlineData(ConnectionRole.Server, true)]
    [InlineData(ConnectionRole.Server, false)]
    [Trait("wsproto", "test_connection.py::test_send_message")]
    public void Bytes_cross_with_their_data_and_their_MessageFinished(ConnectionRole sender, bool messageFinished)
    {
        using Link link = Link.Connected(options: new WsConnectionOptions { MessageDelivery = MessageDelivery.Chunks });
        var message = new BytesMessage("x0x0"u8.ToArray()) { MessageFinished = messageFinished };
        Assert.Equal([message], link.Send(sender, message));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("wsproto", "test_connection.py::test_data")]
    public void Text_that_is_not_ASCII_crosses_in_one_frame_and_in_two(bool split)
    {
        using Link link = Link.Connected(options: new WsConnectionOptions { MessageDelivery = MessageDelivery.Chunks });
        if (split)
            Assert.Equal(
                [new TextMessage("ƒñö") { MessageFinished = false }],
                link.Send(ConnectionRole.Client, new TextMessage("ƒñö") { MessageFinished = false }));
        Assert.Equal([new TextMessage("®å∂")], link.Send(ConnectionRole.Client, new TextMessage("®å∂")));
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("wsproto", "test_connection.py::test_ping_pong")]
    public void Ping_arrives_with_its_payload_and_so_does_its_response(ConnectionRole sender)
    {
        using Link link = Link.Connected();
        var ping = new Ping("xKhF"u8.ToArray());
        Ping received = Assert.IsType<Ping>(Assert.Single(link.Send(sender, ping)));
        Assert.Equal(ping, received);
        Assert.Equal([new Pong("xKhF"u8.ToArray())], link.Send(link.PeerOf(sender).Role, received.Response()));
        Assert.Equal((ConnectionState.Open, ConnectionState.Open), (link.Client.State, link.Server.State));
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("wsproto", "test_connection.py::test_unsolicited_pong")]
    public void Pong_that_nobody_asked_for__is_delivered(ConnectionRole role) =>
        Cuts.Expect(
            () => WsConnection.Established(role), Wire.FrameFor(role, Opcode.Pong, [1, 2, 3]), ConnectionState.Open,
            new Pong(new byte[] { 1, 2, 3 }));

    [Fact]
    public void Events_of_no_connection_are_none()
    {
        foreach (WsEvent e in default(EventSequence))
            Assert.Fail($"{e}");
        EventSequence.Enumerator none = default;
        Assert.False(none.MoveNext());
        Assert.False(none.MoveNext());
    }

    /// <summary>Nobody can keep a caller from making one.</summary>
    [Fact]
    public void Default_of_every_public_structure_can_be_used()
    {
        Type[] types =
        [
            .. typeof(WsConnection).Assembly.GetExportedTypes()
                .Where(type => type is { IsValueType: true, IsEnum: false, IsByRefLike: false }),
        ];
        Assert.Contains(typeof(EventSequence), types);
        foreach (Type type in types)
        {
            object made = Activator.CreateInstance(type)!;
            Assert.NotNull(made.ToString());
            Assert.True(made.Equals(Activator.CreateInstance(type)));
            Assert.Equal(made.GetHashCode(), Activator.CreateInstance(type)!.GetHashCode());
            foreach (System.Reflection.PropertyInfo property in type.GetProperties()
                .Where(property => property.GetMethod!.IsStatic is false))
                property.GetValue(made);
        }

        Frame frame = default;
        Assert.Equal(
            (Opcode.Continuation, 0, false, false),
            (frame.Opcode, frame.Payload.Length, frame.FrameFinished, frame.MessageFinished));
        HeaderList headers = [default, default];
        Assert.False(headers.Contains("A"));
        Assert.Equal(headers, [default(HeaderField), default]);
    }

    [Fact]
    [Trait("MUST", "5.8-1")]
    public void Handshake_and_echo()
    {
        using Link link =
            Link.Connected(new Request("example.com", "/chat") { Subprotocols = ["a", "b"] }, new AcceptConnection { Subprotocol = "b" });
        Assert.Equal(("b", "b"), (link.Client.Subprotocol, link.Server.Subprotocol));
        Assert.Empty(link.Client.Extensions);
        Assert.Empty(link.Server.Extensions);
        Assert.Equal([new TextMessage("hällo")], link.Send(ConnectionRole.Client, new TextMessage("hällo")));
        Assert.Equal([new TextMessage("hällo")], link.Send(ConnectionRole.Server, new TextMessage("hällo")));
    }

    [Fact]
    public void Subprotocol_is_null_before_the_connection_is_open()
    {
        using WsConnection server = new(ConnectionRole.Server);
        server.Read(Heads.Request("", null, "Sec-WebSocket-Protocol: chat"));
        Assert.Null(server.Subprotocol);
        server.Send(new AcceptConnection { Subprotocol = "chat" });
        Assert.Equal("chat", server.Subprotocol);
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Established_begins_in_Open_without_a_handshake(ConnectionRole role)
    {
        using WsConnection connection = WsConnection.Established(role);
        Assert.Equal((role, ConnectionState.Open), (connection.Role, connection.State));
        Assert.Null(connection.Subprotocol);
        Assert.Empty(connection.Extensions);
        Assert.Throws<LocalProtocolException>(() => connection.ReceiveRequest("GET", "/", []));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Role_that_is_none_is_refused(int role)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new WsConnection((ConnectionRole)role));
        Assert.Throws<ArgumentOutOfRangeException>(() => WsConnection.Established((ConnectionRole)role));
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "B16")]
    public void No_bytes_are_nothing_and_not_the_end_of_the_stream(ConnectionRole role)
    {
        foreach (Situation situation in Enum.GetValues<Situation>())
        {
            using WsConnection connection = Situations.Create(role, situation);
            ConnectionState state = connection.State;
            connection.Receive([]);
            connection.Receive(ReadOnlySequence<byte>.Empty);
            connection.ReceiveBuffer.GetMemory();
            connection.ReceiveBuffer.Advance(0);
            Assert.Empty(connection.ReadAll());
            Assert.Equal(state, connection.State);
        }
    }

    [Fact]
    [Trait("MUST", "4.1-15")]
    public void Client_sends_a_second_Request__is_refused()
    {
        using WsConnection client = new(ConnectionRole.Client);
        Assert.True(client.CanSend(Situations.Request));
        client.Send(Situations.Request);
        var output = new ArrayBufferWriter<byte>();
        Assert.False(client.CanSend(Situations.Request));
        Assert.Throws<LocalProtocolException>(() => client.Send(Situations.Request, output));
        Assert.Equal((0, ConnectionState.Connecting), (output.WrittenCount, client.State));
    }

    [Fact]
    public void Server_is_given_a_request_that_was_parsed_elsewhere__reads_it_once_and_takes_no_other()
    {
        using WsConnection server = new(ConnectionRole.Server);
        server.ReceiveRequest("GET", "/chat", _headers);
        Assert.Throws<LocalProtocolException>(() => server.ReceiveRequest("GET", "/chat", _headers));
        server.Receive(Wire.FrameFor(ConnectionRole.Server, Opcode.Text, "a"u8.ToArray()));
        Assert.Equal([new Request("h", "/chat") { ExtraHeaders = _headers.Without("Host") }], server.ReadAll());
        Assert.Throws<LocalProtocolException>(() => server.ReceiveRequest("GET", "/chat", _headers));
        server.Send(new AcceptConnection());
        Assert.Equal([new TextMessage("a")], server.ReadAll());
    }

    [Fact]
    public void Server_is_given_a_bad_request_that_was_parsed_elsewhere__HandshakeFailed()
    {
        using WsConnection server = new(ConnectionRole.Server);
        server.ReceiveRequest("GET", "/chat", _headers.Set("Sec-WebSocket-Version", "8"));
        HandshakeFailed failed = Assert.IsType<HandshakeFailed>(Assert.Single(server.ReadAll()));
        Assert.Equal(
            (ProtocolError.UnsupportedVersion, 426, ConnectionState.Connecting),
            (failed.Error, failed.Response?.StatusCode, server.State));
        server.Send(failed.Response!);
        Assert.Equal(ConnectionState.Closed, server.State);
    }

    [Theory]
    [InlineData(Situation.RequestPassed)]
    [InlineData(Situation.Rejecting)]
    [InlineData(Situation.Rejected)]
    [InlineData(Situation.Open)]
    [InlineData(Situation.Closed)]
    [InlineData(Situation.Disposed)]
    public void Server_is_given_a_request_too_late__is_refused(Situation situation)
    {
        using WsConnection server = Situations.Create(ConnectionRole.Server, situation);
        ConnectionState state = server.State;
        Assert.Throws<LocalProtocolException>(() => server.ReceiveRequest("GET", "/", []));
        Assert.Equal(state, server.State);
        Assert.Empty(server.ReadAll());
    }

    [Fact]
    public void Server_that_has_refused_a_head_is_given_a_request__is_refused()
    {
        using WsConnection server = new(ConnectionRole.Server);
        Assert.IsType<HandshakeFailed>(Assert.Single(server.Read([0x16, 0x03])));
        Assert.Throws<LocalProtocolException>(() => server.ReceiveRequest("GET", "/", _headers));
        Assert.False(server.CanSend(new AcceptConnection()));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public void Server_rejects_a_given_request_before_it_reads_it__nothing_is_read_and_nothing_throws(string method)
    {
        using WsConnection server = new(ConnectionRole.Server);
        server.ReceiveRequest(method, "/", _headers);
        server.Send(new RejectConnection { HasBody = true });
        Assert.Empty(server.ReadAll());
        Assert.Equal(ConnectionState.Rejecting, server.State);
    }

    [Fact]
    public void Events_are_read_lazily_one_for_each_step()
    {
        using WsConnection client = WsConnection.Established(ConnectionRole.Client);
        client.Receive(Wire.Hex("89 01 61 8a 01 62 88 00"));
        var read = new List<(WsEvent, ConnectionState)>();
        foreach (WsEvent e in client.ReadEvents())
            read.Add((e, client.State));
        Assert.Equal(
            [
                (new Ping("a"u8.ToArray()), ConnectionState.Open),
                (new Pong("b"u8.ToArray()), ConnectionState.Open),
                (new CloseConnection(CloseCode.NoStatusReceived), ConnectionState.RemoteClosing),
            ],
            read);
    }

    [Fact]
    public void Events_that_were_left_unread_are_read_by_the_next_loop()
    {
        using WsConnection client = WsConnection.Established(ConnectionRole.Client);
        client.Receive(Wire.Hex("89 01 61 8a 01 62"));
        foreach (WsEvent e in client.ReadEvents())
        {
            Assert.Equal(new Ping("a"u8.ToArray()), e);
            break;
        }

        Assert.Equal([new Pong("b"u8.ToArray())], client.ReadAll());
    }

    [Theory]
    [InlineData(MessageDelivery.Whole)]
    [InlineData(MessageDelivery.Chunks)]
    public void TryReadFrame_shows_frames_and_leaves_what_is_none_to_TryReadEvent(MessageDelivery delivery)
    {
        using WsConnection client =
            WsConnection.Established(ConnectionRole.Client, options: new WsConnectionOptions { MessageDelivery = delivery });
        client.Receive(Wire.Hex("01 02 6162 89 01 70 80 01 63 82 01 FF 83 00"));
        var frames = new List<string>();
        while (client.TryReadFrame(out Frame frame))
            frames.Add($"{frame.Opcode} {Convert.ToHexString(frame.Payload)} {frame.FrameFinished} {frame.MessageFinished}");
        string[] text = delivery == MessageDelivery.Whole
            ? ["Ping 70 True True", "Text 616263 True True"]
            : ["Text 6162 True False", "Ping 70 True True", "Text 63 True True"];
        Assert.Equal([.. text, "Binary FF True True"], frames);
        CloseConnection failed = Assert.IsType<CloseConnection>(Assert.Single(client.ReadAll()));
        Assert.Equal((CloseCode.ProtocolError, ProtocolError.ReservedOpcode), (failed.Code, failed.Error));
        Assert.False(client.TryReadFrame(out Frame none));
        Assert.True(none.Payload.IsEmpty);
    }

    [Fact]
    public void TryReadFrame_shows_the_Close_and_moves_the_state()
    {
        using WsConnection client = WsConnection.Established(ConnectionRole.Client);
        client.Receive(Wire.Hex("88 03 03E8 61 89 00"));
        Assert.True(client.TryReadFrame(out Frame frame));
        Assert.Equal((Opcode.Close, "03E861"), (frame.Opcode, Convert.ToHexString(frame.Payload)));
        Assert.Equal(ConnectionState.RemoteClosing, client.State);
        Assert.False(client.TryReadFrame(out _));
        Assert.Empty(client.ReadAll());
        Assert.Equal(6 + 2, client.Send(Situations.Close).Length);
        Assert.Equal(ConnectionState.Closed, client.State);
    }

    [Fact]
    public void TryReadFrame_gives_none_during_the_handshake_and_leaves_it_alone()
    {
        using WsConnection server = new(ConnectionRole.Server);
        server.Receive(Heads.Request());
        Assert.False(server.TryReadFrame(out _));
        Assert.IsType<Request>(Assert.Single(server.ReadAll()));
    }

    [Fact]
    public void TryReadFrame_at_the_end_of_the_stream_leaves_1006_to_TryReadEvent()
    {
        using WsConnection client = WsConnection.Established(ConnectionRole.Client);
        client.Receive(Wire.Hex("89 00"));
        client.ReceiveEndOfStream();
        Assert.True(client.TryReadFrame(out _));
        Assert.False(client.TryReadFrame(out _));
        Assert.Equal(ConnectionState.Closed, client.State);
        Assert.Equal([new CloseConnection(CloseCode.AbnormalClosure)], client.ReadAll());
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "S50")]
    public void Connection_is_disposed_of_inside_its_event_loop__the_loop_ends_and_nothing_throws(ConnectionRole role)
    {
        byte[] input =
        [
            .. Wire.FrameFor(role, Opcode.Text, "a"u8.ToArray()), .. Wire.FrameFor(role, Opcode.Text, "b"u8.ToArray(), fin: false),
            .. Wire.FrameFor(role, Opcode.Ping, []), .. Situations.CloseFrameFor(role),
        ];
        Cuts.Run(() => WsConnection.Established(role), input, endOfStream: true, act: (connection, _) => connection.Dispose());

        using WsConnection connection = WsConnection.Established(role);
        connection.Receive(input);
        int count = 0;
        foreach (WsEvent e in connection.ReadEvents())
        {
            Assert.Equal(new TextMessage("a"), e);
            connection.Dispose();
            connection.Receive(input);
            connection.ReceiveEndOfStream();
            count++;
        }

        Assert.Equal((1, ConnectionState.Closed), (count, connection.State));
        Assert.False(connection.TryReadFrame(out _));
        connection.Dispose();
    }

    [Fact]
    [Trait("Register", "S50")]
    public void Server_is_disposed_of_when_it_reads_the_Request__the_loop_ends()
    {
        byte[] input = [.. Heads.Request(), .. Wire.FrameFor(ConnectionRole.Server, Opcode.Ping, [])];
        ConnectionOutcome outcome =
            Cuts.Run(() => new WsConnection(ConnectionRole.Server), input, act: (connection, _) => connection.Dispose());
        Assert.IsType<Request>(Assert.Single(outcome.Events));
        Assert.Equal(ConnectionState.Closed, outcome.State);
    }

    [Fact]
    public void Event_that_was_pending_is_forgotten_on_disposal()
    {
        using WsConnection client = WsConnection.Established(ConnectionRole.Client);
        client.Receive(Wire.Hex("83 00"));
        Assert.False(client.TryReadFrame(out _));
        client.Dispose();
        Assert.False(client.TryReadEvent(out _));
    }
}
