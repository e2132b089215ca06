// Reading belongs to a turn. Whoever has it, the loop or the receiver, alone touches the receiving half of the connection, without a lock:
//
//   loop:      reads the transport; parses. The first message goes to a receiver that waits, and with it the turn: the receiver runs
//              inside the loop's call, on its thread, and takes one message after the other out of the connection's buffer. When it waits
//              again, the turn is back, and the loop reads on. So nothing is queued, copied or woken on another thread where a receiver is
//              there to take. While nobody receives, the loop answers Pings, sees the Close, and stores messages in the inbox, until that
//              is full.
//   receiver:  has the turn from a message that was handed to it until it waits for more. It is Inside during a call, and Outside while the
//              application works. One that stays away (TurnSweep), or closes, loses the turn to the loop; its view keeps the array.
//
// The lock guards who has the turn, who waits, and the inbox. Nothing is parsed, and nobody is called, while it is held. This file is the
// receiver's side, SessionReader.Loop.cs the loop's; in SessionReader.Turn.cs the turn changes hands without the receiver, and the Close
// waits.

using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

/// <summary>The receiving direction of one session: the turn, the loop that reads the transport, and what arrived.</summary>
internal sealed partial class SessionReader
{
    private const int Loop = 0;
    private const int Outside = 1;
    private const int Inside = 2;

    private readonly WsSession _session;
    private readonly WsTransport _transport;
    private readonly FrameParser _parser;
    private readonly CancellationToken _aborted;
    private readonly TurnSweep _sweep;
    private readonly Inbox _inbox;
    private readonly Lock _gate = new();

    /// <summary>A receive that waits.</summary>
    private readonly Signal _receiver;

    /// <summary>The loop, where it waits for its turn or for room in the inbox.</summary>
    private readonly Signal _loop;

    /// <summary>Who has the turn. From Loop and to Loop it changes under the lock.</summary>
    private int _holder;

    /// <summary>Whether the receiver has used up its time, and others are to run before it goes on.</summary>
    private bool _yields;

    /// <summary>Whether the receiver that has the turn looked and found nothing.</summary>
    private bool _foundNothing;

    /// <summary>The next message, where it was read before it was asked for.</summary>
    private ReceivedFrame _next;
    private bool _hasNext;
    private bool _inputEnded;

    /// <summary>
    /// Whether the receiver has taken a message that it may still answer: it has since neither waited for more, nor looked twice in vain,
    /// nor stayed away.
    /// </summary>
    private bool _isAtWork;

    /// <summary>What <see cref="TurnSweep"/> saw at its last look.</summary>
    private int _seenVersion;

    /// <summary>The peer's Close, while messages that came before it wait to be received.</summary>
    private CloseConnection? _heldClose;

    /// <summary>The time of a receiver that takes what is stored, without the turn.</summary>
    private TurnBudget _stored;

    internal SessionReader(
        WsSession session, WsTransport transport, ReceivingHalf half, WsSessionOptions options, CancellationToken aborted)
    {
        _session = session;
        _transport = transport;
        _parser = new FrameParser(session, this, half, options.TimeProvider);
        _aborted = aborted;
        _sweep = TurnSweep.Of(options.TimeProvider);
        _inbox = new Inbox(options.MaxReceiveBacklog);
        _receiver = new Signal(_gate);
        _loop = new Signal(_gate);
        _stored = new TurnBudget(options.TimeProvider);
        _stored.Reset();
    }

    /// <summary>What was handed out last.</summary>
    internal ReceivedView View { get; } = new();

    /// <summary>For <see cref="TurnSweep"/>, which guards it.</summary>
    internal bool IsWatched { get; set; }

    /// <summary>Whether what was taken last is a piece of a message that has more. Of the receiver.</summary>
    internal bool IsWithinMessage { get; private set; }

    /// <summary>Whether the transport is not read because too many messages wait to be received.</summary>
    internal bool IsPaused => Volatile.Read(ref _isPaused);

    /// <summary>Whether the silence is our own: nobody reads.</summary>
    internal bool IsSilent => IsPaused || Volatile.Read(ref _holder) != Loop;

    /// <summary>Whether the peer's Close waits for messages to be received.</summary>
    internal bool HoldsClose => Volatile.Read(ref _heldClose) is not null;

    /// <summary>
    /// Whether the caller is the receiver, inside the loop, with more messages at hand: then it will soon send more, or come back.
    /// </summary>
    internal bool IsCalledByBusyReceiver => _inlineThread == Environment.CurrentManagedThreadId && _parser.HasMore;

    /// <summary>Takes the next message for the receiver, if one is at hand and it has not used up its time.</summary>
    /// <exception cref="InvalidOperationException">Another receive is waiting.</exception>
    internal bool TryReceive(out ReceivedMessage message)
    {
        bool found = TryTake(out ReceivedFrame frame, out bool hasTurn);
        message = found ? View.Show(frame) : default;
        if (hasTurn)
            Leave(found);
        return found;
    }

