using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;

namespace WsProto.Cli.Bench;

/// <summary>What a run has found, as text and as JSON.</summary>
/// <param name="settings">What was asked for.</param>
/// <param name="counts">What was seen.</param>
/// <param name="elapsed">How long messages were sent and awaited.</param>
internal sealed class BenchReport(BenchSettings settings, BenchCounts counts, TimeSpan elapsed)
{
    private static readonly double[] _percents = [50, 90, 99, 99.9, 100];

    /// <summary>Why the run is not good, by what the user wants; null where it is.</summary>
    public string? Failure =>
        settings.MostErrors < counts.ErrorCount ? "there are more errors than --max-errors"
        : settings.MostP99 is null ? null
        : counts.Latencies.Count == 0 ? "there is no reply to measure"
        // A message without an answer is slower than any that has one.
        : counts.Latencies.Percentile(99, counts.Sent) is { } p99 && p99 <= settings.MostP99 ? null
        : "the 99th percentile is above --max-p99";

    private double PerSecond => elapsed > TimeSpan.Zero ? counts.Answered / elapsed.TotalSeconds : 0;

    public IEnumerable<string> Lines()
    {
        yield return Line($"connections\t{counts.Opened} of {settings.Connections}, at most {counts.HighestOpen} at once");
        yield return $"handshake\t{Times(counts.Handshakes)}";
        yield return Line($"messages\tsent {counts.Sent}, answered {counts.Answered}, unanswered {counts.Sent - counts.Answered}");
        yield return Line($"replies\tmore than one {counts.Repeated}, unasked {counts.Unasked}, per second {PerSecond:F1}");
        yield return $"latency\t{Times(counts.Latencies)}{(settings.Rate is null ? "" : ", from when each was due")}";
        foreach ((string what, long count) in counts.Errors)
            yield return Line($"error\t{count}\t{Terminal.Plain(what)}");
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("connections", settings.Connections);
        json.WriteNumber("opened", counts.Opened);
        json.WriteNumber("highestOpen", counts.HighestOpen);
        json.WriteNumber("seconds", Math.Round(elapsed.TotalSeconds, 3));
        json.WriteNumber("sent", counts.Sent);
        json.WriteNumber("answered", counts.Answered);
        json.WriteNumber("unanswered", counts.Sent - counts.Answered);
        json.WriteNumber("repeated", counts.Repeated);
        json.WriteNumber("unasked", counts.Unasked);
        json.WriteNumber("perSecond", Math.Round(PerSecond, 1));
        Write(json, "handshake", counts.Handshakes);
        Write(json, "latency", counts.Latencies);
        json.WriteStartObject("errors");
        foreach ((string what, long count) in counts.Errors)
            json.WriteNumber(what, count);
        json.WriteEndObject();
        json.WriteString("failure", Failure);
    }

    private static void Write(Utf8JsonWriter json, string name, LatencyHistogram times)
    {
        json.WriteStartObject(name);
        json.WriteNumber("count", times.Count);
        foreach (double percent in _percents)
        {
            string member = NameOf(percent);
            if (times.Percentile(percent) is { } time)
                json.WriteNumber(member, Math.Round(time.TotalMilliseconds, 3));
            else
                json.WriteNull(member);
        }

        json.WriteEndObject();
    }

    private static string Times(LatencyHistogram times) => times.Count == 0
        ? "none"
        : string.Join(", ", _percents.Select(percent => $"{NameOf(percent)} {Milliseconds(times.Percentile(percent)!.Value)} ms"));

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("F3", CultureInfo.InvariantCulture);

    private static string NameOf(double percent) => percent >= 100 ? "max" : Line($"p{percent}");

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
