// The transitions of a session, and the sending of packets.

using System;
using System.Globalization;
using System.Text;

namespace WsProto.EngineIO;

public sealed partial class EngineIOSession
{
    private bool Move(Trigger trigger)
    {
        if (StateMachine.Next(State, trigger) is not { } next)
            return false;
        State = next;
        return true;
    }

    private void Emit(EngineIOEvent e) => _events.Enqueue(e);

    private void Refuse(EngineIORequest request, EngineIOError error, string? message = null) =>
        Emit(_answers.Refusal(request, error, message));

    /// <summary>Opens the session: sends the open packet to the client, and tells the application.</summary>
    private void Open(EngineIORequest request, TimeSpan now)
    {
        _openUntil = Heartbeat.Never;
        _isKnown = true;
        _heartbeat.Start(now);
        Emit(new SessionOpened(request));
        _waiting.Add(OpenPacket());
        if (_options.InitialMessage is { } message)
            _waiting.Add(message);
        if (State == SessionState.WebSocket)
            Flush();
        else
            _polling.AnswerPoll(_waiting.TakePayload(), _initialHeaders);
    }

    /// <summary>Engine.IO protocol v4, "Handshake". The id needs no escaping.</summary>
    private Packet OpenPacket()
    {
        string upgrades = State == SessionState.Polling && _options.OffersUpgrade ? "\"websocket\"" : "";
        string json = string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"sid\":\"{Id}\",\"upgrades\":[{upgrades}],\"pingInterval\":{_options.PingInterval.TotalMilliseconds},"
            + $"\"pingTimeout\":{_options.PingTimeout.TotalMilliseconds},\"maxPayload\":{_options.MaxPayload}}}");
        return new(PacketType.Open, Encoding.UTF8.GetBytes(json));
    }

    /// <summary>Sends the packets that can be sent now: over the WebSocket, or with the pending poll.</summary>
    private void Flush()
    {
        if (_waiting.IsEmpty)
            return;
        if (State == SessionState.WebSocket)
            SendWaiting();
        else if (_polling.Poll is not null)
            _polling.AnswerPoll(_waiting.TakePayload(), []);
        NoteDrained();
    }

    private void SendWaiting()
    {
        foreach (Packet packet in _waiting.TakePackets())
            SendOn(_webSocket!, packet);
    }

    private void SendOn(EngineIORequest webSocket, Packet packet)
    {
        _unwritten += packet.OnWebSocket.Length;
        Emit(new SendWebSocketMessage(webSocket, packet));
    }

    private void NoteDrained()
    {
        if (!_hasWaited || BufferedBytes > 0)
            return;
        _hasWaited = false;
        Emit(SessionDrained.Instance);
    }

    /// <summary>
    /// Ends the pending poll, which the client must see before it sends the upgrade packet. It waits between two such ends, because the
    /// client polls again at once.
    /// </summary>
    private void EndPollForUpgrade(TimeSpan now)
    {
        if (_polling.Poll is null)
            return;
        _polling.AnswerPoll(Packet.Noop);
        _noopFrom = now + _noopInterval;
    }

    /// <summary>
    /// Makes the WebSocket the transport. The client should have no request pending. If it has, its poll is answered and its POST is
    /// refused, so that nothing from the old transport arrives after data from the new one.
    /// </summary>
    private void CompleteUpgrade(TimeSpan now)
    {
        _webSocket = _probe;
        _probe = null;
        _upgradeUntil = Heartbeat.Never;
        Transport = EngineIOTransports.WebSocket;
        _polling.AnswerPoll(Packet.Noop);
        _polling.RefusePost(EngineIOError.PostOutrunByUpgrade);
        if (State == SessionState.WebSocket)
            Emit(SessionUpgraded.Instance);
        _heartbeat.ReceiveBytes(now);
        SendWaiting();
        if (State == SessionState.Closed)
            Finish(_closeReason, error: null, detail: null, Packet.Close);
    }

    /// <summary>Ends an upgrade that has failed. The session continues over polling.</summary>
    private void LoseProbe(bool isOpen)
    {
        _ = Move(Trigger.LoseProbe);
        DropProbe(isOpen);
        NoteDrained();
    }

    private void DropProbe(bool isOpen)
    {
        if (_probe is null)
            return;
        if (isOpen)
            Emit(new CloseWebSocket(_probe, CloseReason.ForcedClose.WebSocketCode()));
        _probe = null;
        _upgradeUntil = Heartbeat.Never;
        _unwritten = 0;
    }

    private void End(CloseReason reason) => End(reason, error: null, detail: null, Packet.Close);

    private void End(EngineIOError error, string detail = "")
    {
        ErrorOutcome outcome = EngineIOErrors.Of(error);
        End(outcome.Ends!.Value, error, outcome.Description + detail, Packet.Close);
    }

    /// <summary>Ends the session because of an error of the client, or because it sent a close packet.</summary>
    private void EndByClient(EngineIOError? error)
    {
        if (error is { } found)
            End(found);
        else
            End(StateMachine.IsOpen(State) ? CloseReason.TransportClose : _closeReason, error: null, detail: null, Packet.Noop);
    }

    private void End(CloseReason reason, EngineIOError? error, string? detail, Packet lastPacket)
    {
        if (Move(Trigger.End))
            Finish(reason, error, detail, lastPacket);
    }

    /// <summary>Releases everything of the session: answers pending requests, closes the WebSocket, and clears all deadlines.</summary>
    private void Finish(CloseReason reason, EngineIOError? error, string? detail, Packet lastPacket)
    {
        _polling.AnswerPoll(lastPacket);
        _polling.RefusePost(error == EngineIOError.PostOverlap ? EngineIOError.PostOverlap : EngineIOError.SessionUnknown);
        DropProbe(isOpen: true);
        if (_webSocket is { } webSocket)
            Emit(new CloseWebSocket(webSocket, EngineIOErrors.WebSocketCode(error, reason)));
        _webSocket = null;
        _waiting.Clear();
        _unwritten = 0;
        _heartbeat.Stop();
        _openUntil = _closeUntil = Heartbeat.Never;
        if (_isKnown)
            Emit(new SessionClosed(reason, error, detail));
    }
}
