using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore.Hosting;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>A namespace: its handlers, and the clients that are in it. Handlers are added before the server runs.</summary>
/// <remarks>Sending is safe for concurrent use, from anywhere in the application.</remarks>
[DebuggerDisplay("{Name}")]
public sealed partial class SocketIONamespace
{
    private readonly Lock _lock = new();
    private readonly SocketIORooms<SocketIOSocket> _rooms = new();
    private readonly bool _isDynamic;
    private long _ackId = -1;

    /// <summary>Of one that was made of a pattern: clients that are in it or about to be.</summary>
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

    /// <summary>The clients of this server that are in it, as they are now.</summary>
    public IReadOnlyList<SocketIOSocket> Sockets => Select(Everybody);

    /// <summary>How many clients of this server are in it.</summary>
    public int SocketCount
    {
        get
        {
            lock (_lock)
                return _rooms.MemberCount;
        }
    }

    /// <summary>The rooms that a client of this server is in, as they are now. Each client's id is one.</summary>
    public IReadOnlyCollection<string> Rooms
    {
        get
        {
            lock (_lock)
                return [.. _rooms.Rooms];
        }
    }

    /// <summary>What lost clients come back by; null where they do not.</summary>
    internal NamespaceRecovery? Recovery { get; private set; }

    internal EventHandlers Handlers { get; }

    internal SocketIOAudience Everybody { get; }

    /// <summary>The name for logs: none that a client has chosen.</summary>
    internal string HandlersName { get; }

    /// <summary>The same for what is measured.</summary>
    internal KeyValuePair<string, object?> Tag { get; }

    /// <summary>Everybody in the namespace, where events may be dropped for clients that do not keep up.</summary>
    public SocketIOBroadcast Volatile => new SocketIOBroadcast(this, Everybody).Volatile;

    /// <summary>Everybody in the namespace who is a client of this server, and not of another behind the same backplane.</summary>
    public SocketIOBroadcast Local => new SocketIOBroadcast(this, Everybody).Local;

    /// <summary>Everybody in some rooms.</summary>
    /// <param name="rooms">The rooms. The id of a client is a room too.</param>
    public SocketIOBroadcast To(params ReadOnlySpan<string> rooms) => new(this, Everybody with { Rooms = [.. rooms] });

    /// <summary>Everybody who is in none of some rooms.</summary>
    /// <param name="rooms">The rooms. The id of a client is a room too.</param>
    public SocketIOBroadcast Except(params ReadOnlySpan<string> rooms) => new(this, Everybody with { Except = [.. rooms] });

    /// <summary>Sends an event to everybody in the namespace.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments; bytes in them become attachments.</param>
    /// <exception cref="ArgumentException">The name is reserved, there are too many attachments, or an argument is a tuple.</exception>
    public void Emit(string name, params ReadOnlySpan<object?> arguments) =>
        new SocketIOBroadcast(this, Everybody).Emit(name, arguments);

    /// <summary>Sends an event with one argument to everybody in the namespace.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">Its argument; bytes in it become attachments.</param>
    /// <inheritdoc cref="Emit(string, ReadOnlySpan{object?})" path="/exception"/>
    /// <remarks>A collection is one argument, an array too. To send as many arguments as an array has, give its span.</remarks>
    [OverloadResolutionPriority(1)]
    public void Emit(string name, object? argument) => Emit(name, [argument]);

    /// <summary>Sends an event to everybody in the namespace and waits for the answers.</summary>
    /// <inheritdoc cref="SocketIOBroadcast.CallAsync" path="/param|/returns|/exception"/>
    public Task<IReadOnlyList<SocketIOAnswer>> CallAsync(
        string name, IReadOnlyList<object?> arguments, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        new SocketIOBroadcast(this, Everybody).CallAsync(name, arguments, timeout, cancellationToken);

    /// <summary>Counts who is in the namespace, on all servers behind the same backplane.</summary>
    /// <inheritdoc cref="SocketIOBroadcast.CountAsync" path="/param|/returns|/exception"/>
    public Task<SocketIOCount> CountAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        new SocketIOBroadcast(this, Everybody).CountAsync(timeout, cancellationToken);

    /// <summary>A client of this server that has this id; null if there is none.</summary>
    /// <param name="id">The id.</param>
    public SocketIOSocket? Find(string id)
    {
        foreach (SocketIOSocket socket in Select(Everybody with { Rooms = [id] }))
        {
            // One that has come back has the id of the one that was lost, whose end may still be told to the application.
            if (socket.Id == id && !socket.Disconnected.IsCancellationRequested)
                return socket;
        }

        return null;
    }

    internal long NextAckId() => Interlocked.Increment(ref _ackId);

    /// <summary>A client is about to be in it. The caller has the server's lock, under which one that nobody uses is dropped.</summary>
    internal void Use() => Interlocked.Increment(ref _uses);

    /// <summary>A client is not in it any more, or did not get in.</summary>
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

    /// <summary>Whether an event is to be sent, or kept, for anybody here.</summary>
    /// <param name="audience">Whom it concerns.</param>
    /// <param name="sockets">Who is here of them, for <see cref="Send"/>.</param>
    internal bool HasRecipients(SocketIOAudience audience, out IReadOnlyList<SocketIOSocket> sockets)
    {
        sockets = Recovery is null ? Select(audience) : [];
        return Recovery is { } recovery ? !recovery.IsIdle : sockets.Count > 0;
    }

    /// <summary>Sends an event to whom <see cref="HasRecipients"/> has found.</summary>
    internal void Send(SocketIOAudience audience, IReadOnlyList<SocketIOSocket> sockets, bool isVolatile, IReadOnlyList<Packet> packets)
    {
        if (Recovery is { } recovery)
        {
            // It has an order of its own, in which it finds them again.
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
