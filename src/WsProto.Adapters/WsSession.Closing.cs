using System;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Sessions;

namespace WsProto.Adapters;

public sealed partial class WsSession
{
    /// <summary>
    /// How long the end of TCP is waited for once both Closes are through: a round trip, and not the time that a peer may take to answer.
    /// </summary>
    private static readonly TimeSpan _endOfTransport = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a read that heeds neither its token nor the disposal of its transport is waited for, in the time of the system.
    /// </summary>
    private static readonly TimeSpan _endOfRead = TimeSpan.FromMilliseconds(250);

    private readonly Closing _closing = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly CancellationToken _aborted;
    private readonly TaskCompletionSource<WsCloseResult> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ending = new();
    private TaskCompletionSource? _peerClosed;
    private CloseConnection? _peerClose;

    /// <summary>
    /// Why the session ends, where the peer has said so and the application may still answer what came before; null elsewhere.
    /// </summary>
    private WsCloseCause? _deferred;

    /// <summary>What answers the violation that was read, whoever closes then (RFC 6455 §7.1.7); null elsewhere.</summary>
    private CloseConnection? _failure;

    /// <summary>Whether our Close is out and the application still wants what comes before the peer's.</summary>
    private bool _receivesOn;

    private bool _answersCloseAtOnce;

    /// <summary>
    /// How the session was closed. Null until that is known: until both Closes have been exchanged, or it is clear that they never will be.
    /// It is set before a receive reports the end, and does not change.
    /// </summary>
    public WsCloseResult? CloseResult => _closing.Result;

    /// <summary>
    /// Cancelled as soon as it is known that the session ends: the peer's Close was read, a Close is to be sent, or the transport is lost.
    /// It may be cancelled while earlier messages still wait to be received. Use it to stop work that makes no sense without a peer.
    /// </summary>
    public CancellationToken Ending { get; }

    /// <summary>
    /// A task that completes when the session has ended: both directions are closed, and the transport is disposed of. It never fails.
    /// </summary>
    public Task<WsCloseResult> Completion => _ended.Task;

