using System.Globalization;
using System.Text.RegularExpressions;

namespace WsProto.Conformance.Tests;

/// <summary>Ids in short.</summary>
internal static partial class CaseIds
{
    /// <summary>The cases in which the judge breaks the protocol.</summary>
    internal const string Faults =
        "2.5 3.1-7 4.1.1-5 4.2.1-5 5.1-2 5.9-18 6.3.1-2 6.4.1-4 6.6.1 6.6.3-4 6.6.6 6.6.8 6.6.10 6.8.1-2 6.10.1-3 6.11.5 6.12.1-8 6.13.1-5 "
        + "6.14.1-10 6.15.1 6.16.1-3 6.17.1-5 6.18.1-5 6.19.1-5 6.20.1-7 6.21.1-8 7.3.2 7.3.6 7.5.1 7.9.1-9";

    /// <summary>Ids, and ranges of their last part.</summary>
    internal static string[] Of(string ranges) =>
    [
        .. from Match range in Range().Matches(ranges)
           let first = int.Parse(range.Groups["first"].Value, CultureInfo.InvariantCulture)
           let last = range.Groups["last"].Success ? int.Parse(range.Groups["last"].Value, CultureInfo.InvariantCulture) : first
           from number in Enumerable.Range(first, last - first + 1)
           select string.Create(CultureInfo.InvariantCulture, $"{range.Groups["before"].Value}{number}"),
    ];

    [GeneratedRegex(@"(?<before>(\d+\.)+)(?<first>\d+)(-(?<last>\d+))?")]
    private static partial Regex Range();
}
