// What was found, as lines with tabs between their fields, as columns on a terminal, or as lines of JSON. docs/cli.md has the formats.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using WsProto.Cli.Captures;
using WsProto.Cli.Connect;

namespace WsProto.Cli.Decode;

/// <param name="terminal">Where to write.</param>
/// <param name="isJson">Whether lines are JSON.</param>
internal sealed class DecodeOutput(Terminal terminal, bool isJson)
{
    /// <summary>So many connections that are no WebSockets are named.</summary>
    private const int MostNamed = 20;

    private readonly List<string> _notShown = [];
    private long? _firstTicks;
    private int _notShownCount;
    private long _frames;

    /// <summary>How many connections were shown.</summary>
    public int Connections { get; private set; }

    /// <summary>How often the protocol was broken.</summary>
    public long Violations { get; private set; }

    /// <summary>A connection begins to be shown.</summary>
    /// <param name="places">Who talks to whom; null where that is not known.</param>
    /// <param name="within">The part of the connection between them that it is; null for the whole.</param>
    /// <returns>Its number.</returns>
    public int Begin((TcpPlace Client, TcpPlace Server)? places, string? within)
    {
        Connections++;
        if (isJson)
        {
            Write(json =>
            {
                json.WriteString("what", "connection");
                json.WriteNumber("connection", Connections);
                json.WriteString("client", places?.Client.ToString());
                json.WriteString("server", places?.Server.ToString());
                if (within is not null)
                    json.WriteString("within", within);
            });
        }
        else if (places is not null || within is not null)
        {
            string? who = places is { } known ? $"{known.Client} > {known.Server}" : null;
            string what = string.Join(", ", new[] { who, within }.OfType<string>());
            string line = string.Create(CultureInfo.InvariantCulture, $"# connection {Connections}: {what}");
            terminal.Out.WriteLine(terminal.Paint(line, Color.Bold));
        }

        return Connections;
    }

    /// <summary>Shows a row.</summary>
    public void Add(DecodedRow row)
    {
        Violations += row.What == "violation" ? 1 : 0;
        _frames += row.Length is not null && row.What != "message" ? 1 : 0;
        if (row.Ticks > 0)
            _firstTicks ??= row.Ticks;
        if (isJson)
            Write(json => WriteRow(json, row));
        else if (terminal.IsInteractive)
            terminal.Out.WriteLine(Column(row));
        else
            terminal.Out.WriteLine(string.Join('\t', Fields(row)));
    }

    /// <summary>A connection was none of a WebSocket.</summary>
    public void NotShown((TcpPlace Client, TcpPlace Server)? places, string why)
    {
        _notShownCount++;
        if (_notShown.Count < MostNamed)
            _notShown.Add(places is { } known ? $"{known.Client} > {known.Server}: {why}" : why);
    }

    /// <summary>The end.</summary>
    /// <param name="remarks">What else is to be said of the file.</param>
    public void Finish(IReadOnlyList<string> remarks)
    {
        string[] all = [.. _notShown.Select(one => "not shown: " + one), .. remarks];
        if (_notShownCount > _notShown.Count)
            all = [.. all, string.Create(CultureInfo.InvariantCulture, $"not shown: {_notShownCount - _notShown.Count} more")];
        if (isJson)
        {
            Write(json =>
            {
                json.WriteString("what", "summary");
                json.WriteNumber("connections", Connections);
                json.WriteNumber("frames", _frames);
                json.WriteNumber("violations", Violations);
                json.WriteStartArray("remarks");
                foreach (string remark in all)
                    json.WriteStringValue(remark);
                json.WriteEndArray();
            });
            return;
        }

        foreach (string remark in all)
            terminal.Out.WriteLine("# " + remark);
        string totals = string.Create(
            CultureInfo.InvariantCulture, $"# connections {Connections}, frames {_frames}, violations {Violations}");
        terminal.Out.WriteLine(terminal.Paint(totals, Violations > 0 ? Color.Red : Color.Bold));
    }

    private string[] Fields(DecodedRow row) =>
    [
        row.Connection.ToString(CultureInfo.InvariantCulture), TimeOf(row), Mark(row), row.What, row.Flags, row.Mask, LengthOf(row),
        Terminal.Plain(row.Text), Terminal.Plain(row.Note),
    ];

    private string Column(DecodedRow row)
    {
        string start = $"{row.Connection,3} {TimeOf(row),11} {Mark(row),1} {row.What,-12} {row.Flags,-8} {row.Mask,8} {LengthOf(row),9}  ";
        string note = row.Note.Length > 0 ? $" ({Terminal.Plain(row.Note)})" : "";
        int room = Math.Max(10, terminal.Width - start.Length - 1);
        string text = Terminal.Plain(row.Text) + note;
        // What is wrong is never cut.
        text = text.Length > room && row.What is not ("violation" or "gap" or "remark") ? text[..(room - 1)] + "…" : text;
        Color? color = row.What switch
        {
            "violation" => Color.Red,
            "gap" or "remark" or "lost" or "found" => Color.Yellow,
            "request" or "response" or "refusal" or "end" or "reset" => Color.Quiet,
            _ => null,
        };
        return color is { } painted ? terminal.Paint((start + text).TrimEnd(), painted) : (start + text).TrimEnd();
    }

    private void WriteRow(Utf8JsonWriter json, DecodedRow row)
    {
        json.WriteString("what", row.What);
        json.WriteNumber("connection", row.Connection);
        if (row.Ticks > 0)
            json.WriteNumber("time", SecondsOf(row));
        if (row.Side is { } side)
            json.WriteString("from", side == Side.Client ? "client" : "server");
        if (row.Length is { } length)
            json.WriteNumber("length", length);
        if (row.Inflated is { } inflated)
            json.WriteNumber("inflated", inflated);
        foreach ((string name, string value) in new[] { ("flags", row.Flags), ("mask", row.Mask), ("text", row.Text), ("note", row.Note) })
        {
            if (value.Length > 0)
                json.WriteString(name, value);
        }
    }

    private void Write(Action<Utf8JsonWriter> members) => terminal.Out.Write(System.Text.Encoding.UTF8.GetString(Payloads.Json(members)));

    private string TimeOf(DecodedRow row) => row.Ticks == 0 ? "" : SecondsOf(row).ToString("F6", CultureInfo.InvariantCulture);

    private decimal SecondsOf(DecodedRow row) => (row.Ticks - (_firstTicks ?? row.Ticks)) / (decimal)TimeSpan.TicksPerSecond;

    private static string Mark(DecodedRow row) => row.Side switch { Side.Client => ">", Side.Server => "<", _ => "" };

    private static string LengthOf(DecodedRow row) => row.Inflated is { } inflated
        ? string.Create(CultureInfo.InvariantCulture, $"{row.Length}>{inflated}")
        : row.Length?.ToString(CultureInfo.InvariantCulture) ?? "";
}
