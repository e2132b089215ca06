// Finds out whether the client is there (Engine.IO protocol v4, "Heartbeat"): the server pings, the client answers with a pong.
//
// Any byte that arrives is life, as a client that sends a large message can answer no ping before its end. So bytes put off the end, but
// they are no pong. Meanwhile the client wants its pings, or it takes the server for gone; so a ping that bytes have followed is sent again
// after the interval, answered or not. A client that is silent gets one ping, as from the reference server.
//
// A timer that comes late tells that the process stood still. What the client sent meanwhile has arrived and was not read, so the session
// waits once more before it gives up.

using System;

namespace WsProto.EngineIO;

internal enum HeartbeatAction
{
    None,
    Ping,
    GiveUp,
}

internal sealed class Heartbeat(TimeSpan interval, TimeSpan timeout)
{
    /// <summary>No deadline.</summary>
    internal static readonly TimeSpan Never = TimeSpan.MaxValue;

    /// <summary>How late a timer may be before it counts as late, and how long is waited then.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>As late as timers usually are. So much is not added to the client's time, or one deadline would put off the next.</summary>
    internal static readonly TimeSpan Jitter = TimeSpan.FromMilliseconds(20);

    private readonly TimeSpan _jitter = timeout / 10 < Jitter ? timeout / 10 : Jitter;
    private TimeSpan _lastPing;
    private TimeSpan _pingAt = Never;
    private TimeSpan _giveUpAt = Never;
    private bool _hadGrace;

    internal TimeSpan NextDeadline => _pingAt < _giveUpAt ? _pingAt : _giveUpAt;

    /// <summary>The session is open, or a pong came.</summary>
    internal void Start(TimeSpan now)
    {
        _pingAt = now + interval;
        _giveUpAt = Never;
    }

    internal void Stop() => _pingAt = _giveUpAt = Never;

    internal void ReceiveBytes(TimeSpan now)
    {
        if (_giveUpAt == Never)
            return;
        _pingAt = _lastPing + interval;
        Wait(now);
    }

    internal HeartbeatAction OnTimer(TimeSpan now)
    {
        if (now >= _giveUpAt)
            return IsLate(now) ? HeartbeatAction.None : HeartbeatAction.GiveUp;
        if (now < _pingAt)
            return HeartbeatAction.None;
        if (_giveUpAt == Never)
            Wait(now - _pingAt <= _jitter ? _pingAt : now);
        _pingAt = Never;
        _lastPing = now;
        return HeartbeatAction.Ping;
    }

    private void Wait(TimeSpan from)
    {
        _giveUpAt = from + timeout;
        _hadGrace = false;
    }

    private bool IsLate(TimeSpan now)
    {
        if (_hadGrace || now - _giveUpAt < Grace)
            return false;
        _giveUpAt = now + Grace;
        return _hadGrace = true;
    }
}
