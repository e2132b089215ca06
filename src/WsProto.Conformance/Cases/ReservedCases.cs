using System.Collections.Generic;
using System.Globalization;
using System.Text;
using static WsProto.Conformance.CaseTable;

namespace WsProto.Conformance;

/// <summary>3 and 4: reserved bits and opcodes. What was valid before them is sent back, what comes after them is not read.</summary>
internal static class ReservedCases
{
    private const string Section = "5.2";
    private const string Hello = "Hello, world!";

    private static readonly SentFrame _first = SentFrame.Text(Hello);
    private static readonly SentFrame _last = SentFrame.Ping("");
    private static readonly Reply _echo = Reply.Text(Hello);

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Alone("3.1", "text with RSV 1", SentFrame.Text(Hello, rsv: 1)),
        Behind("3.2", "text; text with RSV 2; Ping; at once", Step.AtOnce([_first, SentFrame.Text(Hello, rsv: 2), _last], _echo)),
        Behind("3.3", "text; text with RSV 3; Ping; frame by frame", Step.ByFrames([_first, SentFrame.Text(Hello, rsv: 3), _last], _echo)),
        Behind("3.4", "text; text with RSV 4; Ping; octet by octet",
            Step.InChops(1, [_first, SentFrame.Text(Hello, rsv: 4), _last], _echo)),
        Alone("3.5", "binary with RSV 5", SentFrame.Binary([0x00, 0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0x00, 0xFF], rsv: 5)),
        Alone("3.6", "Ping with RSV 6", SentFrame.Ping(Hello, rsv: 6)),
        Alone("3.7", "Close with RSV 7", SentFrame.Close([0x03, 0xE8], rsv: 7)),
        .. Opcodes(1, 3),
        .. Opcodes(2, 11),
    ];

    private static ConformanceCase Alone(string id, string sends, SentFrame bad) => Failing(id, Section, sends, 1002, Step.Of(bad));

    private static ConformanceCase Behind(string id, string sends, Step step) =>
        Failing(id, Section, sends, 1002, step) with { Lenient = [[]] };

    /// <summary>Two alone, and three behind a text and before a Ping; the first and the third have no payload.</summary>
    private static IEnumerable<ConformanceCase> Opcodes(int section, int first)
    {
        for (int i = 0; i < 5; i++)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"4.{section}.{i + 1}");
            bool isEmpty = i is 0 or 2;
            var bad = new SentFrame(first + i, isEmpty ? [] : Encoding.ASCII.GetBytes("reserved opcode"));
            string sends = $"opcode {first + i} {(isEmpty ? "without" : "with")} a payload";
            yield return i < 2
                ? Alone(id, sends, bad)
                : Behind(id, $"text; {sends}; Ping; at once", Step.AtOnce([_first, bad, _last], _echo));
        }
    }
}
