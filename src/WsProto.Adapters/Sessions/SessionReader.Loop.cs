using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

internal sealed partial class SessionReader
{
    /// <summary>
    /// Whether this thread runs a receiver of some session inside a loop already, as where one session's receiver makes another's run.
    /// </summary>
    [ThreadStatic]
    private static bool _isLent;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Counts the loops: one whose thread a receiver keeps is replaced.</summary>
    private int _generation;

    /// <summary>Whether the loop is inside the receiver that it woke, and on which thread; 0 for none.</summary>
    private bool _isInline;
    private int _inlineThread;
    private bool _isPaused;

    /// <summary>Whether all that has arrived is parsed, and the loop waits for the transport.</summary>
    private bool _isReading;
    private bool _hasEnded;

    /// <summary>Completes when the loop has ended: nobody touches the transport's reading side, or the receiving half, any more.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>
    /// Begins to read. What came with the handshake is there when this returns; the rest is read on a thread of the pool, as a transport
    /// may always have more.
    /// </summary>
    internal void Start()
    {
        _parser.Budget.Reset();
        while (!_inbox.IsFull && _parser.TryRead(out ReceivedFrame frame))
            _inbox.Add(frame.ToOwned(), dropsIfFull: false);
        _session.Flush();
        _ = RunAsync(_generation);
    }

    /// <summary>Tells a receiver that waits that nothing more will come, where that is so.</summary>
    internal void EndInput()
    {
        if (!_session.IsInputOver)
            return;
        lock (_gate)
        {
            if (_holder != Loop || _isInline || !(_isReading || _hasEnded))
                return;
            _inputEnded = true;
            // One that lets others run before it goes on with what is stored is woken for that.
            if (!_inbox.IsEmpty || !_receiver.TryClaim())
                return;
        }

        _receiver.Complete(false, here: false);
    }

    private void Restart()
    {
        using (Flow.Suppress())
            _ = RunAsync(_generation);
    }

    /// <summary>Reads from the transport until its end, or until it fails, or until another loop goes on.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a transport throws is its loss.")]
    private async Task RunAsync(int generation)
    {
        await default(PoolTurn);
        _parser.Budget.Reset();
        _session.Flush();
        try
        {
            int count;
            do
            {
                if (!await DeliverAsync(generation).ConfigureAwait(false))
                    return;
                BeginReading();
                // Within a frame there may be a buffer already.
                if (!_parser.Half.HasBuffer)
                {
                    ValueTask waiting = _transport.WaitToReadAsync(_aborted);
                    NoteRead(waiting.IsCompleted);
                    await waiting.ConfigureAwait(false);
                }

                ValueTask<int> reading = _transport.ReadAsync(_parser.Half.LendBuffer(), _aborted);
                NoteRead(reading.IsCompleted);
                count = await reading.ConfigureAwait(false);
                _aborted.ThrowIfCancellationRequested();
                Volatile.Write(ref _isReading, false);
                _parser.Half.Advance(count);
                _session.NoteRead();
            }
            while (count > 0);
        }
        catch (Exception e)
        {
            _session.NoteLoss(e);
        }

        try
        {
            Volatile.Write(ref _isReading, false);
            _parser.Half.ReceiveEndOfStream();
            if (!await DeliverAsync(generation).ConfigureAwait(false))
                return;
        }
        catch (Exception e)
        {
            _session.Break(e);
        }

        lock (_gate)
            _hasEnded = true;
        EndInput();
        _ended.TrySetResult();
    }

    /// <summary>A read that has to wait lets others run anyway.</summary>
    private void NoteRead(bool isCompleted)
    {
        if (isCompleted)
            _parser.Budget.CountRead();
        else
            _parser.Budget.Reset();
    }

    /// <summary>Says that all that has arrived is parsed. Either whoever ends the session sees that, or the end is seen here.</summary>
    private void BeginReading()
    {
        Volatile.Write(ref _isReading, true);
        Interlocked.MemoryBarrier();
        EndInput();
    }

