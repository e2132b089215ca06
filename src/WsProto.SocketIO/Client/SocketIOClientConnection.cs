// The client's end of Socket.IO: one connection after the other to a server, and any number of namespaces on it.
//
// A connection is a session of Engine.IO, which this owns and pumps: what the session says to its host is passed on in order, what it
// delivers is decoded here. When it is lost, back-off says when the next one is opened, and each namespace that was wanted is asked for
// anew.

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

/// <summary>
/// A client of Socket.IO v5 without I/O. Time, what the application wants, and what comes to the session go in; what is to be done and what
/// has happened comes out by <see cref="TryReadEvent"/>.
/// </summary>
/// <remarks>
/// <para>
/// A host carries out what <see cref="SessionSaid"/> has, and gives what comes of it to that session's <c>Receive…</c> methods, and then
/// calls <see cref="Update"/>. It sets one timer, for <see cref="NextDeadline"/>.
/// </para>
/// <para>
/// Not safe for concurrent use. Times are readings of one monotonic clock. Nothing that the server does throws. All namespaces share one
/// session.
/// </para>
/// </remarks>
[DebuggerDisplay("{State}, {_spaces.Count} namespaces")]
public sealed partial class SocketIOClientConnection
{
    private static readonly SearchValues<char> _notInNames = SearchValues.Create(",\u001e");

    private readonly SocketIOClientConnectionOptions _options;
    private readonly SocketIOEncoder _encoder;
    private readonly Func<double> _random;
    private readonly Queue<SocketIOClientEvent> _events = new();
    private readonly Dictionary<string, ClientNamespace> _spaces = new(StringComparer.Ordinal);
    private readonly EmitBuffer _buffer;
    private SocketIODecoder _decoder;
    private TimeSpan? _attachmentsUntil;
    private TimeSpan? _retryAt;
    private TimeSpan _openedAt;
    private int _attempt;
    private bool _hasConnected;
    private SocketIOError? _violation;
    private Decision? _decision;
    private long _serial;

