using System.Buffers;
using WsProto.Tests.Extensions.Samples;
using WsProto.Tests.Framing;

namespace WsProto.Tests;

/// <summary>What may be sent when: every event in every situation, for both roles.</summary>
[Trait("RFC", "6455 §6.1")]
public class SendingTests
{
    private static readonly Dictionary<string, WsEvent> _events = new()
    {
        ["Request"] = Situations.Request,
        ["Accept"] = new AcceptConnection(),
        ["Reject"] = new RejectConnection(),
        ["RejectHead"] = new RejectConnection { HasBody = true },
        ["RejectPart"] = new RejectData(new byte[3], bodyFinished: false),
        ["RejectEnd"] = new RejectData(new byte[3]),
        ["HandshakeFailed"] = new HandshakeFailed { Error = ProtocolError.InvalidKey, Message = "" },
        ["Text"] = new TextMessage("é"),
        ["TextPart"] = new TextMessage("é") { MessageFinished = false },
        ["Bytes"] = new BytesMessage(new byte[3]),
        ["BytesPart"] = new BytesMessage(new byte[3]) { MessageFinished = false },
        ["Ping"] = new Ping(),
        ["Pong"] = new Pong(),
        ["Close"] = Situations.Close,
    };

    public static TheoryData<ConnectionRole, Situation> AllSituations()
    {
        var data = new TheoryData<ConnectionRole, Situation>();
        foreach ((ConnectionRole role, Situation situation) in Situations.All)
            data.Add(role, situation);
        return data;
    }

    /// <summary>The table of ConnectionState's and api's promises: state, then what can be sent.</summary>
    private static (ConnectionState State, string CanSend) Expected(ConnectionRole role, Situation situation) => (situation, role) switch
    {
        (Situation.Connecting, ConnectionRole.Client) => (ConnectionState.Connecting, "Request"),
        (Situation.Connecting, ConnectionRole.Server) => (ConnectionState.Connecting, "Reject RejectHead"),
        (Situation.RequestPassed, ConnectionRole.Client) => (ConnectionState.Connecting, ""),
        (Situation.RequestPassed, ConnectionRole.Server) => (ConnectionState.Connecting, "Accept Reject RejectHead"),
        (Situation.HandshakeFailed, ConnectionRole.Client) => (ConnectionState.Closed, ""),
        (Situation.HandshakeFailed, ConnectionRole.Server) => (ConnectionState.Connecting, "Reject RejectHead"),
        (Situation.Rejecting, ConnectionRole.Client) => (ConnectionState.Rejecting, ""),
        (Situation.Rejecting, ConnectionRole.Server) => (ConnectionState.Rejecting, "RejectPart RejectEnd"),
        (Situation.Open, _) => (ConnectionState.Open, "Text TextPart Bytes BytesPart Ping Pong Close"),
        (Situation.TextOpen, _) => (ConnectionState.Open, "Text TextPart Ping Pong Close"),
        (Situation.BytesOpen, _) => (ConnectionState.Open, "Bytes BytesPart Ping Pong Close"),
        (Situation.RemoteClosing, _) => (ConnectionState.RemoteClosing, "Close"),
        (Situation.TextOpenInRemoteClosing, _) => (ConnectionState.RemoteClosing, "Text TextPart Close"),
        (Situation.BytesOpenInRemoteClosing, _) => (ConnectionState.RemoteClosing, "Bytes BytesPart Close"),
        (Situation.Failed, _) => (ConnectionState.RemoteClosing, "Close"),
        (Situation.LocalClosing or Situation.TextOpenInLocalClosing, _) => (ConnectionState.LocalClosing, "Pong"),
        _ => (ConnectionState.Closed, ""),
    };

