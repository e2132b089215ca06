using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using static WsProto.Conformance.CaseTable;

namespace WsProto.Conformance;

/// <summary>1: sizes around those where the form of the length changes.</summary>
internal static class FramingCases
{
    private const string Section = "5.2";
    private const int Chop = 997;

    private static readonly (int Size, int Chop)[] _messages =
    [
        (0, int.MaxValue), (125, int.MaxValue), (126, int.MaxValue), (127, int.MaxValue), (128, int.MaxValue), (65_535, int.MaxValue),
        (65_536, int.MaxValue), (65_536, Chop),
    ];

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        .. _messages.Select((message, i) => Echo(Id(1, i), "text", Encoding.ASCII.GetBytes(new string('*', message.Size)), message.Chop)),
        .. _messages.Select((message, i) => Echo(Id(2, i), "binary", [.. Enumerable.Repeat((byte)0xFE, message.Size)], message.Chop)),
    ];

    private static string Id(int kind, int index) => string.Create(CultureInfo.InvariantCulture, $"1.{kind}.{index + 1}");

    private static ConformanceCase Echo(string id, string kind, byte[] payload, int chop)
    {
        string sends = $"{kind} of {payload.Length} octets{(chop == Chop ? $" in chops of {Chop}" : "")}";
        (SentFrame frame, Reply reply) = kind == "text"
            ? (SentFrame.Text(payload), Reply.Text(payload))
            : (SentFrame.Binary(payload), Reply.Binary(payload));
        return Closing(id, Section, sends, Step.InChops(chop, [frame], reply)) with { LargestMessage = payload.Length };
    }
}
