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
        Bad("22.1", "5.2", "text of 5 octets with a length of 16 bits", masks => _text.Encode(masks, form: 2)),
        Bad("22.2", "5.2", "text of 5 octets with a length of 64 bits", masks => _text.Encode(masks, form: 8)),
        Bad("22.3", "5.2", "text of 300 octets with a length of 64 bits",
            masks => SentFrame.Text(new string('*', 300)).Encode(masks, form: 8)),
        Bad("22.4", "5.2", "text whose length of 64 bits has its top bit set", WithTopBit),
    ];

    private static ConformanceCase Bad(string id, string section, string sends, Func<bool, byte[]> octets) =>
        Failing(id, section, sends, 1002, Step.Octets(masks => octets(masks)));

    private static byte[] WithTopBit(bool masks)
    {
        byte[] octets = _text.Encode(masks, form: 8);
        octets[2] |= 0x80;
        return octets;
    }
}
