// What comes from the client by HTTP: its requests and their bodies; and what a packet means, by whichever transport it came.

using System;
using System.Globalization;

namespace WsProto.EngineIO;

public sealed partial class EngineIOSession
{
    private string PayloadTooLarge =>
        string.Create(CultureInfo.InvariantCulture, $"Payload too large: the limit is {_options.MaxPayload} bytes");

    /// <summary>
    /// A request for this session, as <see cref="EngineIOServer.Admit"/> has found out. A POST is answered after
    /// <see cref="ReceiveBodyEnd"/>.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ArgumentException">The request is neither the handshake of this session nor has its id.</exception>
    public void ReceiveRequest(EngineIORequest request, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (ReferenceEquals(request, _handshake))
            ReceiveHandshake(request, now);
        else if (request.SessionId != Id)
            throw new ArgumentException("The request belongs to another session.", nameof(request));
        else if (State == SessionState.Closed)
            Refuse(request, EngineIOError.SessionUnknown);
        else if (request.IsWebSocket != (request.Transport == EngineIORequest.WebSocket))
            Refuse(request, EngineIOError.TransportMismatch);
        else if (request.IsWebSocket)
            ReceiveUpgrade(request, now);
        else if (!StateMachine.Polls(State))
            Refuse(request, EngineIOError.TransportMismatch);
        else
            ReceivePolling(request, now);
    }

    /// <summary>A piece of the body of a POST. It is copied.</summary>
    /// <param name="request">The request.</param>
    /// <param name="bytes">The piece; pieces may be of any size.</param>
    /// <param name="now">The time.</param>
    public void ReceiveBody(EngineIORequest request, ReadOnlySpan<byte> bytes, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!ReferenceEquals(request, _polling.Post))
            return;
        _heartbeat.ReceiveBytes(now);
        if (!_polling.TryAppend(bytes, _options.MaxPayload))
            _polling.RefusePost(EngineIOError.PayloadTooLarge, PayloadTooLarge);
    }

    /// <summary>The end of the body of a POST: its packets are delivered, and it is answered.</summary>
    /// <param name="request">The request.</param>
    /// <param name="now">The time.</param>
    public void ReceiveBodyEnd(EngineIORequest request, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!ReferenceEquals(request, _polling.Post))
            return;
        _heartbeat.ReceiveBytes(now);
        bool goesOn = TryReceivePayload(_polling.TakePayload(), now, out EngineIOError? error);
        if (error is { } found)
            _polling.RefusePost(found);
        else
            _polling.AnswerPost();
        if (!goesOn)
            EndByClient(error);
    }

    /// <summary>
    /// The client gave up a request, or its answer could not be written. The packets of a lost answer cannot be had again, so the session
    /// ends.
    /// </summary>
    /// <param name="request">The request.</param>
    public void ReceiveAbort(EngineIORequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (ReferenceEquals(request, _polling.Poll))
        {
            _polling.Poll = null;
            End(EngineIOError.PollAborted);
        }
        else if (ReferenceEquals(request, _polling.Post))
        {
            _polling.DropPost();
            End(EngineIOError.PostAborted);
        }
        else if (ReferenceEquals(request.AnsweredBy, this))
        {
            End(EngineIOError.PollAborted);
        }
    }

    private void ReceiveHandshake(EngineIORequest request, TimeSpan now)
    {
        _handshake = null;
        if (State == SessionState.Closed)
        {
            Refuse(request, EngineIOError.SessionUnknown);
        }
        else if (request.IsWebSocket)
        {
            _webSocket = request;
            Emit(new AcceptWebSocket(request, _initialHeaders));
        }
        else
        {
            _polling.JsonpIndex = request.JsonpIndex;
            _polling.Poll = request;
            _ = Move(Trigger.OpenPolling);
            Open(request, now);
        }
    }

    private void ReceivePolling(EngineIORequest request, TimeSpan now)
    {
        switch (request.Method)
        {
            case "GET":
                ReceivePoll(request, now);
                break;
            case "POST":
                ReceivePost(request, now);
                break;
            default:
                Refuse(request, EngineIOError.MethodNotAllowed);
                break;
        }
    }

    private void ReceivePoll(EngineIORequest request, TimeSpan now)
    {
        _heartbeat.ReceiveBytes(now);
        if (_polling.Poll is not null)
        {
            Refuse(request, EngineIOError.PollOverlap);
            End(EngineIOError.PollOverlap);
            return;
        }

        _polling.Poll = request;
        if (StateMachine.IsOpen(State))
        {
            Flush();
            if (now >= NoopAt)
                EndPollForUpgrade(now);
        }
        else
        {
            _waiting.Add(Packet.Close);
            _polling.AnswerPoll(_waiting.TakePayload(), []);
            End(_closeReason);
        }
    }

    private void ReceivePost(EngineIORequest request, TimeSpan now)
    {
        _heartbeat.ReceiveBytes(now);
        if (_polling.Post is not null)
        {
            Refuse(request, EngineIOError.PostOverlap);
            End(EngineIOError.PostOverlap);
        }
        else if (request.Header("Content-Type")?.StartsWith("application/octet-stream", StringComparison.OrdinalIgnoreCase) == true)
        {
            Refuse(request, EngineIOError.ContentNotText);
            End(EngineIOError.ContentNotText);
        }
        else if (DeclaredLength(request) > _options.MaxPayload)
        {
            Refuse(request, EngineIOError.PayloadTooLarge, PayloadTooLarge);
        }
        else
        {
            _polling.BeginPost(request);
        }
    }

    private static long DeclaredLength(EngineIORequest request) =>
        long.TryParse(request.Header("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out long length) ? length : 0;

    /// <summary>
    /// The packets of a body, up to the first that ends the session; false if one does, for an error or because the client wants it.
    /// </summary>
    private bool TryReceivePayload(ReadOnlyMemory<byte>? payload, TimeSpan now, out EngineIOError? error)
    {
        error = payload is null ? EngineIOError.PacketMalformed : null;
        while (payload is { } rest)
        {
            if (!Payload.TryRead(Payload.Cut(rest, out payload), out ReceivedPacket packet))
                error = EngineIOError.PacketMalformed;
            else if (TryReceivePacket(packet, now, out error))
                continue;
            return false;
        }

        return error is null;
    }

    /// <summary>One packet on the transport in use; false if it ends the session, for an error or because the client wants it.</summary>
    private bool TryReceivePacket(ReceivedPacket packet, TimeSpan now, out EngineIOError? error)
    {
        error = null;
        switch (packet.Type)
        {
            case PacketType.Close:
                return false;
            case PacketType.Ping:
                error = EngineIOError.PingFromClient;
                return false;
            case PacketType.Pong when StateMachine.IsOpen(State):
                _heartbeat.Start(now);
                return true;
            case PacketType.Message when StateMachine.IsOpen(State):
                Emit(new MessageReceived(packet.Data, packet.IsBinary));
                return true;
            default: // The rest means nothing here, and nothing does after the application has closed. The reference server ignores it too.
                return true;
        }
    }
}
