namespace WsProto.Tests;

/// <summary>How a connection ends: by either side, by both at once, by a broken protocol, by the transport.</summary>
[Trait("RFC", "6455 §7")]
public class ClosingTests
{
    private static readonly CloseConnection _lost = new(CloseCode.AbnormalClosure);

    public static TheoryData<ConnectionRole> Roles => [ConnectionRole.Client, ConnectionRole.Server];

    [Theory]
    [InlineData(ConnectionRole.Client, CloseCode.NormalClosure, "bye bye")]
    [InlineData(ConnectionRole.Client, CloseCode.GoingAway, "really bye")]
    [InlineData(ConnectionRole.Server, CloseCode.NormalClosure, "bye bye")]
    [InlineData(ConnectionRole.Server, (CloseCode)4321, "really bye")]
    [Trait("wsproto", "test_connection.py::test_closure")]
    [Trait("MUST", "7.1.2-1")]
    [Trait("MUST", "5.5.1-5")]
    public void Closing_handshake_carries_code_and_reason_both_ways_and_ends_in_Closed(ConnectionRole closer, CloseCode code, string reason)
    {
        using Link link = Link.Connected();
        WsConnection local = link[closer];
        WsConnection remote = link.PeerOf(closer);
        var close = new CloseConnection(code, reason);

        CloseConnection received = Assert.IsType<CloseConnection>(Assert.Single(link.Send(closer, close)));
        Assert.Equal(close, received);
        Assert.Equal((ConnectionState.LocalClosing, ConnectionState.RemoteClosing), (local.State, remote.State));

        Assert.Equal([close], link.Send(remote.Role, received.Response()));
        Assert.Equal((ConnectionState.Closed, ConnectionState.Closed), (local.State, remote.State));
    }

    [Fact]
    [Trait("MUST", "7.1.2-1")]
    public void Both_roles_send_1001_with_a_reason__the_frame_holds_both()
    {
        using WsConnection server = WsConnection.Established(ConnectionRole.Server);
        Assert.Equal(Wire.Hex("88 05 03E9 627965"), server.Send(new CloseConnection(CloseCode.GoingAway, "bye")));
        Assert.Equal(ConnectionState.LocalClosing, server.State);
        using WsConnection client =
            WsConnection.Established(ConnectionRole.Client, options: new WsConnectionOptions { Random = Rand.Fixed(Wire.Key) });
        Assert.Equal(
            [.. Wire.Hex("88 85 37FA213D"), .. Wire.Mask(Wire.Hex("03E9 627965"), Wire.Key)],
            client.Send(new CloseConnection(CloseCode.GoingAway, "bye")));
        Assert.Equal(ConnectionState.LocalClosing, client.State);
    }

