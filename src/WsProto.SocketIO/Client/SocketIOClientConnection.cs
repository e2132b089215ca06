// A client of Socket.IO: one connection to a server after the other, with any number of namespaces.
//
// A connection is a session of Engine.IO. This class owns it: it passes the session's instructions on in order, and decodes its messages.
// When a session is lost, the back-off determines when the next one is opened, and the client connects to each of its namespaces again.

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

/// <summary>A client of Socket.IO v5, without I/O.</summary>
/// <remarks>
/// <para>
/// After each call, a host reads the events with <see cref="TryReadEvent"/>. It carries out the instructions in <see cref="SessionSaid"/>,
/// reports their results to that session with its <c>Receive…</c> methods, and then calls <see cref="Update"/>. It sets one timer for
/// <see cref="NextDeadline"/>.
/// </para>
/// <para>Not thread-safe. Times are readings of one monotonic clock. All namespaces share one session.</para>
/// <para>Nothing that the server does throws.</para>
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

    /// <summary>Creates a client without a connection.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="encoder">The encoder of packets. Its parser also decodes them.</param>
    /// <param name="random">Returns a random number from 0 to 1 for the jitter of each delay.</param>
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

    /// <summary>The state of the connection.</summary>
    public SocketIOClientState State { get; private set; }

    /// <summary>The current session, or the last one; null before the first.</summary>
    public EngineIOClient? Session { get; private set; }

    /// <summary>The number of emits that wait for their namespace.</summary>
    public int BufferedEmits => _buffer.Count;

    /// <summary>The time at which to call <see cref="OnTimer"/>; null if no timer is needed. Every call may change it.</summary>
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

    /// <summary>Gets the state of the client in a namespace.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <returns>The state.</returns>
    public SocketIOMembership StateOf(string @namespace) => _spaces.GetValueOrDefault(@namespace)?.State ?? SocketIOMembership.Left;

    /// <summary>Gets the id of the client in a namespace.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <returns>The id; null if the client is not connected to the namespace.</returns>
    public string? IdOf(string @namespace) => _spaces.GetValueOrDefault(@namespace)?.Id;

    /// <summary>
    /// Opens a connection, and keeps it open as long as the client is to be in a namespace. It has no effect unless the client is
    /// <see cref="SocketIOClientState.Idle"/>.
    /// </summary>
    /// <param name="now">The current time.</param>
    /// <returns>Whether the client was <see cref="SocketIOClientState.Idle"/>.</returns>
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
    /// Stops the connection: leaves all namespaces, drops what waits, and closes the session. The client does not reconnect.
    /// </summary>
    /// <remarks>When the session has closed, the state is <see cref="SocketIOClientState.Idle"/>.</remarks>
    /// <param name="now">The current time.</param>
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

    /// <summary>Opens the next session at once if the client waits for it. Delays begin again at the first one.</summary>
    /// <param name="now">The current time.</param>
    public void ReconnectNow(TimeSpan now)
    {
        if (State != SocketIOClientState.Waiting)
            return;
        _attempt = 0;
        Retry(now);
    }

    /// <summary>Connects to a namespace as soon as there is a session. It has no effect if the client is connected or connecting.</summary>
    /// <param name="namespace">The namespace. It begins with a slash.</param>
    /// <param name="now">The current time.</param>
    /// <exception cref="ArgumentException">The name does not begin with a slash, or contains a comma or U+001E.</exception>
    public void Join(string @namespace, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(@namespace);
        // U+001E separates the packets of a payload. In JSON it is escaped, in the name of a namespace it is not.
        if (!@namespace.StartsWith('/') || @namespace.AsSpan().ContainsAny(_notInNames))
            throw new ArgumentException("A namespace begins with a slash and contains neither a comma nor U+001E.", nameof(@namespace));
        if (!_spaces.TryGetValue(@namespace, out ClientNamespace? space))
            _spaces.Add(@namespace, space = new ClientNamespace(@namespace));
        if (!Move(space, MembershipTrigger.Want))
            return;
        space.HasJoined = false;
        space.RetryAt = null;
        space.JoinUntil = now + _options.JoinTimeout;
        Begin(space, now);
    }

    /// <summary>Leaves a namespace. Emits that wait for it are dropped. The connection stays open.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="now">The current time.</param>
    public void Leave(string @namespace, TimeSpan now)
    {
        if (_spaces.TryGetValue(@namespace, out ClientNamespace? space))
            Leave(space);
        Update(now);
    }

    /// <summary>
    /// Gives the <c>auth</c> payload for a namespace, and sends the request to connect. It has no effect if the attempt is not current.
    /// </summary>
    /// <param name="needed">The event that asked for it.</param>
    /// <param name="auth">The payload, which must serialize to a JSON object; null for none.</param>
    /// <param name="now">The current time.</param>
    /// <exception cref="ArgumentException">
    /// The payload does not serialize to an object, or contains byte arrays. The attempt still waits.
    /// </exception>
    /// <exception cref="NotSupportedException">
    /// The payload has a type that the JSON options do not know. The attempt still waits.
    /// </exception>
    public void Authorize(AuthorizationNeeded needed, object? auth, TimeSpan now)
    {
        if (Find(needed) is not { } space)
            return;
        Packet packet = ConnectPacket.Encode(space, auth, _encoder);
        _ = Move(space, MembershipTrigger.Authorize);
        const string TooLarge = "The auth payload is larger than the limit of the server.";
        if (Session!.Send(packet) == SendResult.TooLarge)
            Refuse(space, SocketIORefusalKind.AuthFailed, TooLarge, SocketIOArguments.None, now);
        Update(now);
    }

    /// <summary>
    /// Reports that the application has no <c>auth</c> payload, and ends the attempt. It has no effect if the attempt is not current.
    /// </summary>
    /// <param name="needed">The event that asked for it.</param>
    /// <param name="message">The reason.</param>
    /// <param name="now">The current time.</param>
    public void FailAuthorization(AuthorizationNeeded needed, string message, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (Find(needed) is { } space)
            Refuse(space, SocketIORefusalKind.AuthFailed, message, SocketIOArguments.None, now);
    }

    /// <summary>
    /// Reports that the host does not read what the server sends, because the application is too slow. The server is then neither
    /// considered gone nor late with attachments.
    /// </summary>
    /// <remarks>Call it before <see cref="OnTimer"/> as long as the host does not read, and once when it reads again.</remarks>
    /// <param name="request">The request, or the request that identifies the WebSocket, that is not read.</param>
    /// <param name="now">The current time.</param>
    public void NoteUnread(EngineIOClientRequest request, TimeSpan now)
    {
        Session?.ReceiveActivity(request, now);
        if (_attachmentsUntil is not null)
            _attachmentsUntil = now + _options.AttachmentTimeout;
    }

    /// <summary>Handles what is due. Call it at <see cref="NextDeadline"/>; a call at any other time is harmless.</summary>
    /// <param name="now">The current time.</param>
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

    /// <summary>Handles the events of the session. Call it after calls on <see cref="Session"/> or an earlier session.</summary>
    /// <param name="now">The current time.</param>
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

    /// <summary>The delay after which the next session is opened; null if none follows.</summary>
    private readonly record struct Decision(TimeSpan? Delay);
}
