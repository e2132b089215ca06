using System;
using System.Collections.Generic;
using System.Linq;

namespace WsProto.Conformance;

/// <summary>All cases, and selections of them.</summary>
public static class ConformanceCases
{
    /// <summary>The cases of the established suite, under its numbers and in its order.</summary>
    public static IReadOnlyList<ConformanceCase> Established { get; } =
    [
        .. FramingCases.All, .. PingCases.All, .. ReservedCases.All, .. FragmentationCases.All, .. Utf8Cases.All, .. ClosingCases.All,
        .. LimitCases.All, .. CompressionCases.All,
    ];

    /// <summary>Cases that the established suite does not have: handshakes, masks, lengths, compression, closing.</summary>
    public static IReadOnlyList<ConformanceCase> Additional { get; } =
    [
        .. OpeningCases.All, .. MaskAndLengthCases.All, .. DeflateFaultCases.All, .. CloseCodeCases.All, .. EarlyDataCases.All,
        .. HalfCloseCases.All, .. AnswerCases.All,
    ];

    /// <summary>All cases in the order of their numbers.</summary>
    public static IReadOnlyList<ConformanceCase> All { get; } = [.. Established, .. Additional];

    /// <summary>The cases that take little time: all but the large messages, and of the compressed ones the small.</summary>
    public static IReadOnlyList<ConformanceCase> Quick { get; } = [.. All.Where(one => one.Chapter is not (9 or 12 or 13) || IsSmall(one))];

    /// <summary>Selects cases by their numbers.</summary>
    /// <param name="cases">The cases to choose from.</param>
    /// <param name="include">
    /// The patterns of which a case has to fit one: an id (<c>6.4.1</c>), the beginning of ids (<c>6.4</c>), or either with <c>*</c> for
    /// any characters (<c>6.*</c>). None for all cases.
    /// </param>
    /// <param name="exclude">The patterns of which it may fit none.</param>
    /// <returns>The cases that are left, in their order; at least one.</returns>
    /// <exception cref="ArgumentException">A pattern fits no case, or no case is left.</exception>
    public static IReadOnlyList<ConformanceCase> Select(
        IReadOnlyList<ConformanceCase> cases, IReadOnlyCollection<string> include, IReadOnlyCollection<string> exclude)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentNullException.ThrowIfNull(include);
        ArgumentNullException.ThrowIfNull(exclude);
        foreach (string pattern in include.Concat(exclude))
        {
            if (!All.Any(one => Fits(one.Id, pattern)))
                throw new ArgumentException($"The pattern {pattern} fits no case.");
        }

        ConformanceCase[] left =
        [
            .. cases.Where(one => (include.Count == 0 || include.Any(pattern => Fits(one.Id, pattern)))
                && !exclude.Any(pattern => Fits(one.Id, pattern))),
        ];
        return left.Length == 0 ? throw new ArgumentException("The selection has no case.") : left;
    }

    /// <summary>Whether an id has the form of a pattern, or stands below it.</summary>
    internal static bool Fits(string id, string pattern)
    {
        ReadOnlySpan<char> prefix = pattern.AsSpan().TrimEnd('.');
        if (!prefix.Contains('*'))
            return id.AsSpan().StartsWith(prefix, StringComparison.Ordinal) && (id.Length == prefix.Length || id[prefix.Length] == '.');
        return System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, id, ignoreCase: false);
    }

    private static bool IsSmall(ConformanceCase one) => one.LargestMessage <= 4096 && one.MostFragments <= 1 && one.Chapter != 9;
}
