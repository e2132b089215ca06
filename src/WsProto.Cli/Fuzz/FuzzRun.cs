// Case after case, each in one segment and then cut. What is found is made smaller while it is found, and shown.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Conformance;

namespace WsProto.Cli.Fuzz;

/// <param name="settings">What the command line asks for.</param>
/// <param name="terminal">Where to write.</param>
internal sealed class FuzzRun(FuzzSettings settings, Terminal terminal)
{
    private const int MostTries = 500;

    private static readonly TimeSpan _longestShrinking = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _untilNextTry = TimeSpan.FromMilliseconds(100);

    private readonly FuzzPlayer _player = new(settings, terminal.Clock);
    private readonly FuzzReport _report = new(settings, terminal);
    private readonly List<FuzzFinding> _findings = [];
    private (IReadOnlyList<byte[]> Segments, FuzzExchange? Exchange, int? Number) _last = ([], null, null);
    private bool _hasPlayed;
    private bool _isCompressed;
    private int _connections;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        long start = terminal.Clock.GetTimestamp();
        await using (FuzzConnection first = await _player.ConnectAsync(cancellationToken))
            _isCompressed = first.Agreed is not null;
        int cases = settings.Segments is null ? await RunCasesAsync(start, cancellationToken) : await RunFileAsync(cancellationToken);
        _report.Finish(cases, _connections, _findings.Count, terminal.Clock.GetElapsedTime(start));
        return _findings.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private async Task<int> RunFileAsync(CancellationToken cancellationToken)
    {
        FuzzResult? result = await TryOrFindGoneAsync(settings.Segments!, null, cancellationToken);
        result = result?.Finding is null ? await FindGoneAsync(cancellationToken) : result;
        if (result is not null)
            await TellAsync(result, null, cancellationToken);
        return 1;
    }

    private async Task<int> RunCasesAsync(long start, CancellationToken cancellationToken)
    {
        int count = 0;
        for (; count < settings.Cases && terminal.Clock.GetElapsedTime(start) < settings.Time; count++)
        {
            int number = settings.First + count;
            _report.Progress(count, settings.Cases, _findings.Count);
            HostileInput input = HostileInput.Generate(settings.Seed, number, _isCompressed);
            FuzzResult? result = await TryOrFindGoneAsync(input.ToSegments(), number, cancellationToken);
            if (result?.Finding is not { } finding || _findings.Exists(finding.IsLike))
                continue;
            bool isGone = finding.Kind == FuzzFinding.Gone;
            if (!isGone)
                result = await ShrinkAsync(input, result, cancellationToken);
            await TellAsync(result, isGone ? _last.Number : number, cancellationToken);
            if (isGone || !settings.KeepsGoing)
                return count + 1;
        }

        // The last case may have ended it.
        if (await FindGoneAsync(cancellationToken) is { } end)
            await TellAsync(end, _last.Number, cancellationToken);
        return count;
    }

    /// <summary>Sends an input. Where no connection comes about, the input before it may have ended the server.</summary>
    private async Task<FuzzResult?> TryOrFindGoneAsync(IReadOnlyList<byte[]> segments, int? number, CancellationToken cancellationToken)
    {
        try
        {
            FuzzResult result = await TryAsync(segments, cancellationToken);
            _last.Number = number;
            return result;
        }
        catch (CliException e)
        {
            if (_hasPlayed)
                _last.Number = number;
            if (await FindGoneAsync(cancellationToken) is { } gone)
                return gone;
            await terminal.Error.WriteLineAsync($"wsproto: {Terminal.Plain(e.Message)}; it came back");
            return null;
        }
    }

    /// <summary>Sends an input in one segment, and then in these.</summary>
    private async Task<FuzzResult> TryAsync(IReadOnlyList<byte[]> segments, CancellationToken cancellationToken)
    {
        byte[] all = [.. segments.SelectMany(segment => segment)];
        _hasPlayed = false;
        FuzzExchange whole = await PlayAsync([all], cancellationToken);
        if (FuzzJudge.Find(whole, settings.IsEcho) is { } finding)
            return new FuzzResult([all], finding, whole);
        if (segments.Count < 2)
            return new FuzzResult([all], null, whole);
        FuzzExchange cut = await PlayAsync(segments, cancellationToken);
        if (FuzzJudge.Find(cut, settings.IsEcho) is { } other)
            return new FuzzResult(segments, other, cut);
        if (FuzzJudge.Compare(whole, cut) is not { } difference)
            return new FuzzResult(segments, null, cut);
        // What a server says by chance differs from itself.
        bool isSteady = FuzzJudge.Compare(whole, await PlayAsync([all], cancellationToken)) is null
            && FuzzJudge.Compare(cut, await PlayAsync(segments, cancellationToken)) is null;
        return new FuzzResult(segments, isSteady ? difference : null, cut);
    }

    private async Task<FuzzExchange> PlayAsync(IReadOnlyList<byte[]> segments, CancellationToken cancellationToken)
    {
        _connections++;
        FuzzExchange exchange = await _player.PlayAsync(segments, cancellationToken);
        (_last.Segments, _last.Exchange, _hasPlayed) = (segments, exchange, true);
        return exchange;
    }

    /// <summary>The input after which the server opens no connection any more; one that is busy has time.</summary>
    private async Task<FuzzResult?> FindGoneAsync(CancellationToken cancellationToken)
    {
        long start = terminal.Clock.GetTimestamp();
        while (true)
        {
            try
            {
                await using FuzzConnection again = await _player.ConnectAsync(cancellationToken);
                return null;
            }
            catch (CliException e)
            {
                if (terminal.Clock.GetElapsedTime(start) >= settings.Timeout)
                    return new FuzzResult(_last.Segments, new FuzzFinding(FuzzFinding.Gone, "", e.Message), _last.Exchange);
            }

            await Task.Delay(_untilNextTry, terminal.Clock, cancellationToken);
        }
    }

    /// <summary>Looks for the simplest input with the same finding.</summary>
    private async Task<FuzzResult> ShrinkAsync(HostileInput input, FuzzResult found, CancellationToken cancellationToken)
    {
        long start = terminal.Clock.GetTimestamp();
        int tries = 0;
        for (bool isSmaller = true; isSmaller;)
        {
            isSmaller = false;
            foreach (HostileInput simpler in input.Shrink())
            {
                if (tries++ >= MostTries || terminal.Clock.GetElapsedTime(start) >= _longestShrinking)
                    return found;
                FuzzResult result;
                try
                {
                    result = await TryAsync(simpler.ToSegments(), cancellationToken);
                }
                catch (CliException)
                {
                    // It is gone.
                    return found;
                }

                if (!found.Finding!.IsLike(result.Finding))
                    continue;
                (input, found, isSmaller) = (simpler, result, true);
                break;
            }
        }

        return found;
    }

    private async Task TellAsync(FuzzResult result, int? number, CancellationToken cancellationToken)
    {
        if (result.Finding is null)
            return;
        _findings.Add(result.Finding);
        string? name = number is { } some ? string.Create(CultureInfo.InvariantCulture, $"{settings.Seed}:{some}") : null;
        await _report.FindingAsync(result, name, cancellationToken);
    }
}
