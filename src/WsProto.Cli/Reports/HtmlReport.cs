// One page that needs nothing else: style, script and data are in it. Without script it shows everything; the script only filters. All text
// of a peer is encoded.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using WsProto.Conformance;

namespace WsProto.Cli.Reports;

internal static class HtmlReport
{
    /// <summary>How many octets of each direction are shown where something is not as it should be, and where it is.</summary>
    private const int Shown = 512;

    private const int ShownOfOk = 96;

    private const int OctetsInLine = 16;

    public static string Write(ConformReport report)
    {
        var html = new StringBuilder();
        string role = report.IsClient ? "client" : "server";
        html.Append(CultureInfo.InvariantCulture, $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>WebSocket conformance of {Text(report.Name)}</title>
            <style>
            {Resource("Report.css")}</style>
            </head>
            <body>
            <header>
            <h1>WebSocket conformance of {Text(report.Name)}</h1>
            <p>A {role} over {Text(report.Carrier)}, judged by {report.Results.Count} cases on {report.Started:yyyy-MM-dd} with
            wsproto {Text(ConformReport.Version)}; {report.Duration.TotalSeconds:F1} s.</p>
            </header>

            """);
        Summary(html, report);
        Chapters(html, report);
        foreach (IGrouping<int, ConformanceResult> chapter in report.Results.GroupBy(result => result.Case.Chapter))
            Chapter(html, [.. chapter]);
        Legend(html);
        html.Append(CultureInfo.InvariantCulture, $"<script>\n{Resource("Report.js")}</script>\n</body>\n</html>\n");
        return html.ToString();
    }

    private static void Summary(StringBuilder html, ConformReport report)
    {
        int failures = report.Failures.Count();
        html.Append(CultureInfo.InvariantCulture, $"<p class=\"verdict {(failures == 0 ? "ok" : "failed")}\">");
        html.Append(failures == 0
            ? "No case failed."
            : string.Create(CultureInfo.InvariantCulture, $"{failures} of {report.Results.Count} cases failed."));
        html.Append("</p>\n<div class=\"bar\" role=\"img\" aria-label=\"Verdicts\">");
        foreach ((Verdict verdict, int count) in report.Totals)
        {
            html.Append(CultureInfo.InvariantCulture,
                $"<i class=\"{verdict.Name}\" style=\"flex:{count}\" title=\"{count} {verdict.Name}\"></i>");
        }

        html.Append("</div>\n<p id=\"filter\">");
        foreach ((Verdict verdict, int count) in report.Totals)
        {
            html.Append(CultureInfo.InvariantCulture,
                $"<label class=\"{verdict.Name}\"><input type=\"checkbox\" value=\"{verdict.Name}\" checked>");
            html.Append(CultureInfo.InvariantCulture, $" {count} {verdict.Name}</label>\n");
        }

        html.Append(CultureInfo.InvariantCulture,
            $"</p>\n<p class=\"quiet\">By the rules of the established suite: {report.SuiteSummary}.");
        html.Append(report.LimitNote is { } note ? $" {Text(Sentence(note))}</p>\n" : "</p>\n");
    }

    private static void Chapters(StringBuilder html, ConformReport report)
    {
        html.Append("<table class=\"chapters\">\n<thead><tr><th>Chapter</th><th>Cases</th><th>Verdicts</th></tr></thead>\n<tbody>\n");
        foreach (IGrouping<int, ConformanceResult> chapter in report.Results.GroupBy(result => result.Case.Chapter))
        {
            string verdicts = string.Join(", ", chapter.GroupBy(result => result.Verdict).OrderBy(group => group.Key)
                .Select(group => $"<span class=\"{group.Key.Name}\">{group.Count()} {group.Key.Name}</span>"));
            html.Append(CultureInfo.InvariantCulture,
                $"<tr><td><a href=\"#c{chapter.Key}\">{chapter.Key} {Text(chapter.First().Case.Subject)}</a></td>");
            html.Append(CultureInfo.InvariantCulture, $"<td>{chapter.Count()}</td><td>{verdicts}</td></tr>\n");
        }

        html.Append("</tbody>\n</table>\n");
    }

    private static void Chapter(StringBuilder html, IReadOnlyList<ConformanceResult> results)
    {
        ConformanceCase first = results[0].Case;
        html.Append(CultureInfo.InvariantCulture, $"<section>\n<h2 id=\"c{first.Chapter}\">{first.Chapter} {Text(first.Subject)}</h2>\n");
        foreach (ConformanceResult result in results)
            Case(html, result);
        html.Append("</section>\n");
    }

    private static void Case(StringBuilder html, ConformanceResult result)
    {
        ConformanceCase one = result.Case;
        string verdict = Mark(result.Verdict);
        html.Append(CultureInfo.InvariantCulture, $"""
            <details id="{one.Id}" data-verdict="{result.Verdict.Name}">
            <summary><b>{one.Id}</b> {verdict} {Text(Upper(one.Title))}</summary>
            <dl>
            <dt>Rule</dt><dd>{Text(one.Rule)}</dd>
            <dt>Expected</dt><dd>{Text(one.Expectation)}</dd>
            <dt>Seen</dt><dd>{Text(Sentence(result.Reason))}</dd>
            <dt>Verdict</dt><dd>{verdict} {Text(result.Verdict.Meaning)}</dd>
            <dt>Established suite</dt><dd>{result.Suite.Name}, closing {result.SuiteClose.Name}: {Text(result.SuiteReason)}.</dd>
            <dt>End</dt><dd>{Text(Sentence(result.End.ToString()))} {Text(Reason(result.End))}</dd>
            <dt>Time</dt><dd>{result.Duration.TotalMilliseconds:F1} ms</dd>
            </dl>

            """);
        int shown = result.Verdict == Verdict.Ok ? ShownOfOk : Shown;
        Octets(html, "Sent", result.Request, result.Sent, shown);
        Octets(html, "Received", result.Response, result.Received, shown);
        html.Append("</details>\n");
    }

    private static string Reason(ConnectionEnd end) => end.CloseReason is { } reason ? $"Its reason: {reason}" : "";

    private static void Octets(StringBuilder html, string direction, string head, Transcript transcript, int shown)
    {
        if (head.Length == 0 && transcript.Count == 0)
            return;
        html.Append(CultureInfo.InvariantCulture, $"<h3>{direction}: {transcript.Count:N0} octets</h3>\n<pre>");
        if (head.Length > 0)
            html.Append(Text(Redaction.Of(head).ReplaceLineEndings("\n").TrimEnd())).Append("\n\n");
        ReadOnlySpan<byte> octets = transcript.Octets.Span[..Math.Min(shown, transcript.Octets.Length)];
        for (int i = 0; i < octets.Length; i += OctetsInLine)
        {
            ReadOnlySpan<byte> line = octets[i..Math.Min(octets.Length, i + OctetsInLine)];
            html.Append(CultureInfo.InvariantCulture, $"{i:x4}  {Hex(line),-47}  ");
            foreach (byte octet in line)
                html.Append(octet is >= (byte)' ' and <= (byte)'~' ? Text(((char)octet).ToString()) : ".");
            html.Append('\n');
        }

        if (transcript.Count > octets.Length)
            html.Append(CultureInfo.InvariantCulture, $"… {transcript.Count - octets.Length:N0} more\n");
        html.Append("</pre>\n");
    }

    private static string Hex(ReadOnlySpan<byte> octets)
    {
        var hex = new StringBuilder();
        foreach (byte octet in octets)
            hex.Append(CultureInfo.InvariantCulture, $"{(hex.Length == 0 ? "" : " ")}{octet:x2}");
        return hex.ToString();
    }

    private static void Legend(StringBuilder html)
    {
        html.Append("<section>\n<h2>What the verdicts mean</h2>\n<dl>\n");
        foreach (Verdict verdict in Enum.GetValues<Verdict>())
            html.Append(CultureInfo.InvariantCulture, $"<dt>{Mark(verdict)}</dt><dd>{verdict.Meaning}</dd>\n");
        html.Append(CultureInfo.InvariantCulture, $"""
            </dl>
            <p class="quiet">Rules are those of RFC 6455, of RFC 7692 and of HTTP.
            Close codes are judged by the registry as of {ConformReport.Registry}.</p>
            </section>

            """);
    }

    private static string Mark(Verdict verdict) => $"<em class=\"{verdict.Name}\">{verdict.Name}</em>";

    private static string Sentence(string words) => Upper(words) + ".";

    private static string Upper(string words) => words.Length == 0 ? "" : char.ToUpperInvariant(words[0]) + words[1..];

    private static string Text(string text) => WebUtility.HtmlEncode(Terminal.Plain(text.Replace("\n", "\u2028", StringComparison.Ordinal)))
        .Replace("&#8232;", "\n", StringComparison.Ordinal).Replace("\u2028", "\n", StringComparison.Ordinal);

    private static string Resource(string name)
    {
        using Stream file = typeof(HtmlReport).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }
}
