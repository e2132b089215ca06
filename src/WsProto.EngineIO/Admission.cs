namespace WsProto.EngineIO;

/// <summary>What becomes of a request: one of three.</summary>
public readonly struct Admission
{
    internal Admission(EngineIOSession session) => Session = session;

    internal Admission(AnswerRequest answer) => Answer = answer;

    /// <summary>
    /// The session that the request belongs to; give it to <see cref="EngineIOSession.ReceiveRequest"/>. A new one, if the request was a
    /// handshake.
    /// </summary>
    public EngineIOSession? Session { get; }

    /// <summary>The answer, if the request belongs to no session. A request for a WebSocket gets it instead of a WebSocket.</summary>
    public AnswerRequest? Answer { get; }

    /// <summary>Neither: the application has to decide, see <see cref="EngineIOServer.Decide"/>.</summary>
    public bool NeedsDecision => Session is null && Answer is null;
}
