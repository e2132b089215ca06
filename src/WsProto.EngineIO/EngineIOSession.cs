// One session: what comes from its client moves the state machine or is delivered, what the application sends leaves on the transport in
// use.
//
// Packets leave once and in order because there is one buffer and one transport at a time. While the client polls, the buffer is emptied
// into the GET that is pending, at once if there is one; so a GET is pending only while the buffer is empty. The upgrade packet moves the
// session to the WebSocket, and what the buffer still holds leaves there first.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Headers = System.Collections.Generic.IReadOnlyList<System.Collections.Generic.KeyValuePair<string, string>>;

namespace WsProto.EngineIO;

/// <summary>
/// One client of an Engine.IO v4 server, without I/O: requests, bodies, WebSocket messages and time go in by the <c>Receive…</c> methods
/// and <see cref="OnTimer"/>; what is to be done and what happened comes out by <see cref="TryReadEvent"/>.
/// </summary>
/// <remarks>
/// <para>Times are readings of one monotonic clock, such as the time since the process started.</para>
/// <para>
/// Not safe for concurrent use. Different sessions share nothing that changes, so a host may guard each by its own lock. After calls on a
/// session, read its events, and if <see cref="NeedsUpdate"/> is true, call <see cref="EngineIOServer.Update"/>.
/// </para>
/// <para>
/// Nothing that the client does throws. A request or WebSocket that is over, or is another session's, may still be reported; it changes
/// nothing.
/// </para>
/// </remarks>
[DebuggerDisplay("{Id}: {State}, {BufferedBytes} bytes wait")]
public sealed partial class EngineIOSession
{
    /// <summary>
    /// How often a poll without packets is ended while an upgrade waits for it. The reference server's interval; the client polls again at
    /// once.
    /// </summary>
    private static readonly TimeSpan _noopInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>A queue of events that was longer is not kept for the next ones.</summary>
    private const int KeptCapacity = 64;

    private readonly EngineIOServerOptions _options;
    private readonly Answers _answers;
    private readonly Queue<EngineIOEvent> _events = new();
    private readonly SendBuffer _waiting = new();
    private readonly PollingTransport _polling;
    private readonly Heartbeat _heartbeat;
    private readonly Headers _initialHeaders;

    /// <summary>The first request, until it is received.</summary>
    private EngineIORequest? _handshake;

    /// <summary>The WebSocket in use, or that of the first request while it opens.</summary>
    private EngineIORequest? _webSocket;

    /// <summary>The WebSocket of an upgrade that is under way.</summary>
    private EngineIORequest? _probe;

    private TimeSpan _openUntil;
    private TimeSpan _closeUntil = Heartbeat.Never;
    private TimeSpan _upgradeUntil = Heartbeat.Never;
    private TimeSpan _noopFrom;
    private CloseReason _closeReason;
    private long _unwritten;
    private bool _hasWaited;
    private bool _isKnown;

    /// <summary>Whether the application has closed. Messages that it has not read yet are not delivered any more.</summary>
    private bool _ignoresMessages;

    /// <summary>What the server's queue has been told.</summary>
    private TimeSpan _queuedDeadline = Heartbeat.Never;

    internal EngineIOSession(
        string id, EngineIORequest handshake, Answers answers, EngineIOServerOptions options, Headers headers, TimeSpan now)
    {
        Id = id;
        _handshake = handshake;
        _answers = answers;
        _options = options;
        _initialHeaders = headers;
        _polling = new(this, answers, _events);
        _heartbeat = new(options.PingInterval, options.PingTimeout);
        _openUntil = now + options.UpgradeTimeout;
        Transport = handshake.IsWebSocket ? EngineIOTransports.WebSocket : EngineIOTransports.Polling;
    }

    /// <summary>
    /// The id, by which the client names the session. Whoever knows it can take part in the session; do not show it to others.
    /// </summary>
    public string Id { get; }

    /// <summary>Where the session is in its life.</summary>
    public SessionState State { get; private set; }

    /// <summary>The transport in use, or the last one that was.</summary>
    public EngineIOTransports Transport { get; private set; }

    /// <summary>How many bytes wait: for the next poll, or to be written to the WebSocket.</summary>
    public long BufferedBytes => _waiting.Size + _unwritten;

    /// <summary>
    /// When <see cref="OnTimer"/> has something to do, if nothing is received before; null if it never has. Any call may move it.
    /// </summary>
    public TimeSpan? NextDeadline => Deadline == Heartbeat.Never ? null : Deadline;

