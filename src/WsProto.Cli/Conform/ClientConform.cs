using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Cli.Reports;
using WsProto.Conformance;

namespace WsProto.Cli.Conform;

/// <summary>Judges the clients that connect.</summary>
/// <param name="settings">What the command line asks for.</param>
/// <param name="baseline">What is known to fail; null for nothing.</param>
/// <param name="terminal">Where to write.</param>
internal sealed class ClientConform(ConformSettings settings, Baseline? baseline, Terminal terminal)
{
    private readonly ConformOutput _output = new(settings, baseline, terminal);
    private readonly Lock _lock = new();
    private readonly DateTimeOffset _started = DateTimeOffset.Now;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly List<string> _reported = [];

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        ConformanceListener listener;
        try
        {
            listener = ConformanceListener.Start(settings.Listen!, settings.Cases, settings.Options, settings.Certificate);
        }
        catch (SocketException e)
        {
            throw new CliException(ExitCode.NoConnection, $"{settings.Listen} is no place to listen at: {e.Message}");
        }

        await using (listener)
        {
            // For scripts: it is printed when connections are accepted.
            await terminal.Out.WriteLineAsync($"listening {listener.Address}");
            await terminal.Out.FlushAsync(cancellationToken);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task showing = ShowAsync(listener, stop.Token);
            int code = await ReportAsync(listener, stop.Token);
            await stop.CancelAsync();
            await showing;
            return code;
        }
    }

    private async Task ShowAsync(ConformanceListener listener, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (ConformanceResult result in listener.ReadResultsAsync(cancellationToken))
            {
                lock (_lock)
                {
                    if (terminal.IsInteractive)
                        _output.Show(result);
                    _output.Progress(listener.ResultsOf(result.Agent!), listener.Cases.Count);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // It is over.
        }
    }

    private async Task<int> ReportAsync(ConformanceListener listener, CancellationToken cancellationToken)
    {
        int worst = ExitCode.Ok;
        try
        {
            await foreach (string agent in listener.ReadReportRequestsAsync(cancellationToken))
            {
                int code = await ReportAsync(listener, agent);
                worst = Math.Max(worst, code);
                if (settings.IsOnce)
                    return code;
            }
        }
        catch (OperationCanceledException)
        {
            // The user has seen enough: that is how it ends without --once.
        }

        return settings.IsOnce ? ExitCode.Interrupted : worst;
    }

    private async Task<int> ReportAsync(ConformanceListener listener, string agent)
    {
        IReadOnlyList<ConformanceResult> results = listener.ResultsOf(agent);
        if (results.Count == 0)
        {
            await terminal.Error.WriteLineAsync($"wsproto: {Terminal.Plain(agent)} is done, and has run no case.");
            return ExitCode.Failed;
        }

        if (!_reported.Contains(agent))
            _reported.Add(agent);
        int number = _reported.IndexOf(agent);
        if (!terminal.IsInteractive)
        {
            foreach (ConformanceResult result in results)
                _output.Show(result);
        }

        // The first client's reports have the names that were asked for, the others' a number.
        return await _output.FinishAsync(
            new ConformReport
            {
                Name = settings.Name ?? agent,
                Address = listener.Address,
                IsClient = true,
                Carrier = "HTTP/1.1" + (settings.Certificate is null ? "" : " and TLS"),
                Started = _started,
                Duration = Stopwatch.GetElapsedTime(_start),
                Results = results,
                IsStrict = settings.IsStrict,
            },
            number == 0 ? "" : (number + 1).ToString(CultureInfo.InvariantCulture));
    }
}
