using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore.Hosting;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>A namespace: its handlers and its clients. Handlers must be added before the server is mapped.</summary>
/// <remarks>Any thread may send.</remarks>
[DebuggerDisplay("{Name}")]
public sealed partial class SocketIONamespace
{
    private readonly Lock _lock = new();
    private readonly SocketIORooms<SocketIOSocket> _rooms = new();
    private readonly bool _isDynamic;
    private long _ackId = -1;

    /// <summary>For a namespace that is made from a pattern: the number of clients that are connected or connecting.</summary>
    private int _uses;

    internal SocketIONamespace(SocketIOServer server, string name, EventHandlers handlers, string? pattern = null)
    {
        Server = server;
        Name = name;
        Handlers = handlers;
        HandlersName = pattern ?? name;
        _isDynamic = pattern is not null;
        Tag = new("wsproto.socketio.namespace", HandlersName);
        Everybody = new(name, [], []);
    }

    /// <summary>The name; <c>/</c> is the main one.</summary>
    public string Name { get; }

    /// <summary>The server.</summary>
    public SocketIOServer Server { get; }

    /// <summary>The clients of this server in the namespace. The list is a copy.</summary>
    public IReadOnlyList<SocketIOSocket> Sockets => Select(Everybody);

    /// <summary>The number of clients of this server in the namespace.</summary>
    public int SocketCount
    {
        get
        {
            lock (_lock)
                return _rooms.MemberCount;
        }
    }

    /// <summary>The rooms with clients of this server, including the id of each client. The list is a copy.</summary>
    public IReadOnlyCollection<string> Rooms
    {
        get
        {
            lock (_lock)
                return [.. _rooms.Rooms];
        }
    }

    /// <summary>The recovery of lost clients; null if it is not enabled.</summary>
    internal NamespaceRecovery? Recovery { get; private set; }

    internal EventHandlers Handlers { get; }

    internal SocketIOAudience Everybody { get; }

    /// <summary>The name for logs. It is never chosen by a client.</summary>
    internal string HandlersName { get; }

    /// <summary>The same as a tag of instruments.</summary>
    internal KeyValuePair<string, object?> Tag { get; }

    /// <summary>
    /// All clients of the namespace, with volatile events: they may be dropped for clients that are not ready to receive them.
    /// </summary>
    public SocketIOBroadcast Volatile => new SocketIOBroadcast(this, Everybody).Volatile;

    /// <summary>All clients of this server in the namespace, without those of other servers.</summary>
    public SocketIOBroadcast Local => new SocketIOBroadcast(this, Everybody).Local;

    /// <summary>Selects the clients in some rooms.</summary>
    /// <param name="rooms">The rooms. The id of a client is a room too.</param>
    /// <returns>The set of clients.</returns>
    public SocketIOBroadcast To(params ReadOnlySpan<string> rooms) => new(this, Everybody with { Rooms = [.. rooms] });

    /// <summary>Selects all clients except those in some rooms.</summary>
    /// <param name="rooms">The rooms. The id of a client is a room too.</param>
    /// <returns>The set of clients.</returns>
    public SocketIOBroadcast Except(params ReadOnlySpan<string> rooms) => new(this, Everybody with { Except = [.. rooms] });

    /// <summary>Sends an event to all clients of the namespace.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments. Byte arrays in them become attachments.</param>
    /// <exception cref="ArgumentException">The name is reserved, there are too many attachments, or an argument is a tuple.</exception>
    public void Emit(string name, params ReadOnlySpan<object?> arguments) =>
        new SocketIOBroadcast(this, Everybody).Emit(name, arguments);

    /// <summary>Sends an event with one argument to all clients of the namespace.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">The argument. Byte arrays in it become attachments.</param>
    /// <inheritdoc cref="Emit(string, ReadOnlySpan{object?})" path="/exception"/>
    /// <remarks>A collection, such as an array, is one argument. To send its elements as arguments, pass its span.</remarks>
    [OverloadResolutionPriority(1)]
    public void Emit(string name, object? argument) => Emit(name, [argument]);

