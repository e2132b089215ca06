using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Reflection;
using WsProto.Conformance;

namespace WsProto.Cli.Reports;

/// <summary>The results of a run, and what has to be known of it.</summary>
internal sealed record ConformReport
{
    /// <summary>Close codes are judged by the registry as of this month.</summary>
    public const string Registry = "2026-11";

    /// <summary>What the implementation is called.</summary>
    public required string Name { get; init; }

    /// <summary>Its address, or ours where it is a client.</summary>
    public required Uri Address { get; init; }

    /// <summary>Whether it is a client.</summary>
    public required bool IsClient { get; init; }

    /// <summary>What carried the connections, in words.</summary>
    public required string Carrier { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>In the order of the cases.</summary>
    public required IReadOnlyList<ConformanceResult> Results { get; init; }

    /// <summary>Whether lenient is a failure.</summary>
    public required bool IsStrict { get; init; }

    public static string Version =>
        typeof(ConformReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public IEnumerable<ConformanceResult> Failures => Results.Where(IsFailure);

    public bool IsFailure(ConformanceResult result) => result.Verdict == Verdict.Failed || (IsStrict && result.Verdict == Verdict.Lenient);

    /// <summary>How many cases have each verdict; verdicts that none has are left out.</summary>
    public IEnumerable<(Verdict Verdict, int Count)> Totals =>
        Results.GroupBy(result => result.Verdict).OrderBy(group => group.Key).Select(group => (group.Key, group.Count()));

    /// <summary>The same for the established suite's verdicts of the replies, in its own cases.</summary>
    public IEnumerable<(SuiteVerdict Verdict, int Count)> SuiteTotals =>
        Results.Where(result => result.Case.IsEstablished).GroupBy(result => result.Suite)
            .OrderBy(group => group.Key).Select(group => (group.Key, group.Count()));

    /// <summary>The same in words.</summary>
    public string SuiteSummary
    {
        get
        {
            string totals = string.Join(", ", SuiteTotals.Select(total => $"{total.Count} {total.Verdict.Name}"));
            return totals.Length == 0 ? "it has none of these cases" : totals;
        }
    }

    /// <summary>Why the established suite calls failed what has a limit here; null where nothing has.</summary>
    public string? LimitNote
    {
        get
        {
            int count = Results.Count(result => result.Verdict == Verdict.Limit && result.Suite == SuiteVerdict.Failed);
            return count == 0 ? null : count.ToString(CultureInfo.InvariantCulture)
                + " of its FAILED are limit here: a peer may have a limit of its own (RFC 6455 §10.4), which the suite does not know; "
                + "with --max-message SIZE, to refuse a message of up to SIZE is a failure here too";
        }
    }
}
