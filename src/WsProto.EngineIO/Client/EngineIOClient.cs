// One session of a client. What the application sends goes to the transport in use. What the server sends changes the state or is
// delivered.
//
// Each packet is sent once and in order, because there is one buffer and one transport at a time. While the session polls, it empties the
// buffer into one POST after the other. For an upgrade it waits until no request is pending. Then it sends "5" over the WebSocket, followed
// by what the buffer still holds.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace WsProto.EngineIO;

/// <summary>One session of an Engine.IO v4 client, without I/O.</summary>
/// <remarks>
/// <para>
/// Report responses, WebSocket messages and time with the <c>Receive…</c> methods and <see cref="OnTimer"/>. After each call, read the
/// events with <see cref="TryReadEvent"/>, carry them out in order, and set a timer for <see cref="NextDeadline"/>.
/// </para>
/// <para>Times are readings of one monotonic clock, such as the time since the process started.</para>
/// <para>Not thread-safe. An instance is one session: it opens once and closes once.</para>
/// <para>Nothing that the server does throws. A report about a request or WebSocket that was abandoned has no effect.</para>
/// </remarks>
[DebuggerDisplay("{State}, {BufferedBytes} bytes wait")]
public sealed partial class EngineIOClient
{
    private readonly EngineIOClientOptions _options;
    private readonly Queue<EngineIOEvent> _events = new();
    private readonly PostBuffer _waiting = new();
    private readonly PingWatch _watch = new();

    /// <summary>The pending GET.</summary>
    private EngineIOClientRequest? _poll;

    /// <summary>The pending POST.</summary>
    private EngineIOClientRequest? _post;

    /// <summary>The WebSocket in use, or the first one while it is being opened.</summary>
    private EngineIOClientRequest? _webSocket;

    /// <summary>The WebSocket of the current upgrade.</summary>
    private EngineIOClientRequest? _probe;

    private TimeSpan _openUntil = Heartbeat.Never;
    private TimeSpan _upgradeUntil = Heartbeat.Never;
    private TimeSpan _closeUntil = Heartbeat.Never;

    /// <summary>The index of the current transport in the options.</summary>
    private int _tried;

    /// <summary>The number of bytes that the host was given and has not sent yet.</summary>
    private long _unwritten;

    /// <summary>The same for the WebSocket of an upgrade.</summary>
    private long _probeUnwritten;

    /// <summary>The number of waiting bytes up to the end of the last pong; 0 if it was sent.</summary>
    private long _untilPong;
    private bool _hasWaited;

    /// <summary>Creates a session that is not open.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    public EngineIOClient(EngineIOClientOptions? options = null)
    {
        _options = options ?? EngineIOClientOptions.Default;
        Transport = _options.Transports[0];
    }

    /// <summary>The state of the session.</summary>
    public EngineIOClientState State { get; private set; }

    /// <summary>Whether messages can be sent.</summary>
    public bool IsOpen => ClientStateMachine.IsOpen(State);

    /// <summary>The data of the server's open packet; null before the session is open.</summary>
    public EngineIOOpening? Opening { get; private set; }

    /// <summary>The transport in use. While the session opens, the one that is tried; after its end, the last one.</summary>
    public EngineIOTransports Transport { get; private set; }

    /// <summary>The number of bytes that wait: for a POST or its response, or to be written to the WebSocket.</summary>
    public long BufferedBytes => _waiting.Size + _unwritten;

    /// <summary>The time at which to call <see cref="OnTimer"/>; null if no timer is needed. Every call may change it.</summary>
    public TimeSpan? NextDeadline
    {
        get
        {
            TimeSpan next = _openUntil;
            next = _upgradeUntil < next ? _upgradeUntil : next;
            next = _closeUntil < next ? _closeUntil : next;
            next = _watch.Deadline < next ? _watch.Deadline : next;
            return next == Heartbeat.Never ? null : next;
        }
    }

