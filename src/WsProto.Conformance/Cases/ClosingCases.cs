using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using static WsProto.Conformance.CaseTable;

namespace WsProto.Conformance;

/// <summary>7: closing, begun by the client.</summary>
internal static class ClosingCases
{
    private const string Structure = "5.5.1";
    private const string Codes = "7.4";
    private const string Hello = "Hello World!";

    private static readonly int[] _validCodes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
    private static readonly int[] _invalidCodes = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];
    private static readonly byte[] _invalidReason = [0x03, 0xE8, .. Utf8Cases.Edited];
    private static readonly SentFrame _close = SentFrame.Close();
    private static readonly SentFrame _text = SentFrame.Text(Hello);
    private static readonly SentFrame _ping = SentFrame.Ping("");
    private static readonly byte[] _large = [.. Enumerable.Repeat((byte)'*', 256 << 10)];

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Closing("7.1.1", Structure, "text, then Close", Step.Of(_text, Reply.Text(Hello))),
        Closed("7.1.2", "7.1", "two Closes", Ending.Clean(), _close, _close),
        Closed("7.1.3", Structure, "Close, then Ping", Ending.Clean(), _close, _ping),
        Closed("7.1.4", Structure, "Close, then text", Ending.Clean(), _close, _text),
        Closed("7.1.5", Structure, "fragment, Close, fragment", Ending.Clean(),
            SentFrame.Text("fragment1", fin: false), _close, SentFrame.Next("fragment2")),
        new("7.1.6", Structure, "text of 256 KiB, text, Close, Ping, at once")
        {
            Steps = [Step.AtOnce([SentFrame.Text(_large), _text, _close, _ping])],
            IsInformational = true,
        },
        Closed("7.3.1", Structure, "Close without a code", Ending.Clean(1000, Reply.NoStatus), SentFrame.Close([])),
        Closed("7.3.2", Structure, "Close of 1 octet", Ending.Fails(1002), SentFrame.Close([0x03])),
        Closed("7.3.3", Structure, "Close with a code", Ending.Clean(), _close),
        Closed("7.3.4", Structure, "Close with a code and a reason", Ending.Clean(), SentFrame.Close(1000, Hello)),
        Closed("7.3.5", Structure, "Close with a reason of 123 octets", Ending.Clean(), SentFrame.Close(1000, new string('*', 123))),
        Closed("7.3.6", "5.5", "Close with a reason of 124 octets", Ending.Fails(1002), SentFrame.Close(1000, new string('*', 124))),
        Closed("7.5.1", Structure, "Close with a reason that is no UTF-8", Ending.Fails(1007, 1002), SentFrame.Close(_invalidReason)),
        .. _validCodes.Select((code, i) => Closed(Id(7, i), Codes, $"Close with {code}", Ending.Clean(1000, code), SentFrame.Close(code))),
        .. _invalidCodes.Select((code, i) => Closed(Id(9, i), Codes, $"Close with {code}", Ending.Fails(1002), SentFrame.Close(code))),
        Closed("7.13.1", Codes, "Close with 5000", Ending.Fails(1002), SentFrame.Close(5000)) with { IsInformational = true },
        Closed("7.13.2", Codes, "Close with 65535", Ending.Fails(1002), SentFrame.Close(65_535)) with { IsInformational = true },
    ];

    private static string Id(int section, int index) => string.Create(CultureInfo.InvariantCulture, $"7.{section}.{index + 1}");

    private static ConformanceCase Closed(string id, string section, string sends, Ending end, params IReadOnlyList<SentFrame> frames) =>
        new(id, section, sends) { Steps = [Step.ByFrames(frames)], End = end };
}
