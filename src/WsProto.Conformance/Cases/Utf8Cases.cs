using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using static WsProto.Conformance.CaseTable;

namespace WsProto.Conformance;

/// <summary>6: text in UTF-8, and octets that are none, to be refused at the first bad one, also inside a frame.</summary>
internal static class Utf8Cases
{
    private const string Section = "8.1";
    private const int InvalidPayload = 1007;

    /// <summary>"Hello-µ@ßöäüàá-UTF-8!!", cut before the ü.</summary>
    private static readonly byte[][] _hello = [Hex("48656C6C6F2DC2B540C39FC3B6C3A4"), Hex("C3BCC3A0C3A12D5554462D382121")];

    private static readonly byte[] _wholeHello = [.. _hello[0], .. _hello[1]];

    /// <summary>"κόσμε".</summary>
    private static readonly byte[] _kosme = Hex("CEBAE1BDB9CF83CEBCCEB5");

    /// <summary>"edited".</summary>
    private static readonly byte[] _rest = Hex("656469746564");

    private static readonly byte[] _middle = Encoding.ASCII.GetBytes("middle frame payload");

    /// <summary>"κόσμε", a surrogate, "edited".</summary>
    internal static byte[] Edited { get; } = [.. _kosme, 0xED, 0xA0, 0x80, .. _rest];

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Echo("6.1.1", "text of 0 octets", [SentFrame.Text("")], []),
        Echo("6.1.2", "text of 3 empty fragments", Text([], [], []), []),
        Echo("6.1.3", "text of 3 fragments, the outer ones empty", Text([], _middle, []), _middle),
        Echo("6.2.1", "text of longer characters", [SentFrame.Text(_wholeHello)], _wholeHello),
        Echo("6.2.2", "the same in 2 fragments of whole characters", Text(_hello), _wholeHello),
        Echo("6.2.3", "the same in fragments of 1 octet", SentFrame.Split(SentFrame.OpcodeOfText, _wholeHello, 1), _wholeHello),
        Echo("6.2.4", "another text in fragments of 1 octet", SentFrame.Split(SentFrame.OpcodeOfText, _kosme, 1), _kosme),
        Invalid("6.3.1", "text with a surrogate in it", SentFrame.Text(Edited)),
        Invalid("6.3.2", "the same in fragments of 1 octet", SentFrame.Split(SentFrame.OpcodeOfText, Edited, 1)),
        ByFrames("6.4.1", "3 fragments, the second of them bad", _kosme, Hex("F4908080"), _rest),
        ByFrames("6.4.2", "3 fragments, the second up to the bad octet", [.. _kosme, 0xF4], [0x90], [0x80, 0x80, .. _rest]),
        ByChops("6.4.3", "1 frame in 3 chops, the second of them bad", _kosme, Hex("F4908080"), _rest),
        ByChops("6.4.4", "1 frame in 3 chops, the second up to the bad octet", [.. _kosme, 0xF4], [0x90], [0x80, 0x80, .. _rest]),
        .. Sequences(5, "some valid sequences",
            "68656C6C6F24776F726C64 68656C6C6FC2A2776F726C64 68656C6C6FE282AC776F726C64 68656C6C6FF0A4ADA2776F726C64 "
            + "CEBAE1BDB9CF83CEBCCEB5"),
        .. Sequences(6, "prefixes of a text of longer characters",
            "!CE CEBA !CEBAE1 !CEBAE1BD CEBAE1BDB9 !CEBAE1BDB9CF CEBAE1BDB9CF83 !CEBAE1BDB9CF83CE CEBAE1BDB9CF83CEBC "
            + "!CEBAE1BDB9CF83CEBCCE CEBAE1BDB9CF83CEBCCEB5"),
        .. Sequences(7, "first character of each length", "00 C280 E0A080 F0908080"),
        .. Sequences(8, "first sequence of 5 and 6 octets", "!F888808080 !FC8480808080"),
        .. Sequences(9, "last character of each length", "7F DFBF EFBFBF F48FBFBF"),
        .. Sequences(10, "last sequence of 4, 5 and 6 octets", "!F7BFBFBF !FBBFBFBFBF !FDBFBFBFBFBF"),
        .. Sequences(11, "around the limits", "ED9FBF EE8080 EFBFBD F48FBFBF !F4908080"),
        .. Sequences(12, "continuation octets alone",
            "!80 !BF !80BF !80BF80 !80BF80BF !80BF80BF80 !80BF80BF80BF "
            + "!808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9F"
            + "A0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBE"),
        .. Sequences(13, "lead octets alone",
            "!C020C120C220C320C420C520C620C720C820C920CA20CB20CC20CD20CE20CF20D020D120D220D320D420D520D620D720D820D920DA20DB20DC20DD20DE20 "
            + "!E020E120E220E320E420E520E620E720E820E920EA20EB20EC20ED20EE20 !F020F120F220F320F420F520F620 !F820F920FA20 !FC20"),
        .. Sequences(14, "last continuation octet missing",
            "!C0 !E080 !F08080 !F8808080 !FC80808080 !DF !EFBF !F7BFBF !FBBFBFBF !FDBFBFBFBF"),
        .. Sequences(15, "unfinished characters in a row", "!C0E080F08080F8808080FC80808080DFEFBFF7BFBFFBBFBFBFFDBFBFBFBF"),
        .. Sequences(16, "octets that never occur", "!FE !FF !FEFEFFFF"),
        .. Sequences(17, "overlong slash", "!C0AF !E080AF !F08080AF !F8808080AF !FC80808080AF"),
        .. Sequences(18, "largest overlong forms", "!C1BF !E09FBF !F08FBFBF !F887BFBFBF !FC83BFBFBFBF"),
        .. Sequences(19, "overlong NUL", "!C080 !E08080 !F0808080 !F880808080 !FC8080808080"),
        .. Sequences(20, "single surrogates", "!EDA080 !EDADBF !EDAE80 !EDAFBF !EDB080 !EDBE80 !EDBFBF"),
        .. Sequences(21, "pairs of surrogates",
            "!EDA080EDB080 !EDA080EDBFBF !EDADBFEDB080 !EDADBFEDBFBF !EDAE80EDB080 !EDAE80EDBFBF !EDAFBFEDB080 !EDAFBFEDBFBF"),
        .. Sequences(22, "noncharacters",
            "EFBFBE EFBFBF F09FBFBE F09FBFBF F0AFBFBE F0AFBFBF F0BFBFBE F0BFBFBF F18FBFBE F18FBFBF F19FBFBE F19FBFBF "
            + "F1AFBFBE F1AFBFBF F1BFBFBE F1BFBFBF F28FBFBE F28FBFBF F29FBFBE F29FBFBF F2AFBFBE F2AFBFBF F2BFBFBE F2BFBFBF "
            + "F38FBFBE F38FBFBF F39FBFBE F39FBFBF F3AFBFBE F3AFBFBF F3BFBFBE F3BFBFBF F48FBFBE F48FBFBF"),
        .. Sequences(23, "specials", "EFBFB9 EFBFBA EFBFBB EFBFBC EFBFBD EFBFBE EFBFBF"),
    ];

    private static byte[] Hex(string octets) => Convert.FromHexString(octets);

    private static SentFrame[] Text(params byte[][] parts) => SentFrame.Message(SentFrame.OpcodeOfText, 0, parts);

    private static ConformanceCase Echo(string id, string sends, SentFrame[] frames, byte[] text) =>
        Closing(id, Section, sends, Step.ByFrames(frames, Reply.Text(text)));

    private static ConformanceCase Invalid(string id, string sends, params SentFrame[] frames) =>
        Failing(id, Section, sends, InvalidPayload, Step.ByFrames(frames));

    private static ConformanceCase ByFrames(string id, string sends, byte[] good, byte[] bad, byte[] rest) =>
        InThree(id, sends, (masks, i) => Text(good, bad, rest)[i].Encode(masks, i));

    private static ConformanceCase ByChops(string id, string sends, byte[] good, byte[] bad, byte[] rest)
    {
        SentFrame frame = SentFrame.Text([.. good, .. bad, .. rest]);
        int second = bad.Length + rest.Length;
        Range[] pieces = [Range.EndAt(^second), ^second..^rest.Length, Range.StartAt(^rest.Length)];
        return InThree(id, sends, (masks, i) => frame.Encode(masks)[pieces[i]]);
    }

    /// <summary>The second piece is bad; the third shows that a peer that did not mind refuses the message at all.</summary>
    private static ConformanceCase InThree(string id, string sends, Func<bool, int, byte[]> piece) =>
        Failing(id, Section, sends, InvalidPayload, Step.Octets(masks => piece(masks, 0)),
            Step.Octets(masks => piece(masks, 1)) with { AwaitsClose = true }, Step.Octets(masks => piece(masks, 2))) with
        {
            Expectation = "The peer fails the connection with 1007 as soon as the first wrong octet has come, before the rest is sent.",
        };

    /// <summary>A case for each sequence of octets. Those that are not valid begin with an exclamation mark.</summary>
    private static IEnumerable<ConformanceCase> Sequences(int section, string name, string sequences) =>
        sequences.Split(' ').Select((sequence, i) =>
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"6.{section}.{i + 1}");
            byte[] octets = Hex(sequence.TrimStart('!'));
            return sequence[0] == '!' ? Invalid(id, name, SentFrame.Text(octets)) : Echo(id, name, [SentFrame.Text(octets)], octets);
        });
}
