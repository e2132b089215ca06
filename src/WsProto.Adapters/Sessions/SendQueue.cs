// What is sent goes through one lock into the writer's batch, in the order of acceptance, as whole frames:
//
//   SendAsync ──▶ encoded at once into the batch, where nothing stands in the way
//           └───▶ waits (SendQueue.Waiting.cs): for room, for the end of a message in fragments, for an encoder that takes long
//   Ping of the peer ──▶ Pong, at once or the newest later;   Close ──▶ behind all that was accepted (SendQueue.Control.cs)
//
// The lock is held while a message is encoded that goes as it is. What an extension transforms is encoded without the lock, by whoever has
// the right to encode: one at a time, because their order is the order of the wire, and others wait in the queue meanwhile. The transport,
// the application and the observer are called without the lock. How messages are encoded stands in SendQueue.Encoding.cs.

using System;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

/// <summary>The sending direction of one session: order, backpressure, and when what was encoded is written.</summary>
internal sealed partial class SendQueue
{
    private readonly WsSession _session;
    private readonly SendingHalf _half;
    private readonly Closing _closing;
    private readonly WsSessionOptions _options;
    private readonly Lock _gate = new();

    /// <summary>Whether a message was begun in fragments and not finished.</summary>
    private bool _isInFragments;

    /// <summary>Whose message that is, if it is written as a stream.</summary>
    private MessageSendStream? _openStream;

    internal SendQueue(
        WsSession session, WsTransport transport, SendingHalf half, Closing closing, WsSessionOptions options, CancellationToken aborted)
    {
        (_session, _half, _closing, _options) = (session, half, closing, options);
        _transformed = half.IsTransforming ? new PooledWriter(options.Pool) : null;
        Writer = new SessionWriter(session, this, transport, options, _gate, aborted);
    }

    private enum Outcome
    {
        Sent,
        Refused,
        Waits,
        Overflows,
        Transforms,

        /// <summary>The Close of the peer was read just now, and the session does not know yet.</summary>
        Overtaken,
    }

    internal SessionWriter Writer { get; }

    /// <summary>Whether frames depend on nothing but their payloads, and nobody wants to see them one by one.</summary>
    internal bool CanEncodeApart => !_half.IsTransforming && !_session.IsObserved;

    /// <summary>Whether there is something to write, as far as the thread that asks has encoded it.</summary>
    internal bool HasBatch => Writer.Batch.Count > 0;

    internal long BufferedBytes
    {
        get
        {
            lock (_gate)
                return Writer.Bytes + _waitingSize + _waitingPieces;
        }
    }

    private bool HasRoom =>
        Writer.Bytes < (_options.SendOverflow == SendOverflow.DropOldest
            ? Math.Min(DroppableBatch, _options.MaxSendBacklog)
            : _options.MaxSendBacklog)
        && Writer.Messages < _options.MaxSendBacklogMessages;

    /// <summary>Sends a message or a control frame, or lets it wait.</summary>
    internal ValueTask SendAsync(in Outgoing message, CancellationToken cancellationToken)
    {
        cancellationToken = _session.Meant(cancellationToken);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        TaskCompletionSource? lent = null;
        ValueTask waiting = default;
        bool writes = false;
        Outcome outcome;
        lock (_gate)
        {
            outcome = Judge(message);
            if (outcome == Outcome.Waits)
                waiting = Wait(message, cancellationToken);
            else if (outcome == Outcome.Sent && !TryEncode(message, !cancellationToken.CanBeCanceled, ref lent, out writes))
                outcome = Outcome.Overtaken;
        }

        switch (outcome)
        {
            case Outcome.Refused:
                return ValueTask.FromException(_closing.ToException());
            case Outcome.Overtaken:
                return RefuseAsync();
            case Outcome.Overflows:
                _session.Overflow();
                return ValueTask.FromException(_closing.ToException());
            case Outcome.Waits:
                Report();
                return waiting;
            case Outcome.Transforms:
                return TryTransform(message) ? default : RefuseAsync();
            default:
                Conclude(writes, message);
                return lent is null ? default : new ValueTask(lent.Task);
        }
    }

