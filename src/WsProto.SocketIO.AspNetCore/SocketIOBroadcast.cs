using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore.Hosting;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>The acknowledgement of one client to a call to several.</summary>
/// <param name="Socket">The client; null if it is a client of another server.</param>
/// <param name="Arguments">The arguments; null if the client has disconnected or did not answer in time.</param>
public sealed record SocketIOAnswer(SocketIOSocket? Socket, SocketIOArguments? Arguments);

/// <summary>The number of clients on all servers.</summary>
/// <param name="Value">The number of clients of the servers that answered.</param>
/// <param name="IsPartial">Whether a server did not answer in time.</param>
public readonly record struct SocketIOCount(int Value, bool IsPartial);

/// <summary>
/// A set of clients of a namespace to send to: all, or those in some rooms, except those in others; on all servers of the same backplane.
/// Immutable.
/// </summary>
/// <remarks>
/// The clients of this server are served before a method returns. For other servers, a message is passed to
/// <see cref="SocketIOOptions.Backplane"/> without waiting, and may be lost.
/// </remarks>
public sealed class SocketIOBroadcast
{
    /// <summary>The default time to wait for the counts of other servers.</summary>
    private static readonly TimeSpan _countTimeout = TimeSpan.FromSeconds(1);

    private readonly SocketIONamespace _namespace;
    private readonly SocketIOAudience _audience;
    private readonly bool _isVolatile;
    private readonly bool _isLocal;

    internal SocketIOBroadcast(SocketIONamespace space, SocketIOAudience audience, bool isVolatile = false, bool isLocal = false)
    {
        _namespace = space;
        _audience = audience;
        _isVolatile = isVolatile;
        _isLocal = isLocal;
    }

    /// <summary>The same clients, with volatile events: they may be dropped for clients that are not ready to receive them.</summary>
    public SocketIOBroadcast Volatile => new(_namespace, _audience, isVolatile: true, _isLocal);

    /// <summary>The same clients, without those of other servers.</summary>
    public SocketIOBroadcast Local => new(_namespace, _audience, _isVolatile, isLocal: true);

    /// <summary>The clients of this server. The list is a copy.</summary>
    public IReadOnlyList<SocketIOSocket> Sockets => _namespace.Select(_audience);

    private SocketIOServer Server => _namespace.Server;

    /// <summary>The link to other servers; null if there are none.</summary>
    private ServerLink? Link => _isLocal ? null : Server.Link;

    /// <summary>Adds the clients in some rooms. Without any room, the set has all clients of the namespace.</summary>
    /// <param name="rooms">The rooms. The id of a client is a room too.</param>
    /// <returns>The new set.</returns>
    public SocketIOBroadcast To(params ReadOnlySpan<string> rooms) =>
        new(_namespace, _audience with { Rooms = [.. _audience.Rooms, .. rooms] }, _isVolatile, _isLocal);

    /// <summary>Excludes the clients in some rooms.</summary>
    /// <param name="rooms">The rooms. The id of a client is a room too.</param>
    /// <returns>The new set.</returns>
    public SocketIOBroadcast Except(params ReadOnlySpan<string> rooms) =>
        new(_namespace, _audience with { Except = [.. _audience.Except, .. rooms] }, _isVolatile, _isLocal);

    /// <summary>Sends an event. It is encoded once, or not at all if there are no clients and no other servers.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments. Byte arrays in them become attachments.</param>
    /// <exception cref="ArgumentException">The name is reserved, there are too many attachments, or an argument is a tuple.</exception>
    public void Emit(string name, params ReadOnlySpan<object?> arguments)
    {
        bool isForSomebody = _namespace.HasRecipients(_audience, out IReadOnlyList<SocketIOSocket> sockets);
        if (Link is not { } link)
        {
            if (isForSomebody)
                _namespace.Send(_audience, sockets, _isVolatile, Server.Encoder.Event(_namespace.Name, name, arguments));
            return;
        }

        SocketIOContent content = Server.Encoder.Content(_namespace.Name, name, arguments);
        if (isForSomebody)
            _namespace.Send(_audience, sockets, _isVolatile, Server.Encoder.Encode(content));
        link.Publish(new ServerEmit(link.Id, _audience, content) { IsVolatile = _isVolatile });
    }

    /// <summary>Sends an event with one argument.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="argument">The argument. Byte arrays in it become attachments.</param>
    /// <inheritdoc cref="Emit(string, ReadOnlySpan{object?})" path="/exception"/>
    /// <remarks>A collection, such as an array, is one argument. To send its elements as arguments, pass its span.</remarks>
    [OverloadResolutionPriority(1)]
    public void Emit(string name, object? argument) => Emit(name, [argument]);

