using System.Globalization;
using static WsProto.Tests.Conformance.SuiteFrame;

namespace WsProto.Tests.Conformance;

/// <summary>5: fragments, and control frames between them.</summary>
[Trait("RFC", "6455 §5.4")]
public class FragmentationSuiteTests
{
    private static readonly SuiteFrame[] _two = [Text("fragment1", fin: false), Next("fragment2")];
    private static readonly SuiteFrame _whole = Text("fragment1fragment2");
    private static readonly SuiteFrame _ping = Ping("ping payload");
    private static readonly SuiteFrame _pong = Pong("ping payload");
    private static readonly SuiteFrame _after = Text("Hello, world!");

    /// <summary>Octets that arrive together: all at once, frame by frame, octet by octet.</summary>
    private static readonly (string Name, int Size)[] _chops = [("at once", int.MaxValue), ("frame by frame", 0), ("octet by octet", 1)];

    internal static IReadOnlyList<SuiteCase> Cases { get; } =
    [
        Failing("5.1", "Ping in 2 fragments", 0, Ping(Wire.Utf8("fragment1"), fin: false), Next("fragment2")),
        Failing("5.2", "Pong in 2 fragments", 0, Pong(Wire.Utf8("fragment1"), fin: false), Next("fragment2")),
        .. _chops.Select((chop, i) => SuiteCase.Clean(Id(3 + i), $"text in 2 fragments, {chop.Name}", peer =>
        {
            Send(peer, chop.Size, _two);
            peer.Receives(_whole);
        })),
        .. _chops.Select((chop, i) => SuiteCase.Clean(Id(6 + i), $"text in 2 fragments with a Ping between, {chop.Name}", peer =>
        {
            Send(peer, chop.Size, _two[0], _ping, _two[1]);
            peer.Receives(_pong, _whole);
        })),
        .. _chops.Select((chop, i) => Failing(
            Id(9 + i), $"final continuation of nothing, then text, {chop.Name}", chop.Size, Next("non-continuation payload"), _after)),
        .. _chops.Select((chop, i) => Failing(
            Id(12 + i), $"unfinished continuation of nothing, then text, {chop.Name}", chop.Size,
            Next("non-continuation payload", fin: false), _after)),
        SuiteCase.Plain("5.15", "text in 2 fragments, unfinished continuation of nothing, text, at once", peer =>
        {
            peer.SendAtOnce(_two[0], _two[1], Next("fragment3", fin: false), Text("fragment4"));
            peer.WasFailed(CloseCode.ProtocolError, _whole);
        }),
        Failing(
            "5.16", "twice: unfinished continuation of nothing, text in 2 fragments", int.MaxValue,
            [.. Twice(fin: false), .. Twice(fin: false)]),
        Failing(
            "5.17", "twice: final continuation of nothing, text in 2 fragments", int.MaxValue, [.. Twice(fin: true), .. Twice(fin: true)]),
        Failing("5.18", "text in 2 fragments, both with the opcode of text", int.MaxValue, _two[0], Text("fragment2")),
        Slowly("5.19", int.MaxValue),
        Slowly("5.20", 0),
    ];

    public static TheoryData<string, ConnectionRole> Data => Suite.InBothRoles(Cases);

    [Theory]
    [MemberData(nameof(Data))]
    public void Both_join_fragments_and_fail_where_there_is_nothing_to_join(string id, ConnectionRole role) => Suite.Passes(id, role);

    private static string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"5.{number}");

    private static SuiteFrame[] Twice(bool fin) => [Next("fragment1", fin), Text("fragment2", fin: false), Next("fragment3")];

    private static SuiteCase Failing(string id, string sends, int size, params SuiteFrame[] frames) => SuiteCase.Plain(id, sends, peer =>
    {
        Send(peer, size, frames);
        peer.WasFailed(CloseCode.ProtocolError);
    });

    /// <summary>"The peer immediately answers the first Ping before it has received the last text message fragment."</summary>
    private static SuiteCase Slowly(string id, int size) =>
        SuiteCase.Clean(id, $"5 fragments with two Pings between, {(size == 0 ? "frame by frame" : "in 2 bursts")}", peer =>
        {
            Send(peer, size, Text("fragment1", fin: false), Next("fragment2", fin: false), Ping("pongme 1!"));
            peer.Receives(Pong("pongme 1!"));
            Send(peer, size, Next("fragment3", fin: false), Next("fragment4", fin: false), Ping("pongme 2!"));
            peer.Receives(Pong("pongme 2!"));
            Send(peer, size, Next("fragment5"));
            peer.Receives(Text("fragment1fragment2fragment3fragment4fragment5"));
        });

    private static void Send(ScriptedPeer peer, int size, params SuiteFrame[] frames)
    {
        if (size == 0)
            peer.Send(frames);
        else
            peer.SendInChops(size, frames);
    }
}
