using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using WsProto.Framing;
using WsProto.Tests.Generators;

namespace WsProto.Tests.Laws;

/// <summary>Text is UTF-8 by RFC 3629, wherever it is cut.</summary>
[Trait("RFC", "6455 §8.1")]
public class Utf8Laws
{
    /// <summary>The octets at which the grammar of RFC 3629 §4 changes its mind, and one inside each range.</summary>
    private static readonly byte[] _turningPoints =
    [
        0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3,
        0xF4, 0xF5, 0xFF,
    ];

    private static readonly UTF8Encoding _strict = new(false, throwOnInvalidBytes: true);

    [Fact]
    [Trait("MUST", "8.1-1")]
    [Trait("MUST", "5.6-1")]
    public void Text_is_accepted_where_System_Text_accepts_it_however_it_is_cut() => Law.Holds(Cases, Law.Many, c =>
    {
        ConnectionRole role = c.Role;
        using var connection = WsConnection.Established(role);
        IReadOnlyList<WsEvent> events = c.Cutting.Feed(connection, [.. c.Frames().SelectMany(frame => frame.BytesFor(role))]);
        WsEvent expected;
        try
        {
            expected = new TextMessage(_strict.GetString(c.Text));
        }
        catch (DecoderFallbackException)
        {
            CloseConnection failed = Assert.IsType<CloseConnection>(Assert.Single(events));
            Assert.Equal((CloseCode.InvalidPayloadData, ProtocolError.InvalidUtf8), (failed.Code, failed.Error));
            return;
        }

        Assert.Equal([expected], events);
    });

    [Fact]
    [Trait("MUST", "8.1-1")]
    public void Text_fails_at_the_first_byte_that_can_no_longer_become_valid() => Law.Holds(Cases, Law.Many, c =>
    {
        using var connection = WsConnection.Established(c.Role);
        // One frame more is to come, so that only the bytes themselves can be at fault.
        byte[] wire = new WireFrame(Opcode.Text, c.Text) { Fin = false }.BytesFor(c.Role);
        int head = wire.Length - c.Text.Length;
        Assert.Empty(connection.Read(wire[..head]));
        for (int i = 0; i < c.Text.Length; i++)
        {
            WsEvent? e = connection.Read([wire[head + i]]).SingleOrDefault();
            Assert.Equal(IsBeginning(c.Text.AsSpan(0, i + 1)) ? null : ProtocolError.InvalidUtf8, (e as CloseConnection)?.Error);
            if (e is not null)
                return;
        }
    });

    [Fact]
    [Trait("MUST", "8.1-1")]
    public void Every_short_sequence_is_judged_as_the_grammar_does()
    {
        for (int a = 0; a < 256; a++)
        {
            Judge([(byte)a]);
            for (int b = 0; b < 256; b++)
                Judge([(byte)a, (byte)b]);
            foreach (byte b in _turningPoints)
            {
                foreach (byte c in _turningPoints)
                {
                    Judge([(byte)a, b, c]);
                    foreach (byte d in _turningPoints)
                        Judge([(byte)a, b, c, d]);
                }
            }
        }
    }

    [Fact]
    [Trait("MUST", "8.1-1")]
    public void Every_short_text_fails_at_the_byte_where_System_Text_gives_up_whatever_frames_it_comes_in()
    {
        for (int a = 0; a < 256; a++)
        {
            ReadInFrames([(byte)a]);
            for (int b = 0; b < 256; b++)
                ReadInFrames([(byte)a, (byte)b]);
        }

        foreach (byte a in _turningPoints)
        {
            foreach (byte b in _turningPoints)
            {
                foreach (byte c in _turningPoints)
                    ReadInFrames([a, b, c]);
            }
        }
    }

    [Fact]
    public void A_reason_is_accepted_where_System_Text_accepts_it() => Law.Holds(Cases, Law.Usual, c =>
    {
        byte[] reason = c.Text[..Math.Min(c.Text.Length, 123)];
        using var connection = WsConnection.Established(c.Role);
        WsEvent[] events = [.. c.Cutting.Feed(connection, Wire.FrameFor(c.Role, Opcode.Close, [0x03, 0xE8, .. reason]))];
        CloseConnection close = Assert.IsType<CloseConnection>(Assert.Single(events));
        bool isValid = IsBeginning(reason) && IsWhole(reason);
        Assert.Equal(isValid ? null : ProtocolError.InvalidCloseReason, close.Error);
        Assert.Equal(isValid ? CloseCode.NormalClosure : CloseCode.InvalidPayloadData, close.Code);
        if (isValid)
            Assert.Equal(reason.Length == 0 ? null : _strict.GetString(reason), close.Reason);
    });

