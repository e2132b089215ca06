// What a session reports: its beginning, its end, and packets.

using System;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

public sealed partial class SocketIOClientConnection
{
    private const string ByServer = "io server disconnect";

    private void OpenSession(TimeSpan now)
    {
        _decoder = new SocketIODecoder(_options.Decoder, _encoder.Parser, _encoder.JsonOptions);
        _violation = null;
        _decision = null;
        Session = new EngineIOClient(_options.Engine);
        _events.Enqueue(new ConnectionMoved(State));
        Session.Open(now);
        Update(now);
    }

    private void Retry(TimeSpan now)
    {
        _retryAt = null;
        _ = Move(ConnectionTrigger.Retry);
        OpenSession(now);
    }

    private void Receive(EngineIOEvent e, TimeSpan now)
    {
        switch (e)
        {
            case ClientOpened:
                Opened(now);
                break;
            case MessageReceived message:
                ReceiveMessage(message, now);
                break;
            case ClientClosed closed:
                Closed(closed, now);
                break;
            default:
                _events.Enqueue(new SessionSaid(Session!, e));
                break;
        }
    }

    private void Opened(TimeSpan now)
    {
        _ = Move(ConnectionTrigger.Open);
        _openedAt = now;
        _events.Enqueue(new ConnectionMoved(State));
        foreach (ClientNamespace space in _spaces.Values)
        {
            space.JoinUntil = now + _options.JoinTimeout;
            Begin(space, now);
        }
    }

    private void Closed(ClientClosed closed, TimeSpan now)
    {
        string reason = (_violation is null ? closed.Reason : CloseReason.ParseError).ToProtocolText();
        _attachmentsUntil = null;
        if (Move(ConnectionTrigger.End))
        {
            _events.Enqueue(new ConnectionMoved(State));
            return;
        }

        TimeSpan? chosen = Decide(reason, closed.Failure, closed.WasOpen, now);
        LoseMemberships(reason, closed.Failure, comesBack: chosen is not null);
        _ = Move(chosen is null ? ConnectionTrigger.GiveUp : ConnectionTrigger.Lose);
        _retryAt = now + chosen;
        _events.Enqueue(new ConnectionMoved(State)
        {
            Reason = reason,
            Failure = closed.Failure,
            Violation = _violation,
            Attempt = chosen is null ? 0 : _attempt,
            Delay = chosen,
        });
        if (chosen is null)
            EndMemberships();
    }

    /// <summary>Decides about the next session, once for each that ends. Returns the delay; null if no session follows.</summary>
    private TimeSpan? Decide(string reason, EngineIOFailure? failure, bool wasOpen, TimeSpan now)
    {
        if (_decision is { } decided)
            return decided.Delay;
        if (wasOpen && now - _openedAt >= _options.Backoff.StableAfter)
            _attempt = 0;
        _attempt++;
        TimeSpan delay = _options.Backoff.DelayOf(_attempt, _random());
        TimeSpan? chosen = IsWanted
            ? _options.ReconnectPolicy(new SocketIOReconnectContext(reason, failure, _hasConnected, _attempt, delay))
            : null;
        _decision = new(chosen);
        return chosen;
    }

    /// <summary>Ends the session because the server broke a rule: nothing that follows could be trusted.</summary>
    private void Break(SocketIOError violation, TimeSpan now)
    {
        _violation = violation;
        _attachmentsUntil = null;
        string reason = CloseReason.ParseError.ToProtocolText();
        bool comesBack = Decide(reason, null, wasOpen: true, now) is not null;
        LoseMemberships(reason, null, comesBack);
        Session!.Close(now, discard: true);
    }

    private void ReceiveMessage(MessageReceived message, TimeSpan now)
    {
        if (_violation is not null)
            return;
        SocketIOError? error = message.IsBinary
            ? _decoder.ReceiveBinary(message.Data, out SocketIOPacket? packet)
            : _decoder.ReceiveText(message.Data, out packet);
        _attachmentsUntil = _decoder.AwaitsAttachments ? _attachmentsUntil ?? (now + _options.AttachmentTimeout) : null;
        if (packet is not null)
            error = Receive(packet, now);
        if (error is { } violation)
            Break(violation, now);
    }

