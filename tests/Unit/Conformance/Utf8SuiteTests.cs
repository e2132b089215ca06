using System.Globalization;
using static WsProto.Tests.Conformance.SuiteFrame;

namespace WsProto.Tests.Conformance;

/// <summary>
/// 6: text in UTF-8, and octets that are none. Those are refused at the first bad octet, also inside a frame that has not ended.
/// </summary>
[Trait("RFC", "6455 §8.1")]
public class Utf8SuiteTests
{
    /// <summary>"Hello-µ@ßöäüàá-UTF-8!!", cut before the ü.</summary>
    private static readonly byte[][] _hello = [Wire.Hex("48656C6C6F2DC2B540C39FC3B6C3A4"), Wire.Hex("C3BCC3A0C3A12D5554462D382121")];

    /// <summary>"κόσμε".</summary>
    private static readonly byte[] _kosme = Wire.Hex("CEBAE1BDB9CF83CEBCCEB5");

    /// <summary>"κόσμε", a surrogate, "edited".</summary>
    private static readonly byte[] _edited = [.. _kosme, .. Wire.Hex("EDA080656469746564")];

    internal static IReadOnlyList<SuiteCase> Cases { get; } =
    [
        Echo("6.1.1", "text of 0 octets", [Text([])], []),
        Echo("6.1.2", "text of 3 empty fragments", Message(Opcode.Text, [], [], []), []),
        Echo(
            "6.1.3",
            "text of 3 fragments, the outer ones empty",
            Message(Opcode.Text, [], Wire.Utf8("middle frame payload"), []),
            Wire.Utf8("middle frame payload")),
        Echo("6.2.1", "text of longer characters", [Text(Wire.Concat(_hello))], Wire.Concat(_hello)),
        Echo("6.2.2", "the same in 2 fragments of whole characters", Message(Opcode.Text, _hello), Wire.Concat(_hello)),
        Echo("6.2.3", "the same in fragments of 1 octet", Message(Opcode.Text, Wire.Concat(_hello), 1), Wire.Concat(_hello)),
        Echo("6.2.4", "another text in fragments of 1 octet", Message(Opcode.Text, _kosme, 1), _kosme),
        Failing("6.3.1", "text with a surrogate in it", Text(_edited)),
        Failing("6.3.2", "the same in fragments of 1 octet", Message(Opcode.Text, _edited, 1)),
        ByFrames("6.4.1", "3 fragments, the second of them bad", _kosme, Wire.Hex("F4908080"), Wire.Hex("656469746564")),
        ByFrames("6.4.2", "3 fragments, the second up to the bad octet", [.. _kosme, 0xF4], [0x90], Wire.Hex("8080656469746564")),
        ByChops("6.4.3", "1 frame in 3 chops, the second of them bad", _kosme, Wire.Hex("F4908080"), Wire.Hex("656469746564")),
        ByChops("6.4.4", "1 frame in 3 chops, the second up to the bad octet", [.. _kosme, 0xF4], [0x90], Wire.Hex("8080656469746564")),
        .. Sequences(5, "some valid sequences", valid: true,
            "68656C6C6F24776F726C64 68656C6C6FC2A2776F726C64 68656C6C6FE282AC776F726C64 68656C6C6FF0A4ADA2776F726C64 "
            + "CEBAE1BDB9CF83CEBCCEB5"),
        .. Sequences(6, "prefixes of a text of longer characters", valid: true,
            "!CE CEBA !CEBAE1 !CEBAE1BD CEBAE1BDB9 !CEBAE1BDB9CF CEBAE1BDB9CF83 !CEBAE1BDB9CF83CE CEBAE1BDB9CF83CEBC "
            + "!CEBAE1BDB9CF83CEBCCE CEBAE1BDB9CF83CEBCCEB5"),
        .. Sequences(7, "first character of each length", valid: true, "00 C280 E0A080 F0908080"),
        .. Sequences(8, "first sequence of 5 and 6 octets", valid: false, "F888808080 FC8480808080"),
        .. Sequences(9, "last character of each length", valid: true, "7F DFBF EFBFBF F48FBFBF"),
        .. Sequences(10, "last sequence of 4, 5 and 6 octets", valid: false, "F7BFBFBF FBBFBFBFBF FDBFBFBFBFBF"),
        .. Sequences(11, "around the limits", valid: true, "ED9FBF EE8080 EFBFBD F48FBFBF !F4908080"),
        .. Sequences(12, "continuation octets alone", valid: false,
            "80 BF 80BF 80BF80 80BF80BF 80BF80BF80 80BF80BF80BF "
            + "808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9F"
            + "A0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBE"),
        .. Sequences(13, "lead octets alone", valid: false,
            "C020C120C220C320C420C520C620C720C820C920CA20CB20CC20CD20CE20CF20D020D120D220D320D420D520D620D720D820D920DA20DB20DC20DD20DE20 "
            + "E020E120E220E320E420E520E620E720E820E920EA20EB20EC20ED20EE20 F020F120F220F320F420F520F620 F820F920FA20 FC20"),
        .. Sequences(
            14, "last continuation octet missing", valid: false, "C0 E080 F08080 F8808080 FC80808080 DF EFBF F7BFBF FBBFBFBF FDBFBFBFBF"),
        .. Sequences(15, "unfinished characters in a row", valid: false, "C0E080F08080F8808080FC80808080DFEFBFF7BFBFFBBFBFBFFDBFBFBFBF"),
        .. Sequences(16, "octets that never occur", valid: false, "FE FF FEFEFFFF"),
        .. Sequences(17, "overlong slash", valid: false, "C0AF E080AF F08080AF F8808080AF FC80808080AF"),
        .. Sequences(18, "largest overlong forms", valid: false, "C1BF E09FBF F08FBFBF F887BFBFBF FC83BFBFBFBF"),
        .. Sequences(19, "overlong NUL", valid: false, "C080 E08080 F0808080 F880808080 FC8080808080"),
        .. Sequences(20, "single surrogates", valid: false, "EDA080 EDADBF EDAE80 EDAFBF EDB080 EDBE80 EDBFBF"),
        .. Sequences(
            21, "pairs of surrogates", valid: false,
            "EDA080EDB080 EDA080EDBFBF EDADBFEDB080 EDADBFEDBFBF EDAE80EDB080 EDAE80EDBFBF EDAFBFEDB080 EDAFBFEDBFBF"),
        .. Sequences(22, "noncharacters", valid: true,
            "EFBFBE EFBFBF F09FBFBE F09FBFBF F0AFBFBE F0AFBFBF F0BFBFBE F0BFBFBF F18FBFBE F18FBFBF F19FBFBE F19FBFBF "
            + "F1AFBFBE F1AFBFBF F1BFBFBE F1BFBFBF F28FBFBE F28FBFBF F29FBFBE F29FBFBF F2AFBFBE F2AFBFBF F2BFBFBE F2BFBFBF "
            + "F38FBFBE F38FBFBF F39FBFBE F39FBFBF F3AFBFBE F3AFBFBF F3BFBFBE F3BFBFBF F48FBFBE F48FBFBF"),
        .. Sequences(23, "specials", valid: true, "EFBFB9 EFBFBA EFBFBB EFBFBC EFBFBD EFBFBE EFBFBF"),
    ];

