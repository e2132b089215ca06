using System;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore.Hosting;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>A client in a namespace.</summary>
/// <remarks>Thread-safe.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds no resources.")]
[DebuggerDisplay("{Id} in {Namespace.Name}")]
public sealed class SocketIOSocket
{
    private readonly SocketIOClient _client;
    private readonly SocketWorker _worker;
    private readonly PendingAcks _acks = new();
    private readonly CancellationTokenSource _left = new();
    private List<IReadOnlyList<Packet>>? _early;
    private ConcurrentDictionary<string, object?>? _data;
    private volatile SocketIODisconnect? _disconnect;

    internal SocketIOSocket(SocketIOClient client, SocketIONamespace space, SocketIOArguments auth)
    {
        _client = client;
        Namespace = space;
        Auth = auth;
        Disconnected = _left.Token;
        Id = NewId();
        _worker = new SocketWorker(this);
    }

    /// <summary>
    /// The id of the client in this namespace. It is also the name of a room with this client alone. A client that recovers gets its former
    /// id when it is connected.
    /// </summary>
    public string Id { get; internal set; }

    /// <summary>
    /// Whether the client has recovered its former state; see <see cref="SocketIONamespace.EnableRecovery"/>. It is known once the client
    /// is connected, not yet in <see cref="SocketIONamespace.OnConnecting"/>.
    /// </summary>
    public bool Recovered { get; internal set; }

    /// <summary>The namespace.</summary>
    public SocketIONamespace Namespace { get; }

    /// <summary>The request that opened the client's session.</summary>
    public SocketIOHandshake Handshake => _client.Handshake;

    /// <summary>The user of this request.</summary>
    public ClaimsPrincipal User => _client.Handshake.User;

    /// <summary>The <c>auth</c> payload of the client: one argument, which is an object, or none.</summary>
    public SocketIOArguments Auth { get; }

    /// <summary>Data of the application about the client. Thread-safe.</summary>
    public IDictionary<string, object?> Data =>
        LazyInitializer.EnsureInitialized(ref _data, static () => new ConcurrentDictionary<string, object?>(StringComparer.Ordinal));

    /// <summary>
    /// Cancelled when the client is disconnected or refused, also while <see cref="SocketIONamespace.OnConnecting"/> runs.
    /// </summary>
    public CancellationToken Disconnected { get; }

    /// <summary>Why the client was disconnected or refused; null before.</summary>
    public SocketIODisconnect? DisconnectInfo => _disconnect;

    /// <summary>The transport in use; after the end of the session, the last one.</summary>
    public EngineIOTransports Transport => _client.Engine.Transport;

    /// <summary>The number of bytes that wait for the client, in all its namespaces.</summary>
    public long BufferedBytes => _client.Engine.BufferedBytes;

    /// <summary>The rooms of the client, until the handlers of its disconnection have completed. The list is a copy.</summary>
    public IReadOnlyCollection<string> Rooms => Namespace.RoomsOf(this);

    /// <summary>All other clients of the namespace.</summary>
    public SocketIOBroadcast Broadcast => new(Namespace, new(Namespace.Name, [], [Id]));

    /// <summary>The number of calls that wait for an acknowledgement.</summary>
    internal int PendingAcks => _acks.Count;

    /// <summary>The secret with which the client can recover; null if it cannot.</summary>
    internal string? Pid { get; set; }

    /// <summary>
    /// The number of the last event before the first that could be sent to the client; null before that. Guarded by the recovery.
    /// </summary>
    internal long? Begin { get; set; }

    /// <summary>The number of the last event that was sent to the client. Guarded by the recovery.</summary>
    internal long LastSent { get; set; }

    internal SocketIOClient Client => _client;

    internal EngineClient Engine => _client.Engine;

    internal SocketIOServer Server => _client.Server;

    /// <summary>Deserializes the <c>auth</c> payload with the server's JSON options.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <returns>
    /// The value. The default of the type if the client sent nothing, or something that is not of that type; it does not throw, because any
    /// client can send that.
    /// </returns>
    public T? ReadAuth<T>()
    {
        try
        {
            return Auth.Count > 0 ? Auth.Get(0, Server.TypeInfo<T>()) : default;
        }
        catch (JsonException)
        {
            return default;
        }
    }

    /// <summary>Adds the client to a room.</summary>
    /// <param name="room">The room.</param>
    /// <returns>False if the client is not connected to the namespace.</returns>
    public bool Join(string room) => !Disconnected.IsCancellationRequested && Namespace.Join(this, room);

