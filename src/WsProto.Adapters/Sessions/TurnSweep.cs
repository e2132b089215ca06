using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// Looks, for all sessions of one clock, after receivers that have the turn and do not come back: then the session reads on without them.
/// One timer for all, which runs only while there are such receivers; so a message costs no timer, and no look at the clock.
/// </summary>
/// <remarks>Its lock is taken before the receiving lock of a session, and never under one.</remarks>
internal sealed class TurnSweep
{
    /// <summary>How often is looked. A receiver that is away is found before it has been away for twice as long.</summary>
    private static readonly TimeSpan _period = TimeSpan.FromMilliseconds(50);

    private static readonly ConditionalWeakTable<TimeProvider, TurnSweep> _sweeps = [];

    private readonly Lock _gate = new();
    private readonly List<SessionReader> _readers = [];
    private readonly ITimer _timer;
    private bool _isRunning;

    private TurnSweep(TimeProvider time)
    {
        using (Flow.Suppress())
            _timer = time.CreateTimer(static sweep => ((TurnSweep)sweep!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal static TurnSweep Of(TimeProvider time) => _sweeps.GetValue(time, static time => new TurnSweep(time));

    /// <summary>Looks after a session from now on, until its receiver is found not to have the turn.</summary>
    internal void Watch(SessionReader reader)
    {
        lock (_gate)
        {
            if (reader.IsWatched)
                return;
            reader.IsWatched = true;
            _readers.Add(reader);
            if (_isRunning)
                return;
            _isRunning = true;
        }

        _timer.Change(_period, Timeout.InfiniteTimeSpan);
    }

    private void Look()
    {
        lock (_gate)
        {
            for (int i = _readers.Count - 1; i >= 0; i--)
            {
                SessionReader reader = _readers[i];
                // Either the session sees from here on that it is not watched, or what it did before is seen here.
                reader.IsWatched = false;
                Interlocked.MemoryBarrier();
                if (reader.Look())
                    reader.IsWatched = true;
                else
                    _readers.RemoveAt(i);
            }

            _isRunning = _readers.Count > 0;
            if (!_isRunning)
                return;
        }

        _timer.Change(_period, Timeout.InfiniteTimeSpan);
    }
}
