using System;
using System.Collections.Generic;
using static WsProto.Conformance.CaseTable;

namespace WsProto.Conformance;

/// <summary>23: compressed messages in every form that RFC 7692 shows, and what a peer must not take.</summary>
internal static class DeflateFaultCases
{
    private const int Rsv1 = 0b100;
    private const int Rsv2 = 0b010;
    private const string Format = "7.2.3";

    private static readonly DeflateOffer[] _offers = [new(false, 0)];
    private static readonly byte[] _hello = Convert.FromHexString("F248CDC9C90700");
    private static readonly Reply _echo = Reply.Text("Hello");

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Good("23.1", "7.2.3.1", "compressed text in 1 frame", Step.Of(SentFrame.Text(_hello, rsv: Rsv1), _echo)),
        Good("23.2", "7.2.3.1", "compressed text in 2 fragments", Step.ByFrames(Fragments(), _echo)),
        Good("23.3", "7.2.3.3", "text in a block without compression", Step.Of(Compressed("000500FAFF48656C6C6F00"), _echo)),
        Good("23.4", "7.2.3.4", "text in a final block", Step.Of(Compressed("F348CDC9C9070000"), _echo)),
        Good("23.5", "7.2.3.5", "text in 2 blocks", Step.Of(Compressed("F248050000 00FFFFCAC9C90700"), _echo)),
        Good("23.6", "7.2.3.6", "empty compressed text", Step.Of(Compressed("00"), Reply.Text(""))),
        Good("23.7", "6.1", "text that is not compressed, though it could be", Step.Of(SentFrame.Text("Hello"), _echo)),
        Good("23.8", "6.1", "Ping between compressed fragments",
            Step.ByFrames([Fragments()[0], SentFrame.Ping("between"), Fragments()[1]], Reply.Pong("between"), _echo)),
        Bad("23.9", "6.1", "RSV1 on a continuation", [1002],
            Step.ByFrames([Fragments()[0], Fragments()[1] with { Rsv = Rsv1 }])),
        Bad("23.10", "6.1", "RSV1 on a Ping", [1002], Step.Of(SentFrame.Ping("Hello", rsv: Rsv1))),
        Bad("23.11", "6", "RSV2 on compressed text", [1002], Step.Of(SentFrame.Text(_hello, rsv: Rsv1 | Rsv2))),
        Bad("23.12", Format, "compressed text whose block has a type that does not exist", [1007, 1002], Step.Of(Compressed("FFFFFF00"))),
        Bad("23.13", Format, "compressed text in whose stored block the length and its inverse differ", [1007, 1002],
            Step.Of(Compressed("0005000000 48656C6C6F00"))),
        Bad("23.14", "6.2", "compressed text that is no UTF-8", [1007], Step.Of(Compressed("000300FCFFEDA08000"))),
    ];

    private static SentFrame Compressed(string octets) =>
        SentFrame.Text(Convert.FromHexString(octets.Replace(" ", "", StringComparison.Ordinal)), rsv: Rsv1);

    private static SentFrame[] Fragments() =>
        SentFrame.Message(SentFrame.OpcodeOfText, Rsv1, _hello[..3], _hello[3..]);

    private static ConformanceCase Good(string id, string section, string sends, Step step) =>
        Closing(id, section, sends, step) with { Offers = _offers };

    private static ConformanceCase Bad(string id, string section, string sends, int[] codes, Step step) =>
        new(id, section, sends) { Steps = [step], End = Ending.Fails(codes), Offers = _offers };
}
