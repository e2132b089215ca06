
using WsProto.Framing;

namespace WsProto.Tests.Framing;

/// <summary>The head of a frame: opcode, reserved bits, length.</summary>
[Trait("RFC", "6455 §5.2")]
public class BaseFramingTests
{
    private static readonly Opcode[] _known = [Opcode.Continuation, Opcode.Text, Opcode.Binary, Opcode.Close, Opcode.Ping, Opcode.Pong];

    [Theory]
    [BothRoles(0x3)]
    [BothRoles(0x4)]
    [BothRoles(0x5)]
    [BothRoles(0x6)]
    [BothRoles(0x7)]
    [BothRoles(0xB)]
    [BothRoles(0xC)]
    [BothRoles(0xD)]
    [BothRoles(0xE)]
    [BothRoles(0xF)]
    [Trait("MUST", "5.2-3")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_reject_bad_opcode")]
    public void Both_receive_an_unknown_opcode__fail_with_1002(ConnectionRole role, int opcode)
    {
        Ends.ExpectFailure(role, Wire.FrameFor(role, (Opcode)opcode, []), ProtocolError.ReservedOpcode);
        Ends.ExpectFailure(role, Wire.FrameFor(role, (Opcode)opcode, [1, 2]), ProtocolError.ReservedOpcode);
        byte[] open = Wire.FrameFor(role, Opcode.Text, [], fin: false);
        Ends.ExpectFailure(role, [.. open, .. Wire.FrameFor(role, (Opcode)opcode, [])], ProtocolError.ReservedOpcode);
    }

    [Theory]
    [BothRoles(1)]
    [BothRoles(2)]
    [BothRoles(3)]
    [BothRoles(4)]
    [BothRoles(5)]
    [BothRoles(6)]
    [BothRoles(7)]
    [Trait("MUST", "5.2-2")]
    [Trait("MUST", "5.2-8")]
    [Trait("MUST", "5.2-9")]
    [Trait("MUST", "5.2-10")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_reject_reserved_bits")]
    [Trait("Register", "S20")]
    public void Both_receive_reserved_bits_without_an_extension__fail_with_1002(ConnectionRole role, int bits)
    {
        foreach (Opcode opcode in _known)
        {
            byte[] open = opcode == Opcode.Continuation ? Wire.FrameFor(role, Opcode.Text, [], fin: false) : [];
            Ends.ExpectFailure(role, [.. open, .. Wire.FrameFor(role, opcode, [], rsv: bits)], ProtocolError.ReservedBitSet);
        }
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.2-1")]
    public void Both_send_frames_of_every_kind__no_reserved_bit_is_set(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role);
        WsEvent[] events =
        [
            new TextMessage("a"), new BytesMessage(new byte[300]) { MessageFinished = false }, new BytesMessage(new byte[1]), new Ping(),
            new Pong(), new CloseConnection(CloseCode.NormalClosure),
        ];
        Assert.All(WireFrame.ReadAll([.. events.SelectMany(connection.Send)]), frame => Assert.Equal(0, frame.Reserved));
    }

    [Theory]
    [BothRoles]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_zero_length_message")]
    public void Both_receive_a_frame_without_payload__deliver_an_empty_message(ConnectionRole role)
    {
        Ends.Expect(role, Wire.FrameFor(role, Opcode.Text, []), new TextMessage(""));
        Ends.Expect(role, Wire.FrameFor(role, Opcode.Binary, []), new BytesMessage(Array.Empty<byte>()));
    }

    [Fact]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_short_server_message_frame")]
    public void Client_receives_a_short_frame__delivers_it() =>
        Ends.Expect(ConnectionRole.Client, Wire.Hex("81 02 c3 b1"), new TextMessage("ñ"));

    [Fact]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_short_client_message_frame")]
    public void Server_receives_a_short_masked_frame__delivers_it_unmasked() =>
        Ends.Expect(ConnectionRole.Server, Wire.Hex("81 82 79 fd 42 5f ba 4c"), new TextMessage("ñ"));

    [Theory]
    [BothRoles(512)]
    [BothRoles(126)]
    [BothRoles(65_535)]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_long_message_frame")]
    [Trait("MUST", "5.2-5")]
    public void Both_receive_a_16_bit_length__deliver_the_frame(ConnectionRole role, int length)
    {
        byte[] payload = Wire.Repeat((byte)'x', length);
        byte[] head = [0x82, (byte)(role == ConnectionRole.Server ? 0xFE : 0x7E), (byte)(length >> 8), (byte)length];
        byte[] frame = Wire.FrameFor(role, Opcode.Binary, payload);
        Assert.Equal(head, frame[..4]);
        Ends.Expect(role, frame, new BytesMessage(payload));
    }

    [Theory]
    [BothRoles(65_536)]
    [BothRoles(131_072)]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_very_long_message_frame")]
    [Trait("MUST", "5.2-5")]
    [Trait("Register", "S51")]
    public void Both_receive_a_64_bit_length__deliver_the_frame(ConnectionRole role, int length)
    {
        byte[] payload = Wire.Repeat((byte)'x', length);
        byte[] head = [0x82, (byte)(role == ConnectionRole.Server ? 0xFF : 0x7F), 0, 0, 0, 0, 0, (byte)(length >> 16), 0, 0];
        byte[] frame = Wire.FrameFor(role, Opcode.Binary, payload);
        Assert.Equal(head, frame[..10]);
        Ends.Expect(role, frame, new BytesMessage(payload));
    }

    [Theory]
    [BothRoles(0)]
    [BothRoles(64)]
    [BothRoles(124)]
    [BothRoles(125)]
    [Trait("MUST", "5.2-5")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_insufficiently_long_message_frame")]
    public void Both_receive_a_16_bit_length_where_7_bits_do__fail_with_1002(ConnectionRole role, int length)
    {
        byte[] frame = Wire.FrameFor(role, Opcode.Binary, new byte[length], form: LengthForm.TwoBytes);
        Ends.ExpectFailure(role, frame[..4], ProtocolError.NonMinimalLength);
        Ends.ExpectFailure(role, frame, ProtocolError.NonMinimalLength);
    }

    [Theory]
    [BothRoles(126)]
    [BothRoles(512)]
    [BothRoles(65_535)]
    [Trait("MUST", "5.2-5")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_insufficiently_very_long_message_frame")]
    public void Both_receive_a_64_bit_length_where_16_bits_do__fail_with_1002(ConnectionRole role, int length) =>
        Ends.ExpectFailure(
            role, Wire.FrameFor(role, Opcode.Binary, new byte[length], form: LengthForm.EightBytes)[..10], ProtocolError.NonMinimalLength);

    [Theory]
    [BothRoles(0)]
    [BothRoles(64)]
    [BothRoles(125)]
    [Trait("MUST", "5.2-5")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_very_insufficiently_very_long_message_frame")]
    public void Both_receive_a_64_bit_length_where_7_bits_do__fail_with_1002(ConnectionRole role, int length) =>
        Ends.ExpectFailure(
            role, Wire.FrameFor(role, Opcode.Binary, new byte[length], form: LengthForm.EightBytes), ProtocolError.NonMinimalLength);

    [Theory]
    [BothRoles("80 00 00 00 00 00 00 00")]
    [BothRoles("80 00 00 00 00 00 00 01")]
    [BothRoles("80 00 00 00 00 01 00 00")]
    [BothRoles("FF FF FF FF FF FF FF FF")]
    [Trait("MUST", "5.2-4")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_eight_byte_length_with_msb_set")]
    [Trait("Register", "S01")]
    [Trait("Register", "S02")]
    [Trait("Register", "S04")]
    public void Both_receive_a_length_with_its_top_bit_set__fail_with_1002(ConnectionRole role, string length)
    {
        byte mask = role == ConnectionRole.Server ? (byte)0x80 : (byte)0;
        Ends.ExpectFailure(role, [0x82, (byte)(mask | 127), .. Wire.Hex(length)], ProtocolError.LengthOutOfRange);
        var unlimited =
            new WsConnectionOptions { MessageDelivery = MessageDelivery.Chunks, MaxMessageSize = null, MaxFragmentCount = null };
        Ends.ExpectFailure(role, [0x81, (byte)(mask | 127), .. Wire.Hex(length)], ProtocolError.LengthOutOfRange, options: unlimited);
    }

    [Theory]
    [BothRoles]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_not_enough_for_header")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_not_enough_for_long_length")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_not_enough_for_very_long_length")]
    [Trait("Register", "S51")]
    public void Both_receive_a_head_in_parts__say_nothing_until_the_frame_is_whole(ConnectionRole role)
    {
        foreach (int length in (int[])[2, 512, 65_536])
        {
            byte[] frame = Wire.FrameFor(role, Opcode.Binary, new byte[length]);
            for (int cut = 0; cut < 16; cut++)
            {
                using WsConnection connection = Ends.Open(role);
                Assert.Empty(connection.Read(frame[..Math.Min(cut, frame.Length - 1)]));
                Assert.Equal(ConnectionState.Open, connection.State);
                Assert.Equal([new BytesMessage(new byte[length])], connection.Read(frame[Math.Min(cut, frame.Length - 1)..]));
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(512)]
    [InlineData(65_536)]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_not_enough_for_mask")]
    public void Server_receives_a_key_in_parts__unmasks_with_the_whole(int length)
    {
        byte[] frame = Wire.Frame(Opcode.Binary, Wire.Repeat(7, length), key: Wire.Key);
        int key = frame.Length - length - 4;
        for (int cut = key; cut <= key + 4; cut++)
        {
            using WsConnection server = Ends.Open(ConnectionRole.Server);
            Assert.Empty(server.Read(frame[..cut]));
            Assert.Equal([new BytesMessage(Wire.Repeat(7, length))], server.Read(frame[cut..]));
        }
    }

    [Theory]
    [InlineData(0, "82 00", "82 80")]
    [InlineData(1, "82 01", "82 81")]
    [InlineData(125, "82 7D", "82 FD")]
    [InlineData(126, "82 7E 007E", "82 FE 007E")]
    [InlineData(127, "82 7E 007F", "82 FE 007F")]
    [InlineData(65_535, "82 7E FFFF", "82 FE FFFF")]
    [InlineData(65_536, "82 7F 0000000000010000", "82 FF 0000000000010000")]
    [InlineData(65_537, "82 7F 0000000000010001", "82 FF 0000000000010001")]
    [InlineData(131_072, "82 7F 0000000000020000", "82 FF 0000000000020000")]
    [InlineData(200_003, "82 7F 0000000000030D43", "82 FF 0000000000030D43")]
    [Trait("MUST", "5.2-5")]
    [Trait("MUST", "6.1-4")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_message_length_max_short")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_message_length_min_two_byte")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_message_length_max_two_byte")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_message_length_min_eight_byte")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_client_side_masking_short_frame")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_client_side_masking_two_byte_frame")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_client_side_masking_eight_byte_frame")]
    public void Both_send_a_payload__its_length_takes_as_few_bytes_as_it_can(int length, string server, string client)
    {
        byte[] payload = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        string text = new('x', length);
        using WsConnection fromServer = Ends.Open(ConnectionRole.Server);
        Assert.Equal([.. Wire.Hex(server), .. payload], fromServer.Send(new BytesMessage(payload)));
        byte[] textHead = Wire.Hex(server);
        textHead[0] = 0x81;
        Assert.Equal([.. textHead, .. Wire.Ascii(text)], fromServer.Send(new TextMessage(text)));

        using WsConnection fromClient = Ends.Open(ConnectionRole.Client, new WsConnectionOptions { Random = Rand.Fixed(Wire.Key) });
        Assert.Equal([.. Wire.Hex(client), .. Wire.Key, .. Wire.Mask(payload, Wire.Key)], fromClient.Send(new BytesMessage(payload)));
        textHead = Wire.Hex(client);
        textHead[0] = 0x81;
        Assert.Equal([.. textHead, .. Wire.Key, .. Wire.Mask(Wire.Ascii(text), Wire.Key)], fromClient.Send(new TextMessage(text)));
    }

    /// <summary>Larger than can be sent in a test, so the head alone.</summary>
    [Theory]
    [InlineData(0x7FFF_FFFF, "82 7F 000000007FFFFFFF")]
    [InlineData(0x8000_0000, "82 7F 0000000080000000")]
    [InlineData(0xFFFF_FFFF, "82 7F 00000000FFFFFFFF")]
    [InlineData(0x1_0000_0000, "82 7F 0000000100000000")]
    [InlineData(0x20_0000_0000_0000, "82 7F 0020000000000000")]
    [InlineData(long.MaxValue, "82 7F 7FFFFFFFFFFFFFFF")]
    [Trait("Register", "S06")]
    public void A_head_with_a_huge_length_is_written_in_full(long length, string expected)
    {
        byte[] bytes = new byte[14];
        int size = FrameHeader.Write(bytes, 0x82, length, masked: false);
        Assert.Equal(Wire.Hex(expected), bytes[..size]);
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "6.2-1")]
    public void Both_receive_frames_of_every_kind_in_one_stream__deliver_them_in_order(ConnectionRole role)
    {
        byte[] input = Wire.Concat(
            Wire.FrameFor(role, Opcode.Text, Wire.Utf8("eins")),
            Wire.FrameFor(role, Opcode.Ping, Wire.Utf8("?")),
            Wire.FrameFor(role, Opcode.Binary, [1, 2], fin: false),
            Wire.FrameFor(role, Opcode.Pong, []),
            Wire.FrameFor(role, Opcode.Continuation, Wire.Repeat(3, 150)),
            Wire.FrameFor(role, Opcode.Text, []),
            Wire.CloseFor(role, 1001, "bye"));
        Cuts.Expect(
            () => Ends.Open(role),
            input,
            ConnectionState.RemoteClosing,
            new TextMessage("eins"),
            new Ping("?"u8.ToArray()),
            new Pong(),
            new BytesMessage((byte[])[1, 2, .. Wire.Repeat(3, 150)]),
            new TextMessage(""),
            new CloseConnection(CloseCode.GoingAway, "bye"));
    }

    [Theory]
    [BothRoles]
    [Trait("Register", "B16")]
    public void Both_receive_no_bytes__nothing_happens(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role);
        Assert.Empty(connection.Read([]));
        byte[] frame = Wire.FrameFor(role, Opcode.Text, Wire.Utf8("a"));
        Assert.Empty(connection.Read(frame[..2]));
        Assert.Empty(connection.Read([]));
        connection.Receive(System.Buffers.ReadOnlySequence<byte>.Empty);
        connection.ReceiveBuffer.GetMemory();
        connection.ReceiveBuffer.Advance(0);
        Assert.Empty(connection.ReadAll());
        Assert.Equal([new TextMessage("a")], connection.Read(frame[2..]));
        Assert.Equal(ConnectionState.Open, connection.State);
    }
}
