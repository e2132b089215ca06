// The loop that connects, and how sessions pass through it, is in WsReconnectingClient.Loop.cs.

using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;

namespace WsProto.Adapters;

/// <summary>
/// A client that connects again when its connection is lost: with delays that grow and are random, until it is closed or gives up.
/// </summary>
/// <remarks>
/// <para>
/// The protocol does not confirm messages. A send completes when the connection has taken the message; if the connection is lost then,
/// nobody knows whether it arrived, and it is not sent again. A message that a connection did not take is sent on the next, or fails, as
/// <see cref="WsReconnectOptions.SendWhileAway"/> says. What a server sent while the client was away does not come; ask for it in
/// <see cref="WsReconnectOptions.OnConnected"/>.
/// </para>
/// <para>All members may be called from any thread, also at once; read with one enumeration at a time.</para>
/// </remarks>
public sealed partial class WsReconnectingClient : IAsyncDisposable
{
    /// <summary>The one that is open, and one that has ended and whose messages are being read.</summary>
    private const int MaxSessions = 2;

    private readonly Lock _lock = new();
    private readonly Func<CancellationToken, ValueTask<WsSession>> _connect;
    private readonly WsReconnectOptions _options;
    private readonly Channel<WsSession> _sessions = Channel.CreateUnbounded<WsSession>();
    private readonly SemaphoreSlim _places = new(MaxSessions);
    private readonly CancellationTokenSource _stop = new();
    private TaskCompletionSource<WsSession> _next = NewSource();
    private WsSession? _session;
    private WsSession? _reading;
    private WsReconnectState _state;
    private Task? _running;
    private bool _hasReader;

    /// <summary>Ends the waiting before the next attempt; null where it does not wait.</summary>
    private TaskCompletionSource? _waiting;

    /// <summary>Prepares a client of one server. It connects from <see cref="Start"/>, the first send or the first read on.</summary>
    /// <param name="uri">As for <see cref="WsClient.ConnectAsync"/>.</param>
    /// <param name="connection">How to connect; null for the defaults.</param>
    /// <param name="options">How to connect again; null for the defaults.</param>
    /// <exception cref="ArgumentException">The URI, or something in <paramref name="connection"/>, cannot be used.</exception>
    public WsReconnectingClient(Uri uri, WsClientOptions? connection = null, WsReconnectOptions? options = null)
        : this(cancellationToken => WsClient.ConnectAsync(uri, connection, cancellationToken), options)
    {
        ArgumentNullException.ThrowIfNull(uri);
        _ = (connection ?? WsClientOptions.Default).RequestFor(uri);
    }

    /// <summary>
    /// Prepares a client that chooses its server, or whatever else it needs such as a fresh token, anew for each connection.
    /// </summary>
    /// <param name="connect">
    /// Opens a session. It is called once for each attempt, with a token that is cancelled when the client is closed.
    /// </param>
    /// <param name="options">How to connect again; null for the defaults.</param>
    public WsReconnectingClient(Func<CancellationToken, ValueTask<WsSession>> connect, WsReconnectOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(connect);
        _connect = connect;
        _options = options ?? WsReconnectOptions.Default;
    }

    /// <summary>Where it is in its life.</summary>
    public WsReconnectState State
    {
        get
        {
            lock (_lock)
                return _state;
        }
    }

    /// <summary>
    /// The session that is open, after <see cref="WsReconnectOptions.OnConnected"/>; null while there is none. Receive from it only by
    /// <see cref="ReadAllAsync"/>.
    /// </summary>
    public WsSession? Session
    {
        get
        {
            lock (_lock)
                return _session;
        }
    }

    /// <summary>Begins to connect. Once started, it does nothing.</summary>
    /// <exception cref="ObjectDisposedException">The client was closed.</exception>
    public void Start()
    {
        ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
        Begin();
    }

    /// <summary>
    /// Connects now where the client waits before its next attempt, as when the network is back. Otherwise it does nothing.
    /// </summary>
    public void ConnectNow()
    {
        TaskCompletionSource? waiting;
        lock (_lock)
            waiting = _waiting;
        waiting?.TrySetResult();
    }

