// What comes to a client's session: answers, WebSocket messages, failures.

using System;
using System.Text.Json;

namespace WsProto.EngineIO;

public sealed partial class EngineIOClient
{
    /// <summary>A request was answered.</summary>
    /// <param name="request">The request.</param>
    /// <param name="status">The status of the answer.</param>
    /// <param name="body">The body, which is kept. Of a refusal, as much of it as is wanted in <see cref="EngineIOFailure.Body"/>.</param>
    /// <param name="now">The time.</param>
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
    /// A request got no answer, a WebSocket did not open, or was refused. Nothing that was in a POST counts as delivered.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="now">The time.</param>
    /// <param name="status">The status of the refusal; null if there was no answer.</param>
    /// <param name="body">The body of the refusal, as much of it as is wanted in <see cref="EngineIOFailure.Body"/>.</param>
    public void ReceiveFailure(
        EngineIOClientRequest request, TimeSpan now, int? status = null, ReadOnlyMemory<byte> body = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        EngineIOFailure failure = status is { } number
            ? Refusal(request, number, body)
            : new(EngineIOClientError.Unreachable, request.Transport) { Request = request };
        Fail(request, failure, now);
    }

    /// <summary>A WebSocket is open.</summary>
    /// <param name="request">The request that stands for it.</param>
    public void ReceiveWebSocketOpened(EngineIOClientRequest request)
    {
        if (request is null || request != _probe)
            return;
        _probeUnwritten = Packet.ProbePing.OnWebSocket.Length;
        _events.Enqueue(new WriteWebSocketMessage(request, Packet.ProbePing));
    }

    /// <summary>A text message of a WebSocket.</summary>
    /// <param name="request">The request that stands for it.</param>
    /// <param name="text">The message as UTF-8, which is kept.</param>
    /// <param name="now">The time.</param>
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

    /// <summary>A binary message of a WebSocket.</summary>
    /// <param name="request">The request that stands for it.</param>
    /// <param name="data">The message, which is kept.</param>
    /// <param name="now">The time.</param>
    public void ReceiveBinary(EngineIOClientRequest request, ReadOnlyMemory<byte> data, TimeSpan now)
    {
        if (request is not null && request == _probe)
            ReceiveProbeAnswer(default);
        if (request is null || request != _webSocket)
            return;
        _watch.ReceiveBytes(now);
        Receive(new(PacketType.Message, data, IsBinary: true), now);
    }

    /// <summary>Bytes have come that are no whole message or answer yet: the server is there.</summary>
    /// <param name="request">The request or WebSocket that they came for.</param>
    /// <param name="now">The time.</param>
    public void ReceiveActivity(EngineIOClientRequest request, TimeSpan now)
    {
        if (request is not null && (request == _poll || request == _post || request == _webSocket))
            _watch.ReceiveBytes(now);
    }

    /// <summary>A WebSocket was closed or lost.</summary>
    /// <param name="request">The request that stands for it.</param>
    /// <param name="code">The close code; null if it had none.</param>
    /// <param name="now">The time.</param>
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

    /// <summary>Messages have left that a WebSocket was to send.</summary>
    /// <param name="request">The request that stands for it.</param>
    /// <param name="count">Their bytes together.</param>
    public void ReceiveWritten(EngineIOClientRequest request, long count)
    {
        if (request is not null && request == _probe)
            _probeUnwritten -= count;
        if (request is null || request != _webSocket)
            return;
        NoteLeft(count);
        NoteDrained();
    }

    /// <summary>A session that is closing has ended, whatever becomes of its requests; one that opens may try another transport.</summary>
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

    /// <summary>A request or WebSocket is over, and the host knows it.</summary>
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
                // Servers in Python send a noop over a WebSocket that they have just upgraded to.
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

    /// <summary>What a server says in a refusal: <c>{"code":1,"message":"Session ID unknown"}</c>.</summary>
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
