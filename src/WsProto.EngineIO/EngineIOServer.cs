// The sessions of a server: which there are, which request belongs to which, which is due next. What a session does is its own affair.
//
// Requests are judged in the order of the reference server, so that a request with two faults gets the same answer: transport, origin,
// session; then, for a handshake, method, headers and version. What costs more comes last.

using System;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace WsProto.EngineIO;

/// <summary>An Engine.IO v4 server without I/O: it admits requests, knows the sessions by their ids, and says which is due next.</summary>
/// <remarks>
/// <para>
/// A host does this with each request: <see cref="Admit"/>, then send the answer, or give the request to the session by
/// <see cref="EngineIOSession.ReceiveRequest"/>, then read the session's events and call <see cref="Update"/> if it is needed. One timer
/// serves all sessions: at <see cref="NextDeadline"/>, while <see cref="TryTakeDue"/> gives sessions, call
/// <see cref="EngineIOSession.OnTimer"/>, read the events, call <see cref="Update"/>.
/// </para>
/// <para>
/// Not safe for concurrent use. A host with one lock for the server and one for each session takes the session's first where it needs both,
/// which is for <see cref="Update"/> alone.
/// </para>
/// </remarks>
[DebuggerDisplay("{SessionCount} sessions")]
public sealed class EngineIOServer
{
    /// <summary>Random bytes of a session id: 120 bits, which are 20 characters.</summary>
    private const int IdSize = 15;

    private readonly Answers _answers;
    private readonly Dictionary<string, EngineIOSession> _sessions = new(StringComparer.Ordinal);
    private readonly DeadlineQueue _deadlines = new();

    /// <summary>Makes a server without sessions.</summary>
    /// <param name="options">What it offers. Null: all defaults.</param>
    /// <exception cref="ArgumentException">The initial message has U+001E, and polling, which cannot carry it, is offered.</exception>
    public EngineIOServer(EngineIOServerOptions? options = null)
    {
        Options = options ?? new();
        if (Options.InitialMessage is { HasSeparator: true } && Options.Offers(EngineIORequest.Polling))
            throw new ArgumentException("Polling cannot carry an initial message with U+001E.", nameof(options));
        _answers = new(Options);
    }

    /// <summary>What the server offers.</summary>
    public EngineIOServerOptions Options { get; }

    /// <summary>The number of sessions, opening and closing ones included.</summary>
    public int SessionCount => _sessions.Count;

    /// <summary>All sessions, in no order. Do not admit or update while it is enumerated.</summary>
    public IReadOnlyCollection<EngineIOSession> Sessions => _sessions.Values;

    /// <summary>
    /// Whether handshakes are refused with 503. Sessions go on; to end them, close them with <see cref="CloseReason.ServerShuttingDown"/>.
    /// </summary>
    public bool IsStopping { get; set; }

    /// <summary>
    /// When to ask <see cref="TryTakeDue"/>: no later than the earliest deadline of all sessions, and null if there are none.
    /// <see cref="Admit"/>, <see cref="Decide"/> and <see cref="Update"/> may move it.
    /// </summary>
    public TimeSpan? NextDeadline => _deadlines.Next;

    /// <summary>The session of this id; null if there is none.</summary>
    /// <param name="sessionId">The id.</param>
    public EngineIOSession? Find(string sessionId) => _sessions.GetValueOrDefault(sessionId);

    /// <summary>Judges a request, and finds its session or makes one.</summary>
    /// <param name="request">The request; each only once.</param>
    /// <param name="now">The time.</param>
    public Admission Admit(EngineIORequest request, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(request);
        EngineIOError? originError = JudgeOrigin(request);
        if (IsPreflight(request) && Options.Cors is { } cors)
            return originError is { } forbidden ? Refuse(request, forbidden) : new(Answers.Preflight(request, cors));

        if ((JudgeTransport(request) ?? originError) is { } error)
            return Refuse(request, error);
        if (request.SessionId is { } id)
            return Find(id) is { } session ? new(session) : Refuse(request, EngineIOError.SessionUnknown);
        if ((JudgeHandshake(request) ?? JudgeRoom()) is { } reason)
            return Refuse(request, reason);
        if (!Options.AsksForDecision)
            return Create(request, [], now);
        request.AwaitsDecision = true;
        return default;
    }

