namespace WsProto.Tests.Framing;

/// <summary>Clients mask, servers do not, and each refuses the contrary.</summary>
[Trait("RFC", "6455 §5.1")]
public class MaskBitTests
{
    private static readonly WsEvent[] _allKinds =
    [
        new TextMessage("text"), new TextMessage(""), new BytesMessage(new byte[200]), new BytesMessage(new byte[70_000]),
        new TextMessage("be") { MessageFinished = false }, new Ping("ping"u8.ToArray()), new Ping(), new Pong("pong"u8.ToArray()),
        new Pong(), new TextMessage("gun"), new CloseConnection(CloseCode.NormalClosure, "bye"),
    ];

    [Theory]
    [InlineData(Opcode.Text)]
    [InlineData(Opcode.Binary)]
    [InlineData(Opcode.Close)]
    [InlineData(Opcode.Ping)]
    [InlineData(Opcode.Pong)]
    [Trait("MUST", "5.1-2")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_reject_unmasked_client_frame")]
    public void Server_receives_unmasked_frame__fails_with_1002(Opcode opcode)
    {
        Ends.ExpectFailure(ConnectionRole.Server, Wire.Frame(opcode, [0x03, 0xE8]), ProtocolError.UnmaskedClientFrame);
        Ends.ExpectFailure(ConnectionRole.Server, Wire.Frame(opcode, []), ProtocolError.UnmaskedClientFrame);
    }

    [Theory]
    [InlineData(Opcode.Text)]
    [InlineData(Opcode.Binary)]
    [InlineData(Opcode.Close)]
    [InlineData(Opcode.Ping)]
    [InlineData(Opcode.Pong)]
    [Trait("MUST", "5.1-4")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_reject_masked_server_frame")]
    public void Client_receives_masked_frame__fails_with_1002(Opcode opcode)
    {
        Ends.ExpectFailure(ConnectionRole.Client, Wire.Frame(opcode, [0x03, 0xE8], key: Wire.Key), ProtocolError.MaskedServerFrame);
        Ends.ExpectFailure(ConnectionRole.Client, Wire.Frame(opcode, [], key: Wire.Key), ProtocolError.MaskedServerFrame);
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.1-2")]
    [Trait("MUST", "5.1-4")]
    public void Both_receive_a_wrong_mask_bit_in_a_continuation__fail_with_1002(ConnectionRole role)
    {
        byte[] first = Wire.FrameFor(role, Opcode.Text, Wire.Utf8("a"), fin: false);
        byte[] second = Wire.Frame(Opcode.Continuation, Wire.Utf8("b"), key: role == ConnectionRole.Client ? Wire.Key : null);
        ProtocolError error = role == ConnectionRole.Client ? ProtocolError.MaskedServerFrame : ProtocolError.UnmaskedClientFrame;
        Ends.ExpectFailure(role, [.. first, .. second], error);
    }

    [Fact]
    [Trait("MUST", "5.1-1")]
    [Trait("MUST", "5.3-1")]
    [Trait("MUST", "5.5.1-3")]
    public void Client_sends_frames_of_every_kind__all_are_masked()
    {
        using WsConnection client = Ends.Open(ConnectionRole.Client);
        Assert.All(WireFrame.ReadAll([.. _allKinds.SelectMany(client.Send)]), frame => Assert.NotNull(frame.Key));
    }

    [Fact]
    [Trait("MUST", "5.1-3")]
    public void Server_sends_frames_of_every_kind__none_is_masked()
    {
        using WsConnection server = Ends.Open(ConnectionRole.Server);
        Assert.All(WireFrame.ReadAll([.. _allKinds.SelectMany(server.Send)]), frame => Assert.Null(frame.Key));
    }

    [Fact]
    [Trait("MUST", "5.3-1")]
    [Trait("MUST", "5.1-1")]
    public void Client_sends_the_example_of_the_rfc__bytes_are_as_printed_there()
    {
        using WsConnection client = Ends.Open(ConnectionRole.Client, new WsConnectionOptions { Random = Rand.Fixed(Wire.Key) });
        Assert.Equal(Wire.Hex("81 85 37 FA 21 3D 7F 9F 4D 51 58"), client.Send(new TextMessage("Hello")));
    }

    [Fact]
    [Trait("MUST", "5.5.1-3")]
    public void Client_sends_a_close__code_and_reason_are_masked()
    {
        using WsConnection client = Ends.Open(ConnectionRole.Client, new WsConnectionOptions { Random = Rand.Fixed(Wire.Key) });
        Assert.Equal(Wire.Hex("88 85 37FA213D 3412 434452"), client.Send(new CloseConnection(CloseCode.NormalClosure, "bye")));
        using WsConnection other = Ends.Open(ConnectionRole.Client, new WsConnectionOptions { Random = Rand.Fixed(Wire.Key) });
        Assert.Equal(Wire.Hex("88 80 37FA213D"), other.Send(new CloseConnection(CloseCode.NoStatusReceived)));
    }

    /// <summary>A key of four zero octets is as good as any other, and must neither be skipped nor left out.</summary>
    [Fact]
    [Trait("MUST", "5.1-1")]
    public void Client_draws_the_key_zero__the_frame_is_masked_with_it()
    {
        using WsConnection client = Ends.Open(ConnectionRole.Client, new WsConnectionOptions { Random = Rand.Fixed(0) });
        Assert.Equal(Wire.Hex("81 82 00000000 4869"), client.Send(new TextMessage("Hi")));
        Assert.Equal(Wire.Hex("82 82 00000000 0102"), client.Send(new BytesMessage(new byte[] { 1, 2 })));
    }
}
