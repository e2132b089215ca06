using System.Buffers;
using System.Text;
using WsProto.Framing;

namespace WsProto.Tests.Framing;

/// <summary>Text is UTF-8, however it is cut, and fails at the first byte that cannot become UTF-8.</summary>
[Trait("RFC", "6455 §8.1")]
public class Utf8Tests
{
    /// <summary>
    /// The first and the last character of each row of the table of well-formed sequences, and the neighbours of the surrogates.
    /// </summary>
    private const string Edges =
        "\0\u007F\u0080\u07FF\u0800\u0FFF\u1000\uCFFF\uD000\uD7FF\uE000\uFFFD\uFFFF"
        + "\U00010000\U0003FFFF\U00040000\U000FFFFF\U00100000\U0010FFFF";

    public static TheoryData<string> Invalid =>
    [
        "80", "BF", "C0", "C1", "F5", "F8", "FC", "FE", "FF", // not a lead byte
        "C2 00", "C2 7F", "C2 C2", "DF C0", // no continuation
        "E0 80", "E0 9F", "F0 80", "F0 8F", // overlong
        "ED A0", "ED BF", // surrogates
        "F4 90", "F4 BF", // above U+10FFFF
        "E1 7F", "EF C0", "E2 82 28", "E2 82 C0", "F0 9F 28", "F0 9F 98 28", "F1 80 80 C0", "F4 8F BF FF",
        "CE BA 80", "F0 9F 98 80 BF",
    ];

    [Theory]
    [MemberData(nameof(Invalid))]
    [Trait("MUST", "8.1-1")]
    public void Both_receive_text_that_is_not_utf8__fail_with_1007_at_the_first_bad_byte(string hex)
    {
        byte[] bad = [.. Wire.Utf8("é"), .. Wire.Hex(hex)];
        foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
        {
            // A frame of 100 bytes of which only these have come.
            byte[] begun = Wire.FrameFor(role, Opcode.Text, [.. bad, .. new byte[100 - bad.Length]])[..^(100 - bad.Length)];
            Assert.Equal(new ConnectionOutcome([], ConnectionState.Open), Cuts.Run(() => Ends.Open(role), begun[..^1]));
            Ends.ExpectFailure(role, begun, ProtocolError.InvalidUtf8, CloseCode.InvalidPayloadData);
        }
    }

