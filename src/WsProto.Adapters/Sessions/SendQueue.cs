// What is sent goes through one lock into the writer's batch, in the order of acceptance, as whole frames:
//
//   SendAsync ──▶ encoded at once into the batch, where nothing stands in the way
//           └───▶ waits (SendQueue.Waiting.cs): for room, for the end of a message in fragments, for an encoder that takes long
//   Ping of the peer ──▶ Pong, at once or the newest later;   Close ──▶ behind all that was accepted
//
// The lock is held while a message is encoded that goes as it is. What an extension transforms is encoded without the lock, by whoever has the
// right to encode: one at a time, because their order is the order of the wire, and others wait in the queue meanwhile. The transport, the
// application and the observer are called without the lock.

using System;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

/// <summary>The sending direction of one session: order, backpressure, and when what was encoded is written.</summary>
internal sealed partial class SendQueue
{
    /// <summary>As long as the receiver has more messages at hand, what it sends waits for company up to this many bytes.</summary>
    private const int WorthWriting = 32 * 1024;

    /// <summary>How many bytes may wait for the transport before only the newest Ping is answered.</summary>
    private const int PongRoom = 4 * 1024;

    /// <summary>How far control frames may go beyond the backlog.</summary>
    private const int ControlRoom = 4 * 1024;

    /// <summary>From how many bytes on a payload is written from where it lies, where the core lets it be: then the sender waits until it is written. Below that a copy costs less than a write for the header alone.</summary>
    private const int ZeroCopyThreshold = 256 * 1024;

    private readonly WsSession _session;
    private readonly SendingHalf _half;
    private readonly Closing _closing;
    private readonly WsSessionOptions _options;
    private readonly Lock _gate = new();
    private readonly PooledWriter _transformed;

    /// <summary>Whether a message was begun in fragments and not finished.</summary>
    private bool _isInFragments;

    /// <summary>Whose message that is, if it is written as a stream.</summary>
    private MessageSendStream? _openStream;

    /// <summary>Whether somebody encodes without the lock.</summary>
    private bool _isEncoding;

    /// <summary>Whether a frame failed half way, so that nothing can follow it.</summary>
    private bool _isHalf;

    /// <summary>The Close that waits for an encoder.</summary>
    private CloseConnection? _waitingClose;

    /// <summary>What the newest Ping asks for, while there is no room for the answer; null for none.</summary>
    private byte[]? _waitingPong;

