using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Tests.Support;

/// <summary>Time that passes only when a test says so. Timers fire inside <see cref="Advance"/>, in the order of their times.</summary>
/// <param name="sweepsByHand">Whether that holds for the sweep after receivers that stay away too.</param>
internal sealed class ManualTime(bool sweepsByHand = false) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Now;

    public override long GetTimestamp() => Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        // That a receiver stays away is a matter of who runs, and most tests want it noticed though their time stands still.
        if (state is Sessions.TurnSweep && !sweepsByHand)
            return System.CreateTimer(callback, state, dueTime, period);
        var timer = new Timer(this, () => callback(state), period);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>How much time has passed.</summary>
    internal TimeSpan Now
    {
        get
        {
            lock (_lock)
                return _now;
        }
    }

    /// <summary>How many timers are set.</summary>
    internal int Pending
    {
        get
        {
            lock (_lock)
                return _timers.Count(timer => timer.Due is not null);
        }
    }

    /// <summary>When the next timer fires; null if none is set.</summary>
    internal TimeSpan? Next
    {
        get
        {
            lock (_lock)
                return _timers.Min(timer => timer.Due);
        }
    }

    internal void Advance(TimeSpan by)
    {
        TimeSpan end = Now + by;
        while (TakeDue(end) is { } fire)
            fire();
        lock (_lock)
            _now = end;
    }

    /// <summary>Time passes in which nothing runs, as in a process that stands still: the timers fire at its end, late.</summary>
    internal void Sleep(TimeSpan by)
    {
        lock (_lock)
            _now += by;
        Advance(TimeSpan.Zero);
    }

    private Action? TakeDue(TimeSpan end)
    {
        lock (_lock)
        {
            Timer? next = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
            if (next is null)
                return null;
            if (next.Due > _now)
                _now = next.Due.Value;
            next.Due = next.Period > TimeSpan.Zero ? _now + next.Period : null;
            return next.Fire;
        }
    }

    private sealed class Timer(ManualTime time, Action fire, TimeSpan period) : ITimer
    {
        internal TimeSpan? Due { get; set; }

        internal TimeSpan Period { get; private set; } = period;

        internal Action Fire { get; } = fire;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                Period = period;
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : time._now + dueTime;
                if (!time._timers.Contains(this))
                    time._timers.Add(this);
                return true;
            }
        }

        public void Dispose()
        {
            lock (time._lock)
                time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
