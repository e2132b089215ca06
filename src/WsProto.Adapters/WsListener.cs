// A connection goes through these hands:
//
//   Acceptor ─▶ OpenAsync: handshake ─▶ queue ─▶ AcceptAsync ─▶ the application
//                                         └────▶ RunAsync ─▶ HandleAsync: handler, close
//
// From acceptance on it takes one place, up to the end of its session and handler. Each has a task of its own, so nobody waits
// for another. When the last connection has gone, a listener that stops has stopped.

using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using WsProto.Adapters.Listening;
using WsProto.Adapters.Sessions;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters;

/// <summary>
/// A small server: listens on TCP or a Unix socket, with TLS if <see cref="WsListenerOptions.Tls"/> is set, and does the opening
/// handshakes. A peer can neither end it nor delay others.
/// </summary>
/// <remarks>
/// Every target is served; <see cref="WsAcceptOptions.OnRequest"/> decides about it. An idle session takes 5 KB of managed memory,
/// everything included, as a test measures with 10,000 of them.
/// </remarks>
public sealed partial class WsListener : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly WsListenerOptions _options;
    private readonly SemaphoreSlim _places;
    private readonly Acceptor _acceptor;
    private readonly HashSet<PendingConnection> _connections = [];
    private readonly Channel<PendingConnection> _ready = Channel.CreateUnbounded<PendingConnection>();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _handlersStop = new();
    private readonly CancellationTokenSource _force = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private EndPoint _endPoint;
    private Task? _accepting;
    private Task? _stopping;

    /// <summary>Prepares a listener. It listens from <see cref="Start"/> on.</summary>
    /// <param name="endPoint">
    /// Where to listen: an <see cref="IPEndPoint"/>, with port 0 for one that the system chooses, and <see cref="IPAddress.IPv6Any"/> for
    /// IPv4 too; or a <see cref="UnixDomainSocketEndPoint"/>, whose file must not exist and is removed in the end.
    /// </param>
    /// <param name="options">What to accept; null for the defaults.</param>
    public WsListener(EndPoint endPoint, WsListenerOptions? options = null)
        : this(endPoint, options, static (socket, stop) => socket.AcceptAsync(stop))
    {
    }

    internal WsListener(EndPoint endPoint, WsListenerOptions? options, Func<Socket, CancellationToken, ValueTask<Socket>> accept)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        _options = options ?? WsListenerOptions.Default;
        _endPoint = endPoint;
        _places = new SemaphoreSlim(_options.MaxConnections);
        _acceptor = new Acceptor(_options, _places, accept);
    }

    /// <summary>Where it listens: once started, with the port that the system chose.</summary>
    public EndPoint LocalEndPoint
    {
        get
        {
            lock (_lock)
                return _endPoint;
        }
    }

    /// <summary>Begins to listen and to accept. A second call does nothing.</summary>
    /// <exception cref="SocketException">The end point is in use, or this process may not use it.</exception>
    /// <exception cref="ObjectDisposedException">The listener was stopped.</exception>
    public void Start()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopping is not null, this);
            if (_accepting is not null)
                return;
            _endPoint = _acceptor.Listen(_endPoint);
            // The loop does not belong to the flow that started it.
            using (Flow.Suppress())
                _accepting = Task.Run(() => _acceptor.RunAsync(Take, e => ReportHandshake(e, null), _stop.Token));
        }
    }

    /// <summary>Returns the next session whose opening handshake is done. Handshakes continue whether or not a call waits here.</summary>
    /// <param name="cancellationToken">Stops waiting; no session is lost.</param>
    /// <returns>
    /// The session, which the caller owns from now on. It may already be closed; messages that arrived can still be received.
    /// </returns>
    /// <exception cref="InvalidOperationException">The listener was not started.</exception>
    /// <exception cref="ObjectDisposedException">The listener was stopped, before or while this waited.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<WsSession> AcceptAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (_accepting is null && _stopping is null)
                throw new InvalidOperationException("The listener was not started.");
        }

        try
        {
            PendingConnection connection = await _ready.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            _ = ReleaseOnCompletionAsync(connection);
            return connection.Session!;
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(WsListener), "The listener was stopped.");
        }
    }

    /// <summary>
    /// Starts, and gives each session to the handler, until the token is cancelled or the listener is stopped; then it stops as
    /// <see cref="StopAsync"/> does.
    /// </summary>
    /// <param name="handler">
    /// Serves one session, on a thread of the pool; calls for several run at once. When it returns, the session is closed with
    /// <see cref="CloseCode.NormalClosure"/>; when it throws, with <see cref="CloseCode.InternalError"/>, and
    /// <see cref="WsListenerOptions.OnHandlerFailed"/> is called. It is not called for a <see cref="WsClosedException"/> or a
    /// <see cref="WebSocketException"/> after the session was closed or lost, nor for a cancellation when the listener stops: these are not
    /// failures. The token is cancelled when the listener stops.
    /// </param>
    /// <param name="cancellationToken">Stops the listener.</param>
    /// <returns>It completes when the listener has stopped, without an exception.</returns>
    /// <exception cref="SocketException">The end point is in use, or this process may not use it.</exception>
    /// <exception cref="ObjectDisposedException">The listener was stopped before.</exception>
    public async Task RunAsync(Func<WsSession, CancellationToken, Task> handler, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Start();
        try
        {
            await foreach (PendingConnection connection in _ready.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                _ = HandleAsync(connection, handler);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // To stop is what was asked for.
        }

        await StopAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private void Take(Socket socket)
    {
        var connection = new PendingConnection();
        lock (_lock)
            _connections.Add(connection);
        _ = OpenAsync(connection, socket);
    }

    private async Task OpenAsync(PendingConnection connection, Socket socket)
    {
        // The accept loop does not run the handshake, nor the application's code in it.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        WsTransport? transport = TransportOf(socket, out Exception? failure);
        if (transport is not null)
        {
            Opened opened = await Opening.AcceptAsync(transport, _options.Accept, _stop.Token).ConfigureAwait(false);
            if (opened.IsOpen)
            {
                await OfferAsync(connection, WsSession.Start(opened.Opening, transport, _options.Accept.Session)).ConfigureAwait(false);
                return;
            }

            failure = opened.Failure;
        }

        socket.Dispose();
        if (failure is not (OperationCanceledException or WsHandshakeException { WasHttpRequest: true }))
            ReportHandshake(failure!, transport?.RemoteEndPoint);
        Release(connection);
    }

    [SuppressMessage("Design", "CA1031", Justification = "A connection that is gone already is one connection's end only.")]
    private WsTransport? TransportOf(Socket socket, out Exception? failure)
    {
        failure = null;
        try
        {
            if (socket.ProtocolType == ProtocolType.Tcp)
                socket.NoDelay = true;
            return _options.Tls is { } tls ? new TlsServerTransport(socket, tls) : WsTransport.From(socket);
        }
        catch (Exception e)
        {
            failure = e;
            return null;
        }
    }

    /// <summary>Offers a session to whoever accepts; closes it where the listener stops.</summary>
    private async Task OfferAsync(PendingConnection connection, WsSession session)
    {
        lock (_lock)
        {
            connection.Session = session;
            if (_ready.Writer.TryWrite(connection))
                return;
        }

        _ = CloseAsync(session, CloseCode.GoingAway);
        await ReleaseOnCompletionAsync(connection).ConfigureAwait(false);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a handler throws, it is one session's end only.")]
    private async Task HandleAsync(PendingConnection connection, Func<WsSession, CancellationToken, Task> handler)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        WsSession session = connection.Session!;
        Exception? failure = null;
        try
        {
            await handler(session, _handlersStop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WsClosedException or WebSocketException && (session.Cause is not null || session.Fault is not null))
        {
            // The session ended before the handler did.
        }
        catch (OperationCanceledException) when (_handlersStop.IsCancellationRequested || session.Ending.IsCancellationRequested)
        {
            // The listener stops, or the work was for a session that has ended.
        }
        catch (Exception e)
        {
            failure = e;
        }

        Task closing = CloseAsync(session, failure is null ? CloseCode.NormalClosure : CloseCode.InternalError);
        if (failure is not null)
            ReportHandler(failure, session);
        await closing.ConfigureAwait(false);
        Release(connection);
    }

    /// <summary>Frees the place of a session that nobody handles, when it has ended.</summary>
    private async Task ReleaseOnCompletionAsync(PendingConnection connection)
    {
        await connection.Session!.Completion.ConfigureAwait(false);
        Release(connection);
    }

    private void Release(PendingConnection connection)
    {
        lock (_lock)
        {
            _connections.Remove(connection);
            if (_stopping is not null && _connections.Count == 0)
                _empty.TrySetResult();
        }

        _places.Release();
    }

    [SuppressMessage("Design", "CA1031", Justification = "Who is told has no say in what goes on.")]
    private void ReportHandshake(Exception failure, EndPoint? peer)
    {
        try
        {
            _options.OnHandshakeFailed?.Invoke(failure, peer);
        }
        catch (Exception)
        {
            // As documented.
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Who is told has no say in what goes on.")]
    private void ReportHandler(Exception failure, WsSession session)
    {
        try
        {
            _options.OnHandlerFailed?.Invoke(failure, session);
        }
        catch (Exception)
        {
            // As documented.
        }
    }
}
