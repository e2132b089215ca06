using System;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// How long one session may keep a thread of the pool before others have their turn: so many milliseconds, so many bytes of messages, which
/// may have been inflated from few, and so many reads. The clock is looked at seldom as long as little time passes between two looks.
/// </summary>
internal struct TurnBudget(TimeProvider time)
{
    private const long Bytes = 1 << 18;
    private const int Reads = 32;
    private const int MostBetweenLooks = 32;

    /// <summary>The whole turn.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(2);

    /// <summary>For how long what was sent may wait for more.</summary>
    private static readonly TimeSpan _heldFor = TimeSpan.FromMilliseconds(1);

    private long _start;
    private long _heldSince;
    private long _bytes;
    private int _reads;
    private int _count;
    private int _step;
    private int _nextLook;
    private bool _hasLooked;
    private bool _isOver;

    /// <summary>Whether it is time for others.</summary>
    internal readonly bool IsSpent => _isOver || _bytes >= Bytes || _reads >= Reads;

    /// <summary>Begins a turn. Its time counts from the first look.</summary>
    internal void Reset()
    {
        (_bytes, _reads, _count) = (0, 0, 0);
        (_step, _nextLook) = (1, 1);
        (_hasLooked, _isOver) = (false, false);
    }

    internal void CountRead() => _reads++;

    /// <summary>Counts a message.</summary>
    /// <param name="size">Its bytes.</param>
    internal void Count(int size)
    {
        _bytes += size;
        _count++;
    }

    /// <summary>Looks at the clock, if it is time for that: after each message where they take long, after 32 where they do not.</summary>
    /// <returns>Whether what was sent has waited for a millisecond.</returns>
    internal bool Look()
    {
        if (_count < _nextLook)
            return false;
        long now = time.GetTimestamp();
        if (!_hasLooked)
            _start = _heldSince = now;
        _hasLooked = true;
        _isOver = time.GetElapsedTime(_start, now) >= _longest;
        bool isDue = time.GetElapsedTime(_heldSince, now) >= _heldFor;
        _step = isDue ? 1 : Math.Min(MostBetweenLooks, 2 * _step);
        _nextLook = _count + _step;
        if (isDue)
            _heldSince = now;
        return isDue;
    }
}