    /// <summary>Gives what has arrived to the receiver, or stores it, and writes what was sent meanwhile.</summary>
    /// <returns>False if another loop goes on.</returns>
    private async ValueTask<bool> DeliverAsync(int generation)
    {
        while (true)
        {
            if (_parser.Budget.Look())
                _session.Flush();
            if (_yields || _parser.Budget.IsSpent)
            {
                _yields = false;
                _session.Flush();
                await default(PoolTurn);
                _parser.Budget.Reset();
            }

            if (MustPause(out ValueTask<bool> waiting))
            {
                _session.Flush();
                await waiting.ConfigureAwait(false);
                continue;
            }

            if (!_hasNext && !_parser.TryRead(out _next))
                break;
            _hasNext = true;
            if (!TryHandOver(out bool here))
            {
                Store();
                continue;
            }

            if (here)
                RunReceiver();
            else
                _receiver.Complete(true, here: false);
            switch (TakeBack(generation, out waiting))
            {
                case Back.Elsewhere:
                    return false;
                case Back.Later:
                    _session.Flush();
                    Watch();
                    await waiting.ConfigureAwait(false);
                    break;
            }
        }

        if (_session.SendQueue.HasBatch)
            _session.Flush();
        return true;
    }

    /// <summary>Waits for room where too many messages are stored; in vain, if nobody receives.</summary>
    private bool MustPause(out ValueTask<bool> room)
    {
        room = default;
        // Others only take out of it.
        if (!_inbox.IsFull)
            return false;
        bool wants = _session.WantsMessages;
        lock (_gate)
        {
            _isPaused = wants && _inbox.IsFull && !_hasEnded;
            if (_isPaused)
                room = _loop.WaitAsync();
            return _isPaused;
        }
    }

    private void Store()
    {
        ReceivedFrame frame = _next.ToOwned();
        bool drops = !_session.WantsMessages;
        _hasNext = false;
        _next = default;
        lock (_gate)
        {
            _inbox.Add(frame, drops);
            if (_inbox.IsEmpty || !_receiver.TryClaim())
                return;
        }

        _receiver.Complete(true, here: false);
    }

    /// <summary>Gives the turn to a receiver that waits.</summary>
    private bool TryHandOver(out bool here)
    {
        here = !_isLent;
        lock (_gate)
        {
            // What is stored comes first, where a receiver lets others run before it goes on with that.
            if (!_inbox.IsEmpty || _inbox.IsDropping || !_receiver.TryClaim())
                return false;
            _foundNothing = false;
            _isInline = here;
            _inlineThread = here ? Environment.CurrentManagedThreadId : 0;
            _holder = Outside;
        }

        // One that blocks has to be found too.
        Watch();
        return true;
    }

    /// <summary>Runs the receiver on this thread until it waits for something.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "It is thrown again where nobody else is hit.")]
    private void RunReceiver()
    {
        ExecutionContext? own = ExecutionContext.Capture();
        _isLent = true;
        try
        {
            _receiver.Complete(true, here: true);
        }
        catch (Exception e)
        {
            // Of a continuation that is no task. Its thread would have ended the process, had it had one of its own.
            ThreadPool.UnsafeQueueUserWorkItem(static fault => fault.Throw(), ExceptionDispatchInfo.Capture(e), preferLocal: false);
        }

        _isLent = false;
        // A receiver that suppressed the flow of its context leaves what it set.
        if (own is not null)
            ExecutionContext.Restore(own);
    }

    /// <summary>After the receiver waits for something: for messages, or for something else.</summary>
    private Back TakeBack(int generation, out ValueTask<bool> waiting)
    {
        lock (_gate)
        {
            waiting = default;
            if (generation != _generation)
                return Back.Elsewhere;
            _isInline = false;
            _inlineThread = 0;
            if (_holder == Loop)
                return Back.Here;
            waiting = _loop.WaitAsync();
            return Back.Later;
        }
    }

    /// <summary>Where the turn is.</summary>
    private enum Back
    {
        Here,
        Later,

        /// <summary>Another loop has it.</summary>
        Elsewhere,
    }
}
