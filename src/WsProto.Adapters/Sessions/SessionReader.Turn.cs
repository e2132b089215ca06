// How the turn changes hands without the receiver (see SessionReader.cs), and the Close that waits for messages to be received.

using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

internal sealed partial class SessionReader
{
    /// <summary>Whether the application may still answer a message that came before the Close. Read under the lock.</summary>
    private bool MayStillAnswer => (_isAtWork || !_inbox.IsEmpty) && !_session.AnswersCloseAtOnce;

    /// <summary>
    /// Takes the turn from a receiver that is away, for the loop. A view that it may still look at keeps its array; what it has not taken
    /// is stored.
    /// </summary>
    /// <returns>False if a receive is running just now.</returns>
    internal bool TryReclaim()
    {
        bool restarts;
        bool resumes = false;
        lock (_gate)
        {
            if (_holder == Loop && !_isInline)
                return true;
            if (_holder != Loop && Interlocked.CompareExchange(ref _holder, Loop, Outside) != Outside)
                return false;
            if (View.IsLent)
            {
                _parser.Half.LeaveBuffer();
                View.Keep();
            }

            restarts = _isInline;
            _isInline = false;
            _inlineThread = 0;
            if (restarts)
                _generation++;
            else
                resumes = _loop.TryClaim();
        }

        if (restarts)
            Restart();
        else if (resumes)
            _loop.Complete(true, here: false);
        return true;
    }

    /// <summary>Takes the turn as <see cref="TryReclaim"/> does, after a receive that is running.</summary>
    internal async ValueTask ReclaimAsync()
    {
        while (!TryReclaim())
            await default(PoolTurn);
    }

    /// <summary>Lets the loop go on that has paused: what comes from now on is dropped where there is no room.</summary>
    internal void Resume()
    {
        lock (_gate)
        {
            if (!_isPaused || !_loop.TryClaim())
                return;
            _isPaused = false;
        }

        _loop.Complete(true, here: false);
    }

    /// <summary>
    /// For <see cref="TurnSweep"/>: goes on without a receiver that has not come back since the last look. The turn is the loop's then, and
    /// a Close is answered.
    /// </summary>
    /// <returns>Whether to look again.</returns>
    internal bool Look()
    {
        bool hasRoom;
        int version;
        lock (_gate)
        {
            hasRoom = _isPaused && !_inbox.IsFull;
            if (!hasRoom && !_isAtWork && _holder == Loop && !_isInline)
                return false;
            version = View.Version;
            if (version != _seenVersion)
            {
                _seenVersion = version;
                return true;
            }
        }

        if (hasRoom)
            Resume();
        else if (!TryReclaim())
            return true;
        lock (_gate)
        {
            // It may have come back just now.
            if (version != View.Version)
                return true;
            _isAtWork = false;
        }

        // Nothing is called under the lock of the sweep.
        if (HoldsClose)
            ThreadPool.UnsafeQueueUserWorkItem(static reader => reader.TakeCloseIfDue(), this, preferLocal: false);
        return false;
    }

    /// <summary>
    /// The Close was read, or what stands for it. It waits while messages that came before are stored, and while the receiver is at work on
    /// the last one.
    /// </summary>
    internal void ReceiveClose(CloseConnection close)
    {
        bool waits;
        lock (_gate)
            waits = MayStillAnswer;
        if (!waits || !_session.DefersClose(close))
        {
            _session.ReceiveClose(close);
            return;
        }

        lock (_gate)
            _heldClose = close;
        Watch();
        // The receiver may have taken the last message meanwhile, and waits.
        TakeCloseIfDue();
    }

    /// <summary>Lets the session have the Close that waited, if there is one.</summary>
    internal void TakeClose()
    {
        CloseConnection? close;
        lock (_gate)
        {
            close = _heldClose;
            _heldClose = null;
        }

        if (close is null)
            return;
        _session.ReceiveClose(close);
        // The loop may wait for the transport by now. Nobody else would tell a receiver that waits.
        EndInput();
    }

    private void TakeCloseIfDue()
    {
        if (!HoldsClose)
            return;
        lock (_gate)
        {
            if (MayStillAnswer)
                return;
        }

        TakeClose();
    }

    private void GiveBack()
    {
        bool resumes;
        lock (_gate)
        {
            _holder = Loop;
            resumes = _loop.TryClaim();
        }

        if (resumes)
            _loop.Complete(true, here: false);
    }

    /// <summary>Lets a receiver go on that takes what is stored, after others have run.</summary>
    private void GoOnWithStored()
    {
        lock (_gate)
        {
            if (_inbox.IsEmpty || !_receiver.TryClaim())
                return;
        }

        _receiver.Complete(true, here: true);
    }

    private void Watch()
    {
        if (!IsWatched)
            _sweep.Watch(this);
    }
}
