using System.Collections.Generic;

namespace WsProto.Conformance;

/// <summary>24: close codes that came after the RFC, and Closes in places that the established suite does not try.</summary>
internal static class CloseCodeCases
{
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Code("24.1", 1012),
        Code("24.2", 1013),
        Code("24.3", 1014),
        new("24.4", "7.4.1", "Close with 1015, which is never sent")
        {
            Steps = [Step.Of(SentFrame.Close(1015))],
            End = Ending.Fails(1002),
        },
        new("24.5", "5.5.1", "Close inside a message whose rest never comes")
        {
            Steps = [Step.ByFrames([SentFrame.Text("fragment", fin: false), SentFrame.Close()])],
        },
        new("24.6", "5.5.1", "Close with a reason of characters of 2, 3 and 4 octets")
        {
            Steps = [Step.Of(SentFrame.Close(1000, "é€𝄞"))],
        },
    ];

    /// <summary>The registry of close codes has it (RFC 6455 §11.7); a peer that is older than its entry may not know that.</summary>
    private static ConformanceCase Code(string id, int code) => new(id, "11.7", $"Close with {code}, of the registry")
    {
        Steps = [Step.Of(SentFrame.Close(code))],
        End = Ending.Clean(1000, code) with { LenientCodes = [1002] },
    };
}
