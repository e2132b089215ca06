// A baseline is a text file: the id of a case that is known to fail in each line, and whatever else behind it, which is for people. Lines
// that begin with # are comments.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using WsProto.Cli.Reports;
using WsProto.Conformance;

namespace WsProto.Cli.Conform;

/// <param name="known">The ids of the cases that are known to fail.</param>
internal sealed class Baseline(IReadOnlySet<string> known)
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="CliException">It cannot be read, or a line has no case.</exception>
    public static Baseline Read(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CliException(ExitCode.File, $"{path} cannot be read: {e.Message}");
        }

        var ids = ConformanceCases.All.Select(one => one.Id).ToHashSet();
        var known = new HashSet<string>();
        for (int i = 0; i < lines.Length; i++)
        {
            string id = lines[i].Split([' ', '\t'], 2, StringSplitOptions.TrimEntries)[0];
            if (id.Length == 0 || id[0] == '#')
                continue;
            if (!ids.Contains(id))
            {
                string message = string.Create(CultureInfo.InvariantCulture, $"{path}, line {i + 1}: there is no case {id}.");
                throw new CliException(ExitCode.File, message);
            }

            known.Add(id);
        }

        return new Baseline(known);
    }

    /// <summary>The text of a file that knows all failures of a report.</summary>
    public static string Write(ConformReport report)
    {
        var text = new StringBuilder();
        string name = Terminal.Plain(report.Name);
        text.Append(CultureInfo.InvariantCulture, $"# Cases that {name} is known to fail, for wsproto conform --baseline.\n");
        foreach (ConformanceResult result in report.Failures)
            text.Append(CultureInfo.InvariantCulture, $"{result.Case.Id} {result.Verdict.Name}: {Terminal.Plain(result.Reason)}\n");
        return text.ToString();
    }

    /// <summary>The cases that fail and were not known to.</summary>
    public IReadOnlyList<ConformanceResult> NewIn(ConformReport report) =>
        [.. report.Failures.Where(result => !known.Contains(result.Case.Id))];

    /// <summary>The cases that were known to fail, were run, and do not.</summary>
    public IReadOnlyList<ConformanceResult> FixedIn(ConformReport report) =>
        [.. report.Results.Where(result => known.Contains(result.Case.Id) && !report.IsFailure(result))];
}
