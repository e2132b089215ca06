using System.Globalization;
using static WsProto.Tests.Conformance.SuiteFrame;

namespace WsProto.Tests.Conformance;

/// <summary>7: closing, begun by the other end.</summary>
[Trait("RFC", "6455 §5.5.1, §7")]
public class ClosingSuiteTests
{
    private static readonly int[] _validCodes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
    private static readonly int[] _invalidCodes = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];
    private static readonly byte[] _invalidReason = [.. Wire.ClosePayload(1000), .. Wire.Hex("CEBAE1BDB9CF83CEBCCEB5EDA080656469746564")];
    private static readonly SuiteFrame _hello = Text("Hello World!");

    internal static IReadOnlyList<SuiteCase> Cases { get; } =
    [
        SuiteCase.Plain("7.1.1", "text, then Close", peer =>
        {
            peer.Send(_hello, Close());
            peer.WasClosed(before: _hello);
        }),
        Ignored("7.1.2", "two Closes", Close(), Close()),
        Ignored("7.1.3", "Close, then Ping", Close(), Ping("")),
        Ignored("7.1.4", "Close, then text", Close(), _hello),
        Ignored("7.1.5", "fragment, Close, fragment", Text("fragment1", fin: false), Close(), Next("fragment2")),
        SuiteCase.Plain("7.1.6", "text of 256 KiB, text, Close, Ping, all at once", peer =>
        {
            SuiteFrame large = Text(Wire.Repeat((byte)'*', 256 << 10));
            peer.SendAtOnce(large, _hello, Close(), Ping(""));
            peer.WasClosed(before: [large, _hello]);
        }) with { Informational = "both texts are echoed before the Close" },
        SuiteCase.Plain("7.3.1", "Close without a code", peer =>
        {
            peer.Send(Close(code: null));
            peer.WasClosed(code: null);
        }),
        Failing("7.3.2", "Close of 1 octet", CloseCode.ProtocolError, Close([0x03])),
        Closed("7.3.3", "Close with a code", ""),
        Closed("7.3.4", "Close with a code and a reason", "Hello World!"),
        Closed("7.3.5", "Close with a reason of 123 octets", new string('*', 123)),
        Failing("7.3.6", "Close with a reason of 124 octets", CloseCode.ProtocolError, Close(1000, new string('*', 124))),
        Failing("7.5.1", "Close with a reason that is no UTF-8", CloseCode.InvalidPayloadData, Close(_invalidReason)),
        .. _validCodes.Select((code, i) => SuiteCase.Plain(Id(7, i), $"Close with {code}", peer =>
        {
            peer.Send(Close(code));
            // "Normal or echoed code"; 1010 "is not used by the server" (RFC 6455 §7.4.1).
            peer.WasClosed(code == 1010 ? 1000 : code);
        })),
        .. _invalidCodes.Select((code, i) => Failing(Id(9, i), $"Close with {code}", CloseCode.ProtocolError, Close(code))),
        Failing("7.13.1", "Close with 5000", CloseCode.ProtocolError, Close(5000)) with { Informational = "fails with 1002" },
        Failing("7.13.2", "Close with 65535", CloseCode.ProtocolError, Close(65535)) with { Informational = "fails with 1002" },
    ];

    public static TheoryData<string, ConnectionRole> Data => Suite.InBothRoles(Cases);

    [Theory]
    [MemberData(nameof(Data))]
    public void Both_answer_a_close_once_and_nothing_after_it(string id, ConnectionRole role) => Suite.Passes(id, role);

    private static string Id(int section, int index) => string.Create(CultureInfo.InvariantCulture, $"7.{section}.{index + 1}");

    private static SuiteCase Ignored(string id, string sends, params SuiteFrame[] frames) => SuiteCase.Plain(id, sends, peer =>
    {
        peer.Send(frames);
        peer.WasClosed();
    });

    private static SuiteCase Closed(string id, string sends, string reason) => SuiteCase.Plain(id, sends, peer =>
    {
        peer.Send(Close(1000, reason));
        peer.WasClosed(1000, reason);
    });

    private static SuiteCase Failing(string id, string sends, CloseCode code, SuiteFrame close) => SuiteCase.Plain(id, sends, peer =>
    {
        peer.Send(close);
        peer.WasFailed(code);
    });
}