    /// <summary>Does the same with data that lasts.</summary>
    /// <exception cref="InvalidOperationException">Another receive is waiting.</exception>
    internal bool TryReceive([NotNullWhen(true)] out Message? message)
    {
        bool found = TryTake(out ReceivedFrame frame, out bool hasTurn);
        message = found ? frame.ToMessage() : null;
        if (hasTurn)
            Leave(found);
        return found;
    }

    /// <summary>Waits until a message is at hand, or none will come any more.</summary>
    /// <exception cref="InvalidOperationException">Another receive is waiting.</exception>
    internal ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        View.Expire();
        cancellationToken = _session.Meant(cancellationToken);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<bool>(cancellationToken);
        _isAtWork = false;
        if (!TryEnter() && !TryEnterOrWait(cancellationToken, out ValueTask<bool> waiting))
        {
            TakeCloseIfDue();
            return waiting;
        }

        _foundNothing = false;
        bool found = TryFindNext();
        bool isSpent = _parser.Budget.IsSpent;
        if (found && !isSpent)
        {
            Volatile.Write(ref _holder, Outside);
            return new ValueTask<bool>(true);
        }

        bool resumes;
        lock (_gate)
        {
            if (_receiver.IsInUse)
            {
                // Its turn was taken here before it went on.
                Volatile.Write(ref _holder, Outside);
                throw AnotherWaits();
            }

            _yields = isSpent;
            _holder = Loop;
            waiting = _receiver.WaitAsync(cancellationToken);
            resumes = _loop.TryClaim();
        }

        TakeCloseIfDue();
        if (resumes)
            _loop.Complete(true, here: true);
        return waiting;
    }

    private bool TryEnter() => Interlocked.CompareExchange(ref _holder, Inside, Outside) == Outside;

    /// <param name="frame">Valid until the turn is left.</param>
    /// <param name="hasTurn">Whether the turn is to be left then.</param>
    private bool TryTake(out ReceivedFrame frame, out bool hasTurn)
    {
        View.Expire();
        hasTurn = TryEnter();
        if (!hasTurn && !TryEnterWherePaused(out frame, out bool taken))
        {
            TakeCloseIfDue();
            return taken;
        }

        hasTurn = true;
        bool found = TryFindNext();
        NoteTaken(found, _next);
        frame = found ? _next : default;
        _hasNext = false;
        return found;
    }

    private void NoteTaken(bool found, in ReceivedFrame frame)
    {
        _isAtWork = found || (_isAtWork && !_foundNothing);
        if (found)
            IsWithinMessage = !frame.MessageFinished;
    }

    /// <summary>A receiver that looks and finds nothing is expected to wait; one that looks again does not, so the loop goes on.</summary>
    private void Leave(bool found)
    {
        bool givesBack = !found && _foundNothing;
        _foundNothing = !found;
        if (givesBack)
            GiveBack();
        else
            Volatile.Write(ref _holder, Outside);
        TakeCloseIfDue();
    }

    private bool TryFindNext()
    {
        if (_parser.Budget.Look())
            _session.Flush();
        _hasNext = _hasNext || (!_parser.Budget.IsSpent && _parser.TryRead(out _next));
        return _hasNext;
    }

    /// <summary>Takes a message that is stored. Where all were taken while the loop pauses, the receiver has the turn.</summary>
    private bool TryEnterWherePaused(out ReceivedFrame frame, out bool taken)
    {
        bool looksAfter;
        _stored.Look();
        lock (_gate)
        {
            ThrowIfReceiving();
            frame = default;
            taken = !_stored.IsSpent && _inbox.TryTake(out frame);
            if (taken)
                _stored.Count(frame.Payload.Length);
            if (_inbox.IsEmpty && !taken && _isPaused)
            {
                TakeFromPausedLoop();
                return true;
            }

            NoteTaken(taken, frame);
            _foundNothing = !taken;
            looksAfter = (_isPaused && !_inbox.IsFull) || (taken && _inbox.IsEmpty && !_hasEnded);
        }

        if (looksAfter)
            Watch();
        return false;
    }

    private bool TryEnterOrWait(CancellationToken cancellationToken, out ValueTask<bool> waiting)
    {
        bool yields = false;
        lock (_gate)
        {
            ThrowIfReceiving();
            waiting = default;
            if (_inbox.IsEmpty && _isPaused)
            {
                TakeFromPausedLoop();
                return true;
            }

            yields = !_inbox.IsEmpty && _stored.IsSpent;
            if (!_inbox.IsEmpty && !yields)
                waiting = new ValueTask<bool>(true);
            else if (yields || !_inputEnded)
                waiting = _receiver.WaitAsync(cancellationToken);
        }

        if (!yields)
            return false;
        _stored.Reset();
        ThreadPool.UnsafeQueueUserWorkItem(static reader => reader.GoOnWithStored(), this, preferLocal: false);
        return false;
    }

    /// <summary>The loop waits on, as it does for a receiver that has the turn.</summary>
    private void TakeFromPausedLoop()
    {
        _isPaused = false;
        _holder = Inside;
        _parser.Budget.Reset();
    }

    private void ThrowIfReceiving()
    {
        if (_receiver.IsInUse || _holder == Inside)
            throw AnotherWaits();
    }

    private static InvalidOperationException AnotherWaits() => new("Another receive is waiting; one at a time, please.");
}
