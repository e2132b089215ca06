namespace WsProto.Tests.Framing;

/// <summary>Close, Ping and Pong: short, in one piece, anywhere.</summary>
[Trait("RFC", "6455 §5.5")]
public class ControlFrameTests
{
    [Theory]
    [BothRoles(Opcode.Ping)]
    [BothRoles(Opcode.Pong)]
    [BothRoles(Opcode.Close)]
    [Trait("MUST", "5.4-2")]
    [Trait("MUST", "5.5-2")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_reject_unfinished_control_frame")]
    public void Both_receive_a_fragmented_control_frame__fail_with_1002(ConnectionRole role, Opcode opcode)
    {
        byte[] begun = Wire.FrameFor(role, opcode, [0x03, 0xE8], fin: false);
        Ends.ExpectFailure(role, begun[..2], ProtocolError.FragmentedControlFrame);
        Ends.ExpectFailure(role, [.. begun, .. Wire.FrameFor(role, Opcode.Continuation, [1])], ProtocolError.FragmentedControlFrame);
        Ends.ExpectFailure(role, [.. Wire.FrameFor(role, Opcode.Text, [], fin: false), .. begun], ProtocolError.FragmentedControlFrame);
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.4-2")]
    [Trait("MUST", "5.5-2")]
    public void Both_send_control_frames__fin_is_set(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role);
        WsEvent[] events =
        [
            new TextMessage("") { MessageFinished = false },
            new Ping(),
            new Pong(new byte[125]),
            new CloseConnection(CloseCode.NormalClosure),
        ];
        Assert.Equal([false, true, true, true], WireFrame.ReadAll([.. events.SelectMany(connection.Send)]).Select(frame => frame.Fin));
    }

    [Theory]
    [BothRoles(Opcode.Ping, LengthForm.TwoBytes)]
    [BothRoles(Opcode.Pong, LengthForm.TwoBytes)]
    [BothRoles(Opcode.Close, LengthForm.TwoBytes)]
    [BothRoles(Opcode.Ping, LengthForm.EightBytes)]
    [BothRoles(Opcode.Pong, LengthForm.EightBytes)]
    [BothRoles(Opcode.Close, LengthForm.EightBytes)]
    [Trait("MUST", "5.5-1")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_overly_long_control_frame")]
    public void Both_receive_a_control_frame_of_more_than_125_bytes__fail_with_1002_at_its_second_byte(
        ConnectionRole role, Opcode opcode, LengthForm form)
    {
        byte[] frame = Wire.FrameFor(role, opcode, new byte[128], form: form);
        Ends.ExpectFailure(role, frame[..2], ProtocolError.ControlFrameTooLong);
        Ends.ExpectFailure(role, frame, ProtocolError.ControlFrameTooLong);
    }

    [Theory]
    [BothRoles(0)]
    [BothRoles(1)]
    [BothRoles(125)]
    [Trait("MUST", "5.5-1")]
    [Trait("MUST", "6.2-2")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolReceive::test_random_control_frame")]
    public void Both_receive_ping_and_pong_of_up_to_125_bytes__deliver_them(ConnectionRole role, int length)
    {
        byte[] payload = Wire.Repeat(0xFE, length);
        Ends.Expect(role, Wire.FrameFor(role, Opcode.Ping, payload), new Ping(payload));
        Ends.Expect(role, Wire.FrameFor(role, Opcode.Pong, payload), new Pong(payload));
    }

    /// <summary>With a key of zeros they look like frames on the wire too.</summary>
    [Theory]
    [BothRoles(Opcode.Ping)]
    [BothRoles(Opcode.Pong)]
    public void Both_receive_a_control_frame_that_carries_frames__deliver_it_alone(ConnectionRole role, Opcode opcode)
    {
        byte[]? key = role == ConnectionRole.Server ? new byte[4] : null;
        byte[] payload =
        [
            .. Wire.Frame(Opcode.Text, Wire.Ascii("INJECTED"), key: key),
            .. Wire.Frame(Opcode.Binary, new byte[8], key: key),
        ];
        Ends.Expect(role, Wire.Frame(opcode, payload, key: key), opcode == Opcode.Ping ? new Ping(payload) : new Pong(payload));
    }

    [Theory]
    [BothRoles(MessageDelivery.Whole)]
    [BothRoles(MessageDelivery.Chunks)]
    [Trait("MUST", "6.2-2")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_partial_control_frame")]
    public void Both_receive_a_ping_byte_by_byte__deliver_it_once_it_is_whole(ConnectionRole role, MessageDelivery delivery)
    {
        byte[] frame = Wire.FrameFor(role, Opcode.Ping, Wire.Utf8("ping a ling"));
        using WsConnection connection = Ends.Open(role, new WsConnectionOptions { MessageDelivery = delivery });
        foreach (byte b in frame[..^1])
            Assert.Empty(connection.Read([b]));
        Assert.Equal([new Ping("ping a ling"u8.ToArray())], connection.Read(frame[^1..]));
    }

    [Theory]
    [BothRoles(126)]
    [BothRoles(70_000)]
    [Trait("MUST", "5.5-1")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_control_frame_with_overly_long_payload")]
    public void Both_send_ping_or_pong_of_more_than_125_bytes__refuse_it(ConnectionRole role, int length)
    {
        using WsConnection connection = Ends.Open(role);
        Ends.AssertRefused<ArgumentException>(connection, output => connection.SendPing(new byte[length], output));
        Ends.AssertRefused<ArgumentException>(connection, output => connection.SendPong(new byte[length], output));
        Ends.AssertRefused<ArgumentException>(connection, output => connection.Send(new Ping(new byte[length]), output));
        Ends.AssertRefused<ArgumentException>(connection, output => connection.Send(new Pong(new byte[length]), output));
    }

    [Theory]
    [InlineData(ConnectionRole.Server, "89 00", "8A 00", "89 03 010203", "8A 03 010203")]
    [InlineData(ConnectionRole.Client, "89 80 37FA213D", "8A 80 37FA213D", "89 83 37FA213D 36F822", "8A 83 37FA213D 36F822")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_ping_without_payload")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_ping_with_payload")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_pong_without_payload")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_pong_with_payload")]
    public void Both_send_ping_and_pong__the_bytes_are_these(
        ConnectionRole role, string ping, string pong, string fullPing, string fullPong)
    {
        using WsConnection connection = Ends.Open(role, new WsConnectionOptions { Random = Rand.Fixed(Wire.Key) });
        byte[] payload = [1, 2, 3];
        Assert.Equal(Wire.Hex(ping), connection.Send(new Ping()));
        Assert.Equal(Wire.Hex(pong), connection.Send(new Pong()));
        Assert.Equal(Wire.Hex(fullPing), connection.Send(new Ping(payload)));
        Assert.Equal(Wire.Hex(fullPong), connection.Send(new Pong(payload)));
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.5-1")]
    public void Both_send_125_bytes__the_other_end_reads_them(ConnectionRole role)
    {
        using Link link = Link.Established();
        byte[] payload = Enumerable.Range(0, 125).Select(i => (byte)i).ToArray();
        Assert.Equal([new Ping(payload)], link.Send(role, new Ping(payload)));
        Assert.Equal([new Pong(payload)], link.Send(role, new Pong(payload)));
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.5.2-1")]
    public void Both_receive_a_ping_while_open_and_after_their_own_close__may_answer_it(ConnectionRole role)
    {
        byte[] ping = Wire.FrameFor(role, Opcode.Ping, [7]);
        using WsConnection connection = Ends.Open(role);
        Ping open = Assert.IsType<Ping>(Assert.Single(connection.Read(ping)));
        Assert.Equal([7], WireFrame.Only(connection.Send(open.Response())).Payload);

        connection.Send(new CloseConnection(CloseCode.NormalClosure));
        Ping closing = Assert.IsType<Ping>(Assert.Single(connection.Read(ping)));
        Assert.True(connection.CanSend(closing.Response()));
        Assert.Equal(Opcode.Pong, WireFrame.Only(connection.Send(closing.Response())).Opcode);
        Assert.Equal(ConnectionState.LocalClosing, connection.State);
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.5.2-1")]
    public void Both_receive_a_ping_after_the_close_of_the_peer__ignore_it_and_refuse_a_pong(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role);
        Assert.Equal(
            [new CloseConnection(CloseCode.NormalClosure)],
            connection.Read([.. Wire.CloseFor(role, 1000), .. Wire.FrameFor(role, Opcode.Ping, [])]));
        Assert.Empty(connection.Read(Wire.FrameFor(role, Opcode.Ping, [])));
        Ends.AssertRefused<LocalProtocolException>(connection, output => connection.SendPong([], output));
        Assert.False(connection.CanSend(new Pong()));
    }

    [Theory]
    [BothRoles("")]
    [BothRoles("00")]
    [BothRoles("FF FE C3 28")]
    [Trait("MUST", "5.5.3-1")]
    public void Both_answer_a_ping__the_pong_has_the_same_payload_even_after_more_was_received(ConnectionRole role, string hex)
    {
        byte[] payload = Wire.Hex(hex);
        using WsConnection connection = Ends.Open(role);
        Ping ping = Assert.IsType<Ping>(Assert.Single(connection.Read(Wire.FrameFor(role, Opcode.Ping, payload))));
        connection.Read(Wire.FrameFor(role, Opcode.Binary, new byte[5000]));
        WireFrame pong = WireFrame.Only(connection.Send(ping.Response()));
        Assert.Equal(Opcode.Pong, pong.Opcode);
        Assert.Equal(payload, pong.Payload);
    }

    [Fact]
    [Trait("Register", "S37")]
    public void Server_receives_100000_unasked_pongs__keeps_no_memory()
    {
        var pool = new CountingPool();
        byte[] pongs = Wire.Concat(Enumerable.Repeat(Wire.FrameFor(ConnectionRole.Server, Opcode.Pong, Wire.Repeat(1, 125)), 1000));
        using WsConnection server = Ends.Open(ConnectionRole.Server, new WsConnectionOptions { Pool = pool });
        for (int i = 0; i < 100; i++)
        {
            server.Receive(pongs);
            int count = 0;
            while (server.TryReadFrame(out Frame frame))
                count += frame.Opcode == Opcode.Pong ? 1 : 0;
            Assert.Equal(1000, count);
            Assert.Equal(0, pool.Outstanding);
        }

        Assert.Equal(pool.Rented, pool.Returned);
        Assert.Equal(ConnectionState.Open, server.State);
    }
}
