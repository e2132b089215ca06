using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>The answer of one client to a call that went to many.</summary>
/// <param name="Socket">The client.</param>
/// <param name="Arguments">What it has answered; null if it has left or did not in time.</param>
public sealed record SocketIOAnswer(SocketIOSocket Socket, SocketIOArguments? Arguments);

/// <summary>
/// Clients of a namespace that something is sent to: all, or those in some rooms, without those in some others. Immutable.
/// </summary>
public sealed class SocketIOBroadcast
{
    private readonly SocketIONamespace _namespace;
    private readonly string[] _rooms;
    private readonly string[] _except;
    private readonly bool _isVolatile;

    internal SocketIOBroadcast(SocketIONamespace space, string[] rooms, string[] except, bool isVolatile)
    {
        _namespace = space;
        _rooms = rooms;
        _except = except;
        _isVolatile = isVolatile;
    }

    /// <summary>The same, where events may be dropped for clients that do not keep up.</summary>
    public SocketIOBroadcast Volatile => new(_namespace, _rooms, _except, isVolatile: true);

    /// <summary>The clients, as they are now.</summary>
    public IReadOnlyList<SocketIOSocket> Sockets => _namespace.Select(_rooms, _except);

    /// <summary>These and those of more rooms.</summary>
    /// <param name="rooms">The rooms. The id of a client is a room too.</param>
    public SocketIOBroadcast To(params ReadOnlySpan<string> rooms) => new(_namespace, [.. _rooms, .. rooms], _except, _isVolatile);

    /// <summary>These without those of some rooms.</summary>
    /// <param name="rooms">The rooms. The id of a client is a room too.</param>
    public SocketIOBroadcast Except(params ReadOnlySpan<string> rooms) => new(_namespace, _rooms, [.. _except, .. rooms], _isVolatile);

    /// <summary>Sends an event. It is encoded once, and not at all where nobody is.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments; bytes in them become attachments.</param>
    /// <exception cref="ArgumentException">The name is reserved, or there are too many attachments.</exception>
    public void Emit(string name, params ReadOnlySpan<object?> arguments)
    {
        if (_namespace.Recovery is { } recovery)
        {
            recovery.Emit(_rooms, _except, _isVolatile, name, arguments);
            return;
        }

        IReadOnlyList<SocketIOSocket> sockets = Sockets;
        if (sockets.Count == 0)
            return;
        IReadOnlyList<Packet> packets = _namespace.Server.Encoder.Event(_namespace.Name, name, arguments);
        foreach (SocketIOSocket socket in sockets)
        {
            if (!_isVolatile || socket.TakesVolatile)
                socket.Send(packets);
        }
    }

    /// <summary>Sends an event with one argument. It is encoded once, and not at all where nobody is.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">Its argument; bytes in it become attachments.</param>
    /// <inheritdoc cref="Emit(string, ReadOnlySpan{object?})" path="/exception"/>
    /// <remarks>A collection is one argument, an array too. To send as many arguments as an array has, give its span.</remarks>
    [OverloadResolutionPriority(1)]
    public void Emit(string name, object? argument) => Emit(name, [argument]);

    /// <summary>Sends an event and waits for the answers of all.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="timeout">
    /// How long to wait; null for <see cref="SocketIOOptions.AckTimeout"/>, <see cref="Timeout.InfiniteTimeSpan"/> for as long as the
    /// clients are there.
    /// </param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>An answer for each client that it went to, also for those that did not answer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative or longer than 24 days. Nothing was sent.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<IReadOnlyList<SocketIOAnswer>> CallAsync(
        string name, IReadOnlyList<object?> arguments, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        TimeSpan wait = _namespace.Server.Options.TimeoutOf(timeout);
        IReadOnlyList<SocketIOSocket> sockets = Sockets;
        if (sockets.Count == 0)
            return [];
        SocketIOServer server = _namespace.Server;
        long id = _namespace.NextAckId();
        IReadOnlyList<Packet> packets = server.Encoder.Event(_namespace.Name, name, [.. arguments], id);
        var calls = new List<(SocketIOSocket Socket, Task<SocketIOArguments?> Answer)>(sockets.Count);
        try
        {
            foreach (SocketIOSocket socket in sockets)
            {
                if (socket.Call(id, packets) is { } answer)
                    calls.Add((socket, answer));
            }

            Task all = Task.WhenAll(calls.Select(call => call.Answer));
            await all.WaitAsync(wait, server.Options.Engine.TimeProvider, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
        finally
        {
            foreach ((SocketIOSocket socket, _) in calls)
                socket.Forget(id);
        }

        return [.. calls.Select(call => new SocketIOAnswer(call.Socket, call.Answer.IsCompleted ? call.Answer.Result : null))];
    }

    /// <summary>All join a room.</summary>
    /// <param name="room">The room.</param>
    public void Join(string room)
    {
        foreach (SocketIOSocket socket in Sockets)
            socket.Join(room);
    }

    /// <summary>All leave a room.</summary>
    /// <param name="room">The room.</param>
    public void Leave(string room)
    {
        foreach (SocketIOSocket socket in Sockets)
            socket.Leave(room);
    }

    /// <summary>Takes all out of the namespace.</summary>
    /// <param name="closeSessions">Whether to end their whole sessions.</param>
    public void Disconnect(bool closeSessions = false)
    {
        foreach (SocketIOSocket socket in Sockets)
            socket.Disconnect(closeSessions);
    }
}