    /// <summary>
    /// Closes the session: sends the messages that were accepted and a Close, waits for the peer's Close, and closes the transport, the
    /// server first (RFC 6455 §7.1.1). All of this takes at most <see cref="WsSessionOptions.CloseTimeout"/>, of which waiting for the end
    /// of the transport takes at most 2 seconds. Then the transport is closed anyway.
    /// </summary>
    /// <param name="code">
    /// Why; 1000-1003, 1007-1014 (1010 from a client only), 3000-4999, or <see cref="CloseCode.NoStatusReceived"/> for none.
    /// </param>
    /// <param name="reason">The reason in words; at most 123 bytes of UTF-8 are sent, and the rest is cut off.</param>
    /// <param name="cancellationToken">
    /// Stops waiting. The session goes on closing. The token of a route's handler does so only when the host stops.
    /// </param>
    /// <returns>How it was closed. If it is already closed or closing, the call waits for that end and ignores its arguments.</returns>
    /// <remarks>
    /// Messages that still arrive can be received afterwards, as many as <see cref="WsSessionOptions.MaxReceiveBacklog"/> allows; others
    /// are dropped.
    /// </remarks>
    /// <exception cref="ArgumentException">The code or the reason cannot be sent. Nothing was done.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<WsCloseResult> CloseAsync(
        CloseCode code = CloseCode.NormalClosure, string? reason = null, CancellationToken cancellationToken = default)
    {
        cancellationToken = Meant(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (!TryClose(new CloseConnection(code, reason), WsCloseCause.Local))
            EndReceiving();
        return await _ended.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the session at once, without a Close and without waiting. Messages that have arrived can still be received.</summary>
    public void Abort() => GiveUp(WsCloseCause.Local);

    /// <summary>
    /// Closes the session with <see cref="CloseCode.NormalClosure"/> if it is open, and waits until it has ended, at most
    /// <see cref="WsSessionOptions.CloseTimeout"/>. It never throws. Messages that have arrived can still be received.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (!TryClose(new CloseConnection(CloseCode.NormalClosure), WsCloseCause.Local))
            EndReceiving();
        await _ended.Task.ConfigureAwait(false);
    }

    /// <summary>Whether messages that arrive are wanted, and reading pauses where too many wait; otherwise those are dropped.</summary>
    internal bool WantsMessages => _receivesOn ? !_closing.IsOver : _closing.Cause is null;

    /// <summary>Whether the peer's Close is answered while messages that came before it wait to be received.</summary>
    internal bool AnswersCloseAtOnce => Volatile.Read(ref _answersCloseAtOnce);

    /// <summary>Whether the application may know that no more messages will come.</summary>
    internal bool IsInputOver => _closing.IsOver || (ClosesByHand && _closing.State is CloseState.Received or CloseState.Answering);

    internal WsClosedException NewClosedException() => _closing.ToException();

    /// <summary>From now on the peer's Close waits for no receiver: answers to messages that came before go another way.</summary>
    internal void AnswerCloseAtOnce()
    {
        Volatile.Write(ref _answersCloseAtOnce, true);
        Reader.TakeClose();
    }

    /// <summary>Sends a Close; false if there is none to send any more.</summary>
    internal bool TryClose(CloseConnection close, WsCloseCause cause) =>
        FinishClose(SendQueue.Close(_failure ?? close, _deferred ?? cause));

    /// <summary>After a Close was queued: tells of it, and writes it.</summary>
    /// <returns>False if there was none to send any more.</returns>
    private bool FinishClose((CloseState From, CloseState To) move)
    {
        if (move.From == move.To)
            return false;
        // The time runs before anybody can see the Close.
        AfterMove(move.From, move.To);
        SendQueue.ShowEncoded();
        SendQueue.Flush();
        Reader.TakeClose();
        Reclaim();
        return true;
    }

    /// <summary>
    /// A Close or a violation was read while messages that came before wait to be received: what the application answers to them goes out
    /// before our Close (RFC 6455 §5.5.1 lets it wait), within <see cref="WsSessionOptions.CloseTimeout"/>. Where an extension transforms
    /// messages the core sends none any more, so nothing is waited for.
    /// </summary>
    /// <returns>Whether it waits; then <see cref="ReceiveClose"/> follows.</returns>
    internal bool DefersClose(CloseConnection close)
    {
        bool defers = close.Code != CloseCode.AbnormalClosure
            && !ClosesByHand
            && _connection.Extensions.Count == 0
            && _closing.State == CloseState.Open;
        if (defers)
        {
            _deferred = close.Error is null ? WsCloseCause.Peer : WsCloseCause.ProtocolError;
            NoteFailure(close);
            StartCloseTimer();
            NoteEnding();
        }

        return defers;
    }

    /// <summary>A Close was read, a violation of the protocol (which has an error), or an end without a Close (1006).</summary>
    internal void ReceiveClose(CloseConnection close)
    {
        bool isEnd = close.Code == CloseCode.AbnormalClosure && close.Error is null;
        WsCloseCause cause = close.Error is not null ? WsCloseCause.ProtocolError : isEnd ? WsCloseCause.Lost : WsCloseCause.Peer;
        _peerClose ??= close;
        NoteFailure(close);
        if (close.Exception is { } exception)
            _closing.Note(exception);
        CloseTrigger trigger = isEnd ? CloseTrigger.ReceiveEnd : CloseTrigger.ReceiveClose;
        (CloseState from, CloseState to) = _closing.Move(trigger, cause, isEnd ? null : close);
        // The answer is queued before anybody is told, who would close with a code of his own where he ends because of it.
        bool answers = _closing.State == CloseState.Received && (!ClosesByHand || close.Error is not null);
        (CloseState From, CloseState To) answer = answers ? SendQueue.Close(_failure ?? close.Response(), _deferred ?? cause) : default;
        if (from != to)
            AfterMove(from, to);
        Volatile.Read(ref _peerClosed)?.TrySetResult();
        FinishClose(answer);
    }

    /// <summary>Before anybody is told: the application may close as soon as it is, and its code would hide what the peer did.</summary>
    private void NoteFailure(CloseConnection close)
    {
        if (close.Error is not null)
            _failure ??= close.Response();
    }

    /// <summary>The peer takes messages more slowly than they are sent, and the options say that this ends the session.</summary>
    internal void Overflow() =>
        TryClose(new CloseConnection(CloseCode.PolicyViolation, "Too much waits to be sent."), WsCloseCause.Overflow);

    /// <summary>The transport takes nothing of what is written.</summary>
    internal void Stall() => GiveUp(WsCloseCause.Stalled);

    /// <summary>The peer answers no Ping.</summary>
    internal void GiveUpPeer()
    {
        if (_closing.State != CloseState.Open)
            return;
        TryClose(new CloseConnection(CloseCode.InternalError, "No answer to a Ping."), WsCloseCause.KeepAlive);
        GiveUp(WsCloseCause.KeepAlive);
    }

    /// <summary>The time for closing is over.</summary>
    internal void EndClosing()
    {
        Reader.TakeClose();
        GiveUp(WsCloseCause.Lost);
    }

    /// <summary>What the application's or an extension's code threw ends the session.</summary>
    internal void Break(Exception exception) => GiveUp(WsCloseCause.Local, exception);

    /// <summary>The transport's reading failed.</summary>
    internal void NoteLoss(Exception exception)
    {
        if (!_aborted.IsCancellationRequested)
            _closing.Note(exception);
    }

    internal void FailWriting(Exception exception)
    {
        if (!_aborted.IsCancellationRequested)
            _closing.Note(exception);
        Move(CloseTrigger.FailWriting);
    }

    /// <summary>A batch was written.</summary>
    /// <param name="close">Whether our Close was in it.</param>
    internal void NoteWritten(bool close)
    {
        SendQueue.ShowEncoded();
        if (close)
            Move(CloseTrigger.WriteClose);
    }

    private void GiveUp(WsCloseCause cause, Exception? exception = null)
    {
        _transport.Abandon();
        (CloseState from, CloseState to) = _closing.Move(CloseTrigger.GiveUp, cause, exception: exception);
        SendQueue.Break();
        if (from != to)
            AfterMove(from, to);
        CancelTransport();
        Reclaim();
    }

    private void Move(CloseTrigger trigger, WsCloseCause? cause = null, CloseConnection? peer = null)
    {
        (CloseState from, CloseState to) = _closing.Move(trigger, cause, peer);
        if (from != to)
            AfterMove(from, to);
    }

    /// <summary>What follows from a move, in whatever state it led to. No lock is held.</summary>
    private void AfterMove(CloseState from, CloseState to)
    {
        if (from == CloseState.Open)
            SendQueue.Refuse();
        NoteEnding();
        if (to is not (CloseState.Queued or CloseState.Sent))
            Liveness.Pings.Fail(_closing.ToException());
        // Who closes by hand, or receives on, has the time that it wants.
        bool waits = to == CloseState.Received
            ? ClosesByHand && _peerClose?.Error is null
            : _receivesOn && to is CloseState.Queued or CloseState.Sent;
        if (!waits)
            StartCloseTimer();
        if (to != CloseState.Over)
            return;
        Liveness.StartClosing(_endOfTransport);
        Volatile.Read(ref _peerClosed)?.TrySetResult();
        Reader.EndInput();
        Reader.Resume();
        ThreadPool.UnsafeQueueUserWorkItem(static session => _ = session.TearDownAsync(), this, preferLocal: false);
    }

    private void StartCloseTimer() => Liveness.StartClosing(_options.CloseTimeout);

    /// <summary>The loop goes on without a receiver that has the turn.</summary>
    private void Reclaim()
    {
        Reader.Resume();
        if (!Reader.TryReclaim())
            _ = Reader.ReclaimAsync().AsTask();
    }
}
