namespace WsProto.Conformance;

/// <summary>The table: all cases of the established suite, under its numbers. It has nothing under 8 and 11.</summary>
internal static class ConformanceCases
{
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        .. FramingCases.All, .. PingCases.All, .. ReservedCases.All, .. FragmentationCases.All, .. Utf8Cases.All, .. ClosingCases.All,
        .. LimitCases.All, .. CompressionCases.All,
    ];

    /// <summary>The step that ends a case in which all went well.</summary>
    internal static Step Goodbye => Step.Of(SentFrame.Close());

    /// <summary>A case at whose end the client closes.</summary>
    internal static ConformanceCase Closing(string id, string section, string sends, params IEnumerable<Step> steps) =>
        new(id, section, sends) { Steps = steps.Append(Goodbye) };

    /// <summary>A case in which the server has to fail the connection.</summary>
    internal static ConformanceCase Failing(string id, string section, string sends, int code, params IEnumerable<Step> steps) =>
        new(id, section, sends) { Steps = steps, End = Ending.Fails(code) };
}
