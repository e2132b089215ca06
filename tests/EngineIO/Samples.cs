namespace WsProto.EngineIO.Tests;

/// <summary>The host that docs/engineio.md shows. The I/O is whatever it stands on.</summary>
internal abstract class SampleHost
{
    protected EngineIOServer Server { get; } = new();

    protected abstract void Write(
        EngineIORequest request, int status, IReadOnlyList<KeyValuePair<string, string>> headers, ReadOnlyMemory<byte> body);

    protected abstract void Accept(EngineIORequest webSocket, IReadOnlyList<KeyValuePair<string, string>> headers);

    protected abstract void Write(EngineIORequest webSocket, ReadOnlyMemory<byte> message, bool isBinary);

    protected abstract void Close(EngineIORequest webSocket, ushort code);

    protected abstract void SetTimer(TimeSpan? at);

    #region request
    public void OnRequest(EngineIORequest request, TimeSpan now)
    {
        Admission admission = Server.Admit(request, now);
        if (admission.Answer is { } refusal)
        {
            Write(request, refusal.Status, refusal.Headers, refusal.Body);
            return;
        }

        EngineIOSession session = admission.Session!;
        session.ReceiveRequest(request, now);
        Carry(session);
    }

    public void OnBody(EngineIOSession session, EngineIORequest request, byte[] body, TimeSpan now)
    {
        session.ReceiveBody(request, body, now);
        session.ReceiveBodyEnd(request, now);
        Carry(session);
    }
    #endregion

    #region timer
    public void OnTimer(TimeSpan now)
    {
        while (Server.TryTakeDue(now, out EngineIOSession? session))
        {
            session.OnTimer(now);
            Carry(session);
        }
    }
    #endregion

    #region carry
    private void Carry(EngineIOSession session)
    {
        while (session.TryReadEvent(out EngineIOEvent? e))
        {
            switch (e)
            {
                // For the host:
                case AnswerRequest answer:
                    Write(answer.Request, answer.Status, answer.Headers, answer.Body);
                    break;
                case AcceptWebSocket accept:
                    Accept(accept.Request, accept.Headers);
                    break;
                case SendWebSocketMessage message:
                    Write(message.Request, message.Data, message.IsBinary);
                    break;
                case CloseWebSocket close:
                    Close(close.Request, close.Code);
                    break;

                // For the application, which is an echo here:
                case MessageReceived message:
                    session.Send(message.IsBinary ? Packet.Binary(message.Data.Span) : Packet.Text(message.Data.Span));
                    break;
            }
        }

        if (session.NeedsUpdate)
            Server.Update(session);
        SetTimer(Server.NextDeadline);
    }
    #endregion
}
