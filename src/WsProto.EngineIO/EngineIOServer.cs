// The sessions of a server: the table of ids, the assignment of requests, and the queue of deadlines. A session handles everything else
// itself.
//
// Requests are checked in the order of the reference server, so that a request with two errors gets the same response: transport, origin,
// session; then, for a handshake, method, headers and version. Expensive checks come last.

using System;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace WsProto.EngineIO;

/// <summary>
/// An Engine.IO v4 server, without I/O. It checks requests, keeps the sessions by id, and tells which session is due next.
/// </summary>
/// <remarks>
/// <para>
/// For each request, a host calls <see cref="Admit"/>, and sends the response or passes the request to
/// <see cref="EngineIOSession.ReceiveRequest"/>. Then it reads the session's events, and calls <see cref="Update"/> if
/// <see cref="EngineIOSession.NeedsUpdate"/> is true.
/// </para>
/// <para>
/// One timer serves all sessions. At <see cref="NextDeadline"/>, call <see cref="TryTakeDue"/> until it returns false. For each session,
/// call <see cref="EngineIOSession.OnTimer"/>, read the events, and call <see cref="Update"/>.
/// </para>
/// <para>
/// Not thread-safe. Use one lock for the server and one for each session. Only <see cref="Update"/> needs both: take the lock of the
/// session first.
/// </para>
/// </remarks>
[DebuggerDisplay("{SessionCount} sessions")]
public sealed class EngineIOServer
{
    /// <summary>The number of random bytes of a session id: 120 bits, which are 20 characters.</summary>
    private const int IdSize = 15;

    private readonly Answers _answers;
    private readonly Dictionary<string, EngineIOSession> _sessions = new(StringComparer.Ordinal);
    private readonly DeadlineQueue _deadlines = new();

    /// <summary>Creates a server without sessions.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentException">
    /// The initial message contains U+001E, which polling cannot carry, and polling is offered.
    /// </exception>
    public EngineIOServer(EngineIOServerOptions? options = null)
    {
        Options = options ?? new();
        if (Options.InitialMessage is { HasSeparator: true } && Options.Offers(EngineIORequest.Polling))
            throw new ArgumentException("Polling cannot carry an initial message with U+001E.", nameof(options));
        _answers = new(Options);
    }

    /// <summary>The options of the server.</summary>
    public EngineIOServerOptions Options { get; }

    /// <summary>The number of sessions, including those that are opening or closing.</summary>
    public int SessionCount => _sessions.Count;

    /// <summary>
    /// All sessions, in no particular order. Do not call <see cref="Admit"/>, <see cref="Decide"/> or <see cref="Update"/> while you
    /// enumerate them.
    /// </summary>
    public IReadOnlyCollection<EngineIOSession> Sessions => _sessions.Values;

    /// <summary>
    /// Whether handshakes are refused with status 503. Open sessions continue; to end them, close them with
    /// <see cref="CloseReason.ServerShuttingDown"/>.
    /// </summary>
    public bool IsStopping { get; set; }

    /// <summary>
    /// When to call <see cref="TryTakeDue"/>; null if there are no sessions. It is no later than the earliest deadline of all sessions.
    /// <see cref="Admit"/>, <see cref="Decide"/> and <see cref="Update"/> may change it.
    /// </summary>
    public TimeSpan? NextDeadline => _deadlines.Next;

    /// <summary>Finds a session by its id.</summary>
    /// <param name="sessionId">The id.</param>
    /// <returns>The session; null if there is none.</returns>
    public EngineIOSession? Find(string sessionId) => _sessions.GetValueOrDefault(sessionId);

    /// <summary>Checks a request, and finds or creates its session.</summary>
    /// <param name="request">The request. Pass each request once.</param>
    /// <param name="now">The current time.</param>
    /// <returns>The session, a response, or neither if the application has to decide.</returns>
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

    /// <summary>Continues a handshake that needed a decision (<see cref="Admission.NeedsDecision"/>).</summary>
    /// <remarks>The server keeps nothing of a handshake before the decision, so no call is needed if the client has gone.</remarks>
    /// <param name="request">The request.</param>
    /// <param name="decision">The decision of the application.</param>
    /// <param name="now">The current time.</param>
    /// <returns>The new session, or the response that refuses the handshake.</returns>
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
    /// Updates the server after a session has changed; see <see cref="EngineIOSession.NeedsUpdate"/>. A closed session is removed; for any
    /// other, the deadline is updated.
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
            // A session that is not closed always has a deadline: for its handshake, a ping, a pong, or its end.
            _deadlines.Set(session, session.TakeDeadline());
        }
    }

    /// <summary>Takes a session that is due. It is not returned again before <see cref="Update"/> is called.</summary>
    /// <param name="now">The current time.</param>
    /// <param name="session">The session. Call <see cref="EngineIOSession.OnTimer"/> and then <see cref="Update"/>.</param>
    /// <returns>False if no session is due.</returns>
    public bool TryTakeDue(TimeSpan now, [NotNullWhen(true)] out EngineIOSession? session)
    {
        session = now >= NextDeadline ? _deadlines.Take() : null;
        return session is not null;
    }

    private static bool IsPreflight(EngineIORequest request) =>
        request.Method == "OPTIONS" && request.Header("Origin") is not null && request.Header("Access-Control-Request-Method") is not null;

    /// <summary>
    /// Checks whether the page may connect, and sets the origin of the CORS headers. A request without an Origin is not checked.
    /// </summary>
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
