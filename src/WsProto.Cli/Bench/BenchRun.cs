using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters;
using WsProto.Cli.Connect;
using WsProto.Cli.Dialing;

namespace WsProto.Cli.Bench;

/// <summary>Opens all connections, then sends on all of them.</summary>
/// <param name="settings">What the command line asks for.</param>
/// <param name="terminal">Where to write.</param>
internal sealed class BenchRun(BenchSettings settings, Terminal terminal)
{
    private readonly BenchCounts _counts = new();

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        Capacity.Check(settings.Connections, settings.From.Count);
        await TellAsync($"opening {settings.Connections} connections");
        WsSession[] sessions = await OpenAsync(cancellationToken);
        await TellAsync($"open: {sessions.Length}");
        long start = terminal.Clock.GetTimestamp();
        await Task.WhenAll(sessions.Select((session, i) => RunOneAsync(session, i, start, cancellationToken)));
        var report = new BenchReport(settings, _counts, terminal.Clock.GetElapsedTime(start));
        if (settings.IsJson)
        {
            await terminal.Out.WriteAsync(Encoding.UTF8.GetString(Payloads.Json(report.Write)));
        }
        else
        {
            foreach (string line in report.Lines())
                await terminal.Out.WriteLineAsync(line);
        }

        if (report.Failure is { } failure)
            await terminal.Error.WriteLineAsync($"wsproto: {failure}");
        return sessions.Length == 0 ? ExitCode.NoConnection : report.Failure is null ? ExitCode.Ok : ExitCode.Failed;
    }

    private async Task<WsSession[]> OpenAsync(CancellationToken cancellationToken)
    {
        var sessions = new List<WsSession>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = settings.Opening, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, settings.Connections), options, async (number, token) =>
        {
            long start = terminal.Clock.GetTimestamp();
            try
            {
                IPAddress? from = settings.From.Count == 0 ? null : settings.From[number % settings.From.Count];
                var dialer = new Dialer(settings.Server with { From = from }, Session(), new ConnectTimes(terminal.Clock));
                WsSession session = await dialer.ConnectAsync(token);
                _counts.Open(terminal.Clock.GetElapsedTime(start));
                Watch(session);
                lock (sessions)
                    sessions.Add(session);
            }
            catch (WsHandshakeException e)
            {
                _counts.Fail(e.StatusCode is { } status ? string.Create(CultureInfo.InvariantCulture, $"status {status}") : e.Message);
            }
            catch (CliException e)
            {
                _counts.Fail(e.Message);
            }
        });
        return [.. sessions];
    }

    private static WsSessionOptions Session() => new()
    {
        Connection = new WsConnectionOptions { MaxMessageSize = BenchCommand.LargestMessage * 2, MaxFragmentCount = int.MaxValue },
        KeepAliveInterval = null,
        CloseTimeout = TimeSpan.FromSeconds(3),
    };

    private async Task RunOneAsync(WsSession session, int number, long start, CancellationToken cancellationToken)
    {
        await using (session)
        {
            using var connection = new BenchConnection(session, settings, number, terminal.Clock);
            await connection.RunAsync(start, _counts, cancellationToken);
        }
    }

    /// <summary>A connection that has ended is not open, while others are still opened too.</summary>
    private void Watch(WsSession session) =>
        _ = session.Completion.ContinueWith(_ => _counts.Close(), TaskScheduler.Default);

    private async Task TellAsync(FormattableString what) =>
        await terminal.Error.WriteLineAsync(what.ToString(CultureInfo.InvariantCulture));
}
