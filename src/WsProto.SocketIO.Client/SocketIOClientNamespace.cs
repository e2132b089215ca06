using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading;
using System.Threading.Tasks;
using WsProto.SocketIO.Client.Hosting;

namespace WsProto.SocketIO.Client;

/// <summary>A namespace of a server. The instance stays the same when the client is disconnected and connects again.</summary>
/// <remarks>Thread-safe.</remarks>
[DebuggerDisplay("{Name} {Id}")]
public sealed partial class SocketIOClientNamespace
{
    internal SocketIOClientNamespace(SocketIOClient client, string name)
    {
        Client = client;
        Name = name;
    }

    /// <summary>The client.</summary>
    public SocketIOClient Client { get; }

    /// <summary>The name; <c>/</c> is the main namespace.</summary>
    public string Name { get; }

    /// <summary>The id of the client in the namespace; null if it is not connected.</summary>
    public string? Id => Client.Driver.IdOf(Name);

    /// <summary>Whether the client is connected to the namespace.</summary>
    public bool IsConnected => Id is not null;

    /// <summary>
    /// Whether the last connection has recovered the client's state: it has its former id and rooms, and received the events that it
    /// missed.
    /// </summary>
    public bool Recovered { get; private set; }

    /// <summary>The waits for the connection. Guarded by the lock of the driver.</summary>
    internal List<JoinWaiter> Waiters { get; } = [];

    /// <summary>What the application has thrown when it was asked for the <c>auth</c> payload.</summary>
    internal Exception? AuthFailure { get; set; }

