using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Xml;
using WsProto.Conformance;

namespace WsProto.Cli.Reports;

/// <summary>The XML that continuous integration reads: a suite for each chapter.</summary>
internal static class JUnitReport
{
    /// <summary>Writes a report.</summary>
    /// <param name="report">The results.</param>
    /// <param name="isFailure">Which results are failures; with a baseline, those that it does not know.</param>
    public static string Write(ConformReport report, Func<ConformanceResult, bool> isFailure)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, NewLineChars = "\n", OmitXmlDeclaration = true }))
        {
            xml.WriteStartElement("testsuites");
            Counts(xml, $"wsproto conform: {report.Name}", report.Results, isFailure);
            foreach (IGrouping<int, ConformanceResult> chapter in report.Results.GroupBy(result => result.Case.Chapter))
            {
                xml.WriteStartElement("testsuite");
                string name = string.Create(CultureInfo.InvariantCulture, $"{chapter.Key} {chapter.First().Case.Subject}");
                Counts(xml, name, [.. chapter], isFailure);
                xml.WriteAttributeString("timestamp", report.Started.UtcDateTime.ToString("s", CultureInfo.InvariantCulture));
                foreach (ConformanceResult result in chapter)
                    Write(xml, result, isFailure(result));
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n" + text + "\n";
    }

    private static void Counts(
        XmlWriter xml, string name, IReadOnlyList<ConformanceResult> results, Func<ConformanceResult, bool> isFailure)
    {
        Attribute(xml, "name", name);
        xml.WriteAttributeString("tests", results.Count.ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("failures", results.Count(isFailure).ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("errors", "0");
        xml.WriteAttributeString("skipped", results.Count(IsSkipped).ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("time", Seconds(results.Aggregate(TimeSpan.Zero, (sum, result) => sum + result.Duration)));
    }

    private static void Write(XmlWriter xml, ConformanceResult result, bool isFailure)
    {
        xml.WriteStartElement("testcase");
        Attribute(xml, "classname", string.Create(CultureInfo.InvariantCulture, $"wsproto.conform.{result.Case.Chapter}"));
        Attribute(xml, "name", $"{result.Case.Id} {result.Case.Title}");
        xml.WriteAttributeString("time", Seconds(result.Duration));
        if (isFailure)
        {
            xml.WriteStartElement("failure");
            Attribute(xml, "type", result.Verdict.Name);
            Attribute(xml, "message", result.Reason);
            xml.WriteString(Clean(
                $"{result.Case.Rule}\nexpected: {result.Case.Expectation}\nseen: {result.Reason}\nend: {result.End}\n"
                + $"sent: {result.Sent}\nreceived: {result.Received}\n"));
            xml.WriteEndElement();
        }
        else if (IsSkipped(result))
        {
            xml.WriteStartElement("skipped");
            Attribute(xml, "message", result.Reason);
            xml.WriteEndElement();
        }
        else if (result.Verdict != Verdict.Ok)
        {
            xml.WriteElementString("system-out", Clean($"{result.Verdict.Name}: {result.Reason}"));
        }

        xml.WriteEndElement();
    }

    private static bool IsSkipped(ConformanceResult result) => result.Verdict == Verdict.Unimplemented;

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);

    private static void Attribute(XmlWriter xml, string name, string value) => xml.WriteAttributeString(name, Clean(value));

    /// <summary>XML has no way to write most control characters, which a peer may send.</summary>
    private static string Clean(string text) =>
        text.All(XmlConvert.IsXmlChar) ? text : text.Aggregate(new StringBuilder(), (clean, letter) =>
            clean.Append(XmlConvert.IsXmlChar(letter) ? letter : '\uFFFD')).ToString();
}
