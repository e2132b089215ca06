// What a client's session receives: responses, WebSocket messages and failures.

using System;
using System.Text.Json;

namespace WsProto.EngineIO;

public sealed partial class EngineIOClient
{
    /// <summary>Reports the response to a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="body">
    /// The body. The session keeps the memory, so do not change it. For a status other than 2xx, pass as much as you want to see in
    /// <see cref="EngineIOFailure.Body"/>.
    /// </param>
    /// <param name="now">The current time.</param>
    public void ReceiveAnswer(EngineIOClientRequest request, int status, ReadOnlyMemory<byte> body, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request != _poll && request != _post)
            return;
        if (status is < 200 or > 299)
        {
            Fail(request, Refusal(request, status, body), now);
            return;
        }

        _watch.ReceiveBytes(now);
        bool isPoll = request == _poll;
        Forget(request);
        if (isPoll)
            ReceivePayload(body, now);
        Advance();
        NoteDrained();
    }

    /// <summary>
    /// Reports that a request got no response, or that a WebSocket was not opened. The messages in a POST do not count as delivered.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="now">The current time.</param>
    /// <param name="status">The HTTP status with which the server refused; null if there was no response.</param>
    /// <param name="body">The body of the refusal. Pass as much as you want to see in <see cref="EngineIOFailure.Body"/>.</param>
    public void ReceiveFailure(
        EngineIOClientRequest request, TimeSpan now, int? status = null, ReadOnlyMemory<byte> body = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        EngineIOFailure failure = status is { } number
            ? Refusal(request, number, body)
            : new(EngineIOClientError.Unreachable, request.Transport) { Request = request };
        Fail(request, failure, now);
    }

    /// <summary>Reports that a WebSocket is open.</summary>
    /// <param name="request">The request that identifies the WebSocket.</param>
    public void ReceiveWebSocketOpened(EngineIOClientRequest request)
    {
        if (request is null || request != _probe)
            return;
        _probeUnwritten = Packet.ProbePing.OnWebSocket.Length;
        _events.Enqueue(new WriteWebSocketMessage(request, Packet.ProbePing));
    }

    /// <summary>Reports a text message of a WebSocket.</summary>
    /// <param name="request">The request that identifies the WebSocket.</param>
    /// <param name="text">The message as UTF-8. It is not copied: <see cref="MessageReceived.Data"/> is a part of it.</param>
    /// <param name="now">The current time.</param>
    public void ReceiveText(EngineIOClientRequest request, ReadOnlyMemory<byte> text, TimeSpan now)
    {
        if (request is not null && request == _probe)
            ReceiveProbeAnswer(text);
        if (request is null || request != _webSocket)
            return;
        _watch.ReceiveBytes(now);
        if (Payload.TryRead(text, out ReceivedPacket packet) && !packet.IsBinary)
            Receive(packet, now);
        else
            FailPacket(now);
        Advance();
    }

    /// <summary>Reports a binary message of a WebSocket.</summary>
    /// <param name="request">The request that identifies the WebSocket.</param>
    /// <param name="data">The message. It is not copied: it is <see cref="MessageReceived.Data"/>.</param>
    /// <param name="now">The current time.</param>
    public void ReceiveBinary(EngineIOClientRequest request, ReadOnlyMemory<byte> data, TimeSpan now)
    {
        if (request is not null && request == _probe)
            ReceiveProbeAnswer(default);
        if (request is null || request != _webSocket)
            return;
        _watch.ReceiveBytes(now);
        Receive(new(PacketType.Message, data, IsBinary: true), now);
    }

    /// <summary>Reports that bytes arrived which are not yet a whole message or response. They show that the server is alive.</summary>
    /// <param name="request">The request, or the request that identifies the WebSocket.</param>
    /// <param name="now">The current time.</param>
    public void ReceiveActivity(EngineIOClientRequest request, TimeSpan now)
    {
        if (request is not null && (request == _poll || request == _post || request == _webSocket))
            _watch.ReceiveBytes(now);
    }

    /// <summary>Reports that a WebSocket was closed or lost.</summary>
    /// <param name="request">The request that identifies the WebSocket.</param>
    /// <param name="code">The close code (RFC 6455 §7.1.5); null if there was none.</param>
    /// <param name="now">The current time.</param>
    public void ReceiveWebSocketClosed(EngineIOClientRequest request, ushort? code, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(request);
        var failure = new EngineIOFailure(EngineIOClientError.WebSocketClosed, EngineIOTransports.WebSocket)
        {
            Request = request,
            CloseCode = code,
        };
        Fail(request, failure, now);
    }

    /// <summary>Reports that messages of a WebSocket were written.</summary>
    /// <param name="request">The request that identifies the WebSocket.</param>
    /// <param name="count">Their number of bytes together.</param>
    public void ReceiveWritten(EngineIOClientRequest request, long count)
    {
        if (request is not null && request == _probe)
            _probeUnwritten -= count;
        if (request is null || request != _webSocket)
            return;
        NoteLeft(count);
        NoteDrained();
    }

    /// <summary>
    /// Handles a failure by state: a session that is opening tries the next transport, a closing one ends as the application wanted.
    /// </summary>
    private void Fail(EngineIOClientRequest request, EngineIOFailure failure, TimeSpan now)
    {
        bool isProbe = request == _probe;
        bool isPoll = request == _poll;
        if (!isProbe && !isPoll && request != _post && request != _webSocket)
            return;
        Forget(request);
        if (isProbe)
            LoseProbe(failure);
        else if (State == EngineIOClientState.Opening)
            FailOpening(failure, now);
        else if (State != EngineIOClientState.Closing)
            Fail(failure);
        else if (!isPoll)
            End(CloseReason.ForcedClose, null);
    }

    /// <summary>Drops a request or WebSocket that has ended. The host already knows, so no event is needed.</summary>
    private void Forget(EngineIOClientRequest request)
    {
        if (request == _post)
            NoteLeft(_unwritten);
        _poll = request == _poll ? null : _poll;
        _post = request == _post ? null : _post;
        _webSocket = request == _webSocket ? null : _webSocket;
        _probe = request == _probe ? null : _probe;
    }

    private void ReceivePayload(ReadOnlyMemory<byte> body, TimeSpan now)
    {
        ReadOnlyMemory<byte>? rest = body;
        int tried = _tried;
        while (rest is { } payload && State < EngineIOClientState.Closing && tried == _tried)
        {
            ReadOnlyMemory<byte> encoded = Payload.Cut(payload, out rest);
            if (Payload.TryRead(encoded, out ReceivedPacket packet))
                Receive(packet, now);
            else
                FailPacket(now);
        }
    }

    private void ReceiveProbeAnswer(ReadOnlyMemory<byte> text)
    {
        // "5.1.4 … it is checked by the client by sending a ping packet with 'probe' as data, and the server answers with a pong".
        if (!text.Span.SequenceEqual("3probe"u8) || !Move(ClientTrigger.AnswerProbe))
        {
            LoseProbe(new(EngineIOClientError.UpgradeMalformed, EngineIOTransports.WebSocket) { Request = _probe });
            return;
        }

        Advance();
    }

    private void Receive(ReceivedPacket packet, TimeSpan now)
    {
        if (State == EngineIOClientState.Opening)
        {
            if (packet.Type == PacketType.Open && EngineIOOpening.TryRead(packet.Data, out EngineIOOpening? opening))
                OpenSession(opening, now);
            else
                FailPacket(now);
            return;
        }

        switch (packet.Type)
        {
            case PacketType.Message:
                _events.Enqueue(new MessageReceived(packet.Data, packet.IsBinary));
                break;
            case PacketType.Ping:
                AnswerPing();
                break;
            case PacketType.Close:
                Fail(new(EngineIOClientError.ClosedByServer, Transport));
                break;
            case PacketType.Noop or PacketType.Pong:
                // Servers written in Python send a noop over a WebSocket right after the upgrade.
                break;
            default:
                FailPacket(now);
                break;
        }
    }

    private void FailPacket(TimeSpan now)
    {
        if (State == EngineIOClientState.Opening)
            FailOpening(new(EngineIOClientError.OpenMalformed, Transport) { Request = _webSocket }, now);
        else
            Fail(new(EngineIOClientError.PacketMalformed, Transport));
    }

    /// <summary>Reads the body of a refusal: <c>{"code":1,"message":"Session ID unknown"}</c>.</summary>
    private static EngineIOFailure Refusal(EngineIOClientRequest request, int status, ReadOnlyMemory<byte> body)
    {
        JsonElement? json = ServerJson.Read(body);
        return new(EngineIOClientError.Refused, request.Transport)
        {
            Request = request,
            Status = status,
            Body = body,
            Code = json is { } coded ? ServerJson.Number(coded, "code") : null,
            Message = json is { } worded ? ServerJson.Text(worded, "message") : null,
        };
    }
}
