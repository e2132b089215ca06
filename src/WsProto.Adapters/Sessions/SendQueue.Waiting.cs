using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

internal sealed partial class SendQueue
{
    /// <summary>Where the oldest may be dropped, a message is encoded as late as possible.</summary>
    private const int DroppableBatch = 4 * 1024;

    private LinkedList<WaitingSend>? _waiting;
    private long _waitingSize;

    /// <summary>
    /// The bytes that wait as pieces of streams. They fill no backlog: of each stream one waits at most, and so its writer.
    /// </summary>
    private long _waitingPieces;

    /// <summary>Whether a stream has filled the transport, which has had no room since.</summary>
    private bool _isFilledByStream;

    /// <summary>What the meters are still to be told.</summary>
    private Tally _tally;

    private bool HasWaiting => _waiting is { Count: > 0 };

    /// <summary>
    /// Whether what is encoded and what waits, be it for room or for the end of a message in fragments, fill the backlog. A stream fills
    /// the transport as fast as the peer reads; until that has gone out, only what waits says that the peer is too slow.
    /// </summary>
    private bool IsFull => _waiting?.Count >= _options.MaxSendBacklogMessages || (_openStream is not null || _isFilledByStream
        ? _waitingSize >= _options.MaxSendBacklog
        : !HasRoom || Writer.Bytes + _waitingSize >= _options.MaxSendBacklog);

    /// <summary>What has to wait, or is accepted in place of older ones, as the options want.</summary>
    private ValueTask Wait(in Outgoing message, CancellationToken cancellationToken)
    {
        if (_options.SendOverflow == SendOverflow.DropOldest && message.Kind == OutgoingKind.Whole)
        {
            ReplaceOldest(message);
            return default;
        }

        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        LinkedListNode<WaitingSend> node = Enqueue(new WaitingSend(message, waiting));
        return new ValueTask(cancellationToken.CanBeCanceled ? WaitAsync(node, waiting.Task, cancellationToken) : waiting.Task);
    }

    /// <summary>Accepts a message, and drops the oldest where there is no room.</summary>
    private void ReplaceOldest(in Outgoing message)
    {
        // Nobody is told later that it could not be encoded.
        message.ThrowIfNoText();
        Enqueue(new WaitingSend(message.ToOwned(), null));
        DropOldest();
    }