    internal SendQueue(WsSession session, WsTransport transport, SendingHalf half, Closing closing, WsSessionOptions options, CancellationToken aborted)
    {
        (_session, _half, _closing, _options) = (session, half, closing, options);
        _transformed = new PooledWriter(options.Pool);
        Writer = new SessionWriter(session, transport, options, _gate, aborted) { Refill = Refill };
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
        Writer.Bytes < (_options.SendOverflow == SendOverflow.DropOldest ? Math.Min(DroppableBatch, _options.MaxSendBacklog) : _options.MaxSendBacklog)
        && Writer.Messages < _options.MaxSendBacklogMessages;

    /// <summary>Sends a message or a control frame, or lets it wait.</summary>
    internal ValueTask SendAsync(in Outgoing message, CancellationToken cancellationToken)
    {
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

    /// <summary>Answers a Ping (RFC 6455 §5.5.2). A peer that does not read gets the answer "for only the most recently processed Ping frame" (§5.5.3).</summary>
    internal void Answer(ReadOnlySpan<byte> payload)
    {
        lock (_gate)
        {
            if (!_isEncoding && Writer.Bytes < PongRoom)
                EncodePong(payload);
            else
                _waitingPong = payload.ToArray();
        }
    }

    /// <summary>Sends a Ping of our own, unless the peer takes nothing as it is: then one more would not reach it either.</summary>
    internal void SendKeepAlive(Ping ping, TimeSpan now)
    {
        bool writes;
        lock (_gate)
        {
            TaskCompletionSource? lent = null;
            if (_closing.State != CloseState.Open || Judge(Outgoing.Of(ping)) != Outcome.Sent)
                return;
            if (!TryEncode(Outgoing.Of(ping), mayLend: false, ref lent, out writes))
                return;
            _session.Liveness.Pings.NoteKeepAlive(ping, now);
        }

        ShowEncoded();
        if (writes)
            Writer.Write();
    }

    /// <summary>Encodes a Close, behind all that was accepted. <see cref="Flush"/> has to follow.</summary>
    /// <returns>The move that it makes; from and to the same state if there is none to send any more.</returns>
    /// <exception cref="ArgumentException">The code or the reason cannot be sent. Nothing was done.</exception>
    internal (CloseState From, CloseState To) Close(CloseConnection close, WsCloseCause cause)
    {
        (CloseState From, CloseState To) move;
        lock (_gate)
        {
            CloseState state = _closing.State;
            if (CloseHandshake.Next(state, CloseTrigger.QueueClose) is null || Writer.IsBroken || _isHalf)
                return (state, state);
            if (_isEncoding)
                ThrowIfNotSendable(close);
            else if (!TryEncodeClose(close))
                return (state, state);
            _waitingClose = _isEncoding ? close : null;
            move = _closing.Move(CloseTrigger.QueueClose, cause);
            FailWaiting();
        }

        return move;
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

    private bool IsRefused(in Outgoing message)
    {
        CloseState state = _closing.State;
        if (state == CloseState.Open && !_isHalf && !Writer.IsBroken)
            return false;
        // "An endpoint MAY delay sending a Close frame until its current message is sent" (RFC 6455 §5.5.1), if it closes by hand.
        return !(_session.ClosesByHand && state == CloseState.Received && message.Event is { } e && !_isHalf && !Writer.IsBroken && _half.CanSend(e));
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

    /// <summary>Whether nothing stands in the way: an encoder, a message that is open, others that wait, too much for the transport.</summary>
    private bool MayGo(in Outgoing message) => !_isEncoding && message.Kind switch
    {
        OutgoingKind.Control => Writer.Bytes < _options.MaxSendBacklog + ControlRoom,
        OutgoingKind.Piece when Continues(message) => HasRoom && NextWaiting()?.Value.Message.Kind != OutgoingKind.Piece,
        _ => HasRoom && !_isInFragments && !HasWaiting,
    };

    /// <summary>Whether it goes on with the message that is open.</summary>
    private bool Continues(in Outgoing message) => _isInFragments && message.Continues(_openStream);

    /// <summary>
    /// Only a sender that would wait anyway lends its memory, as it waits until all is written; and only where it can be written at once, right after its header.
    /// </summary>
    private bool MayBeLent(in Outgoing message) =>
        message.IsBytes && message.Size >= ZeroCopyThreshold && !Writer.IsWriting && _options.SendOverflow == SendOverflow.Wait && _half.CanSendFrameHeader;

    /// <summary>Encodes the header alone.</summary>
    private bool Lend(in Outgoing message, out TaskCompletionSource lent)
    {
        lent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _half.SendFrameHeader(Opcode.Binary, message.Size, Writer.Batch);
        Note(message);
        Writer.Lend(message.Data, lent);
        return Writer.TryBegin();
    }

    /// <summary>Encodes a message, or the header alone of one that is lent.</summary>
    /// <returns>False where the peer's Close was read just now.</returns>
    private bool TryEncode(in Outgoing message, bool mayLend, ref TaskCompletionSource? lent, out bool writes)
    {
        writes = false;
        try
        {
            if (mayLend && MayBeLent(message))
            {
                writes = Lend(message, out lent);
                return true;
            }

            Encode(message);
        }
        catch (LocalProtocolException) when (_half.IsClosing)
        {
            return false;
        }

        if (HasWaiting)
            EncodeWaiting();
        writes = ShouldWrite() && Writer.TryBegin();
        return true;
    }

    /// <summary>Fails as a send on a closed session does, as soon as that is known.</summary>
    private async ValueTask RefuseAsync()
    {
        while (_closing.State == CloseState.Open && !_session.Reader.HoldsClose)
            await default(PoolTurn);
        throw _closing.ToException();
    }

    /// <summary>
    /// Whether the caller is to write. The receiver that has more messages at hand will soon send more, so its bytes wait until it has none, or waits for
    /// something, and the loop that it runs in goes on.
    /// </summary>
    private bool ShouldWrite() => !_session.Reader.IsCalledByBusyReceiver || Writer.Batch.Count >= WorthWriting || !HasRoom;

    private void Encode(in Outgoing message)
    {
        int start = Writer.Batch.Count;
        try
        {
            _half.Send(message, _isInFragments, Writer.Batch);
        }
        catch (Exception e) when (NoteFailure(e, start))
        {
            throw;
        }

        Note(message);
    }

    /// <summary>A frame that failed half way is taken back; what the core knows of it cannot be, so nothing follows it.</summary>
    /// <returns>False: nothing is caught.</returns>
    private bool NoteFailure(Exception e, int start)
    {
        if (Writer.Batch.Count == start)
            return false;
        Writer.Batch.Truncate(start);
        BreakBy(e);
        return false;
    }

    private void BreakBy(Exception e)
    {
        _isHalf = true;
        ThreadPool.UnsafeQueueUserWorkItem(static broken => broken.Session.Break(broken.Fault), (Session: _session, Fault: e), preferLocal: false);
    }

    /// <summary>After a message was encoded.</summary>
    private void Note(in Outgoing message)
    {
        if (message.Kind != OutgoingKind.Control)
            (_isInFragments, _openStream) = (message.LeavesOpen, message.LeavesOpen ? message.Stream : null);
        else if (message.Event is Ping ping)
            _session.Liveness.NotePing(ping);
        Writer.Count(message.Count);
        if (_session.IsObserved)
            _session.Post(WsDirection.Sent, message.ToEvent());
    }

    private void Conclude(bool writes, in Outgoing message)
    {
        if (Telemetry.CountsMessages && message.Kind != OutgoingKind.Control)
            Telemetry.Messages(WsDirection.Sent, message.Count, message.PayloadSize);
        ShowEncoded();
        if (writes)
            Writer.Write();
    }

    private void EncodePong(ReadOnlySpan<byte> payload)
    {
        _waitingPong = null;
        // Still allowed after our own Close, "unless it already received a Close frame" (§5.5.2).
        if (Writer.IsBroken || _isHalf || _closing.State is not (CloseState.Open or CloseState.Queued or CloseState.Sent))
            return;
        try
        {
            _half.SendPong(payload, Writer.Batch);
        }
        catch (LocalProtocolException)
        {
            // The Close was read meanwhile.
            return;
        }

        if (_session.IsObserved)
            _session.Post(WsDirection.Sent, new Pong(payload.ToArray()));
    }

    private bool TryEncodeClose(CloseConnection close)
    {
        EncodeAccepted();
        try
        {
            _half.SendClose(close.Code, close.Reason, Writer.Batch);
        }
        catch (LocalProtocolException)
        {
            // The connection ended meanwhile.
            return false;
        }

        Writer.NoteClose();
        if (_session.IsObserved)
            _session.Post(WsDirection.Sent, close);
        return true;
    }

    private void ThrowIfNotSendable(CloseConnection close)
    {
        using WsConnection other = WsConnection.Established(_session.Role);
        other.Send(close);
    }

    /// <summary>Called with the lock held, when there may be room again.</summary>
    private void Refill()
    {
        if (_isEncoding)
            return;
        if (_waitingPong is { } pong)
            EncodePong(pong);
        if (HasWaiting && !_isHalf)
            EncodeWaiting();
    }
}
