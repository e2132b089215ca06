using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using WsProto.EngineIO;
using WsProto.SocketIO.Client.Hosting;

namespace WsProto.SocketIO.Client;

/// <summary>A client of a Socket.IO server: one connection, which comes back by itself, and any number of namespaces on it.</summary>
/// <remarks>
/// <para>
/// To register handlers before the first event can come, make a client, add them, and call <see cref="ConnectAsync(CancellationToken)"/>.
/// The methods for events are those of the main namespace; others are <see cref="Of"/>.
/// </para>
/// <para>Safe for concurrent use.</para>
/// </remarks>
[DebuggerDisplay("{State}")]
public sealed class SocketIOClient : IAsyncDisposable
{
    private readonly SerialWorker _worker;
    private readonly Lock _lock = new();
    private Action<SocketIOStateChange>? _stateChanged;
    private Action<SocketIOConnectException>? _transportFailed;
    private Task? _disposal;

    /// <summary>A client that is not connected.</summary>
    /// <param name="uri">
    /// The address, of the scheme http, https, ws or wss. A path is that of the server's endpoint, and no namespace; without one it is
    /// <c>/socket.io/</c>. A query goes with all requests.
    /// </param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentException">The address cannot be used, or an option would be ignored.</exception>
    public SocketIOClient(Uri uri, SocketIOClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(uri);
        options ??= SocketIOClientOptions.Default;
        _worker = new SerialWorker(options.HandlerContext);
        Driver = new ClientDriver(this, uri, options);
        Main = Driver.Of("/");
    }

    /// <summary>The main namespace.</summary>
    public SocketIOClientNamespace Main { get; }

    /// <summary>Where the connection is in its life.</summary>
    public SocketIOClientState State => Driver.State;

    /// <summary>The transport in use; null if there is no connection.</summary>
    public EngineIOTransports? Transport => Driver.Transport;

    /// <summary>The id of the client in the main namespace; null if it is not in.</summary>
    public string? Id => Main.Id;

    internal ClientDriver Driver { get; }