    [Theory]
    [MemberData(nameof(AllSituations))]
    [Trait("MUST", "4.1-31")]
    [Trait("MUST", "5.5.1-4")]
    [Trait("MUST", "6.1-2")]
    [Trait("Register", "B9")]
    [Trait("wsproto", "test_connection.py::test_send_after_close")]
    [Trait("wsproto", "test_connection.py::test_close_whilst_closing")]
    [Trait("wsproto", "test_connection.py::test_send_invalid_event")]
    [Trait("wsproto", "test_handshake.py::test_send_invalid_event")]
    public void CanSend_and_Send_agree_and_refusal_writes_nothing_and_changes_nothing(ConnectionRole role, Situation situation)
    {
        (ConnectionState state, string canSend) = Expected(role, situation);
        string[] allowed = canSend.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        using (WsConnection connection = Situations.Create(role, situation))
        {
            Assert.Equal(state, connection.State);
            foreach ((string name, WsEvent e) in _events.Where(pair => !allowed.Contains(pair.Key)))
            {
                var output = new ArrayBufferWriter<byte>();
                Assert.False(connection.CanSend(e), name);
                Assert.Throws<LocalProtocolException>(() => connection.Send(e, output));
                Assert.Throws<LocalProtocolException>(() => connection.Send(e));
                Assert.Equal(0, output.WrittenCount);
                Assert.Equal(state, connection.State);
                Assert.Equal(allowed, _events.Where(pair => connection.CanSend(pair.Value)).Select(pair => pair.Key));
            }
        }

        foreach (string name in allowed)
        {
            using WsConnection connection = Situations.Create(role, situation);
            Assert.True(connection.CanSend(_events[name]), name);
            Assert.NotEmpty(connection.Send(_events[name]));
        }
    }

    /// <summary>First the machine, then the effect.</summary>
    [Theory]
    [InlineData(ConnectionRole.Client, false)]
    [InlineData(ConnectionRole.Client, true)]
    [InlineData(ConnectionRole.Server, false)]
    [InlineData(ConnectionRole.Server, true)]
    public void State_is_judged_before_what_is_to_be_sent(ConnectionRole role, bool extended)
    {
        using WsConnection connection = WsConnection.Established(role, extended ? [new TagCodec()] : []);
        connection.Send(new CloseConnection(CloseCode.NormalClosure));
        Ends.AssertRefused<LocalProtocolException>(connection, output => connection.SendText([0xFF], output));
        Ends.AssertRefused<LocalProtocolException>(connection, output => connection.SendText("\uD800", output));
        Ends.AssertRefused<LocalProtocolException>(connection, output => connection.SendPing(new byte[126], output));
        Ends.AssertRefused<LocalProtocolException>(connection, output => connection.SendClose((CloseCode)1, "", output));
    }

    [Theory]
    [MemberData(nameof(AllSituations))]
    public void Span_methods_are_refused_where_their_events_are(ConnectionRole role, Situation situation)
    {
        (ConnectionState state, string canSend) = Expected(role, situation);
        string[] allowed = canSend.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var sends = new Dictionary<string, Action<WsConnection, ArrayBufferWriter<byte>>>
        {
            ["Text"] = (connection, output) => connection.SendText("é", output),
            ["TextPart"] = (connection, output) => connection.SendText("é"u8, output, messageFinished: false),
            ["Bytes"] = (connection, output) => connection.SendBytes(new byte[3], output),
            ["BytesPart"] = (connection, output) => connection.SendBytes(new byte[3], output, messageFinished: false),
            ["Ping"] = (connection, output) => connection.SendPing([], output),
            ["Pong"] = (connection, output) => connection.SendPong([], output),
            ["Close"] = (connection, output) => connection.SendClose(CloseCode.NormalClosure, "", output),
        };
        foreach ((string name, Action<WsConnection, ArrayBufferWriter<byte>> send) in sends)
        {
            using WsConnection connection = Situations.Create(role, situation);
            var output = new ArrayBufferWriter<byte>();
            if (allowed.Contains(name))
            {
                send(connection, output);
                using WsConnection twin = Situations.Create(role, situation);
                Assert.Equal(twin.Send(_events[name]), output.WrittenSpan.ToArray());
                Assert.Equal(twin.State, connection.State);
            }
            else
            {
                Assert.Throws<LocalProtocolException>(() => send(connection, output));
                Assert.Equal(0, output.WrittenCount);
                Assert.Equal(state, connection.State);
            }
        }
    }

