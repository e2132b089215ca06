using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using static WsProto.Conformance.CaseTable;

namespace WsProto.Conformance;

/// <summary>2: Pings and Pongs.</summary>
internal static class PingCases
{
    private const string NoneExpected = "Nothing comes back; the Close is answered with 1000.";
    private const string TenExpected =
        "Each Ping is answered in order; a Pong for the last of them alone is allowed. The Close is answered with 1000.";

    private static readonly byte[] _notText = [0x00, 0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0x00, 0xFF];
    private static readonly byte[] _longest = [.. Enumerable.Repeat((byte)0xFE, 125)];
    private static readonly SentFrame[] _ten = [.. Enumerable.Range(0, 10).Select(i => SentFrame.Ping(Payload(i)))];
    private static readonly Reply[] _tenPongs = [.. Enumerable.Range(0, 10).Select(i => Reply.Pong(Payload(i)))];

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Closing("2.1", "5.5.2", "Ping without a payload", Step.Of(SentFrame.Ping(""), Reply.Pong(""))),
        Closing("2.2", "5.5.2", "Ping with text", Step.Of(SentFrame.Ping("Hello, world!"), Reply.Pong("Hello, world!"))),
        Closing("2.3", "5.5.2", "Ping with octets that are no UTF-8", Step.Of(SentFrame.Ping(_notText), Reply.Pong(_notText))),
        Closing("2.4", "5.5.2", "Ping of 125 octets", Step.Of(SentFrame.Ping(_longest), Reply.Pong(_longest))),
        Failing("2.5", "5.5", "Ping of 126 octets", 1002, Step.Of(SentFrame.Ping([.. _longest, 0xFE]))),
        Closing("2.6", "5.5.2", "Ping of 125 octets, octet by octet", Step.InChops(1, [SentFrame.Ping(_longest)], Reply.Pong(_longest))),
        Closing("2.7", "5.5.3", "unasked Pong without a payload", Step.Of(SentFrame.Pong(""))) with { Expectation = NoneExpected },
        Closing("2.8", "5.5.3", "unasked Pong with a payload", Step.Of(SentFrame.Pong("unsolicited pong payload"))) with
        {
            Expectation = NoneExpected,
        },
        Closing("2.9", "5.5.3", "unasked Pong, then a Ping",
            Step.ByFrames([SentFrame.Pong("unsolicited pong payload"), SentFrame.Ping("ping payload")], Reply.Pong("ping payload"))),
        // "MAY elect to send a Pong frame for only the most recently processed Ping frame".
        Ten("2.10", "10 Pings at once", Step.AtOnce(_ten, _tenPongs)),
        Ten("2.11", "10 Pings, octet by octet", Step.InChops(1, _ten, _tenPongs)),
    ];

    private static ConformanceCase Ten(string id, string sends, Step step) => Closing(id, "5.5.3", sends, step) with
    {
        Lenient = [[_tenPongs[^1]]],
        IsLenientInSuite = false,
        Expectation = TenExpected,
    };

    private static string Payload(int number) => string.Create(CultureInfo.InvariantCulture, $"payload-{number}");
}
