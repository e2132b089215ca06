// One WebSocket over one transport: a facade over five parts, each with its own file, job and lock.
//
//   transport ──▶ SessionReader ──▶ receiver, or Inbox         what arrived; the turn says who reads           Sessions/SessionReader.cs
//                     │ Ping, Pong, Close
//   application ──▶ SendQueue ──▶ SessionWriter ──▶ transport  what waits to go, in order; batches, zero copy  Sessions/SendQueue.cs
//   all of them ──▶ Closing                                    one table from open to ended                    Sessions/CloseHandshake.cs
//   one timer   ──▶ Liveness                                   Pings, stalled writes, the end of closing       Sessions/Liveness.cs
//
// A lock per direction, and leaves below them (closing, liveness, observation), under which nothing is called. No lock is held while
// something is compressed or written, nor while the application, an observer, a meter or a clock is called. The locks of the two directions
// are never held together.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Sessions;

namespace WsProto.Adapters;

/// <summary>
/// One WebSocket over one transport. It sends and receives messages, answers Pings and the peer's Close, and notices when the peer is
/// gone, also while the application does not receive.
/// </summary>
/// <remarks>
/// Any thread may send, ping and close, also at the same time. Only one receive may be in progress. A cancelled call stops waiting and does
/// no harm: no frame is cut, and no message is lost. Dispose of every session; disposal closes it if it is open.
/// </remarks>
[DebuggerDisplay("{Role}, {State}")]
public sealed partial class WsSession : IAsyncDisposable
{
    private readonly WsConnection _connection;
    private readonly WsTransport _transport;
    private readonly WsSessionOptions _options;
    private readonly ReceivingHalf _receiving;
    private readonly Observation? _observation;
    private bool _isCounted;

    private WsSession(WsTransport transport, WsConnection connection, WsSessionOptions options)
    {
        _transport = transport;
        _connection = connection;
        _options = options;
        _aborted = _abort.Token;
        Ending = _ending.Token;
        if (options.Observer is { } observer)
            _observation = new Observation(observer, Break);
        _receiving = new ReceivingHalf(connection);
        SendQueue = new SendQueue(this, transport, new SendingHalf(connection), _closing, options, _aborted);
        Reader = new SessionReader(this, transport, _receiving, options, _aborted);
        Liveness = new Liveness(this, options);
    }

    /// <summary>Which end this is.</summary>
    public ConnectionRole Role => _connection.Role;

    /// <summary>The state of the connection.</summary>
    public ConnectionState State => _closing.IsOver ? ConnectionState.Closed : _connection.State;

    /// <summary>The subprotocol that was agreed on; null for none.</summary>
    public string? Subprotocol => _connection.Subprotocol;

    /// <summary>The extensions that were agreed on.</summary>
    public IReadOnlyList<Extensions.ExtensionCodec> Extensions => _connection.Extensions;

    /// <summary>
    /// The request that opened the connection: sent by a client, received by a server. Null if the handshake was done elsewhere without it.
    /// </summary>
    public Request? Request { get; private init; }

    /// <summary>
    /// The headers of the response to the request, without those of the handshake itself. Empty if the handshake was done elsewhere.
    /// </summary>
    public HeaderList ResponseHeaders { get; private init; } = [];

    /// <summary>Opens a connection as client, over a transport that is connected already.</summary>
    /// <param name="transport">The session owns it from now on, and disposes of it, also if this fails.</param>
    /// <param name="request">The request, as of <see cref="Request.FromUri"/>.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Gives up, and disposes of the transport.</param>
    /// <exception cref="WsHandshakeException">The server refused, broke the protocol, or the transport was lost.</exception>
    /// <exception cref="TimeoutException">It took longer than <see cref="WsConnectOptions.HandshakeTimeout"/>.</exception>
    public static ValueTask<WsSession> ConnectAsync(
        WsTransport transport, Request request, WsConnectOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(request);
        options ??= WsConnectOptions.Default;
        return Opening.ConnectAsync(transport, request, options, policy: null, cancellationToken)
            .ToSessionAsync(transport, options.Session);
    }