    public static TheoryData<string, ConnectionRole> Data => Suite.InBothRoles(Cases);

    [Theory]
    [MemberData(nameof(Data))]
    public void Both_echo_text_and_fail_at_the_first_octet_that_is_none(string id, ConnectionRole role) => Suite.Passes(id, role);

    private static SuiteCase Echo(string id, string sends, SuiteFrame[] frames, byte[] text) => SuiteCase.Clean(id, sends, peer =>
    {
        peer.Send(frames);
        peer.Receives(Text(text));
    });

    private static SuiteCase Failing(string id, string sends, params SuiteFrame[] frames) => SuiteCase.Plain(id, sends, peer =>
    {
        peer.Send(frames);
        peer.WasFailed(CloseCode.InvalidPayloadData);
    });

    private static SuiteCase ByFrames(string id, string sends, byte[] good, byte[] bad, byte[] rest) => SuiteCase.Plain(id, sends, peer =>
    {
        SuiteFrame[] frames = Message(Opcode.Text, good, bad, rest);
        peer.Send(frames[0]);
        peer.ReceivesNothing();
        peer.Send(frames[1]);
        peer.WasFailed(CloseCode.InvalidPayloadData);
    });

    private static SuiteCase ByChops(string id, string sends, byte[] good, byte[] bad, byte[] rest) => SuiteCase.Plain(id, sends, peer =>
    {
        byte[] frame = Text([.. good, .. bad, .. rest]).BytesFor(peer.Role);
        int first = frame.Length - bad.Length - rest.Length;
        peer.SendOctets(frame.AsSpan(0, first));
        peer.ReceivesNothing();
        peer.SendOctets(frame.AsSpan(first, bad.Length));
        peer.WasFailed(CloseCode.InvalidPayloadData);
    });

    /// <summary>A case for each sequence of octets. Where most are valid, those that are not begin with an exclamation mark.</summary>
    private static IEnumerable<SuiteCase> Sequences(int section, string name, bool valid, string sequences) =>
        sequences.Split(' ').Select((sequence, i) =>
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"6.{section}.{i + 1}");
            byte[] octets = Convert.FromHexString(sequence.TrimStart('!'));
            return valid && sequence[0] != '!' ? Echo(id, name, [Text(octets)], octets) : Failing(id, name, Text(octets));
        });
}
