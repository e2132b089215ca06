// The events of a client: those of its session, which contain the instructions for the host, and those of its namespaces.

using System;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

/// <summary>An instruction for the host of a client, or an event for the application.</summary>
/// <remarks>Read it with <see cref="SocketIOClientConnection.TryReadEvent"/>, and handle events in order.</remarks>
public abstract class SocketIOClientEvent
{
    private protected SocketIOClientEvent()
    {
    }
}

/// <summary>
/// For the host: an event of a session. It is an instruction to carry out, or a notice: <see cref="TransportFailed"/>,
/// <see cref="SessionUpgraded"/> or <see cref="SessionDrained"/>.
/// </summary>
public sealed class SessionSaid : SocketIOClientEvent
{
    internal SessionSaid(EngineIOClient session, EngineIOEvent e)
    {
        Session = session;
        Event = e;
    }

    /// <summary>The session. Report the result of the instruction to it, even if it is no longer the current one.</summary>
    public EngineIOClient Session { get; }

    /// <summary>The event.</summary>
    public EngineIOEvent Event { get; }
}

/// <summary>
/// For the host: give the <c>auth</c> payload for a namespace with <see cref="SocketIOClientConnection.Authorize"/>, or call
/// <see cref="SocketIOClientConnection.FailAuthorization"/>.
/// </summary>
/// <remarks>It is asked for each attempt, because a token may have expired.</remarks>
public sealed class AuthorizationNeeded : SocketIOClientEvent
{
    internal AuthorizationNeeded(string @namespace, long attempt)
    {
        Namespace = @namespace;
        Attempt = attempt;
    }

    /// <summary>The namespace.</summary>
    public string Namespace { get; }

    /// <summary>The number of the attempt. An answer for another attempt is ignored.</summary>
    public long Attempt { get; }
}

/// <summary>For the application: the state of the connection has changed.</summary>
public sealed class ConnectionMoved : SocketIOClientEvent
{
    internal ConnectionMoved(SocketIOClientState state) => State = state;

    /// <summary>The new state.</summary>
    public SocketIOClientState State { get; }

    /// <summary>Why a session was lost or could not be opened, in the words of the reference client; null if neither happened.</summary>
    public string? Reason { get; internal init; }

    /// <summary>The error; null if there was none.</summary>
    public EngineIOFailure? Failure { get; internal init; }

    /// <summary>The rule of Socket.IO that the server broke, so that its session was closed; null if it broke none.</summary>
    public SocketIOError? Violation { get; internal init; }

    /// <summary>The number of the next attempt, from 1; 0 if none follows.</summary>
    public int Attempt { get; internal init; }

    /// <summary>The delay before the next attempt; null if none follows.</summary>
    public TimeSpan? Delay { get; internal init; }
}

/// <summary>
/// For the application: the client is connected to a namespace. Waiting emits are sent after
/// <see cref="SocketIOClientConnection.Release"/>.
/// </summary>
public sealed class NamespaceJoined : SocketIOClientEvent
{
    internal NamespaceJoined(string @namespace, string id, bool recovered)
    {
        Namespace = @namespace;
        Id = id;
        Recovered = recovered;
    }

    /// <summary>The namespace.</summary>
    public string Namespace { get; }

    /// <summary>The id of the client in the namespace.</summary>
    public string Id { get; }

    /// <summary>Whether the state was recovered: the client has its former id and rooms, and receives the events that it missed.</summary>
    public bool Recovered { get; }
}

/// <summary>For the application: the client could not connect to a namespace.</summary>
public sealed class NamespaceRefused : SocketIOClientEvent
{
    internal NamespaceRefused(string @namespace, SocketIORefusalKind kind, string message, SocketIOArguments data, TimeSpan? delay)
    {
        Namespace = @namespace;
        Kind = kind;
        Message = message;
        Data = data;
        Delay = delay;
    }

    /// <summary>The namespace.</summary>
    public string Namespace { get; }

    /// <summary>The kind of refusal.</summary>
    public SocketIORefusalKind Kind { get; }

    /// <summary>The message of the server; if it sent none, a description.</summary>
    public string Message { get; }

    /// <summary>The data of the server's refusal: one argument, or none.</summary>
    public SocketIOArguments Data { get; }

    /// <summary>The delay before the next attempt; null if none follows.</summary>
    public TimeSpan? Delay { get; }
}

/// <summary>For the application: the client is no longer connected to a namespace.</summary>
public sealed class NamespaceLost : SocketIOClientEvent
{
    internal NamespaceLost(string @namespace, string reason, EngineIOFailure? failure, bool comesBack)
    {
        Namespace = @namespace;
        Reason = reason;
        Failure = failure;
        ComesBack = comesBack;
    }

    /// <summary>The namespace.</summary>
    public string Namespace { get; }

    /// <summary>
    /// The reason, in the words of the reference client: <c>io server disconnect</c>, <c>io client disconnect</c>, <c>ping timeout</c>,
    /// <c>transport close</c>, <c>transport error</c> or <c>parse error</c>.
    /// </summary>
    public string Reason { get; }

    /// <summary>The error; null if there was none.</summary>
    public EngineIOFailure? Failure { get; }

    /// <summary>Whether the client tries to connect again.</summary>
    public bool ComesBack { get; }
}

/// <summary>For the application: an event was received.</summary>
public sealed class EventArrived : SocketIOClientEvent
{
    internal EventArrived(SocketIOPacket packet, SocketIOArguments arguments, long attempt)
    {
        Packet = packet;
        Arguments = arguments;
        Attempt = attempt;
    }

    /// <summary>The namespace.</summary>
    public string Namespace => Packet.Namespace;

    /// <summary>The name of the event.</summary>
    public string Name => Packet.Event!;

    /// <summary>The arguments, without the offset that a server adds for recovery.</summary>
    public SocketIOArguments Arguments { get; }

    /// <summary>The size of the name, the arguments and the attachments together, in bytes.</summary>
    public long Size => Packet.Size;

    /// <summary>Whether the server expects an acknowledgement; see <see cref="SocketIOClientConnection.Answer"/>.</summary>
    public bool WantsAck => Packet.Id is not null;

    internal SocketIOPacket Packet { get; }

    internal long Attempt { get; }
}

/// <summary>For the application: an emit has ended.</summary>
public sealed class EmitEnded : SocketIOClientEvent
{
    internal EmitEnded(SocketIOEmit emit) => Emit = emit;

    /// <summary>The emit, with its outcome.</summary>
    public SocketIOEmit Emit { get; }
}