    /// <summary>Connects to the namespace over the client's connection, and waits until the client is connected.</summary>
    /// <remarks>Then the client connects to it again whenever the connection was lost.</remarks>
    /// <param name="cancellationToken">Cancels the attempt. It has no effect afterwards.</param>
    /// <returns>A task that completes when the client is connected.</returns>
    /// <exception cref="SocketIOJoinException">
    /// The server refused the namespace, and the client does not try again. Other namespaces are not affected.
    /// </exception>
    /// <exception cref="SocketIOConnectException">The connection is given up.</exception>
    /// <exception cref="InvalidOperationException">The client is not connected or connecting, or is disposed of.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var waiter = new JoinWaiter();
        if (!Client.Driver.Join(Name, waiter))
            return;
        try
        {
            await waiter.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Client.Driver.Forget(Name, waiter, leaves: cancellationToken.IsCancellationRequested);
        }
    }

    /// <summary>Leaves the namespace. Emits that wait for it are dropped. The connection and other namespaces stay open.</summary>
    public void Leave() => Client.Driver.Leave(Name);

    /// <summary>Emits an event without waiting.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments. Byte arrays in them become attachments.</param>
    /// <returns>
    /// Whether the event was sent, or waits for the connection. False if the client is not to be connected, the buffer is full, or the
    /// event is larger than the limit of the server.
    /// </returns>
    /// <exception cref="ArgumentException">The name is reserved, there are too many attachments, or an argument is a tuple.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed of.</exception>
    public bool TryEmit(string name, params ReadOnlySpan<object?> arguments) =>
        Start(name, arguments, default, null).Outcome is null or SocketIOEmitOutcome.Sent;

    /// <summary>Emits an event with one argument without waiting.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">The argument. Byte arrays in it become attachments.</param>
    /// <inheritdoc cref="TryEmit(string, ReadOnlySpan{object?})" path="/returns|/exception"/>
    /// <remarks>A collection, such as an array, is one argument. To send its elements as arguments, pass its span.</remarks>
    [OverloadResolutionPriority(1)]
    public bool TryEmit(string name, object? argument) => TryEmit(name, [argument]);

    /// <summary>
    /// Emits a volatile event, which is dropped if the client is not connected, or
    /// <see cref="SocketIOClientConnectionOptions.VolatileThreshold"/> is reached.
    /// </summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments.</param>
    /// <returns>Whether the event was sent.</returns>
    /// <inheritdoc cref="TryEmit(string, ReadOnlySpan{object?})" path="/exception"/>
    public bool EmitVolatile(string name, params ReadOnlySpan<object?> arguments) =>
        Start(name, arguments, new SocketIOEmitOptions { IsVolatile = true }, null).Outcome == SocketIOEmitOutcome.Sent;

    /// <summary>
    /// Emits an event, and waits until it is passed to the network. It waits for the connection, and while
    /// <see cref="SocketIOClientOptions.MaxSendBacklog"/> is reached.
    /// </summary>
    /// <remarks>
    /// Only an acknowledgement shows that the event has arrived; see <see cref="CallAsync{T}(string, ReadOnlySpan{object?})"/>.
    /// </remarks>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments. Byte arrays in them become attachments.</param>
    /// <returns>A task that completes when the event is passed to the network.</returns>
    /// <exception cref="SocketIOEmitException">
    /// The event was not sent. <see cref="SocketIOEmitException.Outcome"/> has the cause.
    /// </exception>
    /// <exception cref="ArgumentException">The name is reserved, there are too many attachments, or an argument is a tuple.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed of.</exception>
    public Task EmitAsync(string name, params ReadOnlySpan<object?> arguments)
    {
        var pending = new PendingEmit();
        return FinishEmitAsync(Start(name, arguments, default, pending), pending, CancellationToken.None);
    }

    /// <summary>Emits an event with one argument.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">The argument. Byte arrays in it become attachments.</param>
    /// <inheritdoc cref="EmitAsync(string, ReadOnlySpan{object?})" path="/returns|/exception"/>
    /// <remarks>A collection, such as an array, is one argument. To send its elements as arguments, pass its span.</remarks>
    [OverloadResolutionPriority(1)]
    public Task EmitAsync(string name, object? argument) => EmitAsync(name, [argument]);

    /// <summary>Emits an event, which can be cancelled.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments. Byte arrays in them become attachments.</param>
    /// <param name="cancellationToken">Cancels the emit. If it was not sent before, it is not sent. The connection is not affected.</param>
    /// <inheritdoc cref="EmitAsync(string, ReadOnlySpan{object?})" path="/returns|/exception"/>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public Task EmitAsync(string name, IReadOnlyList<object?> arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        cancellationToken.ThrowIfCancellationRequested();
        var pending = new PendingEmit();
        return FinishEmitAsync(Start(name, [.. arguments], default, pending), pending, cancellationToken);
    }

    /// <summary>Emits an event and waits for the acknowledgement, for <see cref="SocketIOClientOptions.AckTimeout"/>.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments.</param>
    /// <typeparam name="T">The type of the first argument of the acknowledgement.</typeparam>
    /// <returns>The first argument of the acknowledgement; the default of the type if it has none.</returns>
    /// <exception cref="TimeoutException">The server did not answer in time. If the event was not sent before, it is not sent.</exception>
    /// <exception cref="SocketIOEmitException">
    /// The event was not sent, or the connection was lost before the acknowledgement. <see cref="SocketIOEmitException.Outcome"/> has the
    /// cause.
    /// </exception>
    /// <exception cref="JsonException">The first argument of the acknowledgement is not of that type.</exception>
    /// <exception cref="ArgumentException">The name is reserved, there are too many attachments, or an argument is a tuple.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed of.</exception>
    public Task<T?> CallAsync<T>(string name, params ReadOnlySpan<object?> arguments)
    {
        var options = new SocketIOEmitOptions { WantsAck = true, AckTimeout = Client.Driver.Options.AckTimeout };
        var pending = new PendingEmit();
        return FinishCallAsync<T>(Start(name, arguments, options, pending), pending);
    }

    /// <summary>Emits an event with one argument and waits for the acknowledgement.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">The argument.</param>
    /// <inheritdoc cref="CallAsync{T}(string, ReadOnlySpan{object?})" path="/typeparam|/returns|/exception"/>
    /// <remarks>A collection, such as an array, is one argument. To send its elements as arguments, pass its span.</remarks>
    [OverloadResolutionPriority(1)]
    public Task<T?> CallAsync<T>(string name, object? argument) => CallAsync<T>(name, [argument]);

    /// <summary>Emits an event and waits for the acknowledgement.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="timeout">
    /// How long the acknowledgement may take, including the wait for a connection; with retries, after each time that the event is sent.
    /// Null for <see cref="SocketIOClientOptions.AckTimeout"/>.
    /// </param>
    /// <param name="retries">
    /// How often the event is sent again if it is not acknowledged. The server may receive it more than once, so its arguments should
    /// identify it. Calls with retries are sent one after the other in each namespace.
    /// </param>
    /// <param name="cancellationToken">Cancels the emit. If it was not sent before, it is not sent. The connection is not affected.</param>
    /// <returns>The arguments of the acknowledgement.</returns>
    /// <exception cref="TimeoutException">The server did not answer in time. If the event was not sent before, it is not sent.</exception>
    /// <exception cref="SocketIOEmitException">
    /// The event was not sent, or the connection was lost before the acknowledgement. <see cref="SocketIOEmitException.Outcome"/> has the
    /// cause.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    /// <exception cref="ArgumentException">
    /// The name is reserved, or there are too many attachments. Or the timeout is negative or more than 2^31 - 1 ms (24 days), or the
    /// number of retries is negative.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The client is disposed of.</exception>
    public async Task<SocketIOArguments> CallAsync(
        string name,
        IReadOnlyList<object?> arguments,
        TimeSpan? timeout = null,
        int retries = 0,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        cancellationToken.ThrowIfCancellationRequested();
        var options = new SocketIOEmitOptions
        {
            WantsAck = true,
            AckTimeout = timeout ?? Client.Driver.Options.AckTimeout,
            Retries = retries,
        };
        var pending = new PendingEmit();
        SocketIOEmit emit = Start(name, [.. arguments], options, pending);
        await pending.WaitAsync(Client.Driver, emit, cancellationToken).ConfigureAwait(false);
        ThrowUnlessDone(emit, cancellationToken);
        return emit.Answer!;
    }

    private SocketIOEmit Start(string name, ReadOnlySpan<object?> arguments, SocketIOEmitOptions options, PendingEmit? pending) =>
        Client.Driver.Emit(Name, name, arguments, options with { IsFirst = _greeting.Value?.IsOf(this) == true }, pending);

    private async Task FinishEmitAsync(SocketIOEmit emit, PendingEmit pending, CancellationToken cancellationToken)
    {
        await pending.WaitAsync(Client.Driver, emit, cancellationToken).ConfigureAwait(false);
        ThrowUnlessDone(emit, cancellationToken);
        await Client.Driver.WaitForDrainAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<T?> FinishCallAsync<T>(SocketIOEmit emit, PendingEmit pending)
    {
        await pending.WaitAsync(Client.Driver, emit, CancellationToken.None).ConfigureAwait(false);
        ThrowUnlessDone(emit, CancellationToken.None);
        SocketIOArguments answer = emit.Answer!;
        return answer.Count == 0 ? default : answer.Get(0, (JsonTypeInfo<T>)Client.Driver.Encoder.JsonOptions.GetTypeInfo(typeof(T)));
    }

    private void ThrowUnlessDone(SocketIOEmit emit, CancellationToken cancellationToken)
    {
        string? message = emit.Outcome switch
        {
            SocketIOEmitOutcome.Sent or SocketIOEmitOutcome.Answered => null,
            SocketIOEmitOutcome.TimedOut => throw new TimeoutException(
                emit.TimesSent == 0 ? "The client was not connected in time." : "The server did not answer in time."),
            SocketIOEmitOutcome.Cancelled => throw new OperationCanceledException("The event was cancelled.", cancellationToken),
            SocketIOEmitOutcome.Disconnected => "The connection was lost before the server answered.",
            SocketIOEmitOutcome.Dropped => "The event was dropped from the full buffer, in favor of newer ones.",
            SocketIOEmitOutcome.BufferFull => "The buffer of events is full.",
            SocketIOEmitOutcome.TooLarge =>
                $"The event has a message of {emit.MessageSize} bytes, and the server accepts {Client.Driver.MaxPayload}.",
            _ => "The client is not connected to the namespace.",
        };
        if (message is null)
            return;
        bool isTooLarge = emit.Outcome == SocketIOEmitOutcome.TooLarge;
        throw new SocketIOEmitException(message)
        {
            Outcome = emit.Outcome!.Value,
            MessageSize = emit.MessageSize,
            MaxPayload = isTooLarge ? Client.Driver.MaxPayload : 0,
        };
    }
}
