// Plays one side of a recording, and compares what the other side sends with what it has sent then.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters;
using WsProto.Cli.Connect;
using WsProto.Cli.Decode;

namespace WsProto.Cli.Replay;

/// <param name="recording">What is played.</param>
/// <param name="own">The side that is played.</param>
/// <param name="settings">In which time.</param>
/// <param name="terminal">Where differences are shown.</param>
internal sealed class Player(RecordedConnection recording, Side own, ReplaySettings settings, Terminal terminal) : IDisposable
{
    private const int Shown = 64;

    private readonly RecordedMessage[] _expected =
        [.. recording.Messages.Where(message => message.Sender != own && message.Event is Message)];

    private readonly SemaphoreSlim _came = new(0);
    private readonly List<string> _differences = [];
    private volatile int _received;
    private volatile bool _hasEnded;
    private int _sent;

    public void Dispose() => _came.Dispose();

    /// <summary>Plays it.</summary>
    /// <returns>Whether all was as recorded.</returns>
    public async Task<bool> PlayAsync(WsSession session, CancellationToken cancellationToken)
    {
        Task receiving = ReceiveAsync(session, cancellationToken);
        try
        {
            await SendAsync(session, cancellationToken);
            await ComeAsync(_expected.Length, cancellationToken);
            await CloseAsync(session, cancellationToken);
        }
        catch (Exception e) when (e is WsClosedException or LocalProtocolException)
        {
            // The other side has ended it: what lacks is told below.
        }

        await receiving;
        WsCloseResult result = await session.Completion;
        foreach (RecordedMessage missing in _expected.Skip(_received))
            _differences.Add($"missing\t{Show(missing.Event)}");
        if (!result.IsClean)
            _differences.Add(string.Create(CultureInfo.InvariantCulture, $"closed\t{(int)result.Code} ({result.Cause})"));
        foreach (string difference in _differences)
            await terminal.Out.WriteLineAsync(difference);
        await terminal.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"# sent {_sent}, received {_received} of {_expected.Length}, differences {_differences.Count}"));
        return _differences.Count == 0;
    }

    private async Task SendAsync(WsSession session, CancellationToken cancellationToken)
    {
        long start = terminal.Clock.GetTimestamp();
        long first = recording.Messages.Count > 0 ? recording.Messages[0].Ticks : 0;
        int before = 0;
        foreach (RecordedMessage message in recording.Messages)
        {
            if (message.Event is not Message sent)
                continue;
            if (message.Sender != own)
            {
                before++;
                continue;
            }

            if (settings.Speed is { } speed)
            {
                TimeSpan due = TimeSpan.FromTicks((long)((message.Ticks - first) / speed)) - terminal.Clock.GetElapsedTime(start);
                if (due > TimeSpan.Zero)
                    await Task.Delay(due, terminal.Clock, cancellationToken);
            }
            else
            {
                await ComeAsync(before, cancellationToken);
            }

            await session.SendAsync(sent, cancellationToken);
            _sent++;
        }
    }

    /// <summary>Waits until so many messages have come, the other side has ended, or none comes for too long.</summary>
    private async Task ComeAsync(int count, CancellationToken cancellationToken)
    {
        while (_received < count && !_hasEnded)
        {
            using var silence = new CancellationTokenSource(settings.Wait, terminal.Clock);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
            try
            {
                await _came.WaitAsync(over.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Closes as recorded; where the other side has closed first, it may do so again.</summary>
    private async Task CloseAsync(WsSession session, CancellationToken cancellationToken)
    {
        RecordedMessage? close = recording.Messages.FirstOrDefault(message => message.Event is CloseConnection);
        if (close is not null && close.Sender != own)
        {
            await Task.WhenAny(session.Completion, Task.Delay(settings.Wait, terminal.Clock, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }

        CloseConnection? said = close is not null && close.Sender == own ? (CloseConnection)close.Event : null;
        await session.CloseAsync(said?.Code ?? CloseCode.NormalClosure, said?.Reason, cancellationToken);
    }

    private async Task ReceiveAsync(WsSession session, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (Message message in session.ReadAllAsync(cancellationToken))
            {
                Compare(message);
                _received++;
                _came.Release();
            }
        }
        catch (WsClosedException)
        {
            // How it ended is told at the end.
        }
        finally
        {
            _hasEnded = true;
            _came.Release();
        }
    }

    private void Compare(Message message)
    {
        if (_received >= _expected.Length)
        {
            _differences.Add($"more\t{Show(message)}");
            return;
        }

        var expected = (Message)_expected[_received].Event;
        bool isSame = expected.GetType() == message.GetType() && Payloads.OctetsOf(expected).SequenceEqual(Payloads.OctetsOf(message));
        if (!isSame)
            _differences.Add($"different\t{Show(expected)}\t{Show(message)}");
    }

    private static string Show(WsEvent e)
    {
        byte[] octets = Payloads.OctetsOf((Message)e);
        var sample = new Sample(Shown);
        sample.Add(octets);
        string kind = e is TextMessage ? "text" : "binary";
        return string.Create(CultureInfo.InvariantCulture, $"{kind} {octets.Length} {Terminal.Plain(sample.Text(e is TextMessage))}");
    }
}
