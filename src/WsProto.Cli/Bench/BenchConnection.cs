// One connection under load. With a rate, each message has a time at which it is due, and its latency counts from there: what waits for a
// slow server is slow too, though it was not sent yet (coordinated omission).

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters;

namespace WsProto.Cli.Bench;

/// <param name="session">The connection.</param>
/// <param name="settings">What is sent.</param>
/// <param name="number">Which of the connections it is, from 0.</param>
/// <param name="clock">The time.</param>
internal sealed class BenchConnection(WsSession session, BenchSettings settings, int number, TimeProvider clock) : IDisposable
{
    private readonly LatencyHistogram _latencies = new();
    private readonly Dictionary<long, long> _pending = [];
    private readonly SemaphoreSlim _came = new(0);
    private readonly Lock _lock = new();
    private long _sent;
    private long _answered;
    private long _repeated;
    private long _unasked;

    public void Dispose() => _came.Dispose();

    /// <summary>Sends until the time is over, waits for replies, and closes.</summary>
    /// <param name="start">The timestamp at which the first message of all is due.</param>
    /// <param name="counts">Gets what was seen.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public async Task RunAsync(long start, BenchCounts counts, CancellationToken cancellationToken)
    {
        Task receiving = ReceiveAsync(cancellationToken);
        try
        {
            await SendAsync(start, cancellationToken);
            await Task.WhenAny(AnsweredAsync(cancellationToken), Task.Delay(settings.Wait, clock, cancellationToken));
            await session.CloseAsync(CloseCode.NormalClosure, null, cancellationToken);
        }
        catch (Exception e) when (e is WsClosedException or LocalProtocolException)
        {
            // The server has ended it, which is told below.
        }

        await receiving;
        WsCloseResult result = await session.Completion;
        if (!result.IsClean || result.Code != CloseCode.NormalClosure)
            counts.Fail(string.Create(CultureInfo.InvariantCulture, $"closed {(int)result.Code}"));
        lock (_lock)
            counts.Add(_latencies, _sent, _answered, _repeated, _unasked);
    }

    private async Task SendAsync(long start, CancellationToken cancellationToken)
    {
        TimeSpan left = settings.Duration - clock.GetElapsedTime(start);
        using var timer = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        while (true)
        {
            TimeSpan now = clock.GetElapsedTime(start);
            // The connections take turns.
            TimeSpan due = settings.Rate is { } rate ? TimeSpan.FromSeconds(((_sent * settings.Connections) + number) / rate) : now;
            if (due >= settings.Duration || session.CloseResult is not null)
                return;
            if (due > now)
                await Task.Delay(due - now, clock, cancellationToken);
            string text = MessageOf(_sent);
            lock (_lock)
                _pending[_sent++] = start + (long)(due.TotalSeconds * clock.TimestampFrequency);
            await session.SendTextAsync(text, cancellationToken);
            if (settings.Rate is null && !await AnsweredWithinAsync(over.Token, cancellationToken))
                return;
        }
    }

    /// <summary>Waits until all messages are answered.</summary>
    /// <returns>False where the connection has ended before.</returns>
    private async Task<bool> AnsweredAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (_lock)
            {
                if (_pending.Count == 0)
                    return true;
            }

            if (session.CloseResult is not null)
                return false;
            await _came.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The same, up to the end of the time to send: an answer may never come.</summary>
    private async Task<bool> AnsweredWithinAsync(CancellationToken over, CancellationToken cancellationToken)
    {
        try
        {
            return await AnsweredAsync(over);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (Message message in session.ReadAllAsync(cancellationToken))
                Take(message as TextMessage);
        }
        catch (WsClosedException)
        {
            // How it ended is in the result.
        }
        finally
        {
            await session.Completion;
            _came.Release();
        }
    }

    /// <summary>A reply has the number of the message that it answers, wherever it stands in it.</summary>
    private void Take(TextMessage? message)
    {
        long now = clock.GetTimestamp();
        lock (_lock)
        {
            if (NumberIn(message?.Data) is not { } asked || asked >= _sent)
            {
                _unasked++;
                return;
            }

            if (!_pending.Remove(asked, out long due))
            {
                _repeated++;
                return;
            }

            _answered++;
            _latencies.Add(clock.GetElapsedTime(due, now));
        }

        _came.Release();
    }

    private string MessageOf(long sequence)
    {
        string start = string.Create(CultureInfo.InvariantCulture, $"wsproto#{sequence}.");
        return start.PadRight(settings.Size, 'x');
    }

    private static long? NumberIn(string? text)
    {
        const string Mark = "wsproto#";
        int start = text?.IndexOf(Mark, StringComparison.Ordinal) ?? -1;
        int end = start < 0 ? -1 : text!.IndexOf('.', start);
        if (end < 0)
            return null;
        ReadOnlySpan<char> digits = text.AsSpan((start + Mark.Length)..end);
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
    }
}
