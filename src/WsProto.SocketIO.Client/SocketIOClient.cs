using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using WsProto.EngineIO;
using WsProto.SocketIO.Client.Hosting;

namespace WsProto.SocketIO.Client;

/// <summary>A client of a Socket.IO server: one connection, which reconnects on its own, with any number of namespaces.</summary>
/// <remarks>
/// <para>
/// Create a client, add handlers, and call <see cref="ConnectAsync(CancellationToken)"/>, so that no event is received before its handler
/// is added. The methods for events are those of the main namespace; get others with <see cref="Of"/>.
/// </para>
/// <para>Thread-safe.</para>
/// </remarks>
[DebuggerDisplay("{State}")]
public sealed class SocketIOClient : IAsyncDisposable
{
    private readonly SerialWorker _worker;
    private readonly Lock _lock = new();
    private Action<SocketIOStateChange>? _stateChanged;
    private Action<SocketIOConnectException>? _transportFailed;
    private Task? _disposal;

    /// <summary>Creates a client that is not connected.</summary>
    /// <param name="uri">
    /// The address, with the scheme http, https, ws or wss. Its path is that of the server's endpoint, not a namespace; without a path it
    /// is <c>/socket.io/</c>. Its query is sent with all requests.
    /// </param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentException">The address is not valid, or an option cannot be used with another.</exception>
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

    /// <summary>The state of the connection.</summary>
    public SocketIOClientState State => Driver.State;

    /// <summary>The transport in use; null if there is no connection.</summary>
    public EngineIOTransports? Transport => Driver.Transport;

    /// <summary>The id of the client in the main namespace; null if it is not connected.</summary>
    public string? Id => Main.Id;

    internal ClientDriver Driver { get; }

    /// <summary>Creates a client and connects it to the main namespace.</summary>
    /// <param name="uri">The address, as for the constructor.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the attempt. It has no effect afterwards.</param>
    /// <returns>
    /// The client. The caller disposes of it. Events that are received before their handler is added are not handled; use the constructor
    /// to add handlers first.
    /// </returns>
    /// <exception cref="ArgumentException">The address is not valid, or an option cannot be used with another.</exception>
    /// <exception cref="SocketIOConnectException">The server could not be reached, or refused the session.</exception>
    /// <exception cref="SocketIOJoinException">The server refused the namespace.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
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

    /// <summary>Connects to the main namespace, and waits until the client is connected.</summary>
    /// <remarks>
    /// Then the client reconnects on its own, as <see cref="SocketIOClientConnectionOptions.ReconnectPolicy"/> decides. The method may be
    /// called again after it has failed or after <see cref="DisconnectAsync"/>.
    /// </remarks>
    /// <param name="cancellationToken">
    /// Cancels the wait, and stops the connection if this call has started it. It has no effect afterwards.
    /// </param>
    /// <returns>A task that completes when the client is connected.</returns>
    /// <exception cref="SocketIOConnectException">
    /// The server could not be reached, or refused the session, and the client does not try again.
    /// </exception>
    /// <exception cref="SocketIOJoinException">
    /// The server refused the namespace, and the client does not try again. The connection stays open.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
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
    /// Makes the next attempt to reconnect at once, for example because the network is available again. It has no effect unless the client
    /// waits for it.
    /// </summary>
    /// <remarks>If the attempt fails, delays begin again at the first one.</remarks>
    public void ReconnectNow() => Driver.ReconnectNow();

    /// <summary>
    /// Leaves all namespaces and closes the connection, after the events that were emitted before. The client may connect again.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait. The connection is closed all the same.</param>
    /// <returns>A task that completes when the connection is closed.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public Task DisconnectAsync(CancellationToken cancellationToken = default) => Driver.StopAsync().WaitAsync(cancellationToken);

    /// <summary>
    /// Gets a namespace on the same connection. Call its <see cref="SocketIOClientNamespace.ConnectAsync"/> to connect to it.
    /// </summary>
    /// <param name="namespace">The name. It begins with a slash and contains neither a comma nor U+001E.</param>
    /// <returns>The namespace.</returns>
    /// <exception cref="ArgumentException">The name does not begin with a slash, or contains a comma or U+001E.</exception>
    public SocketIOClientNamespace Of(string @namespace)
    {
        ArgumentNullException.ThrowIfNull(@namespace);
        if (!@namespace.StartsWith('/') || @namespace.AsSpan().ContainsAny(',', '\u001e'))
            throw new ArgumentException("A namespace begins with a slash and contains neither a comma nor U+001E.", nameof(@namespace));
        return Driver.Of(@namespace);
    }

    /// <summary>Adds a handler that is called for each change of the connection's state, in order. Its exceptions are ignored.</summary>
    /// <param name="handler">The handler. Several run in the order in which they were added.</param>
    /// <returns>This client.</returns>
    public SocketIOClient OnStateChanged(Action<SocketIOStateChange> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        lock (_lock)
            _stateChanged += handler;
        return this;
    }

    /// <summary>
    /// Adds a handler that is called when a transport fails and the session continues with another, for example because a proxy blocks
    /// WebSockets. Use it for logs. Its exceptions are ignored.
    /// </summary>
    /// <param name="handler">The handler. Several run in the order in which they were added.</param>
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

    /// <summary>Leaves all namespaces and closes the connection, after the events that were emitted before.</summary>
    /// <remarks>
    /// It always completes: what the server does not accept within <see cref="EngineIOClientOptions.CloseTimeout"/> is dropped. It does not
    /// wait for running handlers, so a handler may call it.
    /// </remarks>
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
