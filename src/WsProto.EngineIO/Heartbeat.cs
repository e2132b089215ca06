// Detects that the client is gone (Engine.IO protocol v4, "Heartbeat"): the server sends a ping, the client answers with a pong.
//
// Any received byte counts as a sign of life, because a client that sends a large message cannot answer a ping before its end. So bytes
// postpone the end, but they are not a pong. The client still needs its pings, or it considers the server gone; so a ping that bytes have
// followed is sent again after the interval, whether or not it was answered. A silent client gets one ping, as from the reference server.
//
// A timer that fires late shows that the process was suspended. What the client sent meanwhile has arrived but was not read, so the session
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

    /// <summary>The delay from which a timer counts as late, and the additional time that the session then waits.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>The usual delay of timers. It does not extend the client's time; otherwise each deadline would postpone the next.</summary>
    internal static readonly TimeSpan Jitter = TimeSpan.FromMilliseconds(20);

    private readonly TimeSpan _jitter = timeout / 10 < Jitter ? timeout / 10 : Jitter;
    private TimeSpan _lastPing;
    private TimeSpan _pingAt = Never;
    private TimeSpan _giveUpAt = Never;
    private bool _hadGrace;

    internal TimeSpan NextDeadline => _pingAt < _giveUpAt ? _pingAt : _giveUpAt;

    /// <summary>Starts the interval: the session is open, or a pong was received.</summary>
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