    /// <summary>
    /// All messages, of one connection after the other. It ends when the client was closed, or has given up after a normal closure.
    /// </summary>
    /// <param name="cancellationToken">
    /// Ends the enumeration. The client goes on, and the next enumeration begins where this one has ended. While there is none, at most two
    /// connections keep what they have received; what an older one has not delivered is let go.
    /// </param>
    /// <exception cref="WsException">The client has given up; this is its last failure.</exception>
    /// <exception cref="InvalidOperationException">Another enumeration goes on.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async IAsyncEnumerable<Message> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (_hasReader)
                throw new InvalidOperationException("Another enumeration goes on: read with one loop over ReadAllAsync at a time.");
            _hasReader = true;
        }

        try
        {
            Begin();
            while (await NextSessionAsync(cancellationToken).ConfigureAwait(false) is { } session)
            {
                while (await session.ReceiveAsync(cancellationToken).ConfigureAwait(false) is { } message)
                    yield return message;
                await DropAsync(session).ConfigureAwait(false);
            }
        }
        finally
        {
            lock (_lock)
                _hasReader = false;
        }
    }

    /// <summary>Sends an event: a message, a Ping. It is taken by the connection that is there, or by the next.</summary>
    /// <param name="e">
    /// As for <see cref="WsSession.SendAsync(WsEvent, CancellationToken)"/>. Fragments of one message belong on one session: send them on
    /// <see cref="Session"/>.
    /// </param>
    /// <param name="cancellationToken">Stops waiting; the event is not sent.</param>
    /// <exception cref="WsClosedException">
    /// There is no connection and the options want that to fail, or the client was closed or has given up.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ValueTask SendAsync(WsEvent e, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(e);
        return SendAsync(session => session.SendAsync(e, cancellationToken), cancellationToken);
    }

    /// <inheritdoc cref="SendAsync(WsEvent, CancellationToken)" path="/exception"/>
    /// <summary>Sends a text. It is taken by the connection that is there, or by the next.</summary>
    /// <param name="text">Whole characters: no lone surrogate.</param>
    /// <param name="cancellationToken">Stops waiting; the text is not sent.</param>
    public ValueTask SendTextAsync(string text, CancellationToken cancellationToken = default) =>
        SendAsync(new TextMessage(text), cancellationToken);

    /// <inheritdoc cref="SendAsync(WsEvent, CancellationToken)" path="/exception"/>
    /// <summary>
    /// Sends a text that is already UTF-8, as JSON often is. It is taken by the connection that is there, or by the next.
    /// </summary>
    /// <param name="utf8">Whole characters in UTF-8, which must not change until they are sent.</param>
    /// <param name="cancellationToken">Stops waiting; the text is not sent.</param>
    /// <exception cref="ArgumentException">It is not UTF-8, or cuts a character (RFC 6455 §5.6). Nothing was sent.</exception>
    public ValueTask SendTextAsync(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken = default) =>
        SendAsync(session => session.SendTextAsync(utf8, cancellationToken), cancellationToken);

    /// <inheritdoc cref="SendAsync(WsEvent, CancellationToken)" path="/exception"/>
    /// <summary>Sends bytes. They are taken by the connection that is there, or by the next.</summary>
    /// <param name="data">The bytes, which must not change until they are sent.</param>
    /// <param name="cancellationToken">Stops waiting; the bytes are not sent.</param>
    public ValueTask SendBytesAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        SendAsync(new BytesMessage(data), cancellationToken);

    /// <summary>
    /// Closes for good: the session that is open by a closing handshake, and no other will come. What was received before can still be
    /// read.
    /// </summary>
    /// <param name="code">The code of the Close.</param>
    /// <param name="reason">The reason, of at most 123 bytes in UTF-8; null for none.</param>
    /// <returns>It completes when nothing goes on any more, without an exception.</returns>
    public async Task CloseAsync(CloseCode code = CloseCode.NormalClosure, string? reason = null)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (Session is { } session)
            await session.CloseAsync(code, reason).ConfigureAwait(false);
        Task running;
        lock (_lock)
            running = _running ??= Task.Run(() => StopAsync(null), CancellationToken.None);
        await running.ConfigureAwait(false);
    }

    /// <summary>Closes as <see cref="CloseAsync"/> does, and drops messages that were not read.</summary>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        while (TryTakeOldest() is { } session)
            await DropAsync(session).ConfigureAwait(false);
    }

    private async ValueTask SendAsync(Func<WsSession, ValueTask> send, CancellationToken cancellationToken)
    {
        Begin();
        while (true)
        {
            WsSession session = await CurrentAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await send(session).ConfigureAwait(false);
                return;
            }
            catch (WsClosedException) when (_options.SendWhileAway == SendWhileAway.Wait)
            {
                // It did not take it.
                Leave(session);
            }
        }
    }

    private async ValueTask<WsSession> CurrentAsync(CancellationToken cancellationToken)
    {
        Task<WsSession> next;
        lock (_lock)
            next = _next.Task;
        if (_options.SendWhileAway == SendWhileAway.Fail && !next.IsCompleted)
            throw new WsClosedException("There is no connection.");
        return await next.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
