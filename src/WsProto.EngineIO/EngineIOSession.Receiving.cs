// What arrives from the client over HTTP: its requests and their bodies. Also the handling of packets of both transports.

using System;
using System.Globalization;

namespace WsProto.EngineIO;

public sealed partial class EngineIOSession
{
    private string PayloadTooLarge =>
        string.Create(CultureInfo.InvariantCulture, $"Payload too large: the limit is {_options.MaxPayload} bytes");

    /// <summary>
    /// Reports a request that <see cref="EngineIOServer.Admit"/> has assigned to this session. A POST is answered after
    /// <see cref="ReceiveBodyEnd"/>.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="now">The current time.</param>
    /// <exception cref="ArgumentException">The request is not the handshake of this session and does not have its id.</exception>
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

    /// <summary>Reports a part of the body of a POST. It is copied.</summary>
    /// <param name="request">The request.</param>
    /// <param name="bytes">The part, of any size.</param>
    /// <param name="now">The current time.</param>
    public void ReceiveBody(EngineIORequest request, ReadOnlySpan<byte> bytes, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!ReferenceEquals(request, _polling.Post))
            return;
        _heartbeat.ReceiveBytes(now);
        if (!_polling.TryAppend(bytes, _options.MaxPayload))
            _polling.RefusePost(EngineIOError.PayloadTooLarge, PayloadTooLarge);
    }

    /// <summary>Reports the end of the body of a POST. Its packets are delivered, and the request is answered.</summary>
    /// <param name="request">The request.</param>
    /// <param name="now">The current time.</param>
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
    /// Reports that the client aborted a request, or that its response could not be written. The session ends, because the packets of a
    /// lost response cannot be sent again.
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
    /// Handles the packets of a body, up to the first that ends the session. Returns false if one does, because of an error or because the
    /// client closes the session.
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

    /// <summary>
    /// Handles a packet of the transport in use. Returns false if it ends the session, because of an error or because the client closes the
    /// session.
    /// </summary>
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
            default: // Other types mean nothing here, and none does after the application has closed the session.
                return true;
        }
    }
}
