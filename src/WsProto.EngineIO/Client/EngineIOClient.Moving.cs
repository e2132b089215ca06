// The transitions of a client's session: trying transports, sending what waits, upgrading, ending.

using System;

namespace WsProto.EngineIO;

public sealed partial class EngineIOClient
{
    /// <summary>The maximum size of a POST in bytes if the server has announced none: the default of all servers.</summary>
    private const int UsualMaxPayload = 1_000_000;

    /// <summary>Opens the session over the current transport.</summary>
    private void Try(TimeSpan now)
    {
        Transport = _options.Transports[_tried];
        _openUntil = now + _options.OpenTimeout;
        if (Transport == EngineIOTransports.Polling)
        {
            Poll();
        }
        else
        {
            _webSocket = new(EngineIOTransports.WebSocket, null);
            _events.Enqueue(new OpenWebSocket(_webSocket));
        }
    }

    /// <summary>Handles that a transport did not open the session.</summary>
    private void FailOpening(EngineIOFailure failure, TimeSpan now)
    {
        if (!_options.FallsBack || failure.IsFinal || _tried + 1 == _options.Transports.Count)
        {
            Fail(failure);
            return;
        }

        _ = Move(ClientTrigger.FallBack);
        DropTransport(1000);
        _events.Enqueue(new TransportFailed(failure));
        _tried++;
        Try(now);
    }

    private void OpenSession(EngineIOOpening opening, TimeSpan now)
    {
        bool polls = Transport == EngineIOTransports.Polling;
        _ = Move(polls ? ClientTrigger.OpenPolling : ClientTrigger.OpenWebSocket);
        Opening = opening;
        _openUntil = Heartbeat.Never;
        _watch.Start(opening.PingInterval + opening.PingTimeout, now);
        _events.Enqueue(new ClientOpened(opening));
        // A WebSocket that has failed before polling succeeded is not tried again.
        bool hasNext = _tried + 1 < _options.Transports.Count;
        if (polls && hasNext && _options.Upgrades && opening.OffersWebSocket)
        {
            _ = Move(ClientTrigger.BeginProbe);
            _upgradeUntil = now + _options.UpgradeTimeout;
            _probe = new(EngineIOTransports.WebSocket, opening.SessionId);
            _events.Enqueue(new OpenWebSocket(_probe));
        }
    }

    /// <summary>Sends what can be sent now, and continues what was waiting for requests to end.</summary>
    private void Advance()
    {
        switch (State)
        {
            case EngineIOClientState.Polling or EngineIOClientState.Probing:
                if (_poll is null)
                    Poll();
                Post();
                break;
            case EngineIOClientState.Pausing when _poll is null && _post is null:
                CompleteUpgrade();
                break;
            case EngineIOClientState.WebSocket:
                Flush();
                break;
            case EngineIOClientState.Closing:
                if (_post is null && _waiting.IsEmpty)
                    End(CloseReason.ForcedClose, null);
                else
                    Post();
                break;
        }

        _hasWaited |= BufferedBytes > 0;
    }

    private void Poll()
    {
        _poll = new(EngineIOTransports.Polling, Opening?.SessionId);
        _events.Enqueue(new SendRequest(_poll));
    }

    private void Post()
    {
        if (_post is not null || _waiting.IsEmpty)
            return;
        long before = _waiting.Size;
        ReadOnlyMemory<byte> body = _waiting.TakePayload(Opening!.MaxPayload ?? UsualMaxPayload, _options.MaxPacketsPerPost);
        _unwritten = before - _waiting.Size;
        _post = new(EngineIOTransports.Polling, Opening.SessionId, body);
        _events.Enqueue(new SendRequest(_post));
    }

    private void Flush()
    {
        while (!_waiting.IsEmpty)
            Write(_waiting.Take());
    }

    private void Write(Packet packet)
    {
        _unwritten += packet.OnWebSocket.Length;
        _events.Enqueue(new WriteWebSocketMessage(_webSocket!, packet));
    }

    private void CompleteUpgrade()
    {
        _ = Move(ClientTrigger.CompleteUpgrade);
        _webSocket = _probe;
        _unwritten = _probeUnwritten;
        _probe = null;
        _probeUnwritten = 0;
        _upgradeUntil = Heartbeat.Never;
        Transport = EngineIOTransports.WebSocket;
        Write(Packet.Upgrade);
        _events.Enqueue(SessionUpgraded.Instance);
        Flush();
    }

    private void LoseProbe(EngineIOFailure failure)
    {
        _ = Move(ClientTrigger.LoseProbe);
        DropProbe();
        _events.Enqueue(new TransportFailed(failure));
        Advance();
    }

    private void DropProbe()
    {
        if (_probe is not null)
            _events.Enqueue(new EndWebSocket(_probe, 1000));
        _probe = null;
        _probeUnwritten = 0;
        _upgradeUntil = Heartbeat.Never;
    }

    /// <summary>
    /// Answers all pings that arrive before the last pong was sent with that pong, so that a server that sends pings and reads nothing
    /// fills no memory.
    /// </summary>
    private void AnswerPing()
    {
        if (_untilPong > 0)
            return;
        _waiting.Add(Packet.Pong);
        _untilPong = BufferedBytes;
    }

    private void NoteLeft(long count)
    {
        _unwritten -= count;
        _untilPong = BufferedBytes == 0 ? 0 : Math.Max(0, _untilPong - count);
    }

    private void NoteDrained()
    {
        if (BufferedBytes > 0 || !_hasWaited)
            return;
        _hasWaited = false;
        _events.Enqueue(SessionDrained.Instance);
    }

    private void Fail(EngineIOFailure failure) => End(failure.Reason, failure);

    private void End(CloseReason reason, EngineIOFailure? failure)
    {
        bool wasOpen = Opening is not null;
        _ = Move(ClientTrigger.End);
        Finish(reason, failure, wasOpen);
    }

    private void Finish(CloseReason reason, EngineIOFailure? failure, bool wasOpen)
    {
        DropProbe();
        DropTransport(reason == CloseReason.ForcedClose ? (ushort)1000 : reason.WebSocketCode());
        _openUntil = _closeUntil = Heartbeat.Never;
        _watch.Stop();
        _waiting.Clear();
        _unwritten = 0;
        _hasWaited = false;
        _events.Enqueue(new ClientClosed(reason, failure, wasOpen));
    }

    private void DropTransport(ushort code)
    {
        Abandon(ref _poll);
        Abandon(ref _post);
        if (_webSocket is not null)
            _events.Enqueue(new EndWebSocket(_webSocket, code));
        _webSocket = null;
    }

    private void Abandon(ref EngineIOClientRequest? request)
    {
        if (request is not null)
            _events.Enqueue(new AbandonRequest(request));
        request = null;
    }
}
