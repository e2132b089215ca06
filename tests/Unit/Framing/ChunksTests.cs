namespace WsProto.Tests.Framing;

/// <summary>
/// <see cref="MessageDelivery.Chunks"/>: one event per piece that has arrived, as wsproto has it. The pieces depend on how the bytes
/// were cut, so these tests say themselves where; what does not depend on it runs under all cuts.
/// </summary>
public class ChunksTests
{
    [Theory]
    [BothRoles]
    [Trait("wsproto", "test_frame_protocol.py::TestMessageDecoder::test_single_binary_frame")]
    public void Both_receive_a_lone_binary_frame__it_is_the_finished_message(ConnectionRole role) =>
        Cuts.Expect(
            () => Ends.Open(role, Ends.Chunks),
            Wire.FrameFor(role, Opcode.Binary, Wire.Ascii("x")),
            ConnectionState.Open,
            new BytesMessage("x"u8.ToArray()) { FrameFinished = true, MessageFinished = true });

    [Theory]
    [BothRoles]
    [Trait("wsproto", "test_frame_protocol.py::TestMessageDecoder::test_follow_on_binary_frame")]
    public void Both_receive_a_continuation_of_bytes__it_is_bytes_and_not_finished(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role, Ends.Chunks);
        Assert.Equal(
            [Bytes("a", frame: true, message: false)],
            connection.Read(Wire.FrameFor(role, Opcode.Binary, Wire.Ascii("a"), fin: false)));
        Assert.Equal(
            [Bytes("b", frame: true, message: false)],
            connection.Read(Wire.FrameFor(role, Opcode.Continuation, Wire.Ascii("b"), fin: false)));
        Assert.Equal([Bytes("", frame: true, message: true)], connection.Read(Wire.FrameFor(role, Opcode.Continuation, [])));
    }

    [Theory]
    [BothRoles]
    [Trait("wsproto", "test_frame_protocol.py::TestMessageDecoder::test_single_text_frame")]
    public void Both_receive_a_lone_text_frame__it_is_the_finished_message(ConnectionRole role) =>
        Cuts.Expect(
            () => Ends.Open(role, Ends.Chunks), Wire.FrameFor(role, Opcode.Text, Wire.Utf8("fußball")), ConnectionState.Open,
            Text("fußball", frame: true, message: true));

    [Theory]
    [BothRoles]
    [Trait("wsproto", "test_frame_protocol.py::TestMessageDecoder::test_follow_on_text_frame")]
    [Trait("wsproto", "test_frame_protocol.py::TestMessageDecoder::test_final_text_frame")]
    public void Both_receive_frames_that_cut_characters__each_piece_ends_with_a_whole_one(ConnectionRole role)
    {
        byte[] text = Wire.Utf8("fußball€");
        byte[] input = Wire.Concat(
            Wire.FrameFor(role, Opcode.Text, text[..3], fin: false),
            Wire.FrameFor(role, Opcode.Continuation, text[3..10], fin: false),
            Wire.FrameFor(role, Opcode.Continuation, text[10..]));
        Cuts.Expect(
            () => Ends.Open(role, Ends.Chunks),
            input,
            ConnectionState.Open,
            Text("fu", frame: true, message: false),
            Text("ßball", frame: true, message: false),
            Text("€", frame: true, message: true));
    }

    [Theory]
    [BothRoles]
    [Trait("wsproto", "test_frame_protocol.py::TestMessageDecoder::test_split_message")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_long_message_sliced")]
    public void Both_receive_65535_characters_in_two_slices__only_the_second_finishes(ConnectionRole role)
    {
        byte[] frame = Wire.FrameFor(role, Opcode.Text, Wire.Repeat((byte)'x', 65_535));
        int head = frame.Length - 65_535;
        using WsConnection connection = Ends.Open(role, Ends.Chunks);
        Assert.Equal([Text(new string('x', 65_534), frame: false, message: false)], connection.Read(frame[..(head + 65_534)]));
        Assert.Equal([Text("x", frame: true, message: true)], connection.Read(frame[(head + 65_534)..]));
    }

    [Theory]
    [BothRoles]
    [Trait("wsproto", "test_frame_protocol.py::TestMessageDecoder::test_split_unicode_message")]
    public void Both_receive_a_frame_cut_inside_a_character__its_beginning_waits(ConnectionRole role)
    {
        byte[] frame = Wire.FrameFor(role, Opcode.Text, Wire.Utf8("∀∀∀"));
        using WsConnection connection = Ends.Open(role, Ends.Chunks);
        Assert.Equal([Text("∀∀", frame: false, message: false)], connection.Read(frame[..^2]));
        Assert.Equal([Text("∀", frame: true, message: true)], connection.Read(frame[^2..]));
    }

    [Theory]
    [BothRoles]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameDecoder::test_partial_message_frames")]
    public void Both_receive_128_KiB_in_128_pieces__each_comes_at_once_and_the_last_finishes(ConnectionRole role)
    {
        byte[] frame = Wire.FrameFor(role, Opcode.Text, Wire.Repeat((byte)'x', 128 * 1024));
        int head = frame.Length - (128 * 1024);
        using WsConnection connection = Ends.Open(role, Ends.Chunks);
        Assert.Empty(connection.Read(frame[..head]));
        for (int i = 0; i < 128; i++)
        {
            byte[] piece = frame[(head + (i * 1024))..(head + ((i + 1) * 1024))];
            Assert.Equal([Text(new string('x', 1024), frame: i == 127, message: i == 127)], connection.Read(piece));
        }
    }

    [Theory]
    [BothRoles]
    public void Both_receive_a_final_frame_in_three_pieces__flags_are_ff_ff_tt(ConnectionRole role)
    {
        byte[] frame = Wire.FrameFor(role, Opcode.Binary, Wire.Ascii("abc"));
        using WsConnection connection = Ends.Open(role, Ends.Chunks);
        Assert.Equal([Bytes("a", frame: false, message: false)], connection.Read(frame[..^2]));
        Assert.Equal([Bytes("b", frame: false, message: false)], connection.Read(frame[^2..^1]));
        Assert.Equal([Bytes("c", frame: true, message: true)], connection.Read(frame[^1..]));
    }

    [Theory]
    [BothRoles]
    public void Both_receive_a_frame_that_is_not_final_in_two_pieces__flags_are_ff_tf(ConnectionRole role)
    {
        byte[] frame = Wire.FrameFor(role, Opcode.Text, Wire.Ascii("ab"), fin: false);
        using WsConnection connection = Ends.Open(role, Ends.Chunks);
        Assert.Equal([Text("a", frame: false, message: false)], connection.Read(frame[..^1]));
        Assert.Equal([Text("b", frame: true, message: false)], connection.Read(frame[^1..]));
    }

    [Theory]
    [BothRoles]
    public void Both_receive_a_head_without_payload__it_gives_nothing(ConnectionRole role)
    {
        foreach (Opcode opcode in (Opcode[])[Opcode.Text, Opcode.Binary])
        {
            byte[] frame = Wire.FrameFor(role, opcode, Wire.Repeat((byte)'x', 300));
            int head = frame.Length - 300;
            using WsConnection connection = Ends.Open(role, Ends.Chunks);
            for (int i = 0; i < head; i++)
                Assert.Empty(connection.Read([frame[i]]));
            Assert.Single(connection.Read([frame[head]]));
            Assert.Empty(connection.ReadAll());
        }
    }

    [Theory]
    [BothRoles]
    public void Both_receive_frames_without_payload__each_gives_an_empty_piece_at_once(ConnectionRole role)
    {
        byte[] input = Wire.Concat(
            Wire.FrameFor(role, Opcode.Text, [], fin: false),
            Wire.FrameFor(role, Opcode.Continuation, [], fin: false),
            Wire.FrameFor(role, Opcode.Continuation, []),
            Wire.FrameFor(role, Opcode.Binary, []));
        Cuts.Expect(
            () => Ends.Open(role, Ends.Chunks),
            input,
            ConnectionState.Open,
            Text("", frame: true, message: false),
            Text("", frame: true, message: false),
            Text("", frame: true, message: true),
            Bytes("", frame: true, message: true));
    }

    [Theory]
    [BothRoles]
    public void Both_receive_a_character_byte_by_byte__each_byte_but_the_last_gives_an_empty_piece(ConnectionRole role)
    {
        byte[] frame = Wire.FrameFor(role, Opcode.Text, Wire.Utf8("😀"));
        using WsConnection connection = Ends.Open(role, Ends.Chunks);
        Assert.Empty(connection.Read(frame[..^4]));
        for (int i = 4; i > 1; i--)
            Assert.Equal([Text("", frame: false, message: false)], connection.Read([frame[^i]]));
        Assert.Equal([Text("😀", frame: true, message: true)], connection.Read(frame[^1..]));
    }

    [Theory]
    [BothRoles]
    public void Both_receive_a_character_in_four_frames__each_but_the_last_gives_an_empty_piece(ConnectionRole role)
    {
        byte[] input = Wire.Concat(
            Wire.FrameFor(role, Opcode.Text, [0xF0], fin: false),
            Wire.FrameFor(role, Opcode.Continuation, [0x9F], fin: false),
            Wire.FrameFor(role, Opcode.Ping, []),
            Wire.FrameFor(role, Opcode.Continuation, [0x98], fin: false),
            Wire.FrameFor(role, Opcode.Continuation, [0x80]));
        TextMessage none = Text("", frame: true, message: false);
        Cuts.Expect(
            () => Ends.Open(role, Ends.Chunks), input, ConnectionState.Open, none, none, new Ping(), none,
            Text("😀", frame: true, message: true));
    }

    [Theory]
    [BothRoles]
    public void Both_receive_several_times_before_reading__the_pieces_are_one_event(ConnectionRole role)
    {
        byte[] frame = Wire.FrameFor(role, Opcode.Text, Wire.Utf8("a€bcd"));
        using WsConnection connection = Ends.Open(role, Ends.Chunks);
        foreach (byte b in frame[..^2])
            connection.Receive([b]);
        Assert.Equal([Text("a€b", frame: false, message: false)], connection.ReadAll());
        connection.Receive(frame.AsSpan()[^2..^1]);
        connection.Receive(frame.AsSpan()[^1..]);
        Assert.Equal([Text("cd", frame: true, message: true)], connection.ReadAll());
    }

    [Theory]
    [BothRoles]
    public void Both_receive_several_frames_before_reading__each_is_an_event_of_its_own(ConnectionRole role)
    {
        byte[] input = Wire.Concat(
            Wire.FrameFor(role, Opcode.Binary, Wire.Ascii("a"), fin: false),
            Wire.FrameFor(role, Opcode.Continuation, Wire.Ascii("b")),
            Wire.FrameFor(role, Opcode.Text, Wire.Ascii("c"), fin: false),
            Wire.FrameFor(role, Opcode.Pong, []),
            Wire.FrameFor(role, Opcode.Continuation, Wire.Ascii("d")));
        Cuts.Expect(
            () => Ends.Open(role, Ends.Chunks),
            input,
            ConnectionState.Open,
            Bytes("a", frame: true, message: false),
            Bytes("b", frame: true, message: true),
            Text("c", frame: true, message: false),
            new Pong(),
            Text("d", frame: true, message: true));
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "8.1-1")]
    public void Both_receive_a_bad_byte_after_good_ones__the_piece_with_it_is_not_delivered_but_earlier_ones_were(ConnectionRole role)
    {
        byte[] frame = Wire.FrameFor(role, Opcode.Text, [.. Wire.Utf8("good"), .. Wire.Utf8("ok"), 0xFF, .. Wire.Utf8("never")]);
        using WsConnection connection = Ends.Open(role, Ends.Chunks);
        Assert.Equal([Text("good", frame: false, message: false)], connection.Read(frame[..^8]));
        Ends.AssertFailure(connection.Read(frame[^8..]), ProtocolError.InvalidUtf8, CloseCode.InvalidPayloadData);
        Assert.Equal(ConnectionState.RemoteClosing, connection.State);
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "8.1-1")]
    public void Both_receive_a_message_that_ends_inside_a_character__fail_with_1007(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role, Ends.Chunks);
        Assert.Equal(
            [Text("a", frame: true, message: false)],
            connection.Read(Wire.FrameFor(role, Opcode.Text, [0x61, 0xE2, 0x82], fin: false)));
        Ends.AssertFailure(
            connection.Read(Wire.FrameFor(role, Opcode.Continuation, [])), ProtocolError.InvalidUtf8, CloseCode.InvalidPayloadData);
    }

    [Theory]
    [BothRoles]
    [Trait("Register", "S51")]
    public void Both_receive_messages_in_chunks__what_is_joined_does_not_depend_on_the_cut(ConnectionRole role)
    {
        var random = new Random(1);
        byte[] large = new byte[5000];
        random.NextBytes(large);
        byte[] input = Wire.Concat(
            Wire.FrameFor(role, Opcode.Text, Wire.Utf8("κόσμε 😀"), fin: false),
            Wire.FrameFor(role, Opcode.Continuation, Wire.Utf8(new string('€', 60))),
            Wire.FrameFor(role, Opcode.Binary, large));
        Cuts.Expect(
            () => Ends.Open(role, Ends.Chunks),
            input,
            ConnectionState.Open,
            Text("κόσμε 😀", frame: true, message: false),
            Text(new string('€', 60), frame: true, message: true),
            new BytesMessage(large));
    }

    [Theory]
    [BothRoles]
    public void Both_receive_the_same_as_whole_messages__there_is_one_event_per_message_with_both_flags_set(ConnectionRole role)
    {
        byte[] frame = Wire.FrameFor(role, Opcode.Text, Wire.Utf8("a€"), fin: false);
        using WsConnection connection = Ends.Open(role);
        foreach (byte b in frame)
            Assert.Empty(connection.Read([b]));
        Assert.Equal([Text("a€", frame: true, message: true)], connection.Read(Wire.FrameFor(role, Opcode.Continuation, [])));
    }

    [Theory]
    [BothRoles]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolReceive::test_long_text_message")]
    public void Both_receive_65535_characters_in_one_frame__deliver_them_in_one_event(ConnectionRole role)
    {
        byte[] frame = Wire.FrameFor(role, Opcode.Text, Wire.Repeat((byte)'x', 65_535));
        TextMessage message = Text(new string('x', 65_535), frame: true, message: true);
        Cuts.Expect(() => Ends.Open(role), frame, ConnectionState.Open, message);
        using WsConnection chunks = Ends.Open(role, Ends.Chunks);
        Assert.Equal([message], chunks.Read(frame));
    }

    private static TextMessage Text(string data, bool frame, bool message) =>
        new(data) { FrameFinished = frame, MessageFinished = message };

    private static BytesMessage Bytes(string data, bool frame, bool message) =>
        new(Wire.Ascii(data)) { FrameFinished = frame, MessageFinished = message };
}
