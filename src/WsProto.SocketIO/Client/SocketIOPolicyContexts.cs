using System;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

/// <summary>A session was lost or did not open: what a policy decides by.</summary>
/// <param name="Reason">Why, in the words of <see cref="CloseReasonExtensions.ToProtocolText"/>.</param>
/// <param name="Failure">What went wrong; null if the server did nothing wrong.</param>
/// <param name="HasConnected">Whether the client has been in a namespace since the application wanted the connection.</param>
/// <param name="Attempt">Which attempt the next would be, from 1; it counts anew after a connection that has lasted.</param>
/// <param name="Delay">The delay that <see cref="SocketIOClientConnectionOptions.Backoff"/> has for it.</param>
public sealed record SocketIOReconnectContext(string Reason, EngineIOFailure? Failure, bool HasConnected, int Attempt, TimeSpan Delay)
{
    /// <summary>
    /// Gives up if the client has never been in a namespace: most likely the address is wrong, or it is no server of Socket.IO, and
    /// somebody waits for the answer. Else it comes back, without end.
    /// </summary>
    /// <param name="context">What happened.</param>
    public static TimeSpan? DefaultPolicy(SocketIOReconnectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.HasConnected ? context.Delay : null;
    }
}

/// <summary>Why a client is not in a namespace that it wanted.</summary>
public enum SocketIORefusalKind
{
    /// <summary>The server has refused.</summary>
    Refused = 0,

    /// <summary>The server, or the application, has not answered in time.</summary>
    TimedOut = 1,

    /// <summary>The application could not say what it brings.</summary>
    AuthFailed = 2,

    /// <summary>The server has taken the client out.</summary>
    DisconnectedByServer = 3,
}

/// <summary>A client is not in a namespace that it wanted: what a policy decides by.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Kind">Why.</param>
/// <param name="Message">What the server says, if it has refused; else a sentence.</param>
/// <param name="Data">More of what the server says: one argument, or none.</param>
/// <param name="HasJoined">Whether the client has been in it since the application wanted it.</param>
/// <param name="Attempt">Which attempt the next would be, from 1; it counts anew when the client is in.</param>
/// <param name="Delay">The delay that <see cref="SocketIOClientConnectionOptions.Backoff"/> has for it.</param>
public sealed record SocketIORejoinContext(
    string Namespace, SocketIORefusalKind Kind, string Message, SocketIOArguments Data, bool HasJoined, int Attempt, TimeSpan Delay)
{
    /// <summary>
    /// Asks again where no answer came to a client that had been in the namespace, and nowhere else: a server that has refused a client, or
    /// has taken it out, meant it, as for the reference client; and for the first answer somebody waits.
    /// </summary>
    /// <param name="context">What happened.</param>
    public static TimeSpan? DefaultPolicy(SocketIORejoinContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Kind == SocketIORefusalKind.TimedOut && context.HasJoined ? context.Delay : null;
    }
}