    /// <returns>The error of the packet; null if it has none.</returns>
    private SocketIOError? Receive(SocketIOPacket packet, TimeSpan now)
    {
        // The packet may have been sent before the server received that the client has left the namespace.
        if (!_spaces.TryGetValue(packet.Namespace, out ClientNamespace? space))
            return null;
        switch (packet.Type)
        {
            case SocketIOPacketType.Connect:
                return ReceiveConnect(space, packet, now);
            case SocketIOPacketType.ConnectError when space.State is SocketIOMembership.Connecting or SocketIOMembership.Leaving:
                (string message, SocketIOArguments data) = ConnectPacket.ReadRefusal(packet.Arguments);
                Refuse(space, SocketIORefusalKind.Refused, message, data, now);
                break;
            case SocketIOPacketType.Disconnect when space.State == SocketIOMembership.Connected:
                ReceiveDisconnect(space, now);
                break;
            case SocketIOPacketType.Event:
                return ReceiveEvent(space, packet);
            case SocketIOPacketType.Ack when space.Unanswered.Remove(packet.Id!.Value, out SocketIOEmit? emit):
                emit.Answer = packet.Arguments;
                End(emit, SocketIOEmitOutcome.Answered);
                SendRetried(space, now);
                break;
        }

        return null;
    }

    private SocketIOError? ReceiveConnect(ClientNamespace space, SocketIOPacket packet, TimeSpan now)
    {
        (string? id, string? pid) = ConnectPacket.Read(packet.Arguments);
        if (id is null)
            return SocketIOError.PayloadMalformed;
        bool wasLeaving = space.State == SocketIOMembership.Leaving;
        if (!Move(space, MembershipTrigger.ReceiveConnect))
            return null;
        space.JoinUntil = null;
        if (wasLeaving)
        {
            Session!.Send(_encoder.Disconnect(space.Name));
            return null;
        }

        bool recovered = pid is not null && pid == space.Pid;
        space.Offset = recovered ? space.Offset : null;
        space.Pid = pid;
        space.Id = id;
        space.JoinedAt = now;
        space.HasJoined = _hasConnected = true;
        _events.Enqueue(new NamespaceJoined(space.Name, id, recovered));
        foreach (SocketIOPacket early in space.Early)
            Deliver(space, early);
        space.ForgetEarly();
        return null;
    }

    private SocketIOError? ReceiveEvent(ClientNamespace space, SocketIOPacket packet)
    {
        if (space.State == SocketIOMembership.Connected)
            Deliver(space, packet);
        else if (space.State == SocketIOMembership.Connecting)
            space.AddEarly(packet);
        bool isTooMuch = space.Early.Count > _options.MaxEarlyEvents || space.EarlyBytes > _options.MaxEarlyBytes;
        return isTooMuch ? SocketIOError.NotConnected : null;
    }

    private void Deliver(ClientNamespace space, SocketIOPacket packet)
    {
        SocketIOArguments arguments = packet.Arguments;
        // An event that expects an acknowledgement is not kept by the server, and has no offset.
        if (space.Pid is not null && packet.Id is null && RecoveryOffset.Of(arguments) is { } offset)
        {
            space.Offset = offset;
            arguments = arguments.WithoutLast();
        }

        _events.Enqueue(new EventArrived(packet, arguments, space.Attempt));
    }

    private void ReceiveDisconnect(ClientNamespace space, TimeSpan now)
    {
        _ = Move(space, MembershipTrigger.ReceiveDisconnect);
        space.Forget();
        const string Message = "The server disconnected the client.";
        TimeSpan? delay = DelayOf(space, SocketIORefusalKind.DisconnectedByServer, Message, SocketIOArguments.None, now);
        TellLost(space, ByServer, null, comesBack: delay is not null);
        Rejoin(space, delay, now);
    }
}
