using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using static WsProto.Conformance.CaseTable;

namespace WsProto.Conformance;

/// <summary>5: fragments, and control frames between them.</summary>
internal static class FragmentationCases
{
    private const string Section = "5.4";

    private static readonly SentFrame[] _two = [SentFrame.Text("fragment1", fin: false), SentFrame.Next("fragment2")];
    private static readonly Reply _whole = Reply.Text("fragment1fragment2");
    private static readonly SentFrame _ping = SentFrame.Ping("ping payload");
    private static readonly Reply _pong = Reply.Pong("ping payload");
    private static readonly SentFrame _after = SentFrame.Text("Hello, world!");
    private static readonly SentFrame _finalOfNothing = SentFrame.Next("non-continuation payload");
    private static readonly SentFrame _unfinishedOfNothing = SentFrame.Next("non-continuation payload", fin: false);

    private static readonly (string Name, Func<IReadOnlyList<SentFrame>, IReadOnlyList<Reply>, Step> Send)[] _ways =
    [
        ("at once", (frames, replies) => Step.AtOnce(frames, replies)),
        ("frame by frame", (frames, replies) => Step.ByFrames(frames, replies)),
        ("octet by octet", (frames, replies) => Step.InChops(1, frames, replies)),
    ];

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Bad("5.1", "Ping in 2 fragments", Step.ByFrames([SentFrame.Ping("fragment1", fin: false), _two[1]])),
        Bad("5.2", "Pong in 2 fragments", Step.ByFrames([SentFrame.Pong("fragment1", fin: false), _two[1]])),
        .. _ways.Select((way, i) => Closing(Id(3, i), Section, $"text in 2 fragments, {way.Name}", way.Send(_two, [_whole]))),
        .. _ways.Select((way, i) =>
            Closing(Id(6, i), Section, $"text in 2 fragments with a Ping between, {way.Name}",
                way.Send([_two[0], _ping, _two[1]], [_pong, _whole]))),
        .. _ways.Select((way, i) =>
            Bad(Id(9, i), $"final continuation of nothing, then text, {way.Name}", way.Send([_finalOfNothing, _after], []))),
        .. _ways.Select((way, i) =>
            Bad(Id(12, i), $"unfinished continuation of nothing, then text, {way.Name}", way.Send([_unfinishedOfNothing, _after], []))),
        Bad("5.15", "text in 2 fragments, unfinished continuation of nothing, text, at once",
            Step.AtOnce([.. _two, SentFrame.Next("fragment3", fin: false), SentFrame.Text("fragment4")], _whole)) with { Lenient = [[]] },
        Bad("5.16", "twice: unfinished continuation of nothing, text in 2 fragments", Step.AtOnce(Twice(fin: false))),
        Bad("5.17", "twice: final continuation of nothing, text in 2 fragments", Step.AtOnce(Twice(fin: true))),
        Bad("5.18", "text in 2 fragments, both with the opcode of text", Step.AtOnce([_two[0], SentFrame.Text("fragment2")])),
        Slowly("5.19", _ways[0].Name, _ways[0].Send),
        Slowly("5.20", _ways[1].Name, _ways[1].Send),
    ];

    private static string Id(int first, int index) => string.Create(CultureInfo.InvariantCulture, $"5.{first + index}");

    private static ConformanceCase Bad(string id, string sends, Step step) => Failing(id, Section, sends, 1002, step);

    private static SentFrame[] Twice(bool fin)
    {
        SentFrame[] once = [SentFrame.Next("fragment1", fin), SentFrame.Text("fragment2", fin: false), SentFrame.Next("fragment3")];
        return [.. once, .. once];
    }

    /// <summary>Each Ping is answered before the rest of the message is sent.</summary>
    private static ConformanceCase Slowly(string id, string name, Func<IReadOnlyList<SentFrame>, IReadOnlyList<Reply>, Step> send) =>
        Closing(id, Section, $"text in 5 fragments with 2 Pings between, {name} up to each Ping",
            send([_two[0], SentFrame.Next("fragment2", fin: false), SentFrame.Ping("1")], [Reply.Pong("1")]),
            send([SentFrame.Next("fragment3", fin: false), SentFrame.Next("fragment4", fin: false), SentFrame.Ping("2")],
                [Reply.Pong("2")]),
            send([SentFrame.Next("fragment5")], [Reply.Text("fragment1fragment2fragment3fragment4fragment5")]));
}