    /// <summary>Removes the client from a room.</summary>
    /// <param name="room">The room.</param>
    /// <returns>False if it was not in the room.</returns>
    public bool Leave(string room) => Namespace.Leave(this, room);

    /// <summary>Selects the other clients in some rooms.</summary>
    /// <param name="rooms">The rooms. The id of a client is a room too.</param>
    /// <returns>The set of clients.</returns>
    public SocketIOBroadcast To(params ReadOnlySpan<string> rooms) => new(Namespace, new(Namespace.Name, [.. rooms], [Id]));

    /// <summary>Sends an event. If the client is not connected yet, the event is sent once it is.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments. Byte arrays in them become attachments.</param>
    /// <returns>False if the client is disconnected, or too much waits for it, which ends its session.</returns>
    /// <exception cref="ArgumentException">The name is reserved, there are too many attachments, or an argument is a tuple.</exception>
    public bool Emit(string name, params ReadOnlySpan<object?> arguments) =>
        Namespace.Recovery is { } recovery
            ? recovery.Emit(this, isVolatile: false, name, arguments)
            : Send(Server.Encoder.Event(Namespace.Name, name, arguments));

    /// <summary>Sends an event with one argument. If the client is not connected yet, the event is sent once it is.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">The argument. Byte arrays in it become attachments.</param>
    /// <inheritdoc cref="Emit(string, ReadOnlySpan{object?})" path="/returns|/exception"/>
    /// <remarks>A collection, such as an array, is one argument. To send its elements as arguments, pass its span.</remarks>
    [OverloadResolutionPriority(1)]
    public bool Emit(string name, object? argument) => Emit(name, [argument]);

    /// <summary>Sends a volatile event, which is dropped if the client is not ready to receive it.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments.</param>
    /// <returns>
    /// False if the event was dropped: the client is disconnected, or <see cref="SocketIOOptions.VolatileThreshold"/> is reached.
    /// </returns>
    /// <inheritdoc cref="Emit(string, ReadOnlySpan{object?})" path="/exception"/>
    public bool EmitVolatile(string name, params ReadOnlySpan<object?> arguments) =>
        TakesVolatile && (Namespace.Recovery is { } recovery
            ? recovery.Emit(this, isVolatile: true, name, arguments)
            : Send(Server.Encoder.Event(Namespace.Name, name, arguments)));

    /// <summary>Sends a volatile event with one argument, which is dropped if the client is not ready to receive it.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">The argument.</param>
    /// <inheritdoc cref="EmitVolatile(string, ReadOnlySpan{object?})" path="/returns|/exception"/>
    /// <remarks>A collection, such as an array, is one argument. To send its elements as arguments, pass its span.</remarks>
    [OverloadResolutionPriority(1)]
    public bool EmitVolatile(string name, object? argument) => EmitVolatile(name, [argument]);

    /// <summary>Sends an event and waits for the acknowledgement of the client, for <see cref="SocketIOOptions.AckTimeout"/>.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments.</param>
    /// <typeparam name="T">The type of the first argument of the acknowledgement.</typeparam>
    /// <returns>The first argument of the acknowledgement; the default of the type if it has none.</returns>
    /// <exception cref="ArgumentException">The name is reserved, or there are too many attachments. Nothing was sent.</exception>
    /// <exception cref="TimeoutException">The client did not answer in time.</exception>
    /// <exception cref="SocketIODisconnectedException">The client was disconnected.</exception>
    /// <exception cref="System.Text.Json.JsonException">The first argument of the acknowledgement is not of that type.</exception>
    public async Task<T?> CallAsync<T>(string name, params object?[] arguments)
    {
        SocketIOArguments answer = await CallAsync(name, arguments, timeout: null, CancellationToken.None).ConfigureAwait(false);
        return answer.Count == 0 ? default : answer.Get(0, Server.TypeInfo<T>());
    }

    /// <summary>Sends an event with one argument and waits for the acknowledgement of the client.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">The argument.</param>
    /// <inheritdoc cref="CallAsync{T}(string, object?[])" path="/typeparam|/returns|/exception"/>
    /// <remarks>A collection, such as an array, is one argument. The overload with a timeout takes a list of arguments.</remarks>
    [OverloadResolutionPriority(1)]
    public Task<T?> CallAsync<T>(string name, object? argument) => CallAsync<T>(name, arguments: [argument]);

