using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore.Hosting;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>The answer of one client to a call that went to many.</summary>
/// <param name="Socket">The client; null for one of another server.</param>
/// <param name="Arguments">What it has answered; null if it has left or did not in time.</param>
public sealed record SocketIOAnswer(SocketIOSocket? Socket, SocketIOArguments? Arguments);

/// <summary>How many clients there are, on all servers.</summary>
/// <param name="Value">How many, of the servers that have said so.</param>
/// <param name="IsPartial">Whether a server that is there has not said so in time.</param>
public readonly record struct SocketIOCount(int Value, bool IsPartial);

/// <summary>
/// Clients of a namespace that something is sent to: all, or those in some rooms, without those in some others; of all servers behind the
/// same backplane. Immutable.
/// </summary>
/// <remarks>
/// Clients of this server are served at once. What others are told is handed to <see cref="SocketIOOptions.Backplane"/>, which nobody waits
/// for and which may lose it.
/// </remarks>
public sealed class SocketIOBroadcast
{
    /// <summary>How long servers are waited for that are to say how many clients they have.</summary>
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

    /// <summary>The same, where events may be dropped for clients that do not keep up.</summary>
    public SocketIOBroadcast Volatile => new(_namespace, _audience, isVolatile: true, _isLocal);

    /// <summary>The same without clients of other servers.</summary>
    public SocketIOBroadcast Local => new(_namespace, _audience, _isVolatile, isLocal: true);

    /// <summary>The clients of this server, as they are now.</summary>
    public IReadOnlyList<SocketIOSocket> Sockets => _namespace.Select(_audience);

    private SocketIOServer Server => _namespace.Server;

    /// <summary>The other servers; null where there are none.</summary>
    private ServerLink? Link => _isLocal ? null : Server.Link;

    /// <summary>These and those of more rooms.</summary>
    /// <param name="rooms">The rooms. The id of a client is a room too.</param>
    public SocketIOBroadcast To(params ReadOnlySpan<string> rooms) =>
        new(_namespace, _audience with { Rooms = [.. _audience.Rooms, .. rooms] }, _isVolatile, _isLocal);

    /// <summary>These without those of some rooms.</summary>
    /// <param name="rooms">The rooms. The id of a client is a room too.</param>
    public SocketIOBroadcast Except(params ReadOnlySpan<string> rooms) =>
        new(_namespace, _audience with { Except = [.. _audience.Except, .. rooms] }, _isVolatile, _isLocal);

    /// <summary>Sends an event. It is encoded once, and not at all where nobody is and there are no other servers.</summary>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments; bytes in them become attachments.</param>
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
    /// <returns>
    /// An answer for each client of this server that it went to, also for those that did not answer; and each that came of another server.
    /// </returns>
    /// <remarks>
    /// It ends when all have answered, those of other servers too; with <see cref="SocketIOOptions.HasForeignServers"/> always with its
    /// timeout.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative or longer than 24 days. Nothing was sent.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
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

    /// <summary>Counts the clients, on all servers.</summary>
    /// <param name="timeout">How long to wait for the other servers; null for a second.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>How many there are. Servers of another make, as Python's, are not counted.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative or longer than 24 days.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
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

    /// <summary>All join a room.</summary>
    /// <param name="room">The room.</param>
    public void Join(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        foreach (SocketIOSocket socket in Sockets)
            socket.Join(room);
        Tell(ServerChangeKind.Join, room);
    }

    /// <summary>All leave a room.</summary>
    /// <param name="room">The room.</param>
    public void Leave(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        foreach (SocketIOSocket socket in Sockets)
            socket.Leave(room);
        Tell(ServerChangeKind.Leave, room);
    }

    /// <summary>Takes all out of the namespace.</summary>
    /// <param name="closeSessions">Whether to end their whole sessions.</param>
    public void Disconnect(bool closeSessions = false)
    {
        foreach (SocketIOSocket socket in Sockets)
            socket.Disconnect(closeSessions);
        Tell(ServerChangeKind.Disconnect, "", closeSessions);
    }

    /// <summary>Sends what each client is to answer.</summary>
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

    /// <summary>Tells the other servers to do the same. A message has one room.</summary>
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
