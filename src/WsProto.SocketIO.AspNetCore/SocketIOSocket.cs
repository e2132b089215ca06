// One client in one namespace. Events, and the beginning and the end, wait in one queue and are worked through one after the other, by
// whichever thread of the pool comes first; acks never wait. The lock guards the queue and the acks, and nothing is called under it.

using System;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Security.Cryptography;
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
    /// <summary>What an event takes beside its bytes.</summary>
    private const int EventCost = 64;

    /// <summary>What a client that is judged takes. It counts until its judges have ended, though it has left and asks again.</summary>
    private const int ConnectCost = 1024;

    /// <summary>A queue that was longer is not kept for the next events.</summary>
    private const int KeptCapacity = 64;

    private readonly Lock _lock = new();
    private readonly SocketIOClient _client;
    private readonly Queue<Work> _work = [];
    private readonly CancellationTokenSource _left = new();
    private Dictionary<long, PendingAck>? _acks;
    private List<IReadOnlyList<Packet>>? _early;
    private ConcurrentDictionary<string, object?>? _data;
    private SocketIODisconnect? _disconnect;
    private bool _isWorking;
    private bool _isAccepted;

    internal SocketIOSocket(SocketIOClient client, SocketIONamespace space, SocketIOArguments auth)
    {
        _client = client;
        Namespace = space;
        Auth = auth;
        Disconnected = _left.Token;
        Id = NewId();
    }

    /// <summary>
    /// The id of the client in this namespace. It is also the name of a room that it alone is in. One that has come back has its former id
    /// as soon as it is in.
    /// </summary>
    public string Id { get; internal set; }

    /// <summary>
    /// Whether the client was lost and has come back to what it was, see <see cref="SocketIONamespace.EnableRecovery"/>. Known when it is
    /// in:
    /// <see cref="SocketIONamespace.OnConnecting"/> judges everybody.
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
    public SocketIODisconnect? DisconnectInfo
    {
        get
        {
            lock (_lock)
                return _disconnect;
        }
    }

    /// <summary>The transport in use, or the last one that was.</summary>
    public EngineIOTransports Transport => _client.Engine.Transport;

    /// <summary>How many bytes wait for the client, in all its namespaces.</summary>
    public long BufferedBytes => _client.Engine.BufferedBytes;

    /// <summary>The rooms that it is in, until its handler of disconnection has ended.</summary>
    public IReadOnlyCollection<string> Rooms => Namespace.RoomsOf(this);

    /// <summary>Everybody else in the namespace.</summary>
    public SocketIOBroadcast Broadcast => new(Namespace, [], [Id], isVolatile: false);

    /// <summary>How many calls wait for an answer.</summary>
    internal int PendingAcks
    {
        get
        {
            lock (_lock)
                return _acks?.Count ?? 0;
        }
    }

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

    private SocketIOServer Server => _client.Server;

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
    public SocketIOBroadcast To(params ReadOnlySpan<string> rooms) => new(Namespace, [.. rooms], [Id], isVolatile: false);

    /// <summary>Sends an event. What is sent before the client is in the namespace waits until it is.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments; bytes in them become attachments.</param>
    /// <returns>False if the client has left, or too much waits for it.</returns>
    /// <exception cref="ArgumentException">The name is reserved, or there are too many attachments.</exception>
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
        var pending = new PendingAck();
        if (!TryExpect(id, pending))
            throw new SocketIODisconnectedException();
        try
        {
            if (!Send(packets))
                throw new SocketIODisconnectedException();
            return await pending.Answer.Task
                .WaitAsync(wait, Server.Options.Engine.TimeProvider, cancellationToken).ConfigureAwait(false)
                ?? throw new SocketIODisconnectedException();
        }
        finally
        {
            Forget(id);
        }
    }

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

    /// <summary>The client wants in.</summary>
    internal void Connect()
    {
        _client.Engine.AddBacklog(ConnectCost);
        Add(new Work(WorkKind.Connect, null, 0));
    }

    /// <summary>An event of a client that is in.</summary>
    internal void Receive(SocketIOPacket packet, long size)
    {
        Server.Instruments.Received(Namespace);
        _client.Engine.AddBacklog(size + EventCost);
        if (Server.Options.HandlesInOrder)
            Add(new Work(WorkKind.Event, packet, size));
        else
            ThreadPool.UnsafeQueueUserWorkItem(
                static state => _ = state.This.HandleAsync(state.packet, state.size), (This: this, packet, size), preferLocal: false);
    }

    internal void ReceiveAck(SocketIOPacket packet)
    {
        PendingAck? pending;
        lock (_lock)
        {
            if (_acks?.Remove(packet.Id!.Value, out pending) != true)
                return;
        }

        pending!.Answer.TrySetResult(packet.Arguments);
    }

    /// <summary>The client has left. Who waits for its answer learns of it at once, its handler when its turn comes.</summary>
    [SuppressMessage("Reliability", "CA2012", Justification = "Nobody waits for what is registered with the token.")]
    internal void Leave(SocketIODisconnect disconnect)
    {
        Dictionary<long, PendingAck>? acks;
        lock (_lock)
        {
            _disconnect = disconnect;
            acks = _acks;
            _acks = null;
        }

        // Whoever learns of it by a call finds the token cancelled.
        _ = _left.CancelAsync();
        foreach (PendingAck pending in acks?.Values ?? (IEnumerable<PendingAck>)[])
            pending.Answer.TrySetResult(null);
        Add(new Work(WorkKind.Disconnect, null, 0));
    }

    internal void AddEarly(IReadOnlyList<Packet> packets) => (_early ??= []).Add(packets);

    internal List<IReadOnlyList<Packet>> TakeEarly()
    {
        List<IReadOnlyList<Packet>> early = _early ?? [];
        _early = null;
        return early;
    }

    /// <summary>Waits for the answer to a packet that is about to be sent.</summary>
    internal bool TryExpect(long id, PendingAck pending)
    {
        lock (_lock)
        {
            if (_disconnect is not null)
                return false;
            (_acks ??= []).Add(id, pending);
            return true;
        }
    }

    internal void Forget(long id)
    {
        lock (_lock)
            _acks?.Remove(id);
    }

    private void Add(Work work)
    {
        lock (_lock)
        {
            _work.Enqueue(work);
            if (_isWorking)
                return;
            _isWorking = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static socket => _ = socket.WorkAsync(), this, preferLocal: false);
    }

    private async Task WorkAsync()
    {
        while (TryTake(out Work work))
        {
            switch (work.Kind)
            {
                case WorkKind.Connect:
                    await ConnectAsync().ConfigureAwait(false);
                    break;
                case WorkKind.Event:
                    await HandleAsync(work.Packet!, work.Size).ConfigureAwait(false);
                    break;
                default:
                    await EndAsync().ConfigureAwait(false);
                    break;
            }
        }
    }

    private bool TryTake(out Work work)
    {
        lock (_lock)
        {
            _isWorking = _work.TryDequeue(out work);
            if (!_isWorking && _work.Capacity > KeptCapacity)
                _work.TrimExcess();
            return _isWorking;
        }
    }

    private async Task ConnectAsync()
    {
        SocketIORefusedException? refusal = await JudgeAsync().ConfigureAwait(false);
        _client.Engine.RemoveBacklog(ConnectCost);
        if (refusal is not null)
            Refuse(refusal);
        _isAccepted = refusal is null && _client.Accept(this);
        if (!_isAccepted)
        {
            Namespace.Drop();
            return;
        }

        foreach (Func<SocketIOSocket, Task> greet in Namespace.Handlers.Connected)
            await RunAsync("connected", () => greet(this)).ConfigureAwait(false);
    }

    /// <returns>Why the client may not come in; null if it may, or does not want it any more.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "A handler that fails refuses, and is logged.")]
    private async Task<SocketIORefusedException?> JudgeAsync()
    {
        if (Disconnected.IsCancellationRequested)
            return null;
        try
        {
            foreach (Func<SocketIOSocket, Task> judge in Namespace.Handlers.Connecting)
                await judge(this).ConfigureAwait(false);
            return null;
        }
        catch (Exception e)
        {
            if (e is not (SocketIORefusedException or OperationCanceledException))
                Log.EventFailed(Server.Logger, Namespace.HandlersName, "connecting", e);
            return e as SocketIORefusedException ?? new SocketIORefusedException();
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Data that cannot be sent is left out, and logged.")]
    private void Refuse(SocketIORefusedException refusal)
    {
        Packet packet;
        try
        {
            packet = Server.Encoder.ConnectError(Namespace.Name, refusal.Message, refusal.Details);
        }
        catch (Exception e)
        {
            Log.EventFailed(Server.Logger, Namespace.HandlersName, "connecting", e);
            packet = Server.Encoder.ConnectError(Namespace.Name, refusal.Message);
        }

        _client.Refuse(this, packet);
    }

    private async Task HandleAsync(SocketIOPacket packet, long size)
    {
        try
        {
            SocketIOEvent e = new(this, packet);
            object?[]? answer = await Namespace.Handlers.HandleAsync(e).ConfigureAwait(false);
            if (answer is not null && packet.Id is { } id)
                _client.Send(this, Server.Encoder.Ack(Namespace.Name, id, answer), isEvent: false);
        }
        catch (Exception e) when (IsLogged(Namespace.Handlers.Knows(packet.Event!) ? packet.Event! : "another event", e))
        {
        }
        finally
        {
            _client.Engine.RemoveBacklog(size + EventCost);
        }
    }

    private async Task EndAsync()
    {
        if (_isAccepted)
        {
            foreach (Func<SocketIOSocket, SocketIODisconnect, Task> part in Namespace.Handlers.Disconnected)
                await RunAsync("disconnected", () => part(this, _disconnect!)).ConfigureAwait(false);
            Namespace.Recovery?.Lose(this);
            Namespace.Remove(this);
        }

        _data = null;
    }

    private async Task RunAsync(string what, Func<Task> handler)
    {
        try
        {
            await handler().ConfigureAwait(false);
        }
        catch (Exception e) when (IsLogged(what, e))
        {
        }
    }

    private bool IsLogged(string what, Exception e)
    {
        // What a client can bring about, it could bring about as often as it likes.
        bool isClients = e is SocketIOBindingException or SocketIODisconnectedException
            || (e is OperationCanceledException && Disconnected.IsCancellationRequested);
        if (isClients)
            Log.EventUnhandled(Server.Logger, Namespace.HandlersName, what, e.Message);
        else
            Log.EventFailed(Server.Logger, Namespace.HandlersName, what, e);
        return true;
    }

    private enum WorkKind
    {
        Connect,
        Event,
        Disconnect,
    }

    private readonly record struct Work(WorkKind Kind, SocketIOPacket? Packet, long Size);
}

/// <summary>Somebody waits for an answer.</summary>
internal sealed class PendingAck
{
    /// <summary>The answer; null if the client has left. No exception, as there may be nobody any more who would see it.</summary>
    internal TaskCompletionSource<SocketIOArguments?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The answer, as far as it is known by now; null if there is none.</summary>
    internal SocketIOArguments? Result => Answer.Task is { IsCompletedSuccessfully: true } task ? task.Result : null;
}
