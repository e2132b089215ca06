using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Cli.Reports;
using WsProto.Conformance;

namespace WsProto.Cli.Conform;

/// <summary>Judges a server.</summary>
/// <param name="settings">What the command line asks for.</param>
/// <param name="baseline">What is known to fail; null for nothing.</param>
/// <param name="terminal">Where to write.</param>
internal sealed class ServerConform(ConformSettings settings, Baseline? baseline, Terminal terminal)
{
    private readonly ConformOutput _output = new(settings, baseline, terminal);
    private int _shown;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset started = DateTimeOffset.Now;
        long start = Stopwatch.GetTimestamp();
        using var runner = new ConformanceRunner(settings.Server!, settings.Options);
        if (await runner.ProbeAsync(cancellationToken) is { } fault)
            throw new CliException(ExitCode.NoConnection, $"{settings.Server} opens no WebSocket: {fault}");

        var results = new Dictionary<string, ConformanceResult>();
        await foreach (ConformanceResult result in runner.RunAsync(settings.Cases, cancellationToken))
        {
            results.Add(result.Case.Id, result);
            if (terminal.IsInteractive)
                _output.Show(result);
            else
                ShowInOrder(results);
            _output.Progress(results.Values, settings.Cases.Count);
        }

        return await _output.FinishAsync(new ConformReport
        {
            Name = settings.Name ?? settings.Server!.ToString(),
            Address = settings.Server!,
            IsClient = false,
            Carrier = (settings.Options.Carrier == ConformanceCarrier.Http2 ? "HTTP/2" : "HTTP/1.1")
                + (settings.Server!.Scheme is "wss" or "https" ? " and TLS" : ""),
            Started = started,
            Duration = Stopwatch.GetElapsedTime(start),
            Results = [.. settings.Cases.Select(one => results[one.Id])],
            IsStrict = settings.IsStrict,
        });
    }

    /// <summary>Shows the results that are next in the order of the cases.</summary>
    private void ShowInOrder(Dictionary<string, ConformanceResult> results)
    {
        while (_shown < settings.Cases.Count && results.TryGetValue(settings.Cases[_shown].Id, out ConformanceResult? next))
        {
            _output.Show(next);
            _shown++;
        }
    }
}
