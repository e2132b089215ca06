// What a run shows. In a pipe: a line for each case in the order of the cases, of fields between tabs, and a summary of lines that begin
// with #; docs/cli.md has the format. On a terminal: what is not fine, a line that tells how far it is, and a summary.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using WsProto.Cli.Reports;
using WsProto.Conformance;

namespace WsProto.Cli.Conform;

/// <param name="settings">What the command line asks for.</param>
/// <param name="baseline">What is known to fail; null for nothing.</param>
/// <param name="terminal">Where to write.</param>
internal sealed class ConformOutput(ConformSettings settings, Baseline? baseline, Terminal terminal)
{
    private const string EraseLine = "\r\e[K";

    /// <summary>Shows a result.</summary>
    public void Show(ConformanceResult result)
    {
        if (terminal.IsInteractive)
            ShowToPerson(result);
        else
            terminal.Out.WriteLine(Line(result));
    }

    /// <summary>Shows how far a run is, on a terminal.</summary>
    public void Progress(IReadOnlyCollection<ConformanceResult> results, int total)
    {
        if (!terminal.IsInteractive)
            return;
        string counts = string.Join(", ", results.GroupBy(result => result.Verdict).OrderBy(group => group.Key)
            .Select(group => $"{group.Count()} {group.Key.Name}"));
        string line = string.Create(CultureInfo.InvariantCulture, $"{results.Count}/{total}  {counts}");
        terminal.Out.Write(EraseLine + line[..Math.Min(line.Length, Math.Max(0, terminal.Width - 1))]);
        terminal.Out.Flush();
    }

    /// <summary>Shows the summary, writes the files, and says how the program ends.</summary>
    public async Task<int> FinishAsync(ConformReport report, string suffix = "")
    {
        if (terminal.IsInteractive)
            await terminal.Out.WriteAsync(EraseLine);
        Summary(report);
        IReadOnlyList<ConformanceResult> failures = baseline is null ? [.. report.Failures] : baseline.NewIn(report);
        IReadOnlyList<ConformanceResult> repaired = baseline?.FixedIn(report) ?? [];
        if (baseline is not null)
            Compare(failures, repaired);
        var failing = failures.Select(result => result.Case.Id).ToHashSet();
        await WriteAsync(settings.Json, suffix, () => JsonReport.Write(report));
        await WriteAsync(settings.JUnit, suffix, () => JUnitReport.Write(report, result => failing.Contains(result.Case.Id)));
        await WriteAsync(settings.Html, suffix, () => HtmlReport.Write(report));
        await WriteAsync(settings.WriteBaseline, suffix, () => Baseline.Write(report));
        await terminal.Out.FlushAsync();
        bool isKnown = settings.WriteBaseline is not null || (failures.Count == 0 && repaired.Count == 0);
        return isKnown ? ExitCode.Ok : ExitCode.Failed;
    }

    private static string Line(ConformanceResult result) => string.Join('\t', new string?[]
    {
        result.Verdict.Name, result.Case.Id, result.Case.Rule, result.Case.Title, result.Reason, result.Agent,
    }.Where(field => field is not null).Select(field => Terminal.Plain(field!)));

    private void ShowToPerson(ConformanceResult result)
    {
        if (result.Verdict == Verdict.Ok && !settings.IsVerbose)
            return;
        string verdict = terminal.Paint($"{result.Verdict.Name,-13}", ColorOf(result.Verdict));
        string rule = terminal.Paint($"({result.Case.Rule})", Color.Quiet);
        terminal.Out.WriteLine($"{EraseLine}{verdict} {result.Case.Id,-8} {result.Case.Title}: {Terminal.Plain(result.Reason)} {rule}");
    }

    private void Summary(ConformReport report)
    {
        string mark = terminal.IsInteractive ? "" : "# ";
        string verdicts = string.Join(", ", report.Totals.Select(total =>
            terminal.Paint(string.Create(CultureInfo.InvariantCulture, $"{total.Count} {total.Verdict.Name}"), ColorOf(total.Verdict))));
        terminal.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{mark}{Terminal.Plain(report.Name)}, {report.Carrier}: {report.Results.Count} cases in {report.Duration.TotalSeconds:F1} s"));
        terminal.Out.WriteLine($"{mark}{verdicts}");
        terminal.Out.WriteLine($"{mark}by the rules of the established suite: {report.SuiteSummary}");
        if (report.LimitNote is { } note)
            terminal.Out.WriteLine($"{mark}{note}");
    }

    private void Compare(IReadOnlyList<ConformanceResult> failures, IReadOnlyList<ConformanceResult> repaired)
    {
        string mark = terminal.IsInteractive ? "" : "# ";
        foreach (ConformanceResult result in failures)
            terminal.Out.WriteLine($"{mark}{terminal.Paint("new failure", Color.Red)}: {result.Case.Id} {result.Case.Title}");
        foreach (ConformanceResult result in repaired)
            terminal.Out.WriteLine($"{mark}{terminal.Paint("no longer fails", Color.Green)}: {result.Case.Id} {result.Case.Title}");
        if (failures.Count == 0 && repaired.Count == 0)
            terminal.Out.WriteLine($"{mark}nothing differs from the baseline");
    }

    private static async Task WriteAsync(string? path, string suffix, Func<string> text)
    {
        if (path is null)
            return;
        string named = suffix.Length == 0 ? path : Path.ChangeExtension(path, suffix + Path.GetExtension(path));
        await ReportFiles.WriteAsync(named, text());
    }

    private static Color ColorOf(Verdict verdict) => verdict switch
    {
        Verdict.Ok => Color.Green,
        Verdict.Failed => Color.Red,
        Verdict.Lenient or Verdict.Limit => Color.Yellow,
        Verdict.Informational => Color.Blue,
        Verdict.Unimplemented => Color.Quiet,
    };
}
