// Whether this server hears the others, and which there are. It says every second that it is there, and has to hear that itself: a
// subscription may be gone though its connection looks alive. All is counted in its own seconds, so that a process that was stopped for a
// while takes neither itself nor the others for gone when it goes on.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace WsProto.SocketIO.AspNetCore.Hosting;

internal sealed class ServerWatch
{
    /// <summary>What was not heard for so many intervals is gone.</summary>
    private const int Patience = 3;

    private readonly Lock _lock = new();
    private readonly ServerLink _link;
    private readonly SocketIOServer _server;
    private readonly ITimer _timer;

    /// <summary>When each of the others was heard last.</summary>
    private readonly Dictionary<string, long> _others = new(StringComparer.Ordinal);
    private long _now;

    /// <summary>Since when nothing was heard of itself.</summary>
    private long _unheard;
    private bool _hears;

    /// <summary>Whether the subscription was made anew, and that has not helped yet.</summary>
    private bool _isSilent;
    private bool _hasStopped;

    internal ServerWatch(ServerLink link, SocketIOServer server)
    {
        _link = link;
        _server = server;
        _timer = server.Options.Engine.TimeProvider.CreateTimer(
            static watch => ((ServerWatch)watch!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal bool Hears
    {
        get
        {
            lock (_lock)
                return _hears;
        }
    }

    internal IReadOnlyList<string> Others
    {
        get
        {
            lock (_lock)
                return [.. _others.Keys];
        }
    }

    internal void Start() => OnTimer();

    internal void Stop()
    {
        lock (_lock)
            _hasStopped = true;
        _timer.Dispose();
    }

    /// <summary>A server has said that it is there, or is leaving; it may be this one.</summary>
    internal void Hear(ServerAlive alive)
    {
        if (alive.Origin == _link.Id)
        {
            HearItself();
            return;
        }

        bool isNew = false;
        lock (_lock)
        {
            if (!alive.IsLeaving)
            {
                isNew = !_others.ContainsKey(alive.Origin);
                _others[alive.Origin] = _now;
            }
            else if (!_others.Remove(alive.Origin))
            {
                return;
            }
        }

        if (alive.IsLeaving)
            Lose(alive.Origin);
        if (!isNew)
            return;
        _server.Instruments.ServerJoined();
        // It need not wait to know of this one.
        SayAlive();
    }

    /// <summary>Where there is no connection, nobody misses it: only what the application says can be lost.</summary>
    private void SayAlive()
    {
        if (_link.IsConnected)
            _link.Publish(new ServerAlive(_link.Id));
    }

    private void HearItself()
    {
        bool wasDeaf;
        lock (_lock)
        {
            wasDeaf = !_hears;
            (_hears, _isSilent, _unheard) = (true, false, 0);
        }

        if (wasDeaf)
            Log.BackplaneHeard(_server.Logger);
    }

    private void OnTimer()
    {
        List<string> gone;
        bool isSilent;
        bool isNews = false;
        lock (_lock)
        {
            if (_hasStopped)
                return;
            _now++;
            gone = [.. _others.Where(other => _now - other.Value > Patience).Select(other => other.Key)];
            foreach (string other in gone)
                _others.Remove(other);
            // A new subscription has as long as the former to be heard.
            isSilent = _unheard++ == Patience;
            if (isSilent)
            {
                isNews = !_isSilent;
                (_hears, _isSilent, _unheard) = (false, true, 0);
            }

            _timer.Change(_server.Options.BackplaneInterval, Timeout.InfiniteTimeSpan);
        }

        foreach (string other in gone)
            Lose(other);
        if (isSilent)
            _link.Restart(isNews);
        SayAlive();
    }

    private void Lose(string other)
    {
        _server.Instruments.ServerLeft();
        _link.Calls.Lose(other);
    }
}