    /// <summary>Sends a message if it needs not wait.</summary>
    /// <returns>False where the session is closed or closing, or the message would have to wait.</returns>
    internal bool TrySend(in Outgoing message)
    {
        bool writes = false;
        TaskCompletionSource? lent = null;
        Outcome outcome;
        lock (_gate)
        {
            outcome = Judge(message);
            if (outcome == Outcome.Sent && !TryEncode(message, mayLend: false, ref lent, out writes))
                return false;
            else if (outcome == Outcome.Waits && _options.SendOverflow == SendOverflow.DropOldest)
                ReplaceOldest(message);
            else if (outcome == Outcome.Waits)
                return false;
        }

        if (outcome == Outcome.Overflows)
            _session.Overflow();
        else if (outcome == Outcome.Waits)
            Report();
        else if (outcome == Outcome.Transforms)
            return TryTransform(message);
        else if (outcome == Outcome.Sent)
            Conclude(writes, message);
        return outcome is Outcome.Sent or Outcome.Waits;
    }

    /// <summary>Adds frames that were encoded apart, whether there is room or not.</summary>
    /// <returns>False where the session is closed or closing.</returns>
    internal bool Commit(PooledWriter frames, int count)
    {
        bool writes;
        lock (_gate)
        {
            if (IsRefused(default))
                return false;
            if (_isInFragments || HasWaiting)
            {
                Enqueue(new WaitingSend(Outgoing.Frames(frames.Written, count).ToOwned(), null));
                frames.Release();
                return true;
            }

            Writer.Batch.TakeOver(frames);
            Writer.Count(count);
            writes = Writer.TryBegin();
        }

        if (writes)
            Writer.Write();
        return true;
    }

    /// <summary>Takes a message as accepted, for messages of a batch that cannot be encoded apart.</summary>
    /// <returns>False where the session is closed or closing.</returns>
    internal bool Accept(in Outgoing message)
    {
        lock (_gate)
        {
            if (IsRefused(message))
                return false;
            message.ThrowIfNoText();
            Enqueue(new WaitingSend(message.ToOwned(), null));
            return true;
        }
    }

    /// <summary>Completes when there is room.</summary>
    internal ValueTask RoomAsync(CancellationToken cancellationToken) =>
        SendAsync(Outgoing.Frames(default, 0), cancellationToken);

    /// <summary>Writes what is in the batch, if nobody does.</summary>
    internal void Flush()
    {
        bool writes;
        lock (_gate)
            writes = Writer.TryBegin();
        if (writes)
            Writer.Write();
    }

    /// <summary>After something was written: tells meters and the observer what was encoded then.</summary>
    internal void ShowEncoded()
    {
        if (Telemetry.CountsMessages)
            Report();
        if (_session.IsObserved)
            _session.ShowPosted();
    }

    /// <summary>Encodes what waits, as far as there is room, and writes it.</summary>
    internal void Drain()
    {
        lock (_gate)
            Refill();
        Flush();
    }

    /// <summary>The session takes no more messages: whoever still waits learns that it is too late.</summary>
    internal void Refuse()
    {
        lock (_gate)
            FailWaiting();
    }

    /// <summary>Completes when nobody encodes without the lock any more. The session is over, so nobody begins to.</summary>
    internal async ValueTask QuietAsync()
    {
        while (IsEncoding())
            await default(PoolTurn);

        bool IsEncoding()
        {
            lock (_gate)
                return _isEncoding;
        }
    }

    /// <summary>From now on nothing is written.</summary>
    internal void Break()
    {
        lock (_gate)
        {
            Writer.Break();
            FailWaiting();
        }
    }

    internal void ReleaseIdleMemory()
    {
        lock (_gate)
        {
            if (!_isEncoding)
                _half.ReleaseIdleMemory();
        }
    }

    /// <summary>Fails as a send on a closed session does, as soon as that is known.</summary>
    private async ValueTask RefuseAsync()
    {
        while (_closing.State == CloseState.Open && !_session.Reader.HoldsClose)
            await default(PoolTurn);
        throw _closing.ToException();
    }

    private void Conclude(bool writes, in Outgoing message)
    {
        if (Telemetry.CountsMessages && message.Kind != OutgoingKind.Control)
            Telemetry.Messages(WsDirection.Sent, message.Count, message.PayloadSize);
        ShowEncoded();
        if (writes)
            Writer.Write();
    }

    /// <summary>Called with the lock held, when there may be room again.</summary>
    internal void Refill()
    {
        if (_isEncoding)
            return;
        if (_waitingPong is { } pong)
            EncodePong(pong);
        _isFilledByStream &= !HasRoom;
        if (HasWaiting && !_isHalf)
            EncodeWaiting();
    }
}
