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

/// <summary>A namespace of a server, as a client sees it. It stays the same when the client is lost and comes back.</summary>
/// <remarks>Safe for concurrent use.</remarks>
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

    /// <summary>The name, such as <c>/</c> for the main namespace.</summary>
    public string Name { get; }

    /// <summary>The id of the client in it; null if it is not in.</summary>
    public string? Id => Client.Driver.IdOf(Name);

    /// <summary>Whether the client is in it.</summary>
    public bool IsConnected => Id is not null;

    /// <summary>Whether the client is what it was before it was lost: it got what it has missed.</summary>
    public bool Recovered { get; private set; }

    /// <summary>Who waits to get in. The driver's lock guards it.</summary>
    internal List<JoinWaiter> Waiters { get; } = [];

    /// <summary>What was thrown where the application was asked what it brings.</summary>
    internal Exception? AuthFailure { get; set; }

    /// <summary>
    /// Gets into the namespace, on the client's connection, and waits until it is. From then on it comes back by itself with the
    /// connection.
    /// </summary>
    /// <param name="cancellationToken">Gives up. Afterwards it does not concern the namespace.</param>
    /// <exception cref="SocketIOJoinException">The server refused, and is not asked again. Other namespaces go on.</exception>
    /// <exception cref="SocketIOConnectException">The connection is given up.</exception>
    /// <exception cref="InvalidOperationException">The client is not connected, does not connect, or is disposed of.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
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

    /// <summary>Leaves the namespace. What waits for it is not sent any more. The connection and other namespaces stay.</summary>
    public void Leave() => Client.Driver.Leave(Name);

    /// <summary>Emits an event, and waits for nothing.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments; bytes in them become attachments.</param>
    /// <returns>
    /// Whether it was sent, or waits until the client is in; false if the client does not want in, the buffer is full, or the event is
    /// larger than the server takes.
    /// </returns>
    /// <exception cref="ArgumentException">The name is reserved, there are too many attachments, or an argument is a tuple.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed of.</exception>
    public bool TryEmit(string name, params ReadOnlySpan<object?> arguments) =>
        Start(name, arguments, default, null).Outcome is null or SocketIOEmitOutcome.Sent;

    /// <summary>Emits an event with one argument, and waits for nothing.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">Its argument; bytes in it become attachments.</param>
    /// <inheritdoc cref="TryEmit(string, ReadOnlySpan{object?})" path="/returns|/exception"/>
    /// <remarks>A collection is one argument, an array too. To send as many arguments as an array has, give its span.</remarks>
    [OverloadResolutionPriority(1)]
    public bool TryEmit(string name, object? argument) => TryEmit(name, [argument]);

    /// <summary>
    /// Emits an event that may be dropped: where there is no connection, or
    /// <see cref="SocketIOClientConnectionOptions.VolatileThreshold"/> is reached.
    /// </summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>Whether it was sent.</returns>
    /// <inheritdoc cref="TryEmit(string, ReadOnlySpan{object?})" path="/exception"/>
    public bool EmitVolatile(string name, params ReadOnlySpan<object?> arguments) =>
        Start(name, arguments, new SocketIOEmitOptions { IsVolatile = true }, null).Outcome == SocketIOEmitOutcome.Sent;

    /// <summary>
    /// Emits an event, and waits until it is given to the network: until the client is in, and while much waits to be sent. Whether it
    /// arrives only an answer tells.
    /// </summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments; bytes in them become attachments.</param>
    /// <exception cref="SocketIOEmitException">
    /// It is not sent, and will not be: <see cref="SocketIOEmitException.Outcome"/> says why.
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
    /// <param name="argument">Its argument; bytes in it become attachments.</param>
    /// <inheritdoc cref="EmitAsync(string, ReadOnlySpan{object?})" path="/exception"/>
    /// <remarks>A collection is one argument, an array too. To send as many arguments as an array has, give its span.</remarks>
    [OverloadResolutionPriority(1)]
    public Task EmitAsync(string name, object? argument) => EmitAsync(name, [argument]);

    /// <summary>Emits an event that can be cancelled.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments; bytes in them become attachments.</param>
    /// <param name="cancellationToken">Cancels it. If it was not sent by then, it never will be; nothing else is harmed.</param>
    /// <inheritdoc cref="EmitAsync(string, ReadOnlySpan{object?})" path="/exception"/>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task EmitAsync(string name, IReadOnlyList<object?> arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        cancellationToken.ThrowIfCancellationRequested();
        var pending = new PendingEmit();
        return FinishEmitAsync(Start(name, [.. arguments], default, pending), pending, cancellationToken);
    }

    /// <summary>Emits an event and waits for its answer, as long as <see cref="SocketIOClientOptions.AckTimeout"/>.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <typeparam name="T">What the first argument of the answer stands for; the default where there is none.</typeparam>
    /// <exception cref="TimeoutException">No answer came in time. If it was not sent by then, it never will be.</exception>
    /// <exception cref="SocketIOEmitException">
    /// It is not sent, or the connection was lost before the answer came: <see cref="SocketIOEmitException.Outcome"/> says which.
    /// </exception>
    /// <exception cref="JsonException">The answer is not of that type.</exception>
    /// <exception cref="ArgumentException">The name is reserved, there are too many attachments, or an argument is a tuple.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed of.</exception>
    public Task<T?> CallAsync<T>(string name, params ReadOnlySpan<object?> arguments)
    {
        var options = new SocketIOEmitOptions { WantsAck = true, AckTimeout = Client.Driver.Options.AckTimeout };
        var pending = new PendingEmit();
        return FinishCallAsync<T>(Start(name, arguments, options, pending), pending);
    }

    /// <summary>Emits an event with one argument and waits for its answer.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">Its argument.</param>
    /// <inheritdoc cref="CallAsync{T}(string, ReadOnlySpan{object?})" path="/typeparam|/exception"/>
    /// <remarks>A collection is one argument, an array too. To send as many arguments as an array has, give its span.</remarks>
    [OverloadResolutionPriority(1)]
    public Task<T?> CallAsync<T>(string name, object? argument) => CallAsync<T>(name, [argument]);

    /// <summary>Emits an event and waits for its answer.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="timeout">
    /// How long the answer may take, the wait for a connection included; with retries, after each time that it is sent. Null:
    /// <see cref="SocketIOClientOptions.AckTimeout"/>.
    /// </param>
    /// <param name="retries">
    /// How often it is sent again if no answer came. The server may get it more than once, so say in it which it is. Such events of a
    /// namespace are sent one after the other.
    /// </param>
    /// <param name="cancellationToken">Cancels it. If it was not sent by then, it never will be; nothing else is harmed.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="TimeoutException">No answer came in time.</exception>
    /// <exception cref="SocketIOEmitException">It is not sent, or the connection was lost before the answer came.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ArgumentException">
    /// The name is reserved, there are too many attachments, an argument is a tuple, or the time or number is negative.
    /// </exception>
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
                emit.TimesSent == 0 ? "There was no connection in time." : "No answer came in time."),
            SocketIOEmitOutcome.Cancelled => throw new OperationCanceledException("The event was cancelled.", cancellationToken),
            SocketIOEmitOutcome.Disconnected => "The connection was lost before the answer came.",
            SocketIOEmitOutcome.Dropped => "The event was dropped from the full buffer in favour of others.",
            SocketIOEmitOutcome.BufferFull => "Too much waits for the connection.",
            SocketIOEmitOutcome.TooLarge =>
                $"The event has a message of {emit.MessageSize} bytes, and the server takes {Client.Driver.MaxPayload}.",
            _ => "The client is not in the namespace.",
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
