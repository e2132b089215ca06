// The format is documented in docs/cli.md. Members may be added; those that are there keep their names and meanings.

using System;
using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using WsProto.Conformance;

namespace WsProto.Cli.Reports;

internal static class JsonReport
{
    private const int Format = 1;
    private const int Octets = 512;

    public static string Write(ConformReport report)
    {
        var octets = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(octets, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteNumber("format", Format);
            json.WriteString("tool", $"wsproto {ConformReport.Version}");
            json.WriteString("name", report.Name);
            json.WriteString("address", report.Address.ToString());
            json.WriteString("role", report.IsClient ? "client" : "server");
            json.WriteString("carrier", report.Carrier);
            json.WriteString("started", report.Started.ToString("O", CultureInfo.InvariantCulture));
            json.WriteNumber("seconds", Math.Round(report.Duration.TotalSeconds, 3));
            json.WriteString("registry", ConformReport.Registry);
            json.WriteBoolean("strict", report.IsStrict);
            json.WriteStartObject("totals");
            foreach ((Verdict verdict, int count) in report.Totals)
                json.WriteNumber(verdict.Name, count);
            json.WriteEndObject();
            json.WriteStartObject("suiteTotals");
            foreach ((SuiteVerdict verdict, int count) in report.SuiteTotals)
                json.WriteNumber(verdict.Name, count);
            json.WriteEndObject();
            json.WriteStartArray("cases");
            foreach (ConformanceResult result in report.Results)
                Write(json, result);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(octets.WrittenSpan) + "\n";
    }

    private static void Write(Utf8JsonWriter json, ConformanceResult result)
    {
        json.WriteStartObject();
        json.WriteString("id", result.Case.Id);
        json.WriteString("title", result.Case.Title);
        json.WriteString("rule", result.Case.Rule);
        json.WriteString("expectation", result.Case.Expectation);
        json.WriteString("verdict", result.Verdict.Name);
        json.WriteString("reason", result.Reason);
        json.WriteString("behavior", result.Suite.Name);
        json.WriteString("behaviorClose", result.SuiteClose.Name);
        json.WriteString("suiteReason", result.SuiteReason);
        if (result.End.CloseCode is { } code)
            json.WriteNumber("remoteCloseCode", code);
        else
            json.WriteNull("remoteCloseCode");
        json.WriteString("remoteCloseReason", result.End.CloseReason);
        json.WriteString("end", result.End.ToString());
        json.WriteNumber("seconds", Math.Round(result.Duration.TotalSeconds, 4));
        json.WriteString("request", Redaction.Of(result.Request));
        json.WriteString("response", Redaction.Of(result.Response));
        Write(json, "sent", result.Sent);
        Write(json, "received", result.Received);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, Transcript transcript)
    {
        json.WriteStartObject(name);
        json.WriteNumber("bytes", transcript.Count);
        json.WriteString("hex", Convert.ToHexStringLower(transcript.Octets.Span[..Math.Min(Octets, transcript.Octets.Length)]));
        json.WriteEndObject();
    }
}
