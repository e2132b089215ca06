namespace WsProto.Tests.Framing;

/// <summary>Messages in several frames.</summary>
[Trait("RFC", "6455 §5.4")]
public class FragmentationTests
{
    [Theory]
    [BothRoles]
    [Trait("MUST", "5.4-1")]
    public void Both_receive_one_message_cut_into_frames_in_any_way__deliver_the_same(ConnectionRole role)
    {
        byte[] text = Wire.Utf8("αβ€");
        // Every way to cut seven bytes: a bit between two bytes says whether a frame ends there; and an empty frame at each cut.
        for (int cuts = 0; cuts < 1 << (text.Length - 1); cuts++)
        {
            var frames = new List<byte[]>();
            int start = 0;
            for (int i = 1; i <= text.Length; i++)
            {
                if (i < text.Length && (cuts & (1 << (i - 1))) == 0)
                    continue;
                frames.Add(Wire.FrameFor(role, frames.Count == 0 ? Opcode.Text : Opcode.Continuation, text[start..i], fin: false));
                frames.Add(Wire.FrameFor(role, Opcode.Continuation, [], fin: i == text.Length));
                start = i;
            }

            using WsConnection connection = Ends.Open(role);
            Assert.Equal([new TextMessage("αβ€")], connection.Read(Wire.Concat(frames)));
        }
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.4-3")]
    public void Both_receive_numbered_fragments_with_control_frames_between__deliver_them_in_order(ConnectionRole role)
    {
        var input = new List<byte[]>();
        var controls = new List<WsEvent>();
        for (byte i = 0; i < 20; i++)
        {
            input.Add(Wire.FrameFor(role, i == 0 ? Opcode.Binary : Opcode.Continuation, [i], fin: i == 19));
            input.Add(Wire.FrameFor(role, i % 2 == 0 ? Opcode.Ping : Opcode.Pong, [i]));
            controls.Add(i % 2 == 0 ? new Ping(new[] { i }) : new Pong(new[] { i }));
        }

        var message = new BytesMessage(Enumerable.Range(0, 20).Select(i => (byte)i).ToArray());
        Ends.Expect(role, Wire.Concat(input), [.. controls.SkipLast(1), message, controls[^1]]);

        ConnectionOutcome chunks = Cuts.Run(() => Ends.Open(role, Ends.Chunks), Wire.Concat(input));
        Assert.Equal(
            Enumerable.Range(0, 20).Select(i => (byte)i),
            chunks.Events.OfType<BytesMessage>().Select(piece => Assert.Single(piece.Data.ToArray())));
        Assert.Equal(controls, chunks.Events.Where(e => e is not BytesMessage));
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.4-3")]
    public void Both_send_fragments_and_control_frames__the_other_end_reads_them_in_order(ConnectionRole role)
    {
        using Link link = Link.Established();
        Assert.Empty(link.Send(role, new TextMessage("a") { MessageFinished = false }));
        Assert.Equal([new Ping(new byte[] { 1 })], link.Send(role, new Ping(new byte[] { 1 })));
        Assert.Empty(link.Send(role, new TextMessage("") { MessageFinished = false }));
        Assert.Equal([new Pong(new byte[] { 2 })], link.Send(role, new Pong(new byte[] { 2 })));
        Assert.Equal([new TextMessage("ab")], link.Send(role, new TextMessage("b")));
    }

    [Theory]
    [BothRoles(Opcode.Text, Opcode.Text)]
    [BothRoles(Opcode.Text, Opcode.Binary)]
    [BothRoles(Opcode.Binary, Opcode.Text)]
    [BothRoles(Opcode.Binary, Opcode.Binary)]
    [Trait("MUST", "5.4-4")]
    [Trait("wsproto", "test_frame_protocol.py::TestMessageDecoder::test_missing_continuation_1")]
    [Trait("wsproto", "test_frame_protocol.py::TestMessageDecoder::test_missing_continuation_2")]
    public void Both_receive_a_new_message_inside_an_open_one__fail_with_1002(ConnectionRole role, Opcode open, Opcode next)
    {
        byte[] first = Wire.FrameFor(role, open, Wire.Utf8("a"), fin: false);
        Ends.ExpectFailure(role, [.. first, .. Wire.FrameFor(role, next, Wire.Utf8("b"))], ProtocolError.ContinuationExpected);
        Ends.ExpectFailure(role, [.. first, .. Wire.FrameFor(role, next, [], fin: false)], ProtocolError.ContinuationExpected);
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.4-7")]
    [Trait("wsproto", "test_frame_protocol.py::TestMessageDecoder::test_start_with_continuation")]
    public void Both_receive_a_continuation_without_a_message__fail_with_1002(ConnectionRole role)
    {
        byte[] stray = Wire.FrameFor(role, Opcode.Continuation, Wire.Utf8("a"));
        Ends.ExpectFailure(role, stray, ProtocolError.UnexpectedContinuation);
        Ends.ExpectFailure(role, Wire.FrameFor(role, Opcode.Continuation, [], fin: false), ProtocolError.UnexpectedContinuation);
        Ends.ExpectFailure(
            role, [.. Wire.FrameFor(role, Opcode.Ping, []), .. stray], ProtocolError.UnexpectedContinuation, before: new Ping());
        Ends.ExpectFailure(
            role, [.. Wire.FrameFor(role, Opcode.Text, []), .. stray], ProtocolError.UnexpectedContinuation, before: new TextMessage(""));
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.4-5")]
    public void Both_receive_ping_and_pong_inside_a_message__deliver_them_before_it(ConnectionRole role)
    {
        byte[] input = Wire.Concat(
            Wire.FrameFor(role, Opcode.Text, Wire.Utf8("Hel"), fin: false),
            Wire.FrameFor(role, Opcode.Ping, Wire.Repeat(9, 125)),
            Wire.FrameFor(role, Opcode.Pong, Wire.Utf8("?")),
            Wire.FrameFor(role, Opcode.Continuation, Wire.Utf8("lo")));
        Ends.Expect(role, input, new Ping(Wire.Repeat(9, 125)), new Pong("?"u8.ToArray()), new TextMessage("Hello"));
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.4-5")]
    public void Both_receive_a_close_inside_a_message__the_message_never_comes(ConnectionRole role)
    {
        byte[] input = Wire.Concat(
            Wire.FrameFor(role, Opcode.Text, Wire.Utf8("Hel"), fin: false),
            Wire.CloseFor(role, 1000),
            Wire.FrameFor(role, Opcode.Continuation, Wire.Utf8("lo")));
        Cuts.Expect(() => Ends.Open(role), input, ConnectionState.RemoteClosing, new CloseConnection(CloseCode.NormalClosure));
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.4-6")]
    public void Both_receive_hello_in_one_frame_and_in_two__deliver_it_both_times(ConnectionRole role)
    {
        byte[] input = role == ConnectionRole.Client
            ? Wire.Hex("81 05 48656c6c6f 01 03 48656c 80 02 6c6f")
            : Wire.Hex("81 85 37fa213d 7f9f4d5158 01 83 37fa213d 7f9f4d 80 82 37fa213d 5b95");
        Ends.Expect(role, input, new TextMessage("Hello"), new TextMessage("Hello"));
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.4-7")]
    [Trait("MUST", "6.2-3")]
    [Trait("MUST", "6.2-4")]
    public void Both_receive_messages_of_both_kinds_in_turn__each_has_its_own_kind_and_bytes(ConnectionRole role)
    {
        byte[] input = Wire.Concat(
            Wire.FrameFor(role, Opcode.Binary, [0xE2], fin: false),
            Wire.FrameFor(role, Opcode.Continuation, [0x82]),
            Wire.FrameFor(role, Opcode.Text, [0xE2], fin: false),
            Wire.FrameFor(role, Opcode.Continuation, [0x82, 0xAC]),
            Wire.FrameFor(role, Opcode.Binary, Wire.Utf8("€")),
            Wire.FrameFor(role, Opcode.Text, Wire.Utf8("€")));
        Ends.Expect(
            role,
            input,
            new BytesMessage(new byte[] { 0xE2, 0x82 }),
            new TextMessage("€"),
            new BytesMessage(Wire.Hex("E2 82 AC")),
            new TextMessage("€"));
    }
}