    /// <summary>Sends an event and waits for the acknowledgements of all clients.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="timeout">
    /// How long to wait. Null for <see cref="SocketIOOptions.AckTimeout"/>; <see cref="Timeout.InfiniteTimeSpan"/> to wait as long as the
    /// clients are connected.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>
    /// An answer for each client of this server that the event was sent to, even if it did not answer, and each answer of a client of
    /// another server.
    /// </returns>
    /// <remarks>
    /// It completes when all clients have answered or disconnected, or after the timeout. With
    /// <see cref="SocketIOOptions.HasForeignServers"/> it always waits for the timeout.
    /// </remarks>
    /// <exception cref="ArgumentException">The name is reserved, or there are too many attachments. Nothing was sent.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The timeout is negative, or more than 2^31 - 1 ms (24 days). Nothing was sent.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<IReadOnlyList<SocketIOAnswer>> CallAsync(
        string name, IReadOnlyList<object?> arguments, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        TimeSpan wait = Server.Options.TimeoutOf(timeout);
        ServerLink? link = Link;
        IReadOnlyList<SocketIOSocket> sockets = Sockets;
        if (sockets.Count == 0 && link is null)
            return [];
        SocketIOContent content = Server.Encoder.Content(_namespace.Name, name, [.. arguments]);
        long id = _namespace.NextAckId();
        RemoteCall? remote = link?.Open(isForAnswers: true);
        List<(SocketIOSocket Socket, Task<SocketIOArguments?> Answer)> calls = [];
        try
        {
            if (sockets.Count > 0)
                calls = Call(sockets, id, Server.Encoder.Encode(content with { Id = id }));
            if (remote is not null)
                link!.Publish(new ServerEmit(link.Id, _audience, content) { Call = remote.ToServerCall(_audience.Rooms, wait) });
            await Task.WhenAll([.. calls.Select(call => call.Answer), remote?.Whole ?? Task.CompletedTask])
                .WaitAsync(wait, Server.Options.Engine.TimeProvider, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
        finally
        {
            foreach ((SocketIOSocket socket, _) in calls)
                socket.Forget(id);
            if (remote is not null)
                link!.Calls.Close(remote);
        }

        return
        [
            .. calls.Select(call => new SocketIOAnswer(call.Socket, call.Answer.IsCompleted ? call.Answer.Result : null)),
            .. remote?.Answers.Select(answer => new SocketIOAnswer(null, answer.WithJson(Server.Encoder.JsonOptions))) ?? [],
        ];
    }

    /// <summary>Counts the clients on all servers.</summary>
    /// <param name="timeout">How long to wait for the other servers; null for one second.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The number of clients. Clients of other implementations' servers, such as Python's, are not counted.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative, or more than 2^31 - 1 ms (24 days).</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<SocketIOCount> CountAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        TimeSpan wait = Server.Options.TimeoutOf(timeout ?? _countTimeout);
        if (Link is not { } link)
            return new(Sockets.Count, IsPartial: false);
        RemoteCall remote = link.Open(isForAnswers: false);
        try
        {
            link.Publish(new ServerCount(link.Id, _audience, remote.Id));
            await remote.Whole.WaitAsync(wait, Server.Options.Engine.TimeProvider, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
        finally
        {
            link.Calls.Close(remote);
        }

        return remote.Sum(Sockets.Count);
    }

    /// <summary>Adds all clients to a room.</summary>
    /// <param name="room">The room.</param>
    public void Join(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        foreach (SocketIOSocket socket in Sockets)
            socket.Join(room);
        Tell(ServerChangeKind.Join, room);
    }

    /// <summary>Removes all clients from a room.</summary>
    /// <param name="room">The room.</param>
    public void Leave(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        foreach (SocketIOSocket socket in Sockets)
            socket.Leave(room);
        Tell(ServerChangeKind.Leave, room);
    }

    /// <summary>Disconnects all clients from the namespace.</summary>
    /// <param name="closeSessions">Whether to close their whole sessions.</param>
    public void Disconnect(bool closeSessions = false)
    {
        foreach (SocketIOSocket socket in Sockets)
            socket.Disconnect(closeSessions);
        Tell(ServerChangeKind.Disconnect, "", closeSessions);
    }

    /// <summary>Sends an event that expects an acknowledgement to each client.</summary>
    internal static List<(SocketIOSocket Socket, Task<SocketIOArguments?> Answer)> Call(
        IReadOnlyList<SocketIOSocket> sockets, long id, IReadOnlyList<Packet> packets)
    {
        var calls = new List<(SocketIOSocket Socket, Task<SocketIOArguments?> Answer)>(sockets.Count);
        foreach (SocketIOSocket socket in sockets)
        {
            if (socket.Call(id, packets) is { } answer)
                calls.Add((socket, answer));
        }

        return calls;
    }

    /// <summary>Tells the other servers to make the same change. A message has one room.</summary>
    private void Tell(ServerChangeKind kind, string room, bool closesSessions = false)
    {
        if (Link is not { } link)
            return;
        if (_audience.Rooms.Count == 0)
            link.Publish(new ServerChange(link.Id, _audience, kind, room, closesSessions));
        foreach (string member in _audience.Rooms)
            link.Publish(new ServerChange(link.Id, _audience with { Rooms = [member] }, kind, room, closesSessions));
    }
}