    /// <summary>Cuts a text into two frames at every place, and feeds each byte on its own.</summary>
    private static void ReadInFrames(byte[] text)
    {
        int bad = FirstBad(text);
        for (int cut = 0; cut <= text.Length; cut++)
        {
            using var connection = WsConnection.Established(ConnectionRole.Client);
            connection.Receive([0x01, (byte)cut]);
            for (int i = 0; i <= text.Length; i++)
            {
                if (i == cut)
                    connection.Receive([0x80, (byte)(text.Length - cut)]);
                bool hasFailed = bad < i || (bad == text.Length && i == text.Length);
                string expected = hasFailed ? "InvalidUtf8" : i == text.Length ? "text" : "nothing yet";
                string actual = connection.ReadAll().SingleOrDefault() switch
                {
                    CloseConnection close => close.Error.ToString()!,
                    TextMessage => "text",
                    _ => "nothing yet",
                };
                if (expected != actual)
                    Assert.Fail($"{Convert.ToHexString(text)} cut at {cut}: {actual} instead of {expected} after {i} bytes");
                if (hasFailed)
                    break;
                if (i < text.Length)
                    connection.Receive([text[i]]);
            }
        }
    }

    /// <summary>
    /// The place of the first byte after which no text can follow; the length where the last character is unfinished; beyond for text.
    /// </summary>
    private static int FirstBad(ReadOnlySpan<byte> text)
    {
        for (int start = 0; start < text.Length;)
        {
            for (int end = start + 1; ; end++)
            {
                if (end > text.Length)
                    return text.Length;
                OperationStatus status = Rune.DecodeFromUtf8(text[start..end], out _, out int size);
                if (status == OperationStatus.InvalidData)
                    return end - 1;
                if (status == OperationStatus.Done)
                {
                    start += size;
                    break;
                }
            }
        }

        return int.MaxValue;
    }

    private static void Judge(ReadOnlySpan<byte> text)
    {
        int whole = Utf8Validator.CountWhole(text);
        int unfinished = whole < 0 ? -1 : text.Length - whole;
        int expected = !IsBeginning(text) ? -1 : Unfinished(text);
        if (unfinished != expected)
            Assert.Fail($"{Convert.ToHexString(text)}: {unfinished} bytes unfinished, not {expected}");
    }

    private static bool IsWhole(ReadOnlySpan<byte> text) => Unfinished(text) == 0;

    private static bool IsBeginning(ReadOnlySpan<byte> text) => Unfinished(text) >= 0;

    /// <summary>
    /// The grammar of RFC 3629 §4, octet by octet: how many octets stand after the last whole character; -1 where it is broken.
    /// </summary>
    private static int Unfinished(ReadOnlySpan<byte> text)
    {
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (i == start)
            {
                if (text[i] <= 0x7F)
                    start++;
                else if (text[i] is < 0xC2 or > 0xF4)
                    return -1;
                continue;
            }

            (int low, int high) = (i - start, text[start]) switch
            {
                (1, 0xE0) => (0xA0, 0xBF),
                (1, 0xED) => (0x80, 0x9F),
                (1, 0xF0) => (0x90, 0xBF),
                (1, 0xF4) => (0x80, 0x8F),
                _ => (0x80, 0xBF),
            };
            if (text[i] < low || text[i] > high)
                return -1;
            int size = text[start] >= 0xF0 ? 4 : text[start] >= 0xE0 ? 3 : 2;
            if (i - start + 1 == size)
                start = i + 1;
        }

        return text.Length - start;
    }

    private static Arbitrary<TextCase> Cases => Arb.From(
        from text in Texts.Brief.Select(Encoding.UTF8.GetBytes)
        from turns in Gen.Elements(_turningPoints).ArrayOf()
        from place in Gen.Choose(0, 100)
        from kind in Gen.Choose(0, 3)
        from mutated in HandshakeHeads.Mutated(text)
        from sizes in Gen.Choose(0, 4).ListOf()
        from cutting in Cutting.Any
        from role in Scene.Roles
        select new TextCase(
            kind switch { 0 => text, 1 => mutated, 2 => turns, _ => [.. text[..(place % (text.Length + 1))], .. turns.Take(4)] },
            [.. sizes],
            cutting,
            role),
        c =>
        [
            .. Shrinks.Bytes(c.Text).Select(text => c with { Text = text }),
            .. Shrinks.List(c.Sizes).Select(sizes => c with { Sizes = sizes }),
            .. Cutting.Shrink(c.Cutting).Select(cutting => c with { Cutting = cutting }),
        ]);

    private sealed record TextCase(byte[] Text, int[] Sizes, Cutting Cutting, ConnectionRole Role)
    {
        public IEnumerable<WireFrame> Frames() => new Said(true, Text, Sizes, []).OnWire();

        public override string ToString() =>
            $"{Role} gets {Testing.Generators.Bytes.Show(Text)} in frames of [{string.Join(", ", Sizes)}] {Cutting}";
    }
}
