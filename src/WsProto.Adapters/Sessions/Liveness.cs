// One timer for all that a session waits for: the next Ping or its answer, a write that makes no progress, the end of closing. It is set to
// the earliest of them; one that moves later is found out when the timer fires, one that moves earlier sets it anew.
//
// The lock guards the deadlines and the Pings. Neither the clock nor its timer is called while it is held.

using System;
using System.Threading;

namespace WsProto.Adapters.Sessions;

/// <summary>Whether the peer is still there, and for how long it is waited for.</summary>
internal sealed class Liveness : IDisposable
{
    /// <summary>
    /// A timer that comes so late was kept from coming, as by a process that stood still: then what the peer sent could not be read either.
    /// </summary>
    private static readonly TimeSpan _late = TimeSpan.FromSeconds(1);

    private readonly WsSession _session;
    private readonly WsSessionOptions _options;
    private readonly Lock _gate = new();
    private readonly PendingPings _pings;
    private readonly KeepAlive? _keepAlive;
    private readonly ITimer _timer;
    private TimeSpan? _closeDeadline;

    /// <summary>Since when a write waits for the transport; null for none.</summary>
    private TimeSpan? _writingSince;
    private TimeSpan? _armedFor;
    private bool _isArming;
    private bool _wrote;

    internal Liveness(WsSession session, WsSessionOptions options)
    {
        (_session, _options) = (session, options);
        TimeSpan now = Now;
        _pings = new PendingPings(_gate);
        if (options.KeepAliveInterval is { } interval)
            _keepAlive = new KeepAlive(now, interval, options.KeepAliveTimeout);
        _timer = options.TimeProvider.CreateTimer(
            static liveness => ((Liveness)liveness!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Arm(now);
    }

    /// <summary>The time since the epoch of the provider's timestamps.</summary>
    internal TimeSpan Now => _options.TimeProvider.GetElapsedTime(0);

    internal PendingPings Pings => _pings;

    /// <summary>Bytes were read.</summary>
    internal void NoteRead()
    {
        if (_keepAlive is null)
            return;
        TimeSpan now = Now;
        bool isEarlier;
        lock (_gate)
        {
            _keepAlive.Observe(now);
            isEarlier = _armedFor > _keepAlive.NextDeadline;
        }

        if (isEarlier)
            Arm(now);
    }

    /// <summary>A Ping of the application was encoded.</summary>
    internal void NotePing(Ping ping) => _pings.NoteSent(ping);

    internal void NotePong(ReadOnlySpan<byte> payload)
    {
        TimeSpan now = Now;
        if (_keepAlive is not null)
        {
            var pong = new Pong(payload.ToArray());
            lock (_gate)
                _keepAlive.Observe(pong, now);
        }

        _pings.Answer(payload, now);
    }

    /// <summary>The transport did not take a write at once.</summary>
    internal void NoteWriteBegins()
    {
        TimeSpan now = Now;
        lock (_gate)
            _writingSince = now;
        Arm(now);
    }

    /// <summary>It took some of what is written.</summary>
    internal void NoteWriteProgress()
    {
        lock (_gate)
        {
            _wrote = true;
            _writingSince = null;
        }
    }

    internal void NoteWriteEnds()
    {
        lock (_gate)
            _writingSince = null;
    }

    /// <summary>From now on the timer watches over the end. A deadline that is set already only moves earlier.</summary>
    internal void StartClosing(TimeSpan within)
    {
        TimeSpan now = Now;
        lock (_gate)
        {
            if (_closeDeadline <= now + within)
                return;
            _closeDeadline = now + within;
        }

        Arm(now);
    }

    public void Dispose() => _timer.Dispose();

    private TimeSpan? Earliest()
    {
        TimeSpan? earliest = _closeDeadline;
        if (earliest is null && _session.State == ConnectionState.Open)
            earliest = _keepAlive?.NextDeadline;
        TimeSpan? writing = _writingSince + WriteTimeout;
        return writing < earliest || earliest is null ? writing ?? earliest : earliest;
    }

    private TimeSpan? WriteTimeout => _options.WriteTimeout == Timeout.InfiniteTimeSpan ? null : _options.WriteTimeout;

    /// <summary>
    /// Sets the timer, if the earliest deadline is before that for which it is set. Of several threads one calls the timer, as often as
    /// need be.
    /// </summary>
    private void Arm(TimeSpan now)
    {
        TimeSpan target;
        lock (_gate)
        {
            if (Earliest() is not { } due || _armedFor <= due)
                return;
            _armedFor = target = due;
            if (_isArming)
                return;
            _isArming = true;
        }

        do
        {
            TimeSpan left = target - now;
            _timer.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
        while (IsToBeArmedFor(ref target));
    }

    private bool IsToBeArmedFor(ref TimeSpan target)
    {
        lock (_gate)
        {
            _isArming = _armedFor is { } due && due != target;
            target = _armedFor ?? target;
            return _isArming;
        }
    }

    private void OnTimer()
    {
        TimeSpan now = Now;
        Due due;
        Ping? ping;
        lock (_gate)
        {
            _armedFor = null;
            due = WhatIsDue(now, out ping);
        }

        switch (due)
        {
            case Due.Close:
                _session.EndClosing();
                return;
            case Due.Write:
                _session.Stall();
                return;
            case Due.Peer:
                // What has arrived may only not have been looked at: whoever is to do that, stands before this in the queue of the pool.
                ThreadPool.UnsafeQueueUserWorkItem(static liveness => liveness.GiveUp(), this, preferLocal: false);
                return;
        }

        if (ping is not null)
            _session.SendQueue.SendKeepAlive(ping, now);
        Arm(now);
    }

    private Due WhatIsDue(TimeSpan now, out Ping? ping)
    {
        ping = null;
        if (_closeDeadline <= now)
            return Due.Close;
        if (_writingSince + WriteTimeout <= now)
            return Due.Write;
        if (_closeDeadline is not null || _keepAlive is null || _session.State != ConnectionState.Open || now < _keepAlive.NextDeadline)
            return Due.Nothing;
        // A peer that takes what is large is there, though no Ping reaches it before the end of that; and one that could not be heard is
        // not silent.
        bool isExcused = _wrote || now - _keepAlive.NextDeadline >= _late;
        _wrote = false;
        bool isGone = _keepAlive.OnTimer(now, out ping) == KeepAliveAction.PeerGone;
        // As long as this side does not read, the silence is its own.
        if (!_session.Reader.IsSilent && !(isGone && isExcused))
            return isGone ? Due.Peer : Due.Nothing;
        _keepAlive.Observe(now);
        // What lies between still wants to see traffic.
        ping ??= new Ping(_pings.NextPayload());
        return Due.Nothing;
    }

    private void GiveUp()
    {
        TimeSpan now = Now;
        lock (_gate)
        {
            // It was heard meanwhile.
            if (_keepAlive!.NextDeadline > now || _session.Reader.IsSilent)
            {
                if (_session.Reader.IsSilent)
                    _keepAlive.Observe(now);
                now = TimeSpan.MinValue;
            }
        }

        if (now == TimeSpan.MinValue)
            Arm(Now);
        else
            _session.GiveUpPeer();
    }

    private enum Due
    {
        Nothing,
        Close,
        Write,
        Peer,
    }
}
