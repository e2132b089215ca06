using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters;

public sealed partial class WsSession
{
    /// <summary>Tells our own payloads from those of <see cref="KeepAlive"/>, which count from 1.</summary>
    private const ulong OwnPings = 1UL << 63;

    private List<PendingPing>? _pings;
    private ulong _pingCount;
    private KeepAlive? _keepAlive;
    private ITimer? _timer;
    private TimeSpan? _deadline;
    private int _writesSeen;

    /// <summary>The time since the epoch of the provider's timestamps.</summary>
    private TimeSpan Now => _options.TimeProvider.GetElapsedTime(0);

    /// <summary>Sends a Ping and waits for the Pong.</summary>
    /// <param name="payload">0 to 125 bytes to tell it from others; empty for 8 bytes that are different each time.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The time from this call to the Pong. «A Pong frame sent in response to a Ping frame» answers all Pings before it too (RFC 6455 §5.5.3).</returns>
    /// <exception cref="WsClosedException">The session is closed, or was before the Pong came.</exception>
    /// <exception cref="ArgumentException">The payload is longer than 125 bytes.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<TimeSpan> PingAsync(ReadOnlyMemory<byte> payload = default, CancellationToken cancellationToken = default)
    {
        var ping = new PendingPing(new Ping(payload.IsEmpty ? NextPayload() : payload.ToArray()), Now);
        lock (_lock)
            (_pings ??= []).Add(ping);
        try
        {
            await SendAsync(ping.Event, cancellationToken).ConfigureAwait(false);
            return await ping.Answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
                _pings.Remove(ping);
        }
    }

    private byte[] NextPayload()
    {
        byte[] payload = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(payload, OwnPings | Interlocked.Increment(ref _pingCount));
        return payload;
    }

    private void ObservePong(Pong pong)
    {
        TimeSpan now = Now;
        _keepAlive?.Observe(pong, now);
        int last = _pings?.FindLastIndex(ping => ping.IsSent && pong.Payload.Span.SequenceEqual(ping.Event.Payload.Span)) ?? -1;
        for (int i = 0; i <= last; i++)
        {
            if (_pings![i].IsSent)
                _pings[i].Answer.TrySetResult(now - _pings[i].CalledAt);
        }
    }

    /// <summary>Puts a Ping where it stands on the wire, behind those that were sent before.</summary>
    private void NotePing(WsEvent e)
    {
        int i = _pings?.FindIndex(ping => ReferenceEquals(ping.Event, e)) ?? -1;
        if (i < 0)
            return;
        PendingPing sent = _pings![i];
        sent.IsSent = true;
        _pings.RemoveAt(i);
        _pings.Add(sent);
    }

    private void FailPings()
    {
        foreach (PendingPing ping in _pings ?? [])
        {
            // One that still waits for room fails there, and nobody looks here.
            if (ping.Answer.TrySetException(NewClosedException()))
                _ = ping.Answer.Task.Exception;
        }
    }

    private void ObserveLife() => _keepAlive?.Observe(Now);

    private void StartTimer()
    {
        TimeSpan now = Now;
        if (_options.KeepAliveInterval is { } interval)
            _keepAlive = new KeepAlive(now, interval, _options.KeepAliveTimeout);
        _timer = _options.TimeProvider.CreateTimer(
            static session => ((WsSession)session!).OnTimer(), this, _options.KeepAliveInterval ?? Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>From the first Close on, the timer watches over the end.</summary>
    private void StartCloseTimer()
    {
        if (_deadline is not null)
            return;
        _deadline = Now + _options.CloseTimeout;
        Arm(_options.CloseTimeout);
    }

    private void Arm(TimeSpan due) => _timer?.Change(due > TimeSpan.Zero ? due : TimeSpan.Zero, Timeout.InfiniteTimeSpan);

    private void OnTimer()
    {
        WsCloseCause? end;
        lock (_lock)
            end = _deadline is { } deadline ? WatchClose(deadline) : WatchPeer();
        FlushNow();
        if (end is { } cause)
            Abort(cause);
    }

    private WsCloseCause? WatchClose(TimeSpan deadline)
    {
        TimeSpan left = deadline - Now;
        if (left <= TimeSpan.Zero)
            return _cause ?? WsCloseCause.Lost;
        Arm(left);
        return null;
    }

    private WsCloseCause? WatchPeer()
    {
        if (_keepAlive is null || _connection.State != ConnectionState.Open)
            return null;
        TimeSpan now = Now;
        // As long as this side does not read, the silence is its own. What lies between still wants to see traffic.
        if (_room.IsAwaited && now >= _keepAlive.NextDeadline)
        {
            ObserveLife();
            SendKeepAlive(new Ping(NextPayload()));
        }

        // A peer that takes what is large is there, though no Ping reaches it before the end of that.
        int writes = Volatile.Read(ref _writes);
        if (writes != _writesSeen)
        {
            _writesSeen = writes;
            ObserveLife();
        }

        switch (_keepAlive.OnTimer(now, out Ping? ping))
        {
            case KeepAliveAction.PeerGone:
                SendClose(CloseCode.InternalError, "No answer to a Ping.", WsCloseCause.KeepAlive);
                return WsCloseCause.KeepAlive;
            case KeepAliveAction.SendPing:
                SendKeepAlive(ping!);
                break;
        }

        Arm(_keepAlive.NextDeadline - now);
        return null;
    }

    /// <summary>Where the peer takes nothing as it is, one more Ping would not reach it either.</summary>
    private void SendKeepAlive(Ping ping)
    {
        if (EncodedBytes >= _options.MaxSendBacklog + ControlRoom)
            return;
        _connection.Send(ping, _batch);
        // Its Pong may be the only one that comes, and then answers those that callers sent before. The newest is enough for that.
        if (_pings?.Exists(static sent => !sent.IsKeepAlive) == true)
        {
            _pings.RemoveAll(static sent => sent.IsKeepAlive);
            _pings.Add(new PendingPing(ping, Now) { IsSent = true, IsKeepAlive = true });
        }

        Observe(WsDirection.Sent, ping);
    }

    private sealed class PendingPing(Ping e, TimeSpan calledAt)
    {
        internal Ping Event { get; } = e;

        internal TimeSpan CalledAt { get; } = calledAt;

        internal bool IsSent { get; set; }

        internal bool IsKeepAlive { get; init; }

        internal TaskCompletionSource<TimeSpan> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
