// What comes out of a client: what its session says, of which the host carries out the instructions, and what happens in namespaces.

using System;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

/// <summary>
/// What a client asks its host to do, or tells the application. Read by <see cref="SocketIOClientConnection.TryReadEvent"/>; do what they
/// say in their order.
/// </summary>
public abstract class SocketIOClientEvent
{
    private protected SocketIOClientEvent()
    {
    }
}

/// <summary>
/// What a session says: instructions to the host, which are to be carried out, and notices: <see cref="TransportFailed"/>,
/// <see cref="SessionUpgraded"/> and <see cref="SessionDrained"/>.
/// </summary>
public sealed class SessionSaid : SocketIOClientEvent
{
    internal SessionSaid(EngineIOClient session, EngineIOEvent e)
    {
        Session = session;
        Event = e;
    }

    /// <summary>The session. What comes of the instruction goes to it, though it is not the one in use any more.</summary>
    public EngineIOClient Session { get; }

    /// <summary>What it says.</summary>
    public EngineIOEvent Event { get; }
}

/// <summary>
/// To the host: say what the client brings to get into a namespace, by <see cref="SocketIOClientConnection.Authorize"/> or
/// <see cref="SocketIOClientConnection.FailAuthorization"/>. It is asked each time anew, as a token may be old.
/// </summary>
public sealed class AuthorizationNeeded : SocketIOClientEvent
{
    internal AuthorizationNeeded(string @namespace, long attempt)
    {
        Namespace = @namespace;
        Attempt = attempt;
    }

    /// <summary>The namespace.</summary>
    public string Namespace { get; }

    /// <summary>Which attempt it is for. An answer for another one is ignored.</summary>
    public long Attempt { get; }
}

/// <summary>To the application: the connection has moved to another state.</summary>
public sealed class ConnectionMoved : SocketIOClientEvent
{
    internal ConnectionMoved(SocketIOClientState state) => State = state;

    /// <summary>The state that it is in now.</summary>
    public SocketIOClientState State { get; }

    /// <summary>Why a session is lost or did not open, in the words of the reference client; null where none is.</summary>
    public string? Reason { get; internal init; }

    /// <summary>What went wrong; null if nothing did.</summary>
    public EngineIOFailure? Failure { get; internal init; }

    /// <summary>Which rule of Socket.IO the server broke, for which its session was ended; null if it broke none.</summary>
    public SocketIOError? Violation { get; internal init; }

    /// <summary>Which attempt comes next, from 1; 0 if none does.</summary>
    public int Attempt { get; internal init; }

    /// <summary>After which time it comes; null if none does.</summary>
    public TimeSpan? Delay { get; internal init; }
}

/// <summary>
/// To the application: the client is in a namespace. What waits is sent after <see cref="SocketIOClientConnection.Release"/>.
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

    /// <summary>The id of the client there.</summary>
    public string Id { get; }

    /// <summary>Whether it is what it was before it was lost: its id and rooms, and it gets what it has missed.</summary>
    public bool Recovered { get; }
}

/// <summary>To the application: the client did not get into a namespace.</summary>
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

    /// <summary>Why.</summary>
    public SocketIORefusalKind Kind { get; }

    /// <summary>What the server says, or a sentence.</summary>
    public string Message { get; }

    /// <summary>More of what the server says: one argument, or none.</summary>
    public SocketIOArguments Data { get; }

    /// <summary>After which time it is asked again; null if it is not.</summary>
    public TimeSpan? Delay { get; }
}

/// <summary>To the application: the client was in a namespace and is not any more. It is told once.</summary>
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
    /// The reference client's words: <c>io server disconnect</c>, <c>io client disconnect</c>, <c>ping timeout</c>, <c>transport close</c>,
    /// <c>transport error</c>, <c>parse error</c>.
    /// </summary>
    public string Reason { get; }

    /// <summary>What went wrong; null if nothing did.</summary>
    public EngineIOFailure? Failure { get; }

    /// <summary>Whether the client tries to come back.</summary>
    public bool ComesBack { get; }
}

/// <summary>To the application: an event came.</summary>
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

    /// <summary>Its arguments, without the offset that a server adds for recovery.</summary>
    public SocketIOArguments Arguments { get; }

    /// <summary>How many bytes its name and its arguments take, attachments included.</summary>
    public long Size => Packet.Size;

    /// <summary>Whether the server waits for an answer, see <see cref="SocketIOClientConnection.Answer"/>.</summary>
    public bool WantsAck => Packet.Id is not null;

    internal SocketIOPacket Packet { get; }

    internal long Attempt { get; }
}

/// <summary>To the application: an emit has ended.</summary>
public sealed class EmitEnded : SocketIOClientEvent
{
    internal EmitEnded(SocketIOEmit emit) => Emit = emit;

    /// <summary>The emit, with its outcome.</summary>
    public SocketIOEmit Emit { get; }
}