    [Theory]
    [InlineData(Situation.TextOpen, "Bytes")]
    [InlineData(Situation.TextOpen, "BytesPart")]
    [InlineData(Situation.BytesOpen, "Text")]
    [InlineData(Situation.BytesOpen, "TextPart")]
    [Trait("MUST", "5.4-4")]
    public void Server_sends_the_other_kind_inside_a_message__is_refused_and_the_message_goes_on(Situation situation, string other)
    {
        using WsConnection server = Situations.Create(ConnectionRole.Server, situation);
        Assert.Throws<LocalProtocolException>(() => server.Send(_events[other]));
        WsEvent end = situation == Situation.TextOpen ? new TextMessage("b") : new BytesMessage("b"u8.ToArray());
        Assert.Equal(Wire.Hex("80 01 62"), server.Send(end));
        Assert.Equal(other.StartsWith("Text", StringComparison.Ordinal) ? 0x01 : 0x02, server.Send(_events[other])[0] & 0x0F);
    }

    [Fact]
    [Trait("MUST", "6.1-3")]
    [Trait("MUST", "5.5.1-4")]
    public void Server_closes_inside_its_message__the_message_cannot_go_on()
    {
        using WsConnection server = Situations.Create(ConnectionRole.Server, Situation.TextOpen);
        Assert.Equal(Wire.Hex("88 02 03E8"), server.Send(Situations.Close));
        Assert.Throws<LocalProtocolException>(() => server.Send(new TextMessage("b")));
        Assert.Equal([Situations.Close], server.Read(Situations.CloseFrameFor(ConnectionRole.Server)));
        Assert.Equal(ConnectionState.Closed, server.State);
        Assert.Throws<LocalProtocolException>(() => server.Send(new TextMessage("b")));
    }

    [Fact]
    public void Server_is_closed_by_its_peer_inside_its_message__finishes_it_and_begins_no_other()
    {
        using WsConnection server = Situations.Create(ConnectionRole.Server, Situation.TextOpenInRemoteClosing);
        Assert.Equal(Wire.Hex("00 01 62"), server.Send(new TextMessage("b") { MessageFinished = false }));
        Assert.Throws<LocalProtocolException>(() => server.Send(new Ping()));
        Assert.Equal(Wire.Hex("80 01 63"), server.Send(new TextMessage("c")));
        Assert.False(server.CanSend(new TextMessage("d")));
        Assert.Throws<LocalProtocolException>(() => server.Send(new TextMessage("d")));
        Assert.Equal(Wire.Hex("88 02 03E8"), server.Send(Situations.Close.Response()));
        Assert.Equal(ConnectionState.Closed, server.State);
    }

    [Theory]
    [InlineData(0xD83D)]
    [InlineData(0x61, 0xDE00)]
    [InlineData(0xDE00, 0xD83D)]
    [Trait("MUST", "5.6-1")]
    [Trait("Register", "B9")]
    public void Lone_surrogate_is_refused_as_text_and_as_reason(params int[] units)
    {
        string text = string.Concat(units.Select(unit => (char)unit));
        foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
        {
            using WsConnection connection = Situations.Create(role, Situation.Open);
            var output = new ArrayBufferWriter<byte>();
            Assert.ThrowsAny<ArgumentException>(() => connection.Send(new TextMessage(text), output));
            Assert.ThrowsAny<ArgumentException>(() => connection.SendText(text, output));
            Assert.ThrowsAny<ArgumentException>(() => connection.Send(new CloseConnection(CloseCode.NormalClosure, text), output));
            Assert.Equal(0, output.WrittenCount);
            Assert.Equal(ConnectionState.Open, connection.State);
            Assert.True(connection.CanSend(new BytesMessage(default)), "No message was begun.");
        }
    }

