using System;
using System.Collections.Generic;
using System.Threading;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// A thread that a reader lends to its receiver. It is what makes a message cost no switch of threads; and nobody is held up by it, as a loan that lasts is found,
/// and the session then read on by another thread.
/// </summary>
internal sealed class LentThread
{
    /// <summary>How often is looked, in milliseconds. So a loan that lasts is found before it has lasted twice as long.</summary>
    private const int Patience = 10;

    private static readonly Lock _gate = new();
    private static readonly List<WeakReference<LentThread>> _threads = [];
    private static readonly Timer _timer = NewTimer();
    private static bool _watched;

    [ThreadStatic]
    private static LentThread? _current;

    private WsSession? _session;
    private int _loans;

    /// <summary>The loan that the last look saw, and the last that was found to last too long.</summary>
    private int _seen;
    private int _found;

    private LentThread()
    {
    }

    /// <summary>How often it was lent; so each loan has a number.</summary>
    internal int Loans => Volatile.Read(ref _loans);

    internal bool IsCurrent => _current == this;

    /// <summary>Lends the thread that calls, until <see cref="Return"/>; null if it is lent already, as where one session's receiver makes another's run.</summary>
    internal static LentThread? TryLend(WsSession session)
    {
        LentThread thread = _current ??= Register();
        if (thread._session is not null)
            return null;
        Volatile.Write(ref thread._loans, thread._loans + 1);
        Volatile.Write(ref thread._session, session);
        // Either this sees that nobody looks any more, or whoever looks last sees the session.
        Interlocked.MemoryBarrier();
        if (!Volatile.Read(ref _watched))
            Watch();
        return thread;
    }

    internal void Return() => Volatile.Write(ref _session, null);

    private static LentThread Register()
    {
        var thread = new LentThread();
        lock (_gate)
        {
            _threads.RemoveAll(static other => !other.TryGetTarget(out _));
            _threads.Add(new WeakReference<LentThread>(thread));
        }

        return thread;
    }

    private static Timer NewTimer()
    {
        // It belongs to nobody's flow.
        using (Flow.Suppress())
            return new Timer(static _ => Look(), null, Timeout.Infinite, Timeout.Infinite);
    }

    private static void Watch()
    {
        lock (_gate)
        {
            if (_watched)
                return;
            _watched = true;
            _timer.Change(Patience, Timeout.Infinite);
        }
    }

    private static void Look()
    {
        lock (_gate)
        {
            _watched = false;
            Interlocked.MemoryBarrier();
            foreach (WeakReference<LentThread> reference in _threads)
            {
                if (reference.TryGetTarget(out LentThread? thread))
                    _watched |= thread.IsToBeWatched();
            }

            if (_watched)
                _timer.Change(Patience, Timeout.Infinite);
        }
    }

    private bool IsToBeWatched()
    {
        int loan = Loans;
        if (Volatile.Read(ref _session) is not { } session || loan == _found)
            return false;
        if (loan != _seen)
        {
            _seen = loan;
            return true;
        }

        _found = loan;
        ThreadPool.UnsafeQueueUserWorkItem(static late => late.session.ReadOn(late.thread, late.loan), (session, thread: this, loan), preferLocal: false);
        return false;
    }
}
