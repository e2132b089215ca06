// One case on one connection. A pump reads replies while the steps are sent, so that neither end waits for the other to read. After each
// step the replies that it has to have are waited for; the first that fits no list of the case ends it. The peer's Close is answered,
// nothing is sent after it, and the end of the stream is waited for.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;

namespace WsProto.Conformance;

/// <param name="one">The case.</param>
/// <param name="connection">What it runs on.</param>
/// <param name="reader">Reads what the peer sends.</param>
/// <param name="deflater">Where compression was agreed on.</param>
/// <param name="received">What the reader fills.</param>
/// <param name="peer">Who is judged.</param>
/// <param name="silence">How long nothing may come where something has to.</param>
/// <param name="limit">Ends the case.</param>
internal sealed class CaseRun(
    ConformanceCase one,
    ConformanceConnection connection,
    ReplyReader reader,
    MessageDeflater? deflater,
    Transcript received,
    PeerRole peer,
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
    private bool _wasClosedByPeer;
    private bool _hasSentClose;
    private bool _hasEndedSending;
    private bool _isSilent;
    private bool _isLate;

    /// <summary>What was sent. To be read when the case is over.</summary>
    public Transcript Sent { get; } = new();

    private bool Masks => peer == PeerRole.Server;

    private bool IsOver => _close is not null || reader.Fault is not null || _arrived.Reader.Completion.IsCompleted || !Fits;

    private bool Fits => one.IsInformational || _fitting.Count > 0;

    public async Task<Observation> RunAsync()
    {
        List<Step> steps = [.. one.Steps];
        if (one.Early is { } early)
        {
            Sent.Add(early.Join(Masks));
            _hasSentClose = early.ClosePiece >= 0;
            steps.Insert(0, new Step { Replies = early.Replies });
        }

        _best = [.. steps.SelectMany(step => step.Replies)];
        _fitting.Add(_best);
        _fitting.AddRange(one.Lenient);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(limit);
        Task pumping = PumpAsync(over.Token);
        bool isAtEnd = false;
        try
        {
            int expected = 0;
            for (int i = 0; i < steps.Count; i++)
            {
                Step step = steps[i];
                expected += step.Replies.Count;
                await SendAsync(step).ConfigureAwait(false);
                if (one.EndsSending && i == steps.Count - 1)
                    await EndSendingAsync().ConfigureAwait(false);
                if (!await AwaitAsync(step, expected).ConfigureAwait(false))
                    break;
            }

            _isSilent = false;
            while (Fits && await NextAsync().ConfigureAwait(false))
            {
                // All that comes up to the end of the stream is judged.
            }

            isAtEnd = _arrived.Reader.Completion.IsCompleted && reader.Fault is null;
        }
        catch (OperationCanceledException)
        {
            // The time of the case is over, as the judgement says.
        }

        bool isOutOfTime = limit.IsCancellationRequested;
        await over.CancelAsync().ConfigureAwait(false);
        await pumping.ConfigureAwait(false);
        IReadOnlyList<Reply>? list = _fitting.Find(list => list.Count == _replies.Count);
        return new Observation
        {
            Replies = _replies,
            Best = _best,
            IsBest = ReferenceEquals(list, _best),
            IsAllowed = list is not null && !ReferenceEquals(list, _best),
            Close = _close,
            WasClosedByPeer = _wasClosedByPeer,
            Fault = reader.Fault,
            Stream = isAtEnd ? reader.WasReset ? StreamEnd.Reset : StreamEnd.Ended
                : _isSilent || isOutOfTime ? StreamEnd.LeftOpen : StreamEnd.EndedByJudge,
            IsSilent = _isSilent,
            IsLate = _isLate,
            IsOutOfTime = isOutOfTime,
        };
    }

    private async Task PumpAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false) is { } reply)
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

    /// <summary>Sends a step, up to where the peer closes.</summary>
    private async Task SendAsync(Step step)
    {
        int number = 0;
        foreach (ReadOnlyMemory<byte> piece in step.Pieces(Masks))
        {
            if (_isClosing || !await WriteAsync(piece).ConfigureAwait(false))
                return;
            _hasSentClose |= number++ == step.ClosePiece;
        }

        if (step.Compressed is { } message)
        {
            SentFrame[] frames = SentFrame.Split(message.Opcode, deflater!.Deflate(message.Payload), message.Fragment, Rsv1);
            await WriteAsync(SentFrame.Join(frames, Masks)).ConfigureAwait(false);
        }
    }

    private async Task<bool> WriteAsync(ReadOnlyMemory<byte> octets)
    {
        try
        {
            Sent.Add(octets.Span);
            await connection.Stream.WriteAsync(octets, limit).ConfigureAwait(false);
            await connection.Stream.FlushAsync(limit).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The peer has ended the connection; what it said before is still to be read.
            return false;
        }
    }

    /// <summary>Waits for what a step has to have.</summary>
    /// <returns>False where no other step makes sense.</returns>
    private async Task<bool> AwaitAsync(Step step, int expected)
    {
        _isSilent = false;
        while (!IsOver && !_isSilent && (_replies.Count < expected || step.AwaitsClose))
            await NextAsync().ConfigureAwait(false);
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
                if (!await _arrived.Reader.WaitToReadAsync(patience.Token).ConfigureAwait(false))
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
        await TakeAsync(reply!).ConfigureAwait(false);
        return true;
    }

    private async Task TakeAsync(Reply reply)
    {
        switch (reply.Kind)
        {
            case ReplyKind.Close:
                _close = reply;
                _wasClosedByPeer = !_hasSentClose;
                if (!_hasSentClose && !_hasEndedSending)
                {
                    byte[] answer = SentFrame.Close(reply.Payload[..Math.Min(2, reply.Payload.Length)]).Encode(Masks);
                    await WriteAsync(answer).ConfigureAwait(false);
                }

                // "The server MUST close the TCP connection", and a client waits for that (RFC 6455 §7.1.1).
                if (peer == PeerRole.Client)
                    await EndSendingAsync().ConfigureAwait(false);
                break;
            case ReplyKind.Ping:
                // A peer may ask whether we are there. It gets no answer, so that a Pong is never one that was sent back to us.
                break;
            default:
                int at = _replies.Count;
                _replies.Add(reply);
                _fitting.RemoveAll(list => list.Count <= at || !list[at].Equals(reply));
                break;
        }
    }

    private async Task EndSendingAsync()
    {
        if (_hasEndedSending)
            return;
        _hasEndedSending = true;
        await connection.EndSendingAsync().ConfigureAwait(false);
    }
}