    /// <summary>Sends an event and waits for the acknowledgement of the client.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="timeout">
    /// How long to wait. Null for <see cref="SocketIOOptions.AckTimeout"/>; <see cref="Timeout.InfiniteTimeSpan"/> to wait as long as the
    /// client is connected.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait. An acknowledgement that arrives later is ignored.</param>
    /// <returns>The arguments of the acknowledgement.</returns>
    /// <exception cref="ArgumentException">The name is reserved, or there are too many attachments. Nothing was sent.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The timeout is negative, or more than 2^31 - 1 ms (24 days). Nothing was sent.
    /// </exception>
    /// <exception cref="TimeoutException">The client did not answer in time.</exception>
    /// <exception cref="SocketIODisconnectedException">The client was disconnected.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<SocketIOArguments> CallAsync(
        string name, IReadOnlyList<object?> arguments, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        TimeSpan wait = Server.Options.TimeoutOf(timeout);
        long id = Namespace.NextAckId();
        IReadOnlyList<Packet> packets = Server.Encoder.Event(Namespace.Name, name, [.. arguments], id);
        if (_acks.Expect(id) is not { } answer)
            throw new SocketIODisconnectedException();
        try
        {
            if (!Send(packets))
                throw new SocketIODisconnectedException();
            return await answer.WaitAsync(wait, Server.Options.Engine.TimeProvider, cancellationToken).ConfigureAwait(false)
                ?? throw new SocketIODisconnectedException();
        }
        finally
        {
            _acks.Forget(id);
        }
    }

    /// <summary>
    /// Waits until no message waits for the client, in any of its namespaces: all were passed to a poll or to its WebSocket.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that also completes when the session has ended.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public Task WaitForDrainAsync(CancellationToken cancellationToken = default) => _client.Engine.WaitForDrainAsync(cancellationToken);

    /// <summary>
    /// Disconnects the client from the namespace, after the events that were sent before. While
    /// <see cref="SocketIONamespace.OnConnecting"/> runs, it refuses the client.
    /// </summary>
    /// <param name="closeSession">
    /// Whether to close the whole session, with all its namespaces. The reference client does not reconnect on its own after either.
    /// </param>
    public void Disconnect(bool closeSession = false) => _client.Disconnect(this, closeSession);

    /// <summary>Creates an id of 20 characters that cannot be guessed.</summary>
    internal static string NewId() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(15));

    internal bool TakesVolatile => BufferedBytes < Server.Options.VolatileThreshold;

    internal bool Send(IReadOnlyList<Packet> packets) => _client.Send(this, packets, isEvent: true);

    /// <summary>Sends an event that expects an acknowledgement, as part of a call to several clients.</summary>
    /// <returns>
    /// A task with the acknowledgement; its result is null if the client disconnects. Null instead of a task if the client has
    /// disconnected.
    /// </returns>
    internal Task<SocketIOArguments?>? Call(long id, IReadOnlyList<Packet> packets)
    {
        if (_acks.Expect(id) is not { } answer)
            return null;
        if (Send(packets))
            return answer;
        _acks.Forget(id);
        return null;
    }

    internal void Forget(long id) => _acks.Forget(id);

    /// <summary>Begins to connect the client.</summary>
    internal void Connect() => _worker.Connect();

    /// <summary>Handles an event of a connected client.</summary>
    internal void Receive(SocketIOPacket packet, long size) => _worker.Handle(packet, size);

    internal void ReceiveAck(SocketIOPacket packet) => _acks.Answer(packet.Id!.Value, packet.Arguments);

    /// <summary>Ends the client. Calls that wait for it end at once; its handlers follow in order.</summary>
    [SuppressMessage("Reliability", "CA2012", Justification = "Nothing waits for the callbacks of the token.")]
    internal void Leave(SocketIODisconnect disconnect)
    {
        _disconnect = disconnect;
        // The token is cancelled before calls end, so that their callers see it cancelled.
        _ = _left.CancelAsync();
        _acks.End();
        _worker.End();
    }

    /// <summary>Drops the data after the disconnection was handled.</summary>
    internal void DropData() => _data = null;

    /// <summary>
    /// Keeps an event that was sent before the client is connected. The caller holds the session's lock, as for <see cref="TakeEarly"/>.
    /// </summary>
    internal void AddEarly(IReadOnlyList<Packet> packets) => (_early ??= []).Add(packets);

    internal List<IReadOnlyList<Packet>> TakeEarly()
    {
        List<IReadOnlyList<Packet>> early = _early ?? [];
        _early = null;
        return early;
    }
}