    /// <summary>Masking is its own inverse, so bytes that are unmasked twice are those on the wire.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(20)]
    [InlineData(100)]
    public void Server_receives_text_that_is_utf8_only_as_masked__fails_with_1007(int length)
    {
        byte[] frame = Wire.Frame(Opcode.Text, Wire.Repeat(0xFF, length), key: Wire.Repeat(0xFF ^ 'a', 4));
        Assert.Equal((byte)'a', frame[^1]);
        Ends.ExpectFailure(ConnectionRole.Server, frame, ProtocolError.InvalidUtf8, CloseCode.InvalidPayloadData);
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    [Trait("MUST", "8.1-1")]
    public void Both_receive_text_that_is_not_utf8_over_fragments__fail_with_1007(string hex)
    {
        byte[] bad = Wire.Hex(hex);
        foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
        {
            for (int cut = 0; cut <= bad.Length; cut++)
            {
                byte[] first = Wire.FrameFor(role, Opcode.Text, bad[..cut], fin: false);
                byte[] second = Wire.FrameFor(role, Opcode.Continuation, bad[cut..], fin: false);
                Ends.ExpectFailure(role, [.. first, .. second], ProtocolError.InvalidUtf8, CloseCode.InvalidPayloadData);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    [Trait("MUST", "8.1-1")]
    public void Both_receive_a_close_reason_that_is_not_utf8__fail_with_1007(string hex)
    {
        foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
        {
            byte[] close = Wire.FrameFor(role, Opcode.Close, [0x03, 0xE8, .. Wire.Hex(hex)]);
            Ends.ExpectFailure(role, close, ProtocolError.InvalidCloseReason, CloseCode.InvalidPayloadData);
        }
    }

    [Theory]
    [BothRoles]
    public void Both_receive_bytes_that_are_no_text__deliver_them(ConnectionRole role)
    {
        byte[] bytes = Wire.Hex("80 C0 FF ED A0 80 F4 90 E2 82");
        Ends.Expect(role, Wire.FrameFor(role, Opcode.Binary, bytes), new BytesMessage(bytes));
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.6-1")]
    public void Both_receive_valid_text_cut_into_two_frames_anywhere__deliver_it(ConnectionRole role)
    {
        byte[] text = Wire.Utf8(Edges);
        for (int cut = 0; cut <= text.Length; cut++)
        {
            byte[] input = Wire.Concat(
                Wire.FrameFor(role, Opcode.Text, text[..cut], fin: false),
                Wire.FrameFor(role, Opcode.Ping, [0xFF]),
                Wire.FrameFor(role, Opcode.Continuation, text[cut..]));
            Ends.Expect(role, input, new Ping(new byte[] { 0xFF }), new TextMessage(Edges));
        }
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.6-1")]
    public void Both_receive_valid_text_in_frames_of_one_byte__deliver_it(ConnectionRole role)
    {
        byte[] text = Wire.Utf8("κόσμε €😀");
        IEnumerable<byte[]> frames = text.Select(
            (b, i) => Wire.FrameFor(role, i == 0 ? Opcode.Text : Opcode.Continuation, [b], fin: i == text.Length - 1));
        Ends.Expect(role, Wire.Concat(frames), new TextMessage("κόσμε €😀"));
    }

    [Theory]
    [BothRoles("C3")]
    [BothRoles("E2")]
    [BothRoles("E2 82")]
    [BothRoles("F0")]
    [BothRoles("F0 9F")]
    [BothRoles("F0 9F 98")]
    [Trait("MUST", "5.6-1")]
    [Trait("wsproto", "test_frame_protocol.py::TestMessageDecoder::test_incomplete_unicode")]
    public void Both_receive_a_message_that_ends_inside_a_character__fail_with_1007(ConnectionRole role, string hex)
    {
        byte[] cut = [.. Wire.Utf8("ab"), .. Wire.Hex(hex)];
        Ends.ExpectFailure(role, Wire.FrameFor(role, Opcode.Text, cut), ProtocolError.InvalidUtf8, CloseCode.InvalidPayloadData);
        byte[] fragments = [.. Wire.FrameFor(role, Opcode.Text, cut, fin: false), .. Wire.FrameFor(role, Opcode.Continuation, [])];
        Ends.ExpectFailure(role, fragments, ProtocolError.InvalidUtf8, CloseCode.InvalidPayloadData);
    }

    [Theory]
    [BothRoles]
    [Trait("wsproto", "test_frame_protocol.py::TestMessageDecoder::test_not_even_unicode")]
    public void Both_receive_latin1_in_an_unfinished_message__fail_with_1007(ConnectionRole role) =>
        Ends.ExpectFailure(
            role, Wire.FrameFor(role, Opcode.Text, Wire.Latin1("fu\u00DFball"), fin: false), ProtocolError.InvalidUtf8,
            CloseCode.InvalidPayloadData);

    [Theory]
    [BothRoles]
    [Trait("wsproto", "test_frame_protocol.py::TestMessageDecoder::test_bad_unicode")]
    public void Both_receive_an_encoded_surrogate__fail_with_1007(ConnectionRole role) =>
        Ends.ExpectFailure(
            role, Wire.FrameFor(role, Opcode.Text, Wire.Hex("CE BA E1 BD B9 CF 83 CE BC CE B5 ED A0 80 65")), ProtocolError.InvalidUtf8,
            CloseCode.InvalidPayloadData);

    [Fact]
    public void All_inputs_of_one_to_three_bytes_are_judged_as_the_decoder_of_the_base_class_library_does()
    {
        for (int length = 1; length <= 3; length++)
        {
            int count = 1 << (8 * length);
            Parallel.For(0, 256, first =>
            {
                Span<byte> bytes = stackalloc byte[3];
                for (int rest = first; rest < count; rest += 256)
                {
                    (bytes[0], bytes[1], bytes[2]) = ((byte)rest, (byte)(rest >> 8), (byte)(rest >> 16));
                    int actual = Utf8Validator.CountWhole(bytes[..length]);
                    if (actual != CountWhole(bytes[..length]))
                        Assert.Fail($"{Convert.ToHexString(bytes[..length])}: {actual}");
                }
            });
        }
    }

    [Fact]
    public void Inputs_that_end_in_every_part_of_a_character_are_counted_up_to_it()
    {
        foreach (Rune rune in Edges.EnumerateRunes())
        {
            byte[] text = [.. Wire.Utf8("né"), .. Wire.Utf8(rune.ToString())];
            for (int end = 3; end < text.Length; end++)
                Assert.Equal(3, Utf8Validator.CountWhole(text.AsSpan(0, end)));
            Assert.Equal(text.Length, Utf8Validator.CountWhole(text));
        }

        Assert.Equal(0, Utf8Validator.CountWhole([]));
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.6-1")]
    public void Both_send_text_that_is_no_unicode__refuse_it(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role);
        string[] lone = ["\uD800", "a\uDC00b", "\uDC00\uD800", new string('x', 70_000) + "\uD83D"];
        foreach (string text in lone)
        {
            Ends.AssertRefused<ArgumentException>(connection, output => connection.SendText(text, output));
            Ends.AssertRefused<ArgumentException>(connection, output => connection.Send(new TextMessage(text), output));
        }

        foreach (string hex in (string[])["FF", "C3", "E2 82", "ED A0 80", "C0 80"])
            Ends.AssertRefused<ArgumentException>(connection, output => connection.SendText(Wire.Hex(hex), output, messageFinished: false));
        Assert.Equal("ok", Encoding.UTF8.GetString(WireFrame.Only(connection.Send(new TextMessage("ok"))).Payload));
    }

    private static int CountWhole(ReadOnlySpan<byte> text)
    {
        int whole = 0;
        while (whole < text.Length)
        {
            switch (Rune.DecodeFromUtf8(text[whole..], out _, out int size))
            {
                case OperationStatus.Done:
                    whole += size;
                    break;
                case OperationStatus.NeedMoreData:
                    return whole;
                default:
                    return -1;
            }
        }

        return whole;
    }
}