    [Fact]
    public void Both_sides_close_at_once__both_read_the_others_Close_and_are_Closed()
    {
        using Link link = Link.Connected();
        byte[] fromClient = link.Client.Send(new CloseConnection(CloseCode.NormalClosure, "c"));
        byte[] fromServer = link.Server.Send(new CloseConnection(CloseCode.GoingAway, "s"));
        Assert.Equal([new CloseConnection(CloseCode.NormalClosure, "c")], link.Server.Read(fromClient));
        Assert.Equal([new CloseConnection(CloseCode.GoingAway, "s")], link.Client.Read(fromServer));
        foreach (WsConnection end in new[] { link.Client, link.Server })
        {
            Assert.Equal(ConnectionState.Closed, end.State);
            Assert.False(end.CanSend(Situations.Close.Response()));
        }
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void Messages_and_Pings_that_arrive_after_our_Close_are_read_and_Pongs_may_be_sent(ConnectionRole role)
    {
        byte[] input =
        [
            .. Wire.FrameFor(role, Opcode.Text, "a"u8.ToArray(), fin: false), .. Wire.FrameFor(role, Opcode.Ping, [1]),
            .. Wire.FrameFor(role, Opcode.Continuation, "b"u8.ToArray()), .. Wire.FrameFor(role, Opcode.Binary, [2]),
            .. Situations.CloseFrameFor(role),
        ];
        ConnectionOutcome outcome = Cuts.Run(
            () => Situations.Create(role, Situation.LocalClosing),
            input,
            act: (connection, e) =>
            {
                if (e is Ping ping)
                    connection.Send(ping.Response());
            });
        Assert.Equal(
            [new Ping(new byte[] { 1 }), new TextMessage("ab"), new BytesMessage(new byte[] { 2 }), Situations.Close],
            outcome.Events);
        Assert.Equal(ConnectionState.Closed, outcome.State);
    }

    [Theory]
    [MemberData(nameof(Roles))]
    [Trait("MUST", "5.4-5")]
    public void Close_inside_a_fragmented_message__ends_the_connection_without_the_message(ConnectionRole role)
    {
        byte[] input =
        [
            .. Wire.FrameFor(role, Opcode.Text, "a"u8.ToArray(), fin: false),
            .. Situations.CloseFrameFor(role),
            .. Wire.FrameFor(role, Opcode.Continuation, []),
        ];
        Cuts.Expect(() => WsConnection.Established(role), input, ConnectionState.RemoteClosing, Situations.Close);
    }

    [Theory]
    [MemberData(nameof(Roles))]
    [Trait("Register", "B6")]
    [Trait("Register", "C16")]
    [Trait("MUST", "7.1.7-3")]
    [Trait("wsproto", "test_connection.py::test_frame_protocol_gets_fed_garbage")]
    public void Peer_breaks_the_protocol__one_CloseConnection_and_everything_later_is_dropped(ConnectionRole role)
    {
        byte[] garbage = Wire.FrameFor(role, Opcode.Ping, [], fin: false);
        byte[] input =
        [
            .. Wire.FrameFor(role, Opcode.Text, "a"u8.ToArray()), .. garbage, .. Wire.FrameFor(role, Opcode.Text, "b"u8.ToArray()),
            .. garbage, .. Situations.CloseFrameFor(role),
        ];
        var failed =
            new CloseConnection(CloseCode.ProtocolError, "a control frame is fragmented") { Error = ProtocolError.FragmentedControlFrame };
        ConnectionOutcome open = Cuts.Run(() => WsConnection.Established(role), input);
        Assert.Equal(new ConnectionOutcome([new TextMessage("a"), failed], ConnectionState.RemoteClosing), open);
        ConnectionOutcome ended = Cuts.Run(() => WsConnection.Established(role), input, endOfStream: true);
        Assert.Equal(new ConnectionOutcome([new TextMessage("a"), failed], ConnectionState.Closed), ended);
        ConnectionOutcome closing = Cuts.Run(() => Situations.Create(role, Situation.LocalClosing), input);
        Assert.Equal(new ConnectionOutcome([new TextMessage("a"), failed], ConnectionState.Closed), closing);
    }

    [Theory]
    [MemberData(nameof(Roles))]
    [Trait("Register", "B6")]
    public void Peer_breaks_the_protocol__the_response_tells_it_and_ends_the_connection(ConnectionRole role)
    {
        ConnectionOutcome outcome = Cuts.Run(
            () => WsConnection.Established(role),
            [.. Situations.BadFrameFor(role), .. Situations.CloseFrameFor(role)],
            act: (connection, e) =>
            {
                CloseConnection response = ((CloseConnection)e).Response();
                Assert.Equal((CloseCode.ProtocolError, null), (response.Code, response.Error));
                Assert.Equal(ConnectionState.RemoteClosing, connection.State);
                byte[] sent = connection.Send(response);
                Assert.Equal(0x88, sent[0]);
                Assert.False(connection.CanSend(response));
            });
        Assert.Single(outcome.Events);
        Assert.Equal(ConnectionState.Closed, outcome.State);
    }

    [Theory]
    [MemberData(nameof(Roles))]
    [Trait("MUST", "7.1.7-3")]
    [Trait("MUST", "7.2.1-1")]
    public void Handshake_fails_with_frames_behind_it__one_event_and_the_frames_are_dropped(ConnectionRole role)
    {
        byte[] head = role == ConnectionRole.Client ? Heads.Response("Sec-WebSocket-Accept", "x") : Heads.Request("Sec-WebSocket-Key", "x");
        byte[] input = [.. head, .. Wire.FrameFor(role, Opcode.Text, "a"u8.ToArray()), .. Situations.CloseFrameFor(role)];
        Situation before = role == ConnectionRole.Client ? Situation.RequestPassed : Situation.Connecting;
        foreach (bool endOfStream in new[] { false, true })
        {
            ConnectionOutcome outcome = Cuts.Run(() => Situations.Create(role, before), input, endOfStream);
            HandshakeFailed failed = Assert.IsType<HandshakeFailed>(Assert.Single(outcome.Events));
            Assert.Equal(role == ConnectionRole.Client ? ProtocolError.InvalidAccept : ProtocolError.InvalidKey, failed.Error);
            Assert.Equal(role == ConnectionRole.Client ? null : 400, failed.Response?.StatusCode);
            Assert.Equal(role == ConnectionRole.Client ? ConnectionState.Closed : ConnectionState.Connecting, outcome.State);
        }
    }

    [Theory]
    [MemberData(nameof(Roles))]
    [Trait("Register", "C17")]
    [Trait("wsproto", "test_connection.py::test_receive_data_when_closed")]
    [Trait("wsproto", "test_connection.py::test_closure")]
    public void Bytes_after_the_end_are_dropped_silently_however_they_come(ConnectionRole role)
    {
        byte[] bytes = Wire.FrameFor(role, Opcode.Text, "a"u8.ToArray());
        foreach (Situation situation in new[]
        {
            Situation.RemoteClosing, Situation.Failed, Situation.FailedInLocalClosing, Situation.Closed, Situation.Lost, Situation.Rejected,
            Situation.Disposed,
        })
        {
            using WsConnection connection = Situations.Create(role, situation);
            ConnectionState state = connection.State;
            Assert.Empty(connection.Read(bytes));
            connection.Receive(Segment.Sequence(bytes, 1));
            bytes.CopyTo(connection.ReceiveBuffer.GetSpan(bytes.Length));
            connection.ReceiveBuffer.Advance(bytes.Length);
            Assert.Empty(connection.ReadAll());
            Assert.Equal(state, connection.State);
        }
    }

    [Fact]
    public void Server_has_refused_the_request__frames_that_follow_are_dropped()
    {
        using WsConnection server = Situations.Create(ConnectionRole.Server, Situation.Rejecting);
        Assert.Empty(server.Read(Wire.FrameFor(ConnectionRole.Server, Opcode.Text, "a"u8.ToArray())));
        Assert.Empty(server.Read(Heads.Request()));
        Assert.Equal(ConnectionState.Rejecting, server.State);
    }

    [Theory]
    [MemberData(nameof(Roles))]
    [Trait("MUST", "7.2.1-2")]
    [Trait("Register", "B4")]
    [Trait("wsproto", "test_connection.py::test_abnormal_closure")]
    public void Stream_ends_without_a_Close__1006_comes_after_all_that_was_received(ConnectionRole role)
    {
        byte[] text = Wire.FrameFor(role, Opcode.Text, "a"u8.ToArray());
        byte[] half = Wire.FrameFor(role, Opcode.Binary, new byte[40])[..20];
        foreach (Situation situation in new[] { Situation.Open, Situation.LocalClosing })
        {
            Assert.Equal(
                new ConnectionOutcome([_lost], ConnectionState.Closed),
                Cuts.Run(() => Situations.Create(role, situation), [], endOfStream: true));
            Assert.Equal(
                new ConnectionOutcome([new TextMessage("a"), _lost], ConnectionState.Closed),
                Cuts.Run(() => Situations.Create(role, situation), text, endOfStream: true));
            Assert.Equal(
                new ConnectionOutcome([new TextMessage("a"), _lost], ConnectionState.Closed),
                Cuts.Run(() => Situations.Create(role, situation), [.. text, .. half], endOfStream: true));
        }

        byte[] fragment = Wire.FrameFor(role, Opcode.Text, "a"u8.ToArray(), fin: false);
        Assert.Equal(
            new ConnectionOutcome([_lost], ConnectionState.Closed),
            Cuts.Run(() => WsConnection.Established(role), fragment, endOfStream: true));
    }

    [Theory]
    [MemberData(nameof(Roles))]
    [Trait("MUST", "7.2.1-2")]
    [Trait("Register", "B4")]
    [Trait("Register", "B5")]
    public void Stream_ends_after_the_peers_Close__is_no_event(ConnectionRole role)
    {
        byte[] input = [.. Wire.FrameFor(role, Opcode.Text, "a"u8.ToArray()), .. Situations.CloseFrameFor(role)];
        Assert.Equal(
            new ConnectionOutcome([new TextMessage("a"), Situations.Close], ConnectionState.Closed),
            Cuts.Run(() => WsConnection.Established(role), input, endOfStream: true, act: (connection, e) =>
            {
                if (e is CloseConnection close)
                    connection.Send(close.Response());
            }));
        Assert.Equal(
            new ConnectionOutcome([new TextMessage("a"), Situations.Close], ConnectionState.Closed),
            Cuts.Run(() => WsConnection.Established(role), input, endOfStream: true));
        Assert.Equal(
            new ConnectionOutcome([new TextMessage("a"), Situations.Close], ConnectionState.Closed),
            Cuts.Run(() => Situations.Create(role, Situation.LocalClosing), input, endOfStream: true));
    }

    [Theory]
    [MemberData(nameof(Roles))]
    [Trait("Register", "B5")]
    public void Stream_ends_in_every_situation__at_most_one_event_and_then_none(ConnectionRole role)
    {
        foreach (Situation situation in Enum.GetValues<Situation>())
        {
            using WsConnection connection = Situations.Create(role, situation);
            // A server that has refused the request still owes the refusal, or the rest of it.
            bool owesAnswer = role == ConnectionRole.Server && (situation is Situation.HandshakeFailed or Situation.Rejecting);
            Type? expected = connection.State switch
            {
                ConnectionState.Open or ConnectionState.LocalClosing => typeof(CloseConnection),
                ConnectionState.Connecting or ConnectionState.Rejecting when !owesAnswer => typeof(HandshakeFailed),
                _ => null,
            };
            ConnectionState before = connection.State;
            connection.ReceiveEndOfStream();
            Assert.Equal(before, connection.State);
            Assert.Equal(expected, connection.ReadAll().SingleOrDefault()?.GetType());
            connection.ReceiveEndOfStream();
            connection.Receive(Wire.FrameFor(role, Opcode.Ping, []));
            Assert.Empty(connection.ReadAll());
            Assert.Equal(owesAnswer ? before : ConnectionState.Closed, connection.State);
        }
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void Stream_ends_during_the_handshake__HandshakeFailed_without_a_response(ConnectionRole role)
    {
        byte[] head = role == ConnectionRole.Client ? Heads.Response() : Heads.Request();
        Situation before = role == ConnectionRole.Client ? Situation.RequestPassed : Situation.Connecting;
        foreach (int length in new[] { 0, 1, head.Length / 2, head.Length - 1 })
        {
            ConnectionOutcome outcome = Cuts.Run(() => Situations.Create(role, before), head[..length], endOfStream: true);
            HandshakeFailed failed = Assert.IsType<HandshakeFailed>(Assert.Single(outcome.Events));
            Assert.Equal((ProtocolError.HandshakeIncomplete, null, ConnectionState.Closed), (failed.Error, failed.Response, outcome.State));
        }
    }

    [Fact]
    public void Client_sees_the_stream_end_after_the_101_and_frames__AcceptConnection_messages_1006()
    {
        ConnectionOutcome outcome = Cuts.Run(
            () => Situations.Create(ConnectionRole.Client, Situation.RequestPassed),
            [.. Heads.Response(), .. Wire.Hex("81 01 61 82")],
            endOfStream: true);
        Assert.Equal([new AcceptConnection(), new TextMessage("a"), _lost], outcome.Events);
        Assert.Equal(ConnectionState.Closed, outcome.State);
    }

    [Fact]
    [Trait("Register", "B4")]
    public void Server_sees_the_stream_end_with_request_and_frames_unread__all_of_it_is_read_first()
    {
        byte[] input =
        [
            .. Heads.Request(),
            .. Wire.FrameFor(ConnectionRole.Server, Opcode.Text, "a"u8.ToArray()),
            .. Situations.CloseFrameFor(ConnectionRole.Server),
        ];
        ConnectionOutcome outcome = Cuts.Run(
            () => new WsConnection(ConnectionRole.Server), input, endOfStream: true, act: (connection, e) =>
            {
                if (e is Request)
                    connection.Send(new AcceptConnection());
            });
        Assert.Equal([new TextMessage("a"), Situations.Close], outcome.Events.Skip(1));
        Assert.Equal(ConnectionState.Closed, outcome.State);
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void Bytes_after_the_end_of_the_stream_are_dropped(ConnectionRole role)
    {
        using WsConnection connection = WsConnection.Established(role);
        connection.ReceiveEndOfStream();
        Assert.Equal([_lost], connection.Read(Wire.FrameFor(role, Opcode.Ping, [])));
    }

    [Fact]
    public void Bytes_after_the_end_of_the_stream_are_dropped_also_through_ReceiveBuffer()
    {
        using WsConnection client = WsConnection.Established(ConnectionRole.Client);
        client.ReceiveEndOfStream();
        Wire.Hex("89 00").CopyTo(client.ReceiveBuffer.GetSpan(2));
        client.ReceiveBuffer.Advance(2);
        Assert.Equal([_lost], client.ReadAll());
    }

    [Theory]
    [MemberData(nameof(Roles))]
    [Trait("MUST", "5.5.1-5")]
    public void Close_without_a_code_is_answered_by_one_without_a_code(ConnectionRole role)
    {
        Cuts.Expect(
            () => WsConnection.Established(role),
            Wire.CloseFor(role, null),
            ConnectionState.RemoteClosing,
            new CloseConnection(CloseCode.NoStatusReceived));
        using WsConnection server = WsConnection.Established(ConnectionRole.Server);
        CloseConnection close = Assert.IsType<CloseConnection>(Assert.Single(server.Read(Wire.CloseFor(ConnectionRole.Server, null))));
        Assert.Equal(Wire.Hex("88 00"), server.Send(close.Response()));
        Assert.Equal(ConnectionState.Closed, server.State);
    }

    [Fact]
    public void Server_is_closed_with_1010__answers_1000_as_it_may_not_send_1010()
    {
        using WsConnection server = WsConnection.Established(ConnectionRole.Server);
        CloseConnection close = Assert.IsType<CloseConnection>(Assert.Single(server.Read(Wire.CloseFor(ConnectionRole.Server, 1010, "x"))));
        Assert.Equal(CloseCode.MandatoryExtension, close.Code);
        Assert.Equal(Wire.Hex("88 03 03E8 78"), server.Send(close.Response()));
    }
}