    /// <inheritdoc cref="ConnectAsync(WsTransport, Request, WsConnectOptions?, CancellationToken)"/>
    public static ValueTask<WsSession> ConnectAsync(
        Stream transport, Request request, WsConnectOptions? options = null, CancellationToken cancellationToken = default) =>
        ConnectAsync(WsTransport.From(transport), request, options, cancellationToken);

    /// <summary>Accepts a connection as server, over a transport on which the client sends its request.</summary>
    /// <param name="transport">The session owns it from now on, and disposes of it, also if this fails.</param>
    /// <param name="options">What to accept; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up, and disposes of the transport.</param>
    /// <exception cref="WsHandshakeException">
    /// The request was refused, by the options or because it is not one, or the transport was lost. The client has its answer.
    /// </exception>
    /// <exception cref="TimeoutException">It took longer than <see cref="WsAcceptOptions.HandshakeTimeout"/>.</exception>
    public static ValueTask<WsSession> AcceptAsync(
        WsTransport transport, WsAcceptOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transport);
        options ??= WsAcceptOptions.Default;
        return Opening.AcceptAsync(transport, options, cancellationToken).ToSessionAsync(transport, options.Session);
    }

    /// <inheritdoc cref="AcceptAsync(WsTransport, WsAcceptOptions?, CancellationToken)"/>
    public static ValueTask<WsSession> AcceptAsync(
        Stream transport, WsAcceptOptions? options = null, CancellationToken cancellationToken = default) =>
        AcceptAsync(WsTransport.From(transport), options, cancellationToken);

    /// <summary>Continues a connection that was opened elsewhere, by <see cref="WsConnection.Established"/> or with the core.</summary>
    /// <param name="transport">The session owns it from now on.</param>
    /// <param name="connection">
    /// An open connection, which the session owns from now on. What it has received but not read yet is delivered first.
    /// </param>
    /// <param name="options">Null for the defaults; their <see cref="WsSessionOptions.Connection"/> does not matter.</param>
    /// <exception cref="ArgumentException">The connection is not open.</exception>
    public static WsSession FromEstablished(WsTransport transport, WsConnection connection, WsSessionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(connection);
        options ??= WsSessionOptions.Default;
        if (connection.State != ConnectionState.Open)
            throw new ArgumentException("The connection is not open.", nameof(connection));
        return Start(new EstablishedOpening(connection), transport, options);
    }

    /// <inheritdoc cref="FromEstablished(WsTransport, WsConnection, WsSessionOptions?)"/>
    public static WsSession FromEstablished(Stream transport, WsConnection connection, WsSessionOptions? options = null) =>
        FromEstablished(WsTransport.From(transport), connection, options);

    internal SessionReader Reader { get; }

    internal SendQueue SendQueue { get; }

    internal Liveness Liveness { get; }

    /// <summary>Whether events are to be posted.</summary>
    internal bool IsObserved => _observation is not null;

    /// <summary>
    /// Releases memory that the session does not need while nothing is sent, such as the history of compression (<see
    /// cref="WsConnection.ReleaseIdleMemory"/>).
    /// </summary>
    public void ReleaseIdleMemory() => SendQueue.ReleaseIdleMemory();

    /// <summary>Starts a session whose handshake is done.</summary>
    internal static WsSession Start(Opening opening, WsTransport transport, WsSessionOptions options)
    {
        // Neither the reader nor the timer belongs to the flow that opened the session.
        using (Flow.Suppress())
        {
            var session = new WsSession(transport, opening.Connection, options)
            {
                Request = opening.Request,
                ResponseHeaders = opening.ResponseHeaders,
                _context = opening.Context,
            };
            session._isCounted = Telemetry.Opened(session.Role);
            session.Reader.Start();
            return session;
        }
    }

    /// <summary>
    /// Notes an event for the observer, in the order of the wire. <see cref="ShowPosted"/> has to follow, without a lock.
    /// </summary>
    internal void Post(WsDirection direction, WsEvent e) => _observation?.Post(direction, e);

    internal void ShowPosted() => _observation?.Show();

    internal void Observe(WsDirection direction, WsEvent e)
    {
        Post(direction, e);
        ShowPosted();
    }
}
