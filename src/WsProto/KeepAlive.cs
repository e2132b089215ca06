using System;
using System.Buffers.Binary;

namespace WsProto;

/// <summary>What <see cref="KeepAlive.OnTimer"/> asks the caller to do.</summary>
public enum KeepAliveAction
{
    /// <summary>Nothing yet: call again at <see cref="KeepAlive.NextDeadline"/>.</summary>
    Wait = 0,

    /// <summary>Send the Ping.</summary>
    SendPing = 1,

    /// <summary>The peer has not been heard of in time: give the connection up.</summary>
    PeerGone = 2,
}

/// <summary>
/// Finds out whether the peer is still there, by Pings (RFC 6455 §5.5.2: "a Ping frame may serve either as a keepalive or as a means to
/// verify that the remote endpoint is still responsive"). It holds no timer: the caller brings the time and asks what to do.
/// </summary>
/// <remarks>
/// Times are readings of one monotonic clock, such as the time since the process started. After an interval in which nothing was received
/// a Ping is due; if nothing at all is received within the timeout that follows, the peer is gone. Not safe for concurrent use.
/// </remarks>
public sealed class KeepAlive
{
    private readonly TimeSpan _interval;
    private readonly TimeSpan _timeout;
    private ulong _pings;
    private TimeSpan? _unanswered;
    private bool _waiting;

    /// <summary>Starts to watch.</summary>
    /// <param name="now">The time.</param>
    /// <param name="interval">
    /// How long nothing may be received before a Ping is sent. Null: 20 s, below the 30 s after which some proxies cut idle connections.
    /// </param>
    /// <param name="timeout">How long after the Ping nothing may be received before the peer is given up. Null: 20 s.</param>
    /// <exception cref="ArgumentOutOfRangeException">A span that is not positive.</exception>
    public KeepAlive(TimeSpan now, TimeSpan? interval = null, TimeSpan? timeout = null)
    {
        _interval = interval ?? TimeSpan.FromSeconds(20);
        _timeout = timeout ?? TimeSpan.FromSeconds(20);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(_interval, TimeSpan.Zero, nameof(interval));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(_timeout, TimeSpan.Zero, nameof(timeout));
        NextDeadline = After(now, _interval);
    }

    /// <summary>
    /// When <see cref="OnTimer"/> has something to say, if nothing is received before. Each call of
    /// <see cref="Observe(WsEvent, TimeSpan)"/> and <see cref="OnTimer"/> may move it, back as well as forth.
    /// </summary>
    public TimeSpan NextDeadline { get; private set; }

    /// <summary>How long the last answered Ping of this object took; null before the first.</summary>
    public TimeSpan? RoundTripTime { get; private set; }

    /// <summary>Takes note of an event that was read from the connection. Every event is a sign of life.</summary>
    /// <param name="e">The event.</param>
    /// <param name="now">The time.</param>
    public void Observe(WsEvent e, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(e);
        if (_unanswered is { } sent && e is Pong pong && pong.Payload.Span.SequenceEqual(PayloadOf(_pings).Span))
        {
            RoundTripTime = now - sent;
            _unanswered = null;
        }

        Observe(now);
    }

    /// <summary>
    /// Takes note that bytes were received, though no event may have come of them: a large message takes its time, and no Pong can overtake
    /// it.
    /// </summary>
    /// <param name="now">The time.</param>
    public void Observe(TimeSpan now)
    {
        _waiting = false;
        NextDeadline = After(now, _interval);
    }

    /// <summary>Says what to do.</summary>
    /// <param name="now">The time.</param>
    /// <param name="ping">The Ping to send, with a payload of 8 bytes that is different each time; null if none is due.</param>
    public KeepAliveAction OnTimer(TimeSpan now, out Ping? ping)
    {
        ping = null;
        if (now < NextDeadline)
            return KeepAliveAction.Wait;
        if (_waiting)
            return KeepAliveAction.PeerGone;
        _waiting = true;
        _unanswered = now;
        _pings++;
        NextDeadline = After(now, _timeout);
        ping = new Ping(PayloadOf(_pings));
        return KeepAliveAction.SendPing;
    }

    private static TimeSpan After(TimeSpan now, TimeSpan span) =>
        now > TimeSpan.Zero && span > TimeSpan.MaxValue - now ? TimeSpan.MaxValue : now + span;

    private static ReadOnlyMemory<byte> PayloadOf(ulong number)
    {
        byte[] payload = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(payload, number);
        return payload;
    }
}
