using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Cli.Connect;
using WsProto.Cli.Decode;

namespace WsProto.Cli.Fuzz;

/// <summary>Shows what is found. docs/cli.md has the format.</summary>
/// <param name="settings">What the command line asks for.</param>
/// <param name="terminal">Where to write.</param>
internal sealed class FuzzReport(FuzzSettings settings, Terminal terminal)
{
    private const int Shown = 64;

    /// <summary>How far it is, on a terminal.</summary>
    public void Progress(int count, int all, int findings)
    {
        if (!terminal.IsInteractive)
            return;
        terminal.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{count} of {all} cases, {findings} findings"));
        if (count == all - 1)
            ClearProgress();
    }

    /// <summary>A finding with its input, and the frames of both sides.</summary>
    /// <param name="result">The finding.</param>
    /// <param name="name">Seed and case; null where the input is from a file.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public async Task FindingAsync(FuzzResult result, string? name, CancellationToken cancellationToken)
    {
        ClearProgress();
        FuzzFinding finding = result.Finding!;
        string[] segments = [.. result.Segments.Select(Convert.ToHexStringLower)];
        if (settings.IsJson)
        {
            Write(json =>
            {
                json.WriteString("what", "finding");
                json.WriteString("kind", finding.Kind);
                json.WriteString("case", name);
                json.WriteString("rule", finding.Rule.Length > 0 ? finding.Rule : null);
                json.WriteString("text", finding.Text);
                json.WriteStartArray("segments");
                foreach (string segment in segments)
                    json.WriteStringValue(segment);
                json.WriteEndArray();
            });
        }
        else
        {
            string head = string.Join('\t', "finding", finding.Kind, name ?? "", finding.Rule, Terminal.Plain(finding.Text));
            await terminal.Out.WriteLineAsync(terminal.Paint(head, Color.Red));
            foreach (string segment in segments)
                await terminal.Out.WriteLineAsync("segment\t" + segment);
        }

        if (result.Exchange is { } exchange)
            ShowFrames(exchange);
        if (settings.Save is { } file)
            await SaveAsync(file, finding, segments, cancellationToken);
    }

    /// <summary>The end.</summary>
    public void Finish(int cases, int connections, int findings, TimeSpan time)
    {
        ClearProgress();
        if (settings.IsJson)
        {
            Write(json =>
            {
                json.WriteString("what", "summary");
                json.WriteNumber("seed", settings.Seed);
                json.WriteNumber("cases", cases);
                json.WriteNumber("connections", connections);
                json.WriteNumber("findings", findings);
                json.WriteNumber("seconds", Math.Round(time.TotalSeconds, 3));
            });
            return;
        }

        terminal.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"# seed {settings.Seed}: {cases} cases, {connections} connections, {findings} findings, {time.TotalSeconds:F1} s"));
    }

    /// <summary>As <c>decode</c> shows them, with what each side breaks.</summary>
    private void ShowFrames(FuzzExchange exchange)
    {
        var shown = new DecodeSettings { File = "", Shown = Shown };
        var output = new DecodeOutput(terminal, settings.IsJson);
        using var decoder = new ConnectionDecoder(output, shown, null, isWhole: true, isOneSided: false);
        decoder.BeginWithFrames(exchange.Agreed is { } agreed ? [agreed] : []);
        foreach (byte[] segment in exchange.Sent)
            decoder.Octets((int)Side.Client, segment, 0);
        decoder.Octets((int)Side.Server, exchange.Received, 0);
        if (exchange.End != FuzzEnd.LeftOpen)
            decoder.End((int)Side.Server, exchange.End == FuzzEnd.Reset, 0);
    }

    private static async Task SaveAsync(string file, FuzzFinding finding, string[] segments, CancellationToken cancellationToken)
    {
        string head = $"# {finding.Kind} {finding.Rule}".TrimEnd() + $": {Terminal.Plain(finding.Text)}";
        try
        {
            await File.WriteAllLinesAsync(file, [head, .. segments], cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.File, $"{file} cannot be written: {e.Message}");
        }
    }

    private void ClearProgress()
    {
        if (terminal.IsInteractive)
            terminal.Error.Write("\r\e[K");
    }

    private void Write(Action<System.Text.Json.Utf8JsonWriter> members) =>
        terminal.Out.Write(System.Text.Encoding.UTF8.GetString(Payloads.Json(members)));
}
