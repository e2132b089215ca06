using System;
using System.Collections.Generic;
using static WsProto.Conformance.CaseTable;

namespace WsProto.Conformance;

/// <summary>21 and 22: masks that are wrong for the sender, and lengths that are written wrongly.</summary>
internal static class MaskAndLengthCases
{
    private static readonly SentFrame _text = SentFrame.Text("Hello");

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Bad("21.1", "5.1", "text with the wrong mask bit: unmasked to a server, masked to a client", masks => _text.Encode(!masks)),
        Bad("21.2", "5.1", "Ping with the wrong mask bit", masks => SentFrame.Ping("Hello").Encode(!masks)),
        Bad("21.3", "5.1", "text in 2 fragments, the second with the wrong mask bit", masks =>
            [.. SentFrame.Text("Hel", fin: false).Encode(masks), .. SentFrame.Next("lo").Encode(!masks)]),
        Keyed("21.4", "text masked with the key 0, and so sent as it is", Step.Of(_text with { Key = [0, 0, 0, 0] }, Reply.Text("Hello"))),
        Keyed("21.5", "text in fragments of 3 and 2 octets, masked with the same key", Step.AtOnce(
            [SentFrame.Text("Hel", fin: false) with { Key = [1, 2, 3, 4] }, SentFrame.Next("lo") with { Key = [1, 2, 3, 4] }],
            Reply.Text("Hello"))),
        TooLong("22.1", "text of 5 octets with a length of 16 bits", _text, 2),
        TooLong("22.2", "text of 5 octets with a length of 64 bits", _text, 8),
        TooLong("22.3", "text of 300 octets with a length of 64 bits", SentFrame.Text(new string('*', 300)), 8),
        Bad("22.4", "5.2", "text whose length of 64 bits has its top bit set", WithTopBit) with { End = Ending.Fails(1002, 1009) },
    ];

    private static ConformanceCase Bad(string id, string section, string sends, Func<bool, byte[]> octets) =>
        Failing(id, section, sends, 1002, Step.Octets(masks => octets(masks)));

    /// <summary>
    /// "The masking key needs to be unpredictable", which binds the sender; a receiver cannot know, and takes the octets of each frame from
    /// the first of the key on.
    /// </summary>
    private static ConformanceCase Keyed(string id, string sends, Step step) =>
        Closing(id, "5.3", sends, step) with { IsForClients = false };

    /// <summary>
    /// "in all cases, the minimal number of bytes MUST be used to encode the length" binds the sender; who takes it all the same is
    /// lenient.
    /// </summary>
    private static ConformanceCase TooLong(string id, string sends, SentFrame frame, int form) =>
        Failing(id, "5.2", sends, 1002, Step.Octets(masks => frame.Encode(masks, form: form)), Goodbye) with
        {
            Lenient = [[Reply.Text(frame.Payload)]],
            End = Ending.Fails(1002) with { LenientCodes = [1000] },
            Expectation = "The peer fails the connection with 1002; to take the message all the same is lenient.",
        };

    private static byte[] WithTopBit(bool masks)
    {
        byte[] octets = _text.Encode(masks, form: 8);
        octets[2] |= 0x80;
        return octets;
    }
}
