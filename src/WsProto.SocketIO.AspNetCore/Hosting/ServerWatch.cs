// Finds out which other servers are alive, and whether this server receives their messages. The server publishes a sign of life in each
// interval, and must receive it itself: a subscription may be lost although its connection seems alive. Time is counted in the server's own
// intervals, so that a process that was suspended considers neither itself nor the others gone when it continues.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace WsProto.SocketIO.AspNetCore.Hosting;

internal sealed class ServerWatch
{
    /// <summary>The number of intervals without a message after which a server, or the subscription, is considered gone.</summary>
    private const int Patience = 3;

    private readonly Lock _lock = new();
    private readonly ServerLink _link;
    private readonly SocketIOServer _server;
    private readonly ITimer _timer;

    /// <summary>The interval in which each of the other servers was heard last.</summary>
    private readonly Dictionary<string, long> _others = new(StringComparer.Ordinal);
    private long _now;

    /// <summary>The number of intervals without a message of this server itself.</summary>
    private long _unheard;
    private bool _hears;

    /// <summary>Whether the subscription was renewed, and nothing was received since.</summary>
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

    /// <summary>Handles the sign of life of a server, or that it is leaving. It may be this server.</summary>
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
        // So that the new server learns of this one at once.
        SayAlive();
    }

    /// <summary>
    /// Publishes a sign of life. Without a connection it is left out, so that only messages of the application count as lost.
    /// </summary>
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
            // A renewed subscription gets as much time as the former one.
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
