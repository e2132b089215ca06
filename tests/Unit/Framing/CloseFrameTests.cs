using System.Buffers.Binary;
using System.Text;

namespace WsProto.Tests.Framing;

/// <summary>The body of a Close: nothing, or a code and a reason.</summary>
[Trait("RFC", "6455 §5.5.1, §7.4")]
public class CloseFrameTests
{
    [Theory]
    [BothRoles]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolReceive::test_close_no_code")]
    public void Both_receive_an_empty_close__deliver_1005(ConnectionRole role) =>
        ExpectClose(role, Wire.CloseFor(role, null), new CloseConnection(CloseCode.NoStatusReceived));

    [Theory]
    [BothRoles]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolReceive::test_close_no_payload")]
    public void Both_receive_a_close_with_a_code__deliver_it_without_a_reason(ConnectionRole role) =>
        ExpectClose(role, Wire.CloseFor(role, 1000), new CloseConnection(CloseCode.NormalClosure));

    [Theory]
    [BothRoles("tarah old chap")]
    [BothRoles("¡adiós!")]
    [BothRoles("\0")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolReceive::test_close_easy_payload")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolReceive::test_close_utf8_payload")]
    public void Both_receive_a_close_with_a_reason__deliver_it(ConnectionRole role, string reason) =>
        ExpectClose(role, Wire.CloseFor(role, 1000, reason), new CloseConnection(CloseCode.NormalClosure, reason));

    [Theory]
    [BothRoles]
    public void Both_receive_a_reason_of_123_bytes__deliver_it(ConnectionRole role)
    {
        string reason = new('r', 123);
        ExpectClose(role, Wire.CloseFor(role, 4999, reason), new CloseConnection((CloseCode)4999, reason));
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.5.1-1")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolReceive::test_close_one_byte_code")]
    public void Both_receive_a_close_of_one_byte__fail_with_1002(ConnectionRole role) =>
        Ends.ExpectFailure(role, Wire.FrameFor(role, Opcode.Close, [0x0E]), ProtocolError.InvalidClosePayload);

    [Theory]
    [BothRoles(0)]
    [BothRoles(123)]
    [BothRoles(999)]
    [BothRoles(1004)]
    [BothRoles(1005)]
    [BothRoles(1006)]
    [BothRoles(1015)]
    [BothRoles(1016)]
    [BothRoles(2998)]
    [BothRoles(2999)]
    [BothRoles(5000)]
    [BothRoles(65535)]
    [Trait("MUST", "5.5.1-1")]
    [Trait("MUST", "7.4.1-1")]
    [Trait("MUST", "7.4.1-2")]
    [Trait("MUST", "7.4.1-3")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolReceive::test_close_bad_code")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolReceive::test_close_unknown_code")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolReceive::test_close_local_only_code")]
    public void Both_receive_a_code_that_may_not_be_sent__fail_with_1002(ConnectionRole role, int code)
    {
        Ends.ExpectFailure(role, Wire.CloseFor(role, code), ProtocolError.InvalidCloseCode);
        Ends.ExpectFailure(role, Wire.CloseFor(role, code, "because"), ProtocolError.InvalidCloseCode);
    }

    /// <summary>Not under all cuts, for the time that would take; the test before this one does that.</summary>
    [Theory]
    [BothRoles]
    [Trait("MUST", "5.5.1-1")]
    [Trait("Register", "C19")]
    public void Both_receive_every_code__take_the_allowed_ones_only(ConnectionRole role)
    {
        byte[] frame = Wire.Frame(Opcode.Close, [0, 0], key: role == ConnectionRole.Server ? [0, 0, 0, 0] : null);
        for (int code = 0; code <= 65535; code++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(frame.Length - 2), (ushort)code);
            using WsConnection connection = Ends.Open(role);
            connection.Receive(frame);
            Assert.True(connection.TryReadEvent(out WsEvent? e));
            var close = (CloseConnection)e;
            (int Code, ProtocolError? Error) expected = Allowed(code) ? (code, null) : (1002, ProtocolError.InvalidCloseCode);
            if (((int)close.Code, close.Error) != expected)
                Assert.Fail($"{code} gave {close}");
        }
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.5.1-1")]
    [Trait("MUST", "7.4.1-1")]
    [Trait("MUST", "7.4.1-2")]
    [Trait("MUST", "7.4.1-3")]
    [Trait("Register", "B20")]
    [Trait("Register", "C20")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_local_only_close_reason")]
    public void Both_send_every_code__write_the_allowed_ones_only(ConnectionRole role)
    {
        WsConnection connection = Ends.Open(role);
        for (int code = 0; code <= 65535; code++)
        {
            bool mayBeSent = Allowed(code) && (code != 1010 || role == ConnectionRole.Client);
            if (code == 1005)
                continue;
            if (!mayBeSent)
            {
                Ends.AssertRefused<ArgumentException>(connection, output => connection.SendClose((CloseCode)code, "", output));
                continue;
            }

            Assert.Equal([(byte)(code >> 8), (byte)code], WireFrame.Only(connection.Send(new CloseConnection((CloseCode)code))).Payload);
            Assert.Equal(ConnectionState.LocalClosing, connection.State);
            connection.Dispose();
            connection = Ends.Open(role);
        }

        connection.Dispose();
    }

    [Theory]
    [BothRoles]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolReceive::test_close_bad_utf8_payload")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolReceive::test_close_incomplete_utf8_payload")]
    public void Both_receive_a_reason_that_is_not_utf8__fail_with_1007(ConnectionRole role)
    {
        foreach (string hex in (string[])["CE BA E1 BD B9 CF 83 CE BC CE B5 ED A0 80 65 64", "CE BA E1 BD B9 CF 83 CE BC CE B5 F4 8F BF"])
        {
            byte[] close = Wire.FrameFor(role, Opcode.Close, [0x03, 0xE8, .. Wire.Hex(hex)]);
            Ends.ExpectFailure(role, close, ProtocolError.InvalidCloseReason, CloseCode.InvalidPayloadData);
        }
    }

    [Theory]
    [InlineData(ConnectionRole.Server, "88 00")]
    [InlineData(ConnectionRole.Client, "88 80 37FA213D")]
    [Trait("MUST", "7.4.1-1")]
    [Trait("Register", "B20")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_simplest_possible_close")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_no_status_rcvd_close_reason")]
    public void Both_send_1005__write_an_empty_close(ConnectionRole role, string expected)
    {
        var options = new WsConnectionOptions { Random = Rand.Fixed(Wire.Key) };
        foreach (CloseCode code in (CloseCode[])[CloseCode.NoStatusReceived, (CloseCode)1005])
        {
            using WsConnection connection = Ends.Open(role, options);
            Assert.Equal(Wire.Hex(expected), connection.Send(new CloseConnection(code)));
            Assert.Equal(ConnectionState.LocalClosing, connection.State);
        }
    }

    [Theory]
    [InlineData(ConnectionRole.Server, "88 02 03E8", "88 05 03E9 627965")]
    [InlineData(ConnectionRole.Client, "88 82 37FA213D 3412", "88 85 37FA213D 3413 434452")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_unreasoning_close")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_reasoned_close")]
    [Trait("MUST", "5.5.1-1")]
    [Trait("MUST", "7.1.2-1")]
    public void Both_send_a_close__code_and_reason_are_on_the_wire(ConnectionRole role, string code, string reason)
    {
        var options = new WsConnectionOptions { Random = Rand.Fixed(Wire.Key) };
        using WsConnection first = Ends.Open(role, options);
        Assert.Equal(Wire.Hex(code), first.Send(new CloseConnection(CloseCode.NormalClosure)));
        using WsConnection second = Ends.Open(role, options);
        Assert.Equal(Wire.Hex(reason), second.Send(new CloseConnection(CloseCode.GoingAway, "bye")));
        Assert.Equal(ConnectionState.LocalClosing, second.State);
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "7.1.2-1")]
    public void Both_send_a_close__the_peer_reads_code_and_reason(ConnectionRole role)
    {
        using Link link = Link.Established();
        var close = new CloseConnection(CloseCode.GoingAway, "bye");
        Assert.Equal([close], link.Send(role, close));
        Assert.Equal([close], link.Send(role == ConnectionRole.Client ? ConnectionRole.Server : ConnectionRole.Client, close.Response()));
        Assert.Equal((ConnectionState.Closed, ConnectionState.Closed), (link.Client.State, link.Server.State));
    }

    [Theory]
    [InlineData(123, "", 123)]
    [InlineData(124, "", 123)]
    [InlineData(70_000, "", 123)]
    [InlineData(121, "é", 123)]
    [InlineData(122, "é", 122)]
    [InlineData(120, "€", 123)]
    [InlineData(121, "€", 121)]
    [InlineData(122, "€", 122)]
    [InlineData(119, "😀", 123)]
    [InlineData(120, "😀", 120)]
    [InlineData(121, "😀", 121)]
    [InlineData(122, "😀", 122)]
    [InlineData(123, "😀", 123)]
    [InlineData(0, "ååååååååååååååååååååååååååååååååååååååååååååååååååååååååååååååååå", 122)]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_overly_reasoned_close")]
    public void Both_send_a_reason_that_is_too_long__it_is_cut_between_characters(int letters, string end, int sent)
    {
        string reason = new string('x', letters) + end;
        foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
        {
            using WsConnection connection = Ends.Open(role);
            byte[] payload = WireFrame.Only(connection.Send(new CloseConnection(CloseCode.NormalClosure, reason))).Payload;
            Assert.Equal(Wire.Utf8(reason)[..sent], payload[2..]);
            Assert.StartsWith(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(payload[2..]), reason, StringComparison.Ordinal);
        }
    }

    [Theory]
    [BothRoles]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_reasoned_but_uncoded_close")]
    public void Both_send_a_reason_without_a_code__refuse_it(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role);
        Ends.AssertRefused<ArgumentException>(connection, output => connection.SendClose(CloseCode.NoStatusReceived, "termites", output));
        Ends.AssertRefused<ArgumentException>(
            connection,
            output => connection.Send(new CloseConnection(CloseCode.NoStatusReceived, "termites"), output));
    }

    [Theory]
    [BothRoles]
    public void Both_send_a_reason_with_a_lone_surrogate__refuse_it(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role);
        foreach (string reason in (string[])["\uD800", "a\uDC00b", "a\uD800b"])
            Ends.AssertRefused<ArgumentException>(connection, output => connection.SendClose(CloseCode.NormalClosure, reason, output));
    }

    [Theory]
    [BothRoles(1000)]
    [BothRoles(1001)]
    [BothRoles(1014)]
    [BothRoles(3000)]
    [BothRoles(4999)]
    [BothRoles(null!)]
    [Trait("MUST", "5.5.1-5")]
    [Trait("Register", "C19")]
    public void Both_answer_a_close__with_the_same_code(ConnectionRole role, int? code)
    {
        using WsConnection connection = Ends.Open(role);
        var close = Assert.IsType<CloseConnection>(Assert.Single(connection.Read(Wire.CloseFor(role, code))));
        Assert.Equal(ConnectionState.RemoteClosing, connection.State);
        Assert.Equal(Wire.ClosePayload(code), WireFrame.Only(connection.Send(close.Response())).Payload);
        Assert.Equal(ConnectionState.Closed, connection.State);
    }

    /// <summary>"1010 … is not used by the server" (§7.4.1), so that it cannot be echoed.</summary>
    [Fact]
    [Trait("MUST", "5.5.1-5")]
    [Trait("Register", "B20")]
    public void Server_receives_1010__answers_with_1000()
    {
        using WsConnection server = Ends.Open(ConnectionRole.Server);
        var close = Assert.IsType<CloseConnection>(Assert.Single(server.Read(Wire.CloseFor(ConnectionRole.Server, 1010, "deflate"))));
        Assert.Equal(CloseCode.MandatoryExtension, close.Code);
        Assert.Equal(Wire.ClosePayload(1000, "deflate"), WireFrame.Only(server.Send(close.Response())).Payload);
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.5.1-4")]
    [Trait("MUST", "6.1-3")]
    public void Both_send_data_after_their_close__refuse_it(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role);
        connection.Send(new TextMessage("half") { MessageFinished = false });
        connection.Send(new CloseConnection(CloseCode.NormalClosure));
        AssertSendsNoData(connection);
        Assert.Equal([new CloseConnection(CloseCode.NormalClosure)], connection.Read(Wire.CloseFor(role, 1000)));
        Assert.Equal(ConnectionState.Closed, connection.State);
        AssertSendsNoData(connection);
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "6.1-3")]
    public void Both_receive_a_close_inside_their_own_message__may_finish_it_and_begin_no_other(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role);
        connection.Send(new TextMessage("ha") { MessageFinished = false });
        connection.Read(Wire.CloseFor(role, 1000));
        Ends.AssertRefused<LocalProtocolException>(connection, output => connection.SendBytes([1], output));
        WireFrame end = WireFrame.Only(connection.Send(new TextMessage("lf")));
        Assert.Equal((true, Opcode.Continuation, "lf"), (end.Fin, end.Opcode, Encoding.ASCII.GetString(end.Payload)));
        Ends.AssertRefused<LocalProtocolException>(connection, output => connection.SendText("new", output));
        Assert.Equal(ConnectionState.RemoteClosing, connection.State);
    }

    [Theory]
    [BothRoles]
    [Trait("Register", "C17")]
    public void Both_receive_bytes_after_a_close__drop_them(ConnectionRole role)
    {
        byte[] late = [.. Wire.FrameFor(role, Opcode.Text, Wire.Utf8("late")), 0xFF, 0xFF, .. Wire.CloseFor(role, 1001)];
        Cuts.Expect(
            () => Ends.Open(role), [.. Wire.CloseFor(role, 1000), .. late], ConnectionState.RemoteClosing,
            new CloseConnection(CloseCode.NormalClosure));

        using WsConnection connection = Ends.Open(role);
        connection.Send(new CloseConnection(CloseCode.NormalClosure));
        Assert.Single(connection.Read(Wire.CloseFor(role, 1000)));
        Assert.Empty(connection.Read(late));
        Assert.Equal(ConnectionState.Closed, connection.State);
    }

    private static bool Allowed(int code) => code is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);

    private static void ExpectClose(ConnectionRole role, byte[] input, CloseConnection close) =>
        Cuts.Expect(() => Ends.Open(role), input, ConnectionState.RemoteClosing, close);

    private static void AssertSendsNoData(WsConnection connection)
    {
        Ends.AssertRefused<LocalProtocolException>(connection, output => connection.SendText("more", output));
        Ends.AssertRefused<LocalProtocolException>(connection, output => connection.SendText("more"u8, output));
        Ends.AssertRefused<LocalProtocolException>(connection, output => connection.SendBytes([1], output));
        Ends.AssertRefused<LocalProtocolException>(
            connection,
            output => connection.Send(new TextMessage("more") { MessageFinished = false }, output));
        Assert.False(connection.CanSend(new TextMessage("more")));
        Assert.False(connection.CanSend(new BytesMessage(new byte[1])));
    }
}
