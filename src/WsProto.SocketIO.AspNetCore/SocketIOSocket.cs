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
/// <remarks>Safe for concurrent use.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing.")]
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
    /// The id of the client in this namespace. It is also the name of a room that it alone is in. One that has come back has its former id
    /// as soon as it is in.
    /// </summary>
    public string Id { get; internal set; }

    /// <summary>
    /// Whether the client was lost and has come back to what it was, see <see cref="SocketIONamespace.EnableRecovery"/>. Known when it is
    /// in: <see cref="SocketIONamespace.OnConnecting"/> judges everybody.
    /// </summary>
    public bool Recovered { get; internal set; }

    /// <summary>The namespace.</summary>
    public SocketIONamespace Namespace { get; }

    /// <summary>The request that opened the client's session.</summary>
    public SocketIOHandshake Handshake => _client.Handshake;

    /// <summary>The user of that request.</summary>
    public ClaimsPrincipal User => _client.Handshake.User;

    /// <summary>What the client has brought with it to get in: one argument, an object, or none.</summary>
    public SocketIOArguments Auth { get; }

    /// <summary>Anything of the application's.</summary>
    public IDictionary<string, object?> Data =>
        LazyInitializer.EnsureInitialized(ref _data, static () => new ConcurrentDictionary<string, object?>(StringComparer.Ordinal));

    /// <summary>Cancelled when the client has left, also while it is still judged whether it may come in, or when it was refused.</summary>
    public CancellationToken Disconnected { get; }

    /// <summary>Why the client has left, or that it was refused; null before.</summary>
    public SocketIODisconnect? DisconnectInfo => _disconnect;

    /// <summary>The transport in use, or the last one that was.</summary>
    public EngineIOTransports Transport => _client.Engine.Transport;

    /// <summary>How many bytes wait for the client, in all its namespaces.</summary>
    public long BufferedBytes => _client.Engine.BufferedBytes;

    /// <summary>The rooms that it is in, until its handler of disconnection has ended.</summary>
    public IReadOnlyCollection<string> Rooms => Namespace.RoomsOf(this);

    /// <summary>Everybody else in the namespace.</summary>
    public SocketIOBroadcast Broadcast => new(Namespace, new(Namespace.Name, [], [Id]));

    /// <summary>How many calls wait for an answer.</summary>
    internal int PendingAcks => _acks.Count;

    /// <summary>The secret by which the client may come back; null where it may not.</summary>
    internal string? Pid { get; set; }

    /// <summary>
    /// The number of the last event before the first that could be sent to it; null before that. Guarded by the recovery.
    /// </summary>
    internal long? Begin { get; set; }

    /// <summary>The number of the last event that was sent to it. Guarded by the recovery.</summary>
    internal long LastSent { get; set; }

    internal SocketIOClient Client => _client;

    internal EngineClient Engine => _client.Engine;

    internal SocketIOServer Server => _client.Server;

    /// <summary>Reads what the client has brought with it to get in, by the server's JSON options.</summary>
    /// <typeparam name="T">What it stands for.</typeparam>
    /// <returns>
    /// The value; the default of the type, null for a class, where the client brought nothing, or what is not of that type. Anybody can
    /// send that, so it is no exception.
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

    /// <summary>Joins a room.</summary>
    /// <param name="room">The room.</param>
    /// <returns>False if the client is not in the namespace, or not any more.</returns>
    public bool Join(string room) => !Disconnected.IsCancellationRequested && Namespace.Join(this, room);

    /// <summary>Leaves a room.</summary>
    /// <param name="room">The room.</param>
    /// <returns>False if it was not in it.</returns>
    public bool Leave(string room) => Namespace.Leave(this, room);

    /// <summary>Everybody else in some rooms.</summary>
    /// <param name="rooms">The rooms. The id of a client is a room too.</param>
    public SocketIOBroadcast To(params ReadOnlySpan<string> rooms) => new(Namespace, new(Namespace.Name, [.. rooms], [Id]));

    /// <summary>Sends an event. What is sent before the client is in the namespace waits until it is.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments; bytes in them become attachments.</param>
    /// <returns>False if the client has left, or too much waits for it.</returns>
    /// <exception cref="ArgumentException">The name is reserved, there are too many attachments, or an argument is a tuple.</exception>
    public bool Emit(string name, params ReadOnlySpan<object?> arguments) =>
        Namespace.Recovery is { } recovery
            ? recovery.Emit(this, isVolatile: false, name, arguments)
            : Send(Server.Encoder.Event(Namespace.Name, name, arguments));

    /// <summary>Sends an event with one argument. What is sent before the client is in the namespace waits until it is.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">Its argument; bytes in it become attachments.</param>
    /// <inheritdoc cref="Emit(string, ReadOnlySpan{object?})" path="/returns|/exception"/>
    /// <remarks>A collection is one argument, an array too. To send as many arguments as an array has, give its span.</remarks>
    [OverloadResolutionPriority(1)]
    public bool Emit(string name, object? argument) => Emit(name, [argument]);

    /// <summary>Sends an event that may be dropped where the client does not keep up.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>False if it was dropped: the client has left, or <see cref="SocketIOOptions.VolatileThreshold"/> is reached.</returns>
    /// <inheritdoc cref="Emit(string, ReadOnlySpan{object?})" path="/exception"/>
    public bool EmitVolatile(string name, params ReadOnlySpan<object?> arguments) =>
        TakesVolatile && (Namespace.Recovery is { } recovery
            ? recovery.Emit(this, isVolatile: true, name, arguments)
            : Send(Server.Encoder.Event(Namespace.Name, name, arguments)));

    /// <summary>Sends an event with one argument that may be dropped where the client does not keep up.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">Its argument.</param>
    /// <inheritdoc cref="EmitVolatile(string, ReadOnlySpan{object?})" path="/returns|/exception"/>
    /// <remarks>A collection is one argument, an array too. To send as many arguments as an array has, give its span.</remarks>
    [OverloadResolutionPriority(1)]
    public bool EmitVolatile(string name, object? argument) => EmitVolatile(name, [argument]);

    /// <summary>Sends an event and waits for the client's answer, as long as <see cref="SocketIOOptions.AckTimeout"/>.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <typeparam name="T">What the first argument of the answer stands for; the default where there is none.</typeparam>
    /// <exception cref="TimeoutException">No answer came in time.</exception>
    /// <exception cref="SocketIODisconnectedException">The client has left.</exception>
    /// <exception cref="System.Text.Json.JsonException">The answer is not of that type.</exception>
    public async Task<T?> CallAsync<T>(string name, params object?[] arguments)
    {
        SocketIOArguments answer = await CallAsync(name, arguments, timeout: null, CancellationToken.None).ConfigureAwait(false);
        return answer.Count == 0 ? default : answer.Get(0, Server.TypeInfo<T>());
    }

    /// <summary>Sends an event with one argument and waits for the client's answer.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">Its argument.</param>
    /// <inheritdoc cref="CallAsync{T}(string, object?[])" path="/typeparam|/exception"/>
    /// <remarks>A collection is one argument, an array too. The overload with a timeout takes a list of arguments.</remarks>
    [OverloadResolutionPriority(1)]
    public Task<T?> CallAsync<T>(string name, object? argument) => CallAsync<T>(name, arguments: [argument]);

    /// <summary>Sends an event and waits for the client's answer.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="timeout">
    /// How long to wait; null for <see cref="SocketIOOptions.AckTimeout"/>, <see cref="Timeout.InfiniteTimeSpan"/> for as long as the
    /// client is there.
    /// </param>
    /// <param name="cancellationToken">Stops waiting. An answer that comes later is ignored.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative or longer than 24 days. Nothing was sent.</exception>
    /// <exception cref="TimeoutException">No answer came in time.</exception>
    /// <exception cref="SocketIODisconnectedException">The client has left.</exception>
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
    /// Waits until nothing waits for the client any more, in any of its namespaces: all was given to a poll or to its WebSocket.
    /// </summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Completes also when the client has left.</returns>
    public Task WaitForDrainAsync(CancellationToken cancellationToken = default) => _client.Engine.WaitForDrainAsync(cancellationToken);

    /// <summary>
    /// Takes the client out of the namespace; what was sent before is delivered first. While it is still judged, this refuses it.
    /// </summary>
    /// <param name="closeSession">
    /// Whether to end its whole session, with all its namespaces. Clients of the reference do not come back by themselves after either.
    /// </param>
    public void Disconnect(bool closeSession = false) => _client.Disconnect(this, closeSession);

    /// <summary>Twenty characters that nobody guesses.</summary>
    internal static string NewId() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(15));

    internal bool TakesVolatile => BufferedBytes < Server.Options.VolatileThreshold;

    internal bool Send(IReadOnlyList<Packet> packets) => _client.Send(this, packets, isEvent: true);

    /// <summary>Sends what a call to many wants answered.</summary>
    /// <returns>The answer, or null in its place when the client leaves; null where it has left.</returns>
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

    /// <summary>The client wants in.</summary>
    internal void Connect() => _worker.Connect();

    /// <summary>An event of a client that is in.</summary>
    internal void Receive(SocketIOPacket packet, long size) => _worker.Handle(packet, size);

    internal void ReceiveAck(SocketIOPacket packet) => _acks.Answer(packet.Id!.Value, packet.Arguments);

    /// <summary>The client has left. Who waits for its answer learns of it at once, its handler when its turn comes.</summary>
    [SuppressMessage("Reliability", "CA2012", Justification = "Nobody waits for what is registered with the token.")]
    internal void Leave(SocketIODisconnect disconnect)
    {
        _disconnect = disconnect;
        // Whoever learns of it by a call finds the token cancelled.
        _ = _left.CancelAsync();
        _acks.End();
        _worker.End();
    }

    /// <summary>Its end has been told to the application.</summary>
    internal void DropData() => _data = null;

    /// <summary>What is sent before the client is in. The caller has the session's lock, as for <see cref="TakeEarly"/>.</summary>
    internal void AddEarly(IReadOnlyList<Packet> packets) => (_early ??= []).Add(packets);

    internal List<IReadOnlyList<Packet>> TakeEarly()
    {
        List<IReadOnlyList<Packet>> early = _early ?? [];
        _early = null;
        return early;
    }
}
