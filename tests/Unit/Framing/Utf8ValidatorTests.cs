using System.Text;
using System.Text.Unicode;
using WsProto.Framing;

namespace WsProto.Tests.Framing;

/// <summary>The vectorised validator and System.Text's say the same.</summary>
[Trait("RFC", "6455 §8.1")]
public class Utf8ValidatorTests
{
    /// <summary>The first and the last of every range of RFC 3629 §4, and what lies just outside.</summary>
    private static readonly byte[][] _sequences =
    [
        .. new[]
        {
            "7F", "80", "BF", "C0 80", "C1 BF", "C2", "C2 7F", "C2 80", "C2 C0", "DF BF", "DF BF BF", "E0 80 80", "E0 9F BF", "E0 A0",
            "E0 A0 80", "E0 A0 80 80", "E0 BF BF",
            "E1", "E1 80", "E1 80 80", "E1 80 C0", "EC BF BF", "ED 80 80", "ED 9F BF", "ED A0 80", "ED BF BF", "EE 80 80", "EF BF BF",
            "EF BF BF BF", "F0 80 80 80", "F0 8F BF BF",
            "F0 90", "F0 90 80", "F0 90 80 80", "F0 90 80 80 80", "F1 80 80 80", "F3 BF BF BF", "F4 80 80 80", "F4 8F BF BF", "F4 90 80 80",
            "F4 BF BF BF", "F5 80 80 80", "F8 88 80 80 80", "FC", "FE", "FF", "41 80", "C3 A9 80", "E2 82 AC E2 82", "F0 9F 98 80 F0 9F 98",
        }.Select(Wire.Hex),
    ];

    [Fact]
    public void Every_kind_of_sequence_at_every_place_is_judged_as_System_Text_does()
    {
        foreach (byte[] filler in (byte[][])[Wire.Ascii("a"), Wire.Utf8("é"), Wire.Utf8("語"), Wire.Utf8("😀")])
        {
            foreach (byte[] sequence in _sequences)
            {
                for (int before = 0; before < 70; before++)
                {
                    foreach (int after in (int[])[0, 1, 2, 3, 5, 14, 17, 31, 40, 64])
                        Judge([.. Fill(filler, before), .. sequence, .. Fill(filler, after)]);
                }
            }
        }
    }

    /// <summary>Where each vector has the same fault at the same place, none may make up for another.</summary>
    [Fact]
    public void Sequences_that_repeat_in_every_vector_are_judged_as_System_Text_does()
    {
        foreach (byte[] sequence in _sequences)
        {
            for (int at = 0; at <= 32 - sequence.Length; at++)
            {
                byte[] vector = Wire.Repeat((byte)'a', 32);
                sequence.CopyTo(vector, at);
                for (int count = 2; count <= 5; count++)
                    Judge(Wire.Concat(Enumerable.Repeat(vector, count)));
            }
        }
    }

    [Fact]
    public void Valid_text_of_every_length_stays_valid_and_every_changed_byte_is_judged_as_System_Text_does()
    {
        var random = new Random(3629);
        byte[] source = Wire.Utf8(string.Concat(Enumerable.Repeat("aé語😀 Grüße, мир! ", 12)));
        for (int length = 0; length < 150; length++)
        {
            byte[] text = source[..length];
            Judge(text);
            for (int i = 0; i < length; i++)
            {
                byte old = text[i];
                text[i] = (byte)random.Next(256);
                Judge(text);
                text[i] = old;
            }
        }
    }

    [Fact]
    public void Random_bytes_from_a_few_ranges_are_judged_as_System_Text_does()
    {
        var random = new Random(6455);
        byte[] turns = [0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4];
        for (int i = 0; i < 20_000; i++)
        {
            byte[] text = Wire.Utf8(new string('é', random.Next(8, 40)));
            for (int j = random.Next(4); j >= 0; j--)
                text[random.Next(text.Length)] = turns[random.Next(turns.Length)];
            Judge(text);
        }
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "8.1-1")]
    public void Both_receive_long_text_cut_at_every_byte__nothing_is_lost_and_no_character_is_cut(ConnectionRole role)
    {
        const string Text = "Straße, мир, 語語語, 😀😀; ASCII for a while, so that whole vectors hold nothing else. Ende: ü€😀";
        byte[] frame = Wire.FrameFor(role, Opcode.Text, Wire.Utf8(Text));
        Cuts.Expect(() => Ends.Open(role), frame, ConnectionState.Open, new TextMessage(Text));
        for (int cut = 0; cut <= frame.Length; cut++)
        {
            using WsConnection chunks =
                WsConnection.Established(role, options: new WsConnectionOptions { MessageDelivery = MessageDelivery.Chunks });
            var text = new StringBuilder();
            foreach (byte[] piece in (byte[][])[frame[..cut], frame[cut..]])
            {
                foreach (WsEvent e in chunks.Read(piece))
                    text.Append(Assert.IsType<TextMessage>(e).Data);
            }

            Assert.Equal(Text, text.ToString());
        }
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "8.1-1")]
    public void Both_receive_one_bad_byte_in_long_text__fail_as_soon_as_it_is_there(ConnectionRole role)
    {
        byte[] payload = [.. Wire.Utf8(string.Concat(Enumerable.Repeat("語", 30))), 0xED, 0xA0, 0x80, .. Wire.Repeat((byte)'a', 50)];
        byte[] frame = Wire.FrameFor(role, Opcode.Text, payload);
        int bad = frame.Length - 50 - 1;
        using WsConnection connection = Ends.Open(role);
        Assert.Empty(connection.Read(frame[..(bad - 1)]));
        CloseConnection close = Assert.IsType<CloseConnection>(Assert.Single(connection.Read([frame[bad - 1]])));
        Assert.Equal((CloseCode.InvalidPayloadData, ProtocolError.InvalidUtf8), (close.Code, close.Error));
    }

    private static byte[] Fill(byte[] filler, int count) =>
        [.. Enumerable.Repeat(filler, count).SelectMany(b => b).Take(count - (count % filler.Length))];

    private static void Judge(ReadOnlySpan<byte> text)
    {
        if (Utf8Validator.IsValid(text) != Utf8.IsValid(text))
            Assert.Fail($"{Convert.ToHexString(text)} is {(Utf8.IsValid(text) ? "" : "not ")}UTF-8");
    }
}
