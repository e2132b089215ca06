// One session at the client's end: what the application sends leaves on the transport in use, what comes from the server moves the state
// machine or is delivered.
//
// Packets leave once and in order because there is one buffer and one transport at a time. While the session polls, the buffer is emptied
// into one POST after the other. For an upgrade the session waits until no request is under way; then "5" goes over the WebSocket, and what
// the buffer still holds follows it there.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace WsProto.EngineIO;

/// <summary>
/// One session of Engine.IO v4 at the client's end, without I/O: answers, WebSocket messages and time go in by the <c>Receive…</c> methods
/// and <see cref="OnTimer"/>; what is to be done and what happened comes out by <see cref="TryReadEvent"/>.
/// </summary>
/// <remarks>
/// <para>Times are readings of one monotonic clock, such as the time since the process started.</para>
/// <para>
/// Not safe for concurrent use. An object is one session: it opens once and ends once. After calls on it, read its events, do what they say
/// in their order, and set a timer for <see cref="NextDeadline"/>.
/// </para>
/// <para>Nothing that the server does throws. A request or WebSocket that was given up may still be reported; it changes nothing.</para>
/// </remarks>
[DebuggerDisplay("{State}, {BufferedBytes} bytes wait")]
public sealed partial class EngineIOClient
{
    private readonly EngineIOClientOptions _options;
    private readonly Queue<EngineIOEvent> _events = new();
    private readonly PostBuffer _waiting = new();
    private readonly PingWatch _watch = new();

    /// <summary>The GET that is under way.</summary>
    private EngineIOClientRequest? _poll;

    /// <summary>The POST that is under way.</summary>
    private EngineIOClientRequest? _post;

    /// <summary>The WebSocket in use, or the first one while it opens.</summary>
    private EngineIOClientRequest? _webSocket;

    /// <summary>The WebSocket of an upgrade that is under way.</summary>
    private EngineIOClientRequest? _probe;

    private TimeSpan _openUntil = Heartbeat.Never;
    private TimeSpan _upgradeUntil = Heartbeat.Never;
    private TimeSpan _closeUntil = Heartbeat.Never;

    /// <summary>Which of the transports is tried.</summary>
    private int _tried;

    /// <summary>Bytes that were given to the host and have not left.</summary>
    private long _unwritten;

    /// <summary>The same of the WebSocket of an upgrade.</summary>
    private long _probeUnwritten;

    /// <summary>How many of the bytes that wait go no later than the last pong; 0 if it has left.</summary>
    private long _untilPong;
    private bool _hasWaited;

    /// <summary>A session that has not begun.</summary>
    /// <param name="options">Null: all defaults.</param>
    public EngineIOClient(EngineIOClientOptions? options = null)
    {
        _options = options ?? EngineIOClientOptions.Default;
        Transport = _options.Transports[0];
    }

    /// <summary>Where the session is in its life.</summary>
    public EngineIOClientState State { get; private set; }

    /// <summary>Whether messages are accepted.</summary>
    public bool IsOpen => ClientStateMachine.IsOpen(State);

    /// <summary>What the server has said of the session; null before it is open.</summary>
    public EngineIOOpening? Opening { get; private set; }

    /// <summary>The transport in use, the one that is tried, or the last one that was.</summary>
    public EngineIOTransports Transport { get; private set; }

    /// <summary>How many bytes wait: for a POST, for its answer, or to be written to the WebSocket.</summary>
    public long BufferedBytes => _waiting.Size + _unwritten;

    /// <summary>When <see cref="OnTimer"/> has something to do, if nothing is received before; null if it never has.</summary>
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

    /// <summary>Opens the session. Nothing happens if it was called before.</summary>
    /// <param name="now">The time.</param>
    public void Open(TimeSpan now)
    {
        if (Move(ClientTrigger.Begin))
            Try(now);
    }

    /// <summary>Sends a message.</summary>
    /// <param name="packet">The message.</param>
    public SendResult Send(Packet packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        return Send([packet]);
    }

    /// <summary>Sends messages that must have no others between them. Either all are taken, or none.</summary>
    /// <param name="packets">The messages.</param>
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

    /// <summary>How many bytes a message has on the transport in use: over polling, bytes are written as base64.</summary>
    /// <param name="packet">The message.</param>
    public int SizeOf(Packet packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        return State == EngineIOClientState.WebSocket ? packet.OnWebSocket.Length : packet.InPayload.Length;
    }

    /// <summary>
    /// Ends the session, after what was sent. Messages of the server are not delivered any more. The end is an event; over polling it comes
    /// when the server has answered, or <see cref="EngineIOClientOptions.CloseTimeout"/> later.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="discard">Whether what waits is dropped.</param>
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

    /// <summary>Does what is due. Call it at <see cref="NextDeadline"/>; earlier or later does no harm.</summary>
    /// <param name="now">The time.</param>
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
        // The server counts the bytes of the message with those of the packet around it.
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
