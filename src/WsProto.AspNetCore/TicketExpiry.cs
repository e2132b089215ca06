using System;
using System.Threading;

namespace WsProto.AspNetCore;

/// <summary>Calls a function when an authentication ticket expires, however late that is: a timer waits 49 days at most.</summary>
internal sealed class TicketExpiry : IDisposable
{
    /// <summary>The longest time that a timer can wait.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly DateTimeOffset _expires;
    private readonly TimeProvider _time;
    private readonly Action _end;
    private readonly ITimer _timer;

    internal TicketExpiry(DateTimeOffset expires, TimeProvider time, Action end)
    {
        _expires = expires;
        _time = time;
        _end = end;
        _timer = time.CreateTimer(
            static expiry => ((TicketExpiry)expiry!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Start();
    }

    public void Dispose() => _timer.Dispose();

    private void Start()
    {
        TimeSpan left = _expires - _time.GetUtcNow();
        _timer.Change(left < TimeSpan.Zero ? TimeSpan.Zero : left > _longest ? _longest : left, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        if (_time.GetUtcNow() < _expires)
            Start();
        else
            _end();
    }
}