    /// <summary>Connects, and waits until the client is in the main namespace.</summary>
    /// <param name="uri">The address, as for the constructor.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Gives up. Afterwards it does not concern the client.</param>
    /// <returns>The client. What the server emits before handlers are added is not handled; see the constructor for that.</returns>
    /// <inheritdoc cref="ConnectAsync(CancellationToken)" path="/exception"/>
    [SuppressMessage("Reliability", "CA2000", Justification = "The caller disposes of it.")]
    public static async Task<SocketIOClient> ConnectAsync(
        Uri uri, SocketIOClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        var client = new SocketIOClient(uri, options);
        try
        {
            await client.ConnectAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Connects, and waits until the client is in the main namespace. From then on it comes back by itself, as
    /// <see cref="SocketIOClientConnectionOptions.ReconnectPolicy"/> says. After a refusal, or <see cref="DisconnectAsync"/>, it may be
    /// called again.
    /// </summary>
    /// <param name="cancellationToken">
    /// Gives up. If this call has begun to connect, that is ended; else somebody else has, and only the wait is. Afterwards it does not
    /// concern the client.
    /// </param>
    /// <exception cref="SocketIOConnectException">
    /// The server was not reached, or refused the session, and it is not tried again.
    /// </exception>
    /// <exception cref="SocketIOJoinException">
    /// The server refused the namespace, and it is not asked again. The connection stays.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed of.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await Driver.WaitWhileClosingAsync(cancellationToken).ConfigureAwait(false);
        var waiter = new JoinWaiter();
        if (!Driver.Join(Main.Name, waiter, starts: true))
            return;
        try
        {
            await waiter.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (waiter.HasStarted)
        {
            await Driver.StopAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            Driver.Forget(Main.Name, waiter, leaves: false);
        }
    }

    /// <summary>
    /// While the client waits for its next attempt, makes it at once, as when the network is back. One attempt is made at a time; if it
    /// fails, delays begin anew.
    /// </summary>
    public void ReconnectNow() => Driver.ReconnectNow();

    /// <summary>Leaves all namespaces and ends the connection, after what was emitted before. The client may connect again.</summary>
    /// <param name="cancellationToken">Stops waiting; the connection ends all the same.</param>
    public Task DisconnectAsync(CancellationToken cancellationToken = default) => Driver.StopAsync().WaitAsync(cancellationToken);

    /// <summary>A namespace, on the same connection. Call its <see cref="SocketIOClientNamespace.ConnectAsync"/> to get in.</summary>
    /// <param name="namespace">Its name, which begins with a slash.</param>
    /// <exception cref="ArgumentException">It is no name of a namespace.</exception>
    public SocketIOClientNamespace Of(string @namespace)
    {
        ArgumentNullException.ThrowIfNull(@namespace);
        if (!@namespace.StartsWith('/') || @namespace.Contains(',', StringComparison.Ordinal))
            throw new ArgumentException("A namespace begins with a slash and has no comma.", nameof(@namespace));
        return Driver.Of(@namespace);
    }

    /// <summary>Is told of each change of the connection's state, one after the other. What it throws is dropped.</summary>
    /// <param name="handler">The handler; one more is called after those before.</param>
    /// <returns>This client.</returns>
    public SocketIOClient OnStateChanged(Action<SocketIOStateChange> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        lock (_lock)
            _stateChanged += handler;
        return this;
    }

    /// <summary>
    /// Is told of each transport that failed while the session goes on with another, such as a WebSocket that a proxy blocks: for a line in
    /// a log. What it throws is dropped.
    /// </summary>
    /// <param name="handler">The handler; one more is called after those before.</param>
    /// <returns>This client.</returns>
    public SocketIOClient OnTransportFailed(Action<SocketIOConnectException> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        lock (_lock)
            _transportFailed += handler;
        return this;
    }

    /// <inheritdoc cref="SocketIOClientNamespace.On(string, Func{SocketIOReceived, Task})"/>
    public SocketIOClientNamespace On(string name, Func<SocketIOReceived, Task> handler) => Main.On(name, handler);

    /// <inheritdoc cref="SocketIOClientNamespace.On{T}(string, Action{T})"/>
    public SocketIOClientNamespace On<T>(string name, Action<T> handler) => Main.On(name, handler);

    /// <inheritdoc cref="SocketIOClientNamespace.OnConnected"/>
    public SocketIOClientNamespace OnConnected(Func<SocketIOClientNamespace, Task> handler) => Main.OnConnected(handler);

    /// <inheritdoc cref="SocketIOClientNamespace.OnDisconnected"/>
    public SocketIOClientNamespace OnDisconnected(Func<SocketIOLoss, Task> handler) => Main.OnDisconnected(handler);

    /// <inheritdoc cref="SocketIOClientNamespace.TryEmit(string, ReadOnlySpan{object?})"/>
    public bool TryEmit(string name, params ReadOnlySpan<object?> arguments) => Main.TryEmit(name, arguments);

    /// <inheritdoc cref="SocketIOClientNamespace.EmitAsync(string, ReadOnlySpan{object?})"/>
    public Task EmitAsync(string name, params ReadOnlySpan<object?> arguments) => Main.EmitAsync(name, arguments);

    /// <inheritdoc cref="SocketIOClientNamespace.CallAsync{T}(string, ReadOnlySpan{object?})"/>
    public Task<T?> CallAsync<T>(string name, params ReadOnlySpan<object?> arguments) => Main.CallAsync<T>(name, arguments);

    /// <inheritdoc cref="SocketIOClientNamespace.ReadAllAsync"/>
    public IAsyncEnumerable<SocketIOReceived> ReadAllAsync(string? name = null, CancellationToken cancellationToken = default) =>
        Main.ReadAllAsync(name, cancellationToken);

    /// <summary>
    /// Leaves all namespaces and ends the connection, after what was emitted before. It always comes to its end: what the server does not
    /// take within <see cref="EngineIOClientOptions.CloseTimeout"/> is dropped. Handlers that run are not waited for, so it may be called
    /// by one.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
            _disposal ??= DisposeOnceAsync();
        return new(_disposal);
    }

    internal void TellState(SocketIOStateChange change)
    {
        Action<SocketIOStateChange>? handler = Volatile.Read(ref _stateChanged);
        if (handler is not null)
            Tell(() => handler(change));
    }

    internal void TellTransportFailed(SocketIOConnectException failure)
    {
        Action<SocketIOConnectException>? handler = Volatile.Read(ref _transportFailed);
        if (handler is not null)
            Tell(() => handler(failure));
    }

    private void Tell(Action handler) => _worker.Add(async () =>
    {
        await _worker.RunAsync(() =>
        {
            handler();
            return Task.CompletedTask;
        }).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    });

    private async Task DisposeOnceAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await Driver.DisposeAsync().ConfigureAwait(false);
    }
}