    /// <summary>Sends an event to all clients of the namespace and waits for their acknowledgements.</summary>
    /// <inheritdoc cref="SocketIOBroadcast.CallAsync" path="/param|/returns|/exception"/>
    public Task<IReadOnlyList<SocketIOAnswer>> CallAsync(
        string name, IReadOnlyList<object?> arguments, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        new SocketIOBroadcast(this, Everybody).CallAsync(name, arguments, timeout, cancellationToken);

    /// <summary>Counts the clients of the namespace on all servers of the same backplane.</summary>
    /// <inheritdoc cref="SocketIOBroadcast.CountAsync" path="/param|/returns|/exception"/>
    public Task<SocketIOCount> CountAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        new SocketIOBroadcast(this, Everybody).CountAsync(timeout, cancellationToken);

    /// <summary>Finds a client of this server by its id.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The client; null if there is none.</returns>
    public SocketIOSocket? Find(string id)
    {
        foreach (SocketIOSocket socket in Select(Everybody with { Rooms = [id] }))
        {
            // A client that has recovered has the same id as its former connection, whose disconnection may still be handled.
            if (socket.Id == id && !socket.Disconnected.IsCancellationRequested)
                return socket;
        }

        return null;
    }

    internal long NextAckId() => Interlocked.Increment(ref _ackId);

    /// <summary>
    /// Counts a client that is about to connect. The caller holds the server's lock, under which an unused namespace is removed.
    /// </summary>
    internal void Use() => Interlocked.Increment(ref _uses);

    /// <summary>Counts a client that has disconnected, or could not connect.</summary>
    internal void Drop()
    {
        if (Interlocked.Decrement(ref _uses) == 0 && _isDynamic)
            Server.DropEmpty(this);
    }

    internal bool IsUnused => System.Threading.Volatile.Read(ref _uses) == 0;

    internal void Add(SocketIOSocket socket)
    {
        lock (_lock)
        {
            _rooms.Add(socket);
            _rooms.Join(socket, socket.Id);
        }

        Server.Instruments.Joined(this);
    }

    internal void Remove(SocketIOSocket socket)
    {
        lock (_lock)
            _rooms.Remove(socket);
        Server.Instruments.Left(this);
        Drop();
    }

    internal bool Join(SocketIOSocket socket, string room)
    {
        lock (_lock)
            return _rooms.Join(socket, room);
    }

    internal bool Leave(SocketIOSocket socket, string room)
    {
        lock (_lock)
            return _rooms.Leave(socket, room);
    }

    internal IReadOnlyCollection<string> RoomsOf(SocketIOSocket socket)
    {
        lock (_lock)
            return _rooms.RoomsOf(socket);
    }

    internal IReadOnlyList<SocketIOSocket> Select(SocketIOAudience audience)
    {
        lock (_lock)
            return _rooms.Select(audience.Rooms, audience.Except);
    }

    /// <summary>Whether an event must be sent to, or kept for, any client of this server.</summary>
    /// <param name="audience">The audience of the event.</param>
    /// <param name="sockets">The clients, for <see cref="Send"/>.</param>
    internal bool HasRecipients(SocketIOAudience audience, out IReadOnlyList<SocketIOSocket> sockets)
    {
        sockets = Recovery is null ? Select(audience) : [];
        return Recovery is { } recovery ? !recovery.IsIdle : sockets.Count > 0;
    }

    /// <summary>Sends an event to the clients that <see cref="HasRecipients"/> has found.</summary>
    internal void Send(SocketIOAudience audience, IReadOnlyList<SocketIOSocket> sockets, bool isVolatile, IReadOnlyList<Packet> packets)
    {
        if (Recovery is { } recovery)
        {
            // The recovery orders events under its own lock, and selects the clients again.
            recovery.Emit(audience, isVolatile, packets);
            return;
        }

        foreach (SocketIOSocket socket in sockets)
        {
            if (!isVolatile || socket.TakesVolatile)
                socket.Send(packets);
        }
    }
}
