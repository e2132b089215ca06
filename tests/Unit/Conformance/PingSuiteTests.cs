using static WsProto.Tests.Conformance.SuiteFrame;

namespace WsProto.Tests.Conformance;

/// <summary>2: Pings and Pongs.</summary>
[Trait("RFC", "6455 §5.5.2, §5.5.3")]
public class PingSuiteTests
{
    private static readonly byte[] _notText = [0x00, 0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0x00, 0xFF];

    internal static IReadOnlyList<SuiteCase> Cases { get; } =
    [
        Answered("2.1", "Ping without a payload", []),
        Answered("2.2", "Ping with text", Wire.Utf8("Hello, world!")),
        Answered("2.3", "Ping with octets that are no UTF-8", _notText),
        Answered("2.4", "Ping of 125 octets", Wire.Repeat(0xFE, 125)),
        SuiteCase.Plain("2.5", "Ping of 126 octets", peer =>
        {
            peer.Send(Ping(Wire.Repeat(0xFE, 126)));
            peer.WasFailed(CloseCode.ProtocolError);
        }),
        SuiteCase.Clean("2.6", "Ping of 125 octets, octet by octet", peer =>
        {
            peer.SendInChops(1, Ping(Wire.Repeat(0xFE, 125)));
            peer.Receives(Pong(Wire.Repeat(0xFE, 125)));
        }),
        SuiteCase.Clean("2.7", "unasked Pong without a payload", peer =>
        {
            peer.Send(Pong(""));
            peer.ReceivesNothing();
        }),
        SuiteCase.Clean("2.8", "unasked Pong with a payload", peer =>
        {
            peer.Send(Pong("unsolicited pong payload"));
            peer.ReceivesNothing();
        }),
        SuiteCase.Clean("2.9", "unasked Pong, then a Ping", peer =>
        {
            peer.Send(Pong("unsolicited pong payload"), Ping("ping payload"));
            peer.Receives(Pong("ping payload"));
        }),
        Ten("2.10", "10 Pings", int.MaxValue),
        Ten("2.11", "10 Pings, octet by octet", 1),
    ];

    public static TheoryData<string, ConnectionRole> Data => Suite.InBothRoles(Cases);

    [Theory]
    [MemberData(nameof(Data))]
    public void Both_answer_pings_and_ignore_pongs(string id, ConnectionRole role) => Suite.Passes(id, role);

    private static SuiteCase Answered(string id, string sends, byte[] payload) => SuiteCase.Clean(id, sends, peer =>
    {
        peer.Send(Ping(payload));
        peer.Receives(Pong(payload));
    });

    private static SuiteCase Ten(string id, string sends, int size) => SuiteCase.Clean(id, sends, peer =>
    {
        SuiteFrame[] pings = [.. Enumerable.Range(0, 10).Select(i => Ping($"payload-{i}"))];
        peer.SendInChops(size, pings);
        peer.Receives([.. pings.Select(ping => Pong(ping.Payload))]);
    });
}