    /// <summary>
    /// Goes on with a handshake whose <see cref="Admission.NeedsDecision"/>. Until then the server knows nothing of it, so one whose client
    /// has left may be forgotten.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="decision">What the application has decided.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="InvalidOperationException">The request does not wait for a decision.</exception>
    public Admission Decide(EngineIORequest request, RequestDecision decision, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(decision);
        if (!request.AwaitsDecision)
            throw new InvalidOperationException("The request does not wait for a decision.");
        request.AwaitsDecision = false;
        if (!decision.IsAllowed)
            return Refuse(request, EngineIOError.Forbidden, decision.Message);
        return JudgeRoom() is { } reason ? Refuse(request, reason) : Create(request, decision.Headers, now);
    }

    /// <summary>
    /// Takes note of what has changed in a session, see <see cref="EngineIOSession.NeedsUpdate"/>: one that is over is forgotten, another's
    /// deadline is kept.
    /// </summary>
    /// <param name="session">The session.</param>
    public void Update(EngineIOSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (session.IsDropped)
            return;
        if (session.State == SessionState.Closed)
        {
            session.IsDropped = true;
            _sessions.Remove(session.Id);
            _deadlines.Remove(session);
        }
        else
        {
            // A session that is not over has a deadline: for its handshake, a ping, its answer, or its end.
            _deadlines.Set(session, session.TakeDeadline());
        }
    }

    /// <summary>Gives out a session that is due, each once until it is updated.</summary>
    /// <param name="now">The time.</param>
    /// <param name="session">The session; call <see cref="EngineIOSession.OnTimer"/> and then <see cref="Update"/>.</param>
    /// <returns>False if none is due any more.</returns>
    public bool TryTakeDue(TimeSpan now, [NotNullWhen(true)] out EngineIOSession? session)
    {
        session = now >= NextDeadline ? _deadlines.Take() : null;
        return session is not null;
    }

    private static bool IsPreflight(EngineIORequest request) =>
        request.Method == "OPTIONS" && request.Header("Origin") is not null && request.Header("Access-Control-Request-Method") is not null;

    /// <summary>Whether the page may connect, and what CORS headers say. A request without an Origin comes from no page.</summary>
    private EngineIOError? JudgeOrigin(EngineIORequest request)
    {
        if (request.Header("Origin") is not { } origin)
            return null;
        if (request.CountOf("Origin") > 1 || origin.AsSpan().ContainsAnyExceptInRange('!', '~'))
            return EngineIOError.OriginMalformed;
        if (!Options.AllowedOrigins.Allows(origin, request))
            return EngineIOError.OriginForbidden;
        bool isAnybody = ReferenceEquals(Options.AllowedOrigins, EngineIOOrigins.Any) && Options.Cors is { AllowCredentials: false };
        request.AllowedOrigin = isAnybody ? "*" : origin;
        return null;
    }

    private EngineIOError? JudgeTransport(EngineIORequest request) =>
        !Options.Offers(request.Transport) ? EngineIOError.TransportUnknown
        : request.Transport == EngineIORequest.WebSocket || request.JsonpIndex is null ? null
        : !Options.AllowJsonp ? EngineIOError.JsonpNotEnabled
        : Jsonp.IsIndex(request.JsonpIndex) ? null
        : EngineIOError.JsonpIndexMalformed;

    private static EngineIOError? JudgeHandshake(EngineIORequest request) =>
        !request.IsWebSocket && request.Method != "GET" ? EngineIOError.BadHandshakeMethod
        : request.IsWebSocket != (request.Transport == EngineIORequest.WebSocket) ? EngineIOError.TransportMismatch
        : request.ProtocolVersion != "4" ? EngineIOError.VersionUnsupported
        : null;

    private EngineIOError? JudgeRoom() =>
        IsStopping ? EngineIOError.ServerStopping
        : SessionCount >= Options.MaxSessions ? EngineIOError.TooManySessions
        : null;

    private Admission Refuse(EngineIORequest request, EngineIOError error, string? message = null) =>
        new(_answers.Refusal(request, error, message));

    private Admission Create(EngineIORequest request, IReadOnlyList<KeyValuePair<string, string>> headers, TimeSpan now)
    {
        string id = NewId();
        KeyValuePair<string, string>[] cookie = Options.Cookie is { } set && !request.IsWebSocket ? [new("Set-Cookie", set.For(id))] : [];
        EngineIOSession session = new(id, request, _answers, Options, [.. cookie, .. Options.InitialHeaders, .. headers], now);
        _sessions.Add(id, session);
        Update(session);
        return new(session);
    }

    private string NewId()
    {
        Span<byte> random = stackalloc byte[IdSize];
        while (true)
        {
            Options.Random(random);
            string id = Options.SessionIdPrefix + Base64Url.EncodeToString(random);
            if (!_sessions.ContainsKey(id))
                return id;
        }
    }
}