    /// <summary>A client without a connection.</summary>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="encoder">How packets are written, and by whose parser they are read.</param>
    /// <param name="random">Draws a number from 0 to 1 for each delay.</param>
    public SocketIOClientConnection(SocketIOClientConnectionOptions? options, SocketIOEncoder encoder, Func<double> random)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(random);
        _options = options ?? SocketIOClientConnectionOptions.Default;
        _encoder = encoder;
        _random = random;
        _buffer = new(_options);
        _decoder = new(_options.Decoder, encoder.Parser, encoder.JsonOptions);
    }

    /// <summary>Where the connection is in its life.</summary>
    public SocketIOClientState State { get; private set; }

    /// <summary>The session in use, or the last one; null before the first.</summary>
    public EngineIOClient? Session { get; private set; }

    /// <summary>How many emits wait for their namespace.</summary>
    public int BufferedEmits => _buffer.Count;

    /// <summary>When <see cref="OnTimer"/> has something to do, if nothing is received before; null if it never has.</summary>
    public TimeSpan? NextDeadline
    {
        get
        {
            TimeSpan? next = Earlier(Earlier(_retryAt, Session?.NextDeadline), Earlier(_attachmentsUntil, _buffer.NextDeadline));
            if (State != SocketIOClientState.Open)
                return next;
            foreach (ClientNamespace space in _spaces.Values)
                next = Earlier(next, space.NextDeadline);
            return next;
        }
    }

    /// <summary>Where the client is in a namespace.</summary>
    /// <param name="namespace">The namespace.</param>
    public SocketIOMembership StateOf(string @namespace) => _spaces.GetValueOrDefault(@namespace)?.State ?? SocketIOMembership.Left;

    /// <summary>The id of the client in a namespace; null if it is not in.</summary>
    /// <param name="namespace">The namespace.</param>
    public string? IdOf(string @namespace) => _spaces.GetValueOrDefault(@namespace)?.Id;

    /// <summary>
    /// Opens a connection and keeps it as long as a namespace is wanted. Nothing happens if there is one, or one closes.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <returns>Whether it was <see cref="SocketIOClientState.Idle"/>.</returns>
    public bool Start(TimeSpan now)
    {
        if (!Move(ConnectionTrigger.Start))
            return false;
        _hasConnected = false;
        _attempt = 0;
        OpenSession(now);
        return true;
    }

    /// <summary>
    /// Ends the connection: namespaces are left, what waits is not sent any more. Nothing comes back by itself. The session closes, which
    /// <see cref="SocketIOClientState.Idle"/> tells.
    /// </summary>
    /// <param name="now">The time.</param>
    public void Stop(TimeSpan now)
    {
        foreach (ClientNamespace space in _spaces.Values)
            Leave(space);
        if (!Move(ConnectionTrigger.Stop))
            return;
        _retryAt = null;
        _events.Enqueue(new ConnectionMoved(State));
        EndMemberships();
        if (State == SocketIOClientState.Closing)
            Session!.Close(now);
        Update(now);
    }

    /// <summary>While a session is waited for, opens it at once. Delays begin anew.</summary>
    /// <param name="now">The time.</param>
    public void ReconnectNow(TimeSpan now)
    {
        if (State != SocketIOClientState.Waiting)
            return;
        _attempt = 0;
        Retry(now);
    }

    /// <summary>Wants into a namespace, as soon as there is a session. Nothing happens if it is in, or about to be.</summary>
    /// <param name="namespace">The namespace; it begins with a slash.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ArgumentException">It is no name of a namespace.</exception>
    public void Join(string @namespace, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(@namespace);
        // U+001E separates the packets of a payload. In JSON it is escaped.
        if (!@namespace.StartsWith('/') || @namespace.AsSpan().ContainsAny(_notInNames))
            throw new ArgumentException("A namespace begins with a slash, and has no comma and no U+001E.", nameof(@namespace));
        if (!_spaces.TryGetValue(@namespace, out ClientNamespace? space))
            _spaces.Add(@namespace, space = new ClientNamespace(@namespace));
        if (!Move(space, MembershipTrigger.Want))
            return;
        space.HasJoined = false;
        space.RetryAt = null;
        space.JoinUntil = now + _options.JoinTimeout;
        Begin(space, now);
    }

    /// <summary>Leaves a namespace. What waits for it is not sent any more; the connection stays.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="now">The time.</param>
    public void Leave(string @namespace, TimeSpan now)
    {
        if (_spaces.TryGetValue(@namespace, out ClientNamespace? space))
            Leave(space);
        Update(now);
    }

    /// <summary>Says what the client brings to get into a namespace.</summary>
    /// <param name="needed">What was asked.</param>
    /// <param name="auth">What becomes an object of JSON; null for nothing.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ArgumentException">It does not become an object, or has bytes in it. The question still waits.</exception>
    /// <exception cref="NotSupportedException">It is of a type that the JSON options do not know. The question still waits.</exception>
    public void Authorize(AuthorizationNeeded needed, object? auth, TimeSpan now)
    {
        if (Find(needed) is not { } space)
            return;
        Packet packet = ConnectPacket.Encode(space, auth, _encoder);
        _ = Move(space, MembershipTrigger.Authorize);
        const string TooLarge = "What the client brings is larger than the server takes.";
        if (Session!.Send(packet) == SendResult.TooLarge)
            Refuse(space, SocketIORefusalKind.AuthFailed, TooLarge, SocketIOArguments.None, now);
        Update(now);
    }

    /// <summary>The application cannot say what the client brings to get into a namespace.</summary>
    /// <param name="needed">What was asked.</param>
    /// <param name="message">Why.</param>
    /// <param name="now">The time.</param>
    public void FailAuthorization(AuthorizationNeeded needed, string message, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (Find(needed) is { } space)
            Refuse(space, SocketIORefusalKind.AuthFailed, message, SocketIOArguments.None, now);
    }

    /// <summary>
    /// The host does not read what the server sends, as its application does not keep up: the server is neither silent nor late with
    /// attachments. Call it when that ends, and before <see cref="OnTimer"/> as long as it lasts.
    /// </summary>
    /// <param name="request">The request or WebSocket that is not read.</param>
    /// <param name="now">The time.</param>
    public void NoteUnread(EngineIOClientRequest request, TimeSpan now)
    {
        Session?.ReceiveActivity(request, now);
        if (_attachmentsUntil is not null)
            _attachmentsUntil = now + _options.AttachmentTimeout;
    }

    /// <summary>Does what is due. Call it at <see cref="NextDeadline"/>; earlier or later does no harm.</summary>
    /// <param name="now">The time.</param>
    public void OnTimer(TimeSpan now)
    {
        Session?.OnTimer(now);
        Update(now);
        if (now >= _retryAt)
            Retry(now);
        if (now >= _attachmentsUntil)
            Break(SocketIOError.AttachmentMissing, now);
        while (_buffer.FindDue(now) is { } emit)
            TimeOut(emit, now);
        if (State == SocketIOClientState.Open)
        {
            foreach (ClientNamespace space in _spaces.Values)
                Check(space, now);
        }

        Update(now);
    }

    /// <summary>Takes what has come of calls on <see cref="Session"/> or an earlier session.</summary>
    /// <param name="now">The time.</param>
    public void Update(TimeSpan now)
    {
        while (Session?.TryReadEvent(out EngineIOEvent? e) == true)
            Receive(e, now);
    }

    /// <summary>Reads the next event.</summary>
    /// <param name="e">The event.</param>
    /// <returns>False if there is none.</returns>
    public bool TryReadEvent([NotNullWhen(true)] out SocketIOClientEvent? e) => _events.TryDequeue(out e);

    private bool IsWanted
    {
        get
        {
            foreach (ClientNamespace space in _spaces.Values)
            {
                if (ClientStateMachine.TakesEmits(space.State))
                    return true;
            }

            return false;
        }
    }

    private static TimeSpan? Earlier(TimeSpan? left, TimeSpan? right) => left < right || right is null ? left : right;

    private ClientNamespace? Find(AuthorizationNeeded needed)
    {
        ArgumentNullException.ThrowIfNull(needed);
        ClientNamespace space = _spaces[needed.Namespace];
        return space.State == SocketIOMembership.Authorizing && space.Attempt == needed.Attempt ? space : null;
    }

    private bool Move(ConnectionTrigger trigger)
    {
        if (ClientStateMachine.Next(State, trigger) is not { } next)
            return false;
        State = next;
        return true;
    }

    private static bool Move(ClientNamespace space, MembershipTrigger trigger)
    {
        if (ClientStateMachine.Next(space.State, trigger) is not { } next)
            return false;
        space.State = next;
        return true;
    }

    /// <summary>After which delay the next session is opened; null if none is.</summary>
    private readonly record struct Decision(TimeSpan? Delay);
}