    /// <summary>Opens the session. It has no effect if it was called before.</summary>
    /// <param name="now">The current time.</param>
    public void Open(TimeSpan now)
    {
        if (Move(ClientTrigger.Begin))
            Try(now);
    }

    /// <summary>Sends a message.</summary>
    /// <param name="packet">The message.</param>
    /// <returns>Whether the message was accepted, or why not.</returns>
    public SendResult Send(Packet packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        return Send([packet]);
    }

    /// <summary>Sends messages with no other message between them. Either all are accepted, or none.</summary>
    /// <param name="packets">The messages.</param>
    /// <returns>Whether the messages were accepted, or why not.</returns>
    public SendResult Send(IReadOnlyList<Packet> packets)
    {
        ArgumentNullException.ThrowIfNull(packets);
        if (!IsOpen)
            return SendResult.NotOpen;
        for (int i = 0; i < packets.Count; i++)
        {
            if (Judge(packets[i]) is { } refusal)
                return refusal;
        }

        for (int i = 0; i < packets.Count; i++)
            _waiting.Add(packets[i]);
        Advance();
        return SendResult.Accepted;
    }

    /// <summary>The size in bytes of a message on the transport in use. Over polling, binary messages are sent as base64.</summary>
    /// <param name="packet">The message.</param>
    /// <returns>The size, with the packet type.</returns>
    public int SizeOf(Packet packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        return State == EngineIOClientState.WebSocket ? packet.OnWebSocket.Length : packet.InPayload.Length;
    }

    /// <summary>Closes the session after the messages that were sent before. No more messages are delivered.</summary>
    /// <remarks>
    /// <see cref="ClientClosed"/> follows. Over polling it follows when the server has responded, or after
    /// <see cref="EngineIOClientOptions.CloseTimeout"/>. It has no effect if the session is closing or closed.
    /// </remarks>
    /// <param name="now">The current time.</param>
    /// <param name="discard">Whether to drop the messages that wait.</param>
    public void Close(TimeSpan now, bool discard = false)
    {
        bool isNew = State is EngineIOClientState.Idle or EngineIOClientState.Opening;
        if (!Move(ClientTrigger.BeginClose))
            return;
        if (State == EngineIOClientState.Closed)
        {
            Finish(CloseReason.ForcedClose, null, wasOpen: !isNew);
            return;
        }

        if (discard)
            _waiting.Clear();
        DropProbe();
        _watch.Stop();
        _closeUntil = now + _options.CloseTimeout;
        _waiting.Add(Packet.Close);
        Advance();
    }

    /// <summary>
    /// Handles the timeouts that have expired. Call it at <see cref="NextDeadline"/>; a call at any other time is harmless.
    /// </summary>
    /// <param name="now">The current time.</param>
    public void OnTimer(TimeSpan now)
    {
        if (now >= _openUntil)
            FailOpening(new(EngineIOClientError.OpenTimeout, Transport) { Request = _poll ?? _webSocket }, now);
        if (now >= _upgradeUntil)
            LoseProbe(new(EngineIOClientError.UpgradeTimeout, EngineIOTransports.WebSocket) { Request = _probe });
        if (now >= _closeUntil)
            End(CloseReason.ForcedClose, null);
        if (_watch.IsOver(now))
            Fail(new(EngineIOClientError.Silence, Transport));
    }

    /// <summary>Reads the next event.</summary>
    /// <param name="e">The event.</param>
    /// <returns>False if there is none.</returns>
    public bool TryReadEvent([NotNullWhen(true)] out EngineIOEvent? e) => _events.TryDequeue(out e);

    private SendResult? Judge(Packet packet)
    {
        if (packet.HasSeparator && State != EngineIOClientState.WebSocket)
            return SendResult.NotCarried;
        // The server compares its limit with the size of the whole packet.
        return SizeOf(packet) > Opening!.MaxPayload ? SendResult.TooLarge : null;
    }

    private bool Move(ClientTrigger trigger)
    {
        if (ClientStateMachine.Next(State, trigger) is not { } next)
            return false;
        State = next;
        return true;
    }
}
