// One session of a server. What its client sends changes the state or is delivered. What the application sends goes to the transport in
// use.
//
// Each packet is sent once and in order, because there is one buffer and one transport at a time. While the client polls, the buffer is
// emptied into the pending GET, at once if there is one; so a GET is pending only while the buffer is empty. The upgrade packet moves the
// session to the WebSocket, which first sends what the buffer still holds.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Headers = System.Collections.Generic.IReadOnlyList<System.Collections.Generic.KeyValuePair<string, string>>;

namespace WsProto.EngineIO;

/// <summary>One session of an Engine.IO v4 server, without I/O.</summary>
/// <remarks>
/// <para>
/// Report requests, bodies, WebSocket messages and time with the <c>Receive…</c> methods and <see cref="OnTimer"/>. After each call, read
/// the events with <see cref="TryReadEvent"/>, carry them out in order, and call <see cref="EngineIOServer.Update"/> if
/// <see cref="NeedsUpdate"/> is true.
/// </para>
/// <para>Times are readings of one monotonic clock, such as the time since the process started.</para>
/// <para>Not thread-safe. Sessions share no mutable data, so a host may use one lock for each.</para>
/// <para>Nothing that the client does throws. A report about a request or WebSocket that has ended, or belongs to another session, has no
/// effect.</para>
/// </remarks>
[DebuggerDisplay("{Id}: {State}, {BufferedBytes} bytes wait")]
public sealed partial class EngineIOSession
{
    /// <summary>
    /// The minimum time between two polls that are ended without packets while an upgrade waits for the client. It is the interval of the
    /// reference server.
    /// </summary>
    private static readonly TimeSpan _noopInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>A larger queue of events is trimmed when it is empty.</summary>
    private const int KeptCapacity = 64;

    private readonly EngineIOServerOptions _options;
    private readonly Answers _answers;
    private readonly Queue<EngineIOEvent> _events = new();
    private readonly SendBuffer _waiting = new();
    private readonly PollingTransport _polling;
    private readonly Heartbeat _heartbeat;
    private readonly Headers _initialHeaders;

    /// <summary>The first request, until <see cref="ReceiveRequest"/> is called with it.</summary>
    private EngineIORequest? _handshake;

    /// <summary>The WebSocket in use, or that of the first request while it opens.</summary>
    private EngineIORequest? _webSocket;

    /// <summary>The WebSocket of the current upgrade.</summary>
    private EngineIORequest? _probe;

    private TimeSpan _openUntil;
    private TimeSpan _closeUntil = Heartbeat.Never;
    private TimeSpan _upgradeUntil = Heartbeat.Never;
    private TimeSpan _noopFrom;
    private CloseReason _closeReason;
    private long _unwritten;
    private bool _hasWaited;
    private bool _isKnown;

    /// <summary>Whether the application has closed the session. Messages that it has not read yet are no longer delivered.</summary>
    private bool _ignoresMessages;

    /// <summary>The deadline that the server's queue has.</summary>
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
    /// The id by which the client refers to the session. Keep it secret: anybody who knows it can send and receive in the session.
    /// </summary>
    public string Id { get; }

    /// <summary>The state of the session.</summary>
    public SessionState State { get; private set; }

    /// <summary>The transport in use; after the end of the session, the last one.</summary>
    public EngineIOTransports Transport { get; private set; }

    /// <summary>The number of bytes that wait: for the next poll, or to be written to the WebSocket.</summary>
    public long BufferedBytes => _waiting.Size + _unwritten;

    /// <summary>The time at which to call <see cref="OnTimer"/>; null if no timer is needed. Every call may change it.</summary>
    public TimeSpan? NextDeadline => Deadline == Heartbeat.Never ? null : Deadline;

    /// <summary>Whether to call <see cref="EngineIOServer.Update"/>: the session is closed, or due earlier than the server knows.</summary>
    public bool NeedsUpdate => State == SessionState.Closed ? !IsDropped : Deadline < _queuedDeadline;

    /// <summary>An object of the application. It is not used here.</summary>
    public object? Tag { get; set; }

    /// <summary>The index in the server's queue of deadlines.</summary>
    internal int QueuePlace { get; set; } = DeadlineQueue.NotQueued;

    /// <summary>Whether the server has removed the session.</summary>
    internal bool IsDropped { get; set; }

    /// <summary>The earliest of all deadlines.</summary>
    private TimeSpan Deadline =>
        Earlier(Earlier(_openUntil, _closeUntil), Earlier(Earlier(_upgradeUntil, NoopAt), _heartbeat.NextDeadline));

    /// <summary>When to end the pending poll for the upgrade.</summary>
    private TimeSpan NoopAt => State == SessionState.Upgrading && _polling.Poll is not null ? _noopFrom : Heartbeat.Never;

    /// <summary>Reads the next event.</summary>
    /// <param name="e">The event.</param>
    /// <returns>False if there is none.</returns>
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
    /// Sends pings, and handles the timeouts that have expired. Call it at <see cref="NextDeadline"/>; a call at any other time is
    /// harmless.
    /// </summary>
    /// <param name="now">The current time.</param>
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

    /// <summary>Sends a message.</summary>
    /// <param name="message">The message.</param>
    /// <returns>Whether the message was accepted, or why not. After <see cref="SendResult.BufferFull"/> the session is closed.</returns>
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

    /// <summary>Closes the session after the messages that were sent before. No more messages are accepted or delivered.</summary>
    /// <remarks>
    /// Over polling, the last messages go with the pending or the next poll, for which the session waits
    /// <see cref="EngineIOServerOptions.CloseTimeout"/>. A WebSocket is closed at once, after the messages.
    /// </remarks>
    /// <param name="now">The current time.</param>
    /// <param name="reason">
    /// The reason in <see cref="SessionClosed"/>, which also determines the close code of the WebSocket. Default: the application closed
    /// the session.
    /// </param>
    /// <param name="discard">Whether to drop the messages that wait and end at once, even if the session is already closing.</param>
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

    /// <summary>Gets the deadline, and notes that the server's queue has it.</summary>
    internal TimeSpan TakeDeadline() => _queuedDeadline = Deadline;

    private static TimeSpan Earlier(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