    private async Task WaitAsync(LinkedListNode<WaitingSend> node, Task waiting, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            (_, token) =>
            {
                lock (_gate)
                {
                    if (node.List is null)
                        return;
                    Dequeue(node);
                }

                node.Value.Completion!.TrySetCanceled(token);
            },
            null);
        await waiting.ConfigureAwait(false);
    }

    private LinkedListNode<WaitingSend> Enqueue(WaitingSend send)
    {
        CountWaiting(send.Message, 1);
        return (_waiting ??= new LinkedList<WaitingSend>()).AddLast(send);
    }

    private void Dequeue(LinkedListNode<WaitingSend> node)
    {
        CountWaiting(node.Value.Message, -1);
        _waiting!.Remove(node);
    }

    private void CountWaiting(in Outgoing message, int sign)
    {
        if (message.Stream is null)
            _waitingSize += sign * message.Size;
        else
            _waitingPieces += sign * message.Size;
    }

    private void DropOldest()
    {
        LinkedListNode<WaitingSend>? node = _waiting!.First;
        while (node != _waiting.Last && (_waitingSize > _options.MaxSendBacklog || _waiting.Count > _options.MaxSendBacklogMessages))
        {
            LinkedListNode<WaitingSend>? next = node!.Next;
            if (node.Value.Completion is null)
            {
                Dequeue(node);
                _tally.Dropped++;
            }

            node = next;
        }
    }

    /// <summary>The next that may be encoded: while a message is open, only its pieces and control frames.</summary>
    private LinkedListNode<WaitingSend>? NextWaiting()
    {
        LinkedListNode<WaitingSend>? node = HasRoom ? _waiting?.First : null;
        while (node is not null && _isInFragments && node.Value.Message.Kind != OutgoingKind.Control && !Continues(node.Value.Message))
            node = node.Next;
        return node;
    }

    /// <summary>Encodes what waits, as far as there is room; what takes long, on a thread of the pool.</summary>
    private void EncodeWaiting()
    {
        while (NextWaiting() is { } node)
        {
            if (_half.IsTransforming && node.Value.Message.Kind != OutgoingKind.Control)
            {
                _isEncoding = true;
                ThreadPool.UnsafeQueueUserWorkItem(static queue => queue.TransformWaiting(), this, preferLocal: false);
                return;
            }

            EncodeWaiting(node);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "It goes to whoever sent the message.")]
    private void EncodeWaiting(LinkedListNode<WaitingSend> node)
    {
        Dequeue(node);
        TaskCompletionSource? completion = node.Value.Completion;
        try
        {
            Encode(node.Value.Message);
            CountLater(node.Value.Message);
            completion?.TrySetResult();
        }
        catch (Exception e)
        {
            completion?.TrySetException(Explain(e));
        }
    }

    /// <summary>What the core refuses because the peer's Close was read just now, is no mistake of the caller.</summary>
    private Exception Explain(Exception e) => e is LocalProtocolException && _half.IsClosing ? _closing.ToException() : e;

    /// <summary>Counts for the meters, whose listeners are not called under a lock.</summary>
    private void CountLater(in Outgoing message)
    {
        if (!Telemetry.CountsMessages || message.Kind == OutgoingKind.Control)
            return;
        long size = message.PayloadSize;
        lock (_gate)
        {
            _tally.Messages += message.Count;
            _tally.Bytes += size;
        }
    }

    /// <summary>Tells the meters what was counted. The lock is not held.</summary>
    private void Report()
    {
        Tally tally;
        lock (_gate)
        {
            tally = _tally;
            _tally = default;
        }

        if (tally.Messages > 0)
            Telemetry.Messages(WsDirection.Sent, tally.Messages, tally.Bytes);
        if (tally.Dropped > 0)
            Telemetry.Dropped(tally.Dropped);
    }

    /// <summary>Before a Close: encodes the messages that were accepted, whether there is room or not.</summary>
    private void EncodeAccepted()
    {
        LinkedListNode<WaitingSend>? node = _waiting?.First;
        while (node is not null)
        {
            LinkedListNode<WaitingSend>? next = node.Next;
            if (node.Value.Completion is null && !_isInFragments && _closing.State == CloseState.Open)
                EncodeWaiting(node);
            node = next;
        }
    }

    private void FailWaiting()
    {
        while (_waiting?.First is { } node)
        {
            // What was accepted goes out before a Close that waits for the encoder.
            if (_waitingClose is not null && node.Value.Completion is null)
                return;
            Dequeue(node);
            node.Value.Completion?.TrySetException(_closing.ToException());
        }
    }

    private bool IsRefused(in Outgoing message)
    {
        CloseState state = _closing.State;
        if (state == CloseState.Open && !_isHalf && !Writer.IsBroken)
            return false;
        // "An endpoint MAY delay sending a Close frame until its current message is sent" (RFC 6455 §5.5.1), if it closes by hand.
        return !(_session.ClosesByHand
            && state == CloseState.Received
            && message.Event is { } e
            && !_isHalf
            && !Writer.IsBroken
            && _half.CanSend(e));
    }

    private Outcome Judge(in Outgoing message)
    {
        if (IsRefused(message))
            return Outcome.Refused;
        if (!MayGo(message))
        {
            // What is written as a stream goes as fast as the peer reads.
            bool overflows = _options.SendOverflow == SendOverflow.Close && message.Stream is null && IsFull;
            return overflows ? Outcome.Overflows : Outcome.Waits;
        }

        if (!_half.IsTransforming || message.Kind == OutgoingKind.Control)
            return Outcome.Sent;
        _isEncoding = true;
        return Outcome.Transforms;
    }

    /// <summary>
    /// Whether nothing stands in the way: an encoder, a message that is open, others that wait, too much for the transport.
    /// </summary>
    private bool MayGo(in Outgoing message) => !_isEncoding && message.Kind switch
    {
        OutgoingKind.Control => Writer.Bytes < _options.MaxSendBacklog + ControlRoom,
        OutgoingKind.Piece when Continues(message) => HasRoom && NextWaiting()?.Value.Message.Kind != OutgoingKind.Piece,
        _ => HasRoom && !_isInFragments && !HasWaiting,
    };

    /// <summary>Whether it goes on with the message that is open.</summary>
    private bool Continues(in Outgoing message) => _isInFragments && message.Continues(_openStream);

    private struct Tally
    {
        internal long Messages;
        internal long Bytes;
        internal long Dropped;
    }

    private sealed record WaitingSend(Outgoing Message, TaskCompletionSource? Completion);
}
