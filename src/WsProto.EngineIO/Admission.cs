namespace WsProto.EngineIO;

/// <summary>
/// The result of <see cref="EngineIOServer.Admit"/>: a session, a response, or a decision that the application has to make.
/// </summary>
public readonly struct Admission
{
    internal Admission(EngineIOSession session) => Session = session;

    internal Admission(AnswerRequest answer) => Answer = answer;

    /// <summary>
    /// The session that the request belongs to; null if there is none. Pass the request to <see cref="EngineIOSession.ReceiveRequest"/>. If
    /// the request is a handshake, the session is a new one.
    /// </summary>
    public EngineIOSession? Session { get; }

    /// <summary>
    /// The response, if the request belongs to no session; otherwise null. Send it to a request for a WebSocket too, instead of opening
    /// one.
    /// </summary>
    public AnswerRequest? Answer { get; }

    /// <summary>
    /// Whether the application has to decide; then there is neither a session nor a response. See <see cref="EngineIOServer.Decide"/>.
    /// </summary>
    public bool NeedsDecision => Session is null && Answer is null;
}