    /// <summary>
    /// Whether <see cref="EngineIOServer.Update"/> has to be called: the session is over, or due earlier than the server knows.
    /// </summary>
    public bool NeedsUpdate => State == SessionState.Closed ? !IsDropped : Deadline < _queuedDeadline;

    /// <summary>Anything of the application's.</summary>
    public object? Tag { get; set; }

    /// <summary>The place in the server's queue of deadlines.</summary>
    internal int QueuePlace { get; set; } = DeadlineQueue.NotQueued;

    /// <summary>Whether the server has forgotten the session.</summary>
    internal bool IsDropped { get; set; }

    /// <summary>The earliest of all deadlines.</summary>
    private TimeSpan Deadline => Earlier(Earlier(_openUntil, _closeUntil), Earlier(Earlier(_upgradeUntil, NoopAt), _heartbeat.NextDeadline));

    /// <summary>When a poll that is pending has to be ended for the upgrade.</summary>
    private TimeSpan NoopAt => State == SessionState.Upgrading && _polling.Poll is not null ? _noopFrom : Heartbeat.Never;

    /// <summary>The next instruction or event, in order; false if there is none for now.</summary>
    /// <param name="e">The event.</param>
    public bool TryReadEvent([NotNullWhen(true)] out EngineIOEvent? e)
    {
        while (_events.TryDequeue(out e))
        {
            if (_events.Count == 0 && _events.Capacity > KeptCapacity)
                _events.TrimExcess();
            if (e is not MessageReceived || !_ignoresMessages)
                return true;
        }

        return false;
    }

    /// <summary>
    /// Does what is due: pings, gives up, ends what has taken too long. Call it at <see cref="NextDeadline"/>; earlier or later does no
    /// harm.
    /// </summary>
    /// <param name="now">The time.</param>
    public void OnTimer(TimeSpan now)
    {
        _queuedDeadline = Heartbeat.Never;
        if (now >= _openUntil)
            End(EngineIOError.NotOpened);
        if (now >= _closeUntil)
            End(_closeReason);
        if (now >= _upgradeUntil)
            LoseProbe(isOpen: true);
        if (now >= NoopAt)
            EndPollForUpgrade(now);
        switch (_heartbeat.OnTimer(now))
        {
            case HeartbeatAction.Ping:
                _waiting.AddPing();
                Flush();
                break;
            case HeartbeatAction.GiveUp:
                End(EngineIOError.PingUnanswered);
                break;
        }
    }

    /// <summary>Sends a message, after all that were sent before.</summary>
    /// <param name="message">The message.</param>
    public SendResult Send(Packet message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!StateMachine.IsOpen(State))
            return SendResult.NotOpen;
        if (message.HasSeparator && State != SessionState.WebSocket)
            return SendResult.NotCarried;
        if (BufferedBytes > 0 && BufferedBytes + message.OnWebSocket.Length > _options.MaxBufferedBytes)
        {
            End(EngineIOError.BufferFull, Limit(_options.MaxBufferedBytes));
            return SendResult.BufferFull;
        }

        _waiting.Add(message);
        Flush();
        _hasWaited |= BufferedBytes > 0;
        return SendResult.Accepted;
    }

    /// <summary>
    /// Closes the session. What was sent before is delivered first: over polling with the poll that is pending or the next, for which
    /// <see cref="EngineIOServerOptions.CloseTimeout"/> is waited; over a WebSocket it is closed at once, after what was sent. From now on
    /// messages are neither taken nor delivered.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="reason">
    /// What <see cref="SessionClosed"/> says, and which close code the WebSocket gets. Default: the application wanted it.
    /// </param>
    /// <param name="discard">Whether to drop what waits and end at once. A session that is closing already ends at once too.</param>
    public void Close(TimeSpan now, CloseReason reason = CloseReason.ForcedClose, bool discard = false)
    {
        _ignoresMessages = true;
        if (discard)
        {
            End(reason);
            return;
        }

        if (!Move(Trigger.BeginClose))
            return;
        _closeReason = reason;
        if (State == SessionState.Closed)
        {
            Finish(reason, error: null, detail: null, Packet.Close);
        }
        else if (_polling.Poll is not null)
        {
            End(reason);
        }
        else
        {
            _heartbeat.Stop();
            _closeUntil = now + _options.CloseTimeout;
            if (State == SessionState.Closing)
                DropProbe(isOpen: true);
        }
    }

    /// <summary>The server has been told the deadline.</summary>
    internal TimeSpan TakeDeadline() => _queuedDeadline = Deadline;

    private static TimeSpan Earlier(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
