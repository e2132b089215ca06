// One case on one connection. A pump reads replies while the steps are sent, so that neither end waits for the other to read. After each
// step the replies that it has to have are waited for; the first that fits no list of the case ends it. The server's Close is answered,
// nothing is sent after it, and the end of the stream is waited for.

using System.Net.Sockets;
using System.Threading.Channels;

namespace WsProto.Conformance;

internal sealed class CaseRun(
    ConformanceCase one,
    Stream stream,
    ReplyReader reader,
    MessageDeflater? deflater,
    Transcript sent,
    Transcript received,
    TimeSpan silence,
    CancellationToken limit)
{
    private const int Rsv1 = 0b100;

    private readonly Channel<Reply> _arrived = Channel.CreateUnbounded<Reply>();
    private readonly List<Reply> _replies = [];
    private readonly List<IReadOnlyList<Reply>> _fitting = [];
    private IReadOnlyList<Reply> _best = [];
    private Reply? _close;
    private volatile bool _isClosing;
    private bool _hasSentClose;
    private bool _isSilent;
    private bool _isLate;

    private bool IsOver => _close is not null || reader.Fault is not null || _arrived.Reader.Completion.IsCompleted || !Fits;

    private bool Fits => one.IsInformational || _fitting.Count > 0;

    public async Task<(Verdict Verdict, string Reason)> RunAsync()
    {
        List<Step> steps = [.. one.Steps];
        _best = [.. steps.SelectMany(step => step.Replies)];
        _fitting.Add(_best);
        _fitting.AddRange(one.Lenient);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(limit);
        Task pumping = PumpAsync(over.Token);
        try
        {
            int expected = 0;
            foreach (Step step in steps)
            {
                expected += step.Replies.Count;
                await SendAsync(step);
                if (!await AwaitAsync(step, expected))
                    break;
            }

            _isSilent = false;
            while (Fits && await NextAsync())
            {
                // All that comes up to the end of the stream is judged.
            }
        }
        catch (OperationCanceledException)
        {
            // The time of the case is over, as the judgement says.
        }

        await over.CancelAsync();
        await pumping;
        return Judge();
    }

    private async Task PumpAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await reader.ReadAsync(cancellationToken) is { } reply)
            {
                _isClosing |= reply.Kind == ReplyKind.Close;
                _arrived.Writer.TryWrite(reply);
            }
        }
        catch (OperationCanceledException)
        {
            // The case is over.
        }

        _isClosing = true;
        _arrived.Writer.Complete();
    }

    /// <summary>Sends a step, up to where the server closes.</summary>
    private async Task SendAsync(Step step)
    {
        foreach (ReadOnlyMemory<byte> piece in step.Pieces)
        {
            if (_isClosing || !await WriteAsync(piece))
                return;
        }

        if (step.Compressed is { } message)
        {
            SentFrame[] frames = SentFrame.Split(message.Opcode, deflater!.Deflate(message.Payload), message.Fragment, Rsv1);
            await WriteAsync(SentFrame.Join(frames));
        }

        _hasSentClose |= step.HasClose;
    }

    private async Task<bool> WriteAsync(ReadOnlyMemory<byte> octets)
    {
        try
        {
            sent.Add(octets.Span);
            await stream.WriteAsync(octets, limit);
            await stream.FlushAsync(limit);
            return true;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The server has ended the connection; what it said before is still to be read.
            return false;
        }
    }

    /// <summary>Waits for what a step has to have.</summary>
    /// <returns>False where no other step makes sense.</returns>
    private async Task<bool> AwaitAsync(Step step, int expected)
    {
        _isSilent = false;
        while (!IsOver && !_isSilent && (_replies.Count < expected || step.AwaitsClose))
            await NextAsync();
        _isLate |= step.AwaitsClose && _isSilent;
        return !IsOver;
    }

    /// <summary>Takes the next reply.</summary>
    /// <returns>False at the end, or where nothing comes.</returns>
    private async Task<bool> NextAsync()
    {
        while (true)
        {
            long before = received.Count;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(limit);
            patience.CancelAfter(silence);
            try
            {
                if (!await _arrived.Reader.WaitToReadAsync(patience.Token))
                    return false;
                break;
            }
            catch (OperationCanceledException) when (!limit.IsCancellationRequested)
            {
                if (received.Count != before)
                    continue;
                _isSilent = true;
                return false;
            }
        }

        _arrived.Reader.TryRead(out Reply? reply);
        await TakeAsync(reply!);
        return true;
    }

    private async Task TakeAsync(Reply reply)
    {
        switch (reply.Kind)
        {
            case ReplyKind.Close:
                _close = reply;
                if (!_hasSentClose)
                    await WriteAsync(SentFrame.Close(reply.Payload[..Math.Min(2, reply.Payload.Length)]).Encode());
                break;
            case ReplyKind.Ping:
                // A server may ask whether we are there. It gets no answer, so that a Pong is never one that was sent back to us.
                break;
            default:
                int at = _replies.Count;
                _replies.Add(reply);
                _fitting.RemoveAll(list => list.Count <= at || !list[at].Equals(reply));
                break;
        }
    }

    private (Verdict Verdict, string Reason) Judge()
    {
        if (reader.Fault is { } fault)
            return (Verdict.Failed, fault);
        if (limit.IsCancellationRequested)
            return (Verdict.Failed, "the case does not come to an end");
        string end = _close is null
            ? _isSilent ? "the connection stays open" : "the connection ends without a Close"
            : $"there is a Close with {_close.Code}{(_isSilent ? ", but the connection stays open" : "")}";
        if (one.IsInformational)
            return (_close is null && _isSilent ? Verdict.Failed : Verdict.Informational, $"{end}, after {Show(_replies)}");
        if (_fitting.Find(list => list.Count == _replies.Count) is not { } list)
            return (Verdict.Failed, $"{Show(_replies)} came instead of {Show(_best)}");
        if (_close is null ? _isSilent || !one.End.MayDrop : !one.End.Codes.Contains(_close.Code))
            return (Verdict.Failed, end);
        if (_isLate)
            return (Verdict.Lenient, $"{end}, but later than it could");
        if (!ReferenceEquals(list, _best))
            return (Verdict.Lenient, $"{Show(_replies)} came instead of {Show(_best)}");
        return (_close is null || _isSilent ? Verdict.Lenient : Verdict.Ok, end);
    }

    private static string Show(IReadOnlyList<Reply> replies) => replies.Count switch
    {
        0 => "nothing",
        <= 10 => string.Join(", ", replies),
        _ => $"{replies.Count} replies, the last of them {replies[^1]}",
    };
}