    [Theory]
    [InlineData("C3")]
    [InlineData("E2 82")]
    [InlineData("A9 61")]
    [InlineData("ED A0 80")]
    [Trait("MUST", "5.6-1")]
    public void Cut_or_broken_UTF_8_is_refused_as_text_also_where_the_message_goes_on(string utf8)
    {
        using WsConnection server = Situations.Create(ConnectionRole.Server, Situation.Open);
        var output = new ArrayBufferWriter<byte>();
        Assert.Throws<ArgumentException>(() => server.SendText(Wire.Hex(utf8), output));
        Assert.Throws<ArgumentException>(() => server.SendText(Wire.Hex(utf8), output, messageFinished: false));
        Assert.Equal(0, output.WrittenCount);
        server.SendText("é"u8, output);
        Assert.Equal(Wire.Hex("81 02 C3A9"), output.WrittenSpan.ToArray());
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "B20")]
    [Trait("Register", "C20")]
    public void Close_codes_that_may_not_be_sent_are_refused(ConnectionRole role)
    {
        var sendable = new List<int>();
        foreach (int code in Enumerable.Range(0, 5200).Append(ushort.MaxValue))
        {
            using WsConnection connection = WsConnection.Established(role);
            var output = new ArrayBufferWriter<byte>();
            try
            {
                connection.SendClose((CloseCode)code, "", output);
                sendable.Add(code);
            }
            catch (ArgumentOutOfRangeException)
            {
                Assert.Equal((0, ConnectionState.Open), (output.WrittenCount, connection.State));
            }
        }

        IEnumerable<int> registered = [.. Enumerable.Range(1000, 4), 1005, .. Enumerable.Range(1007, 8), .. Enumerable.Range(3000, 2000)];
        Assert.Equal(registered.Where(code => code != 1010 || role == ConnectionRole.Client), sendable);
    }

    [Fact]
    [Trait("Register", "B20")]
    public void Reason_without_a_code_is_refused()
    {
        using WsConnection server = Situations.Create(ConnectionRole.Server, Situation.Open);
        var output = new ArrayBufferWriter<byte>();
        Assert.Throws<ArgumentException>(() => server.SendClose(CloseCode.NoStatusReceived, "bye", output));
        Assert.Equal((0, ConnectionState.Open), (output.WrittenCount, server.State));
        Assert.Equal(Wire.Hex("88 00"), server.Send(new CloseConnection((CloseCode)1005, "")));
    }

    [Fact]
    public void FrameFinished_of_a_sent_message_is_ignored()
    {
        using WsConnection server = Situations.Create(ConnectionRole.Server, Situation.Open);
        Assert.Equal(Wire.Hex("81 01 61"), server.Send(new TextMessage("a") { FrameFinished = false }));
    }

    [Fact]
    public void Bytes_of_a_message_are_those_of_the_moment_of_sending()
    {
        using WsConnection server = Situations.Create(ConnectionRole.Server, Situation.Open);
        byte[] data = [1, 2, 3];
        byte[] sent = server.Send(new BytesMessage(data));
        data[0] = 9;
        Assert.Equal(Wire.Hex("82 03 010203"), sent);
    }

    [Theory]
    [InlineData(126)]
    [InlineData(200)]
    [Trait("MUST", "5.5-1")]
    [Trait("Register", "B9")]
    public void Payload_of_a_control_frame_over_125_bytes_is_refused(int length)
    {
        using WsConnection server = Situations.Create(ConnectionRole.Server, Situation.Open);
        var output = new ArrayBufferWriter<byte>();
        Assert.Throws<ArgumentException>(() => server.Send(new Ping(new byte[length]), output));
        Assert.Throws<ArgumentException>(() => server.Send(new Pong(new byte[length]), output));
        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    public void Null_is_refused_as_an_argument()
    {
        using WsConnection connection = Situations.Create(ConnectionRole.Server, Situation.Open);
        var output = new ArrayBufferWriter<byte>();
        Assert.Throws<ArgumentNullException>(() => connection.CanSend(null!));
        Assert.Throws<ArgumentNullException>(() => connection.Send(null!));
        Assert.Throws<ArgumentNullException>(() => connection.Send(null!, output));
        Assert.Throws<ArgumentNullException>(() => connection.Send(new Ping(), null!));
        Assert.Throws<ArgumentNullException>(() => connection.Send(new TextMessage(null!), output));
        Assert.Throws<ArgumentNullException>(() => connection.SendText("", null!));
        Assert.Throws<ArgumentNullException>(() => connection.SendText(""u8, null!));
        Assert.Throws<ArgumentNullException>(() => connection.SendBytes([], null!));
        Assert.Throws<ArgumentNullException>(() => connection.SendPing([], null!));
        Assert.Throws<ArgumentNullException>(() => connection.SendPong([], null!));
        Assert.Throws<ArgumentNullException>(() => connection.SendClose(CloseCode.NormalClosure, "", null!));
        using var connecting = new WsConnection(ConnectionRole.Server);
        Assert.Throws<ArgumentNullException>(() => connecting.ReceiveRequest(null!, "/", []));
        Assert.Throws<ArgumentNullException>(() => connecting.ReceiveRequest("GET", null!, []));
        Assert.Throws<ArgumentNullException>(() => connecting.ReceiveRequest("GET", "/", null!));
        Assert.Throws<ArgumentNullException>(() => connecting.Send(new RejectConnection(), null!));
        Assert.Equal((ConnectionState.Open, ConnectionState.Connecting), (connection.State, connecting.State));
    }

    [Theory]
    [InlineData(Situation.Open)]
    [InlineData(Situation.TextOpen)]
    public void Message_of_a_refusal_names_event_role_and_state_and_no_payload(Situation situation)
    {
        using WsConnection server = Situations.Create(ConnectionRole.Server, situation);
        LocalProtocolException refusal = Assert.Throws<LocalProtocolException>(() => server.Send(new Request("secret.example", "/secret")));
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(Request), refusal.Message, StringComparison.Ordinal);
        Assert.Equal(LocalProtocolError.HandshakeFinished, refusal.Error);
        Assert.IsAssignableFrom<WsException>(refusal);
    }

    [Fact]
    public void Message_of_a_refusal_names_each_kind_of_event_and_the_message_that_is_open()
    {
        using WsConnection open = Situations.Create(ConnectionRole.Server, Situation.TextOpen);
        Assert.Equal("BytesMessage cannot be sent now: another message is open.", Message(open, new BytesMessage(default)));
        using WsConnection closed = Situations.Create(ConnectionRole.Client, Situation.Closed);
        foreach (WsEvent e in (WsEvent[])
        [
            new TextMessage(""), new BytesMessage(default), new Ping(), new Pong(), new CloseConnection(CloseCode.NormalClosure),
        ])
            Assert.Equal($"{e.Kind} cannot be sent now: our Close was sent.", Message(closed, e));

        Assert.Equal(
            "TextMessage cannot be sent now: our Close was sent.",
            Assert.Throws<LocalProtocolException>(() => closed.SendPrepared(PreparedMessage.FromText(""))).Message);

        static string Message(WsConnection connection, WsEvent e) =>
            Assert.Throws<LocalProtocolException>(() => connection.Send(e)).Message;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    [Trait("MUST", "5.5.2-1")]
    [Trait("MUST", "5.5.3-1")]
    public void Both_roles_receive_Ping__its_response_has_the_same_payload_even_after_more_was_received(int length)
    {
        byte[] payload = [.. Enumerable.Range(0, length).Select(i => (byte)(0xFF - i))];
        foreach (Situation situation in new[] { Situation.Open, Situation.LocalClosing })
        {
            using WsConnection server = Situations.Create(ConnectionRole.Server, situation);
            Ping ping = Assert.IsType<Ping>(Assert.Single(server.Read(Wire.FrameFor(ConnectionRole.Server, Opcode.Ping, payload))));
            server.Read(Wire.FrameFor(ConnectionRole.Server, Opcode.Binary, Wire.Repeat(7, 500)));
            Assert.Equal([0x8A, (byte)length, .. payload], server.Send(ping.Response()));
            using WsConnection client = Situations.Create(ConnectionRole.Client, situation);
            ping = Assert.IsType<Ping>(Assert.Single(client.Read(Wire.FrameFor(ConnectionRole.Client, Opcode.Ping, payload))));
            using WsConnection peer = WsConnection.Established(ConnectionRole.Server);
            Assert.Equal([new Pong(payload)], peer.Read(client.Send(ping.Response())));
        }
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("MUST", "5.5.2-1")]
    public void Ping_after_the_peers_Close_gives_no_event_and_no_Pong_may_be_sent(ConnectionRole role)
    {
        byte[] input = [.. Situations.CloseFrameFor(role), .. Wire.FrameFor(role, Opcode.Ping, [1])];
        Cuts.Expect(() => WsConnection.Established(role), input, ConnectionState.RemoteClosing, Situations.Close);
        using WsConnection connection = Situations.Create(role, Situation.RemoteClosing);
        Assert.Throws<LocalProtocolException>(() => connection.Send(new Pong(new byte[] { 1 })));
    }
}
