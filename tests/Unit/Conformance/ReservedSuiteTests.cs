using System.Globalization;
using static WsProto.Tests.Conformance.SuiteFrame;

namespace WsProto.Tests.Conformance;

/// <summary>3 and 4: reserved bits and reserved opcodes. What was valid before them is echoed, what comes after them is not read.</summary>
[Trait("RFC", "6455 §5.2")]
public class ReservedSuiteTests
{
    private const string Payload = "Hello, world!";

    internal static IReadOnlyList<SuiteCase> Cases { get; } =
    [
        Alone("3.1", "text with RSV 1", Text(Payload, rsv: 1)),
        Behind("3.2", "text; text with RSV 2; Ping; all at once", int.MaxValue, Text(Payload, rsv: 2)),
        BehindByFrames("3.3", "text; text with RSV 3; Ping; frame by frame", Text(Payload, rsv: 3)),
        Behind("3.4", "text; text with RSV 4; Ping; octet by octet", 1, Text(Payload, rsv: 4)),
        Alone("3.5", "binary with RSV 5", Binary(Wire.Repeat(0xFF, 8), rsv: 5)),
        Alone("3.6", "Ping with RSV 6", Ping(Wire.Utf8(Payload), rsv: 6)),
        Alone("3.7", "Close with RSV 7", Close([], rsv: 7)),
        .. Opcodes(1, 3),
        .. Opcodes(2, 11),
    ];

    public static TheoryData<string, ConnectionRole> Data => Suite.InBothRoles(Cases);

    [Theory]
    [MemberData(nameof(Data))]
    public void Both_fail_at_reserved_bits_and_opcodes_after_the_echo_of_what_came_before(string id, ConnectionRole role) =>
        Suite.Passes(id, role);

    private static SuiteCase Alone(string id, string sends, SuiteFrame bad) => SuiteCase.Plain(id, sends, peer =>
    {
        peer.Send(bad);
        peer.WasFailed(CloseCode.ProtocolError);
    });

    private static SuiteCase Behind(string id, string sends, int size, SuiteFrame bad) => SuiteCase.Plain(id, sends, peer =>
    {
        peer.SendInChops(size, Text(Payload), bad, Ping(""));
        peer.WasFailed(CloseCode.ProtocolError, Text(Payload));
    });

    private static SuiteCase BehindByFrames(string id, string sends, SuiteFrame bad) => SuiteCase.Plain(id, sends, peer =>
    {
        peer.Send(Text(Payload));
        peer.Receives(Text(Payload));
        peer.Send(bad, Ping(""));
        peer.WasFailed(CloseCode.ProtocolError);
    });

    /// <summary>
    /// The first two alone, the others behind a text and before a Ping; the even ones with a payload, but the third has none.
    /// </summary>
    private static IEnumerable<SuiteCase> Opcodes(int section, int first)
    {
        for (int i = 0; i < 5; i++)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"4.{section}.{i + 1}");
            bool hasPayload = i is 1 or 3 or 4;
            var bad = new SuiteFrame((Opcode)(first + i), hasPayload ? Wire.Utf8("reserved opcode") : []);
            string sends = $"opcode {first + i} {(hasPayload ? "with" : "without")} a payload";
            yield return i < 2 ? Alone(id, sends, bad) : Behind(id, $"text; {sends}; Ping; all at once", int.MaxValue, bad);
        }
    }
}
