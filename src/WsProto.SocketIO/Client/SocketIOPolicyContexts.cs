using System;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

/// <summary>What a reconnect policy gets after a session was lost or could not be opened.</summary>
/// <param name="Reason">The reason, in the words of <see cref="CloseReasonExtensions.ToProtocolText"/>.</param>
/// <param name="Failure">The error; null if there was none.</param>
/// <param name="HasConnected">Whether the client was connected to a namespace since the application started the connection.</param>
/// <param name="Attempt">
/// The number of the next attempt, from 1. It begins again after a connection that lasted for
/// <see cref="SocketIOBackoffOptions.StableAfter"/>.
/// </param>
/// <param name="Delay">The delay of <see cref="SocketIOClientConnectionOptions.Backoff"/> for the attempt.</param>
public sealed record SocketIOReconnectContext(string Reason, EngineIOFailure? Failure, bool HasConnected, int Attempt, TimeSpan Delay)
{
    /// <summary>
    /// Reconnects without end after the client was connected to a namespace once. Before that it gives up, because the address is probably
    /// wrong, or the server is not a Socket.IO server.
    /// </summary>
    /// <param name="context">What happened.</param>
    /// <returns>The delay; null to give up.</returns>
    public static TimeSpan? DefaultPolicy(SocketIOReconnectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.HasConnected ? context.Delay : null;
    }
}

/// <summary>Why a client is not connected to a namespace.</summary>
public enum SocketIORefusalKind
{
    /// <summary>The server refused the client.</summary>
    Refused = 0,

    /// <summary>The server, or the application that gives the <c>auth</c> payload, did not answer in time.</summary>
    TimedOut = 1,

    /// <summary>The application could not give the <c>auth</c> payload.</summary>
    AuthFailed = 2,

    /// <summary>The server disconnected the client.</summary>
    DisconnectedByServer = 3,
}

/// <summary>What a rejoin policy gets after a namespace refused or disconnected the client.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Kind">The kind of refusal.</param>
/// <param name="Message">The message of the server, if it refused; otherwise a description.</param>
/// <param name="Data">The data of the server's refusal: one argument, or none.</param>
/// <param name="HasJoined">Whether the client was connected to the namespace since the application asked for it.</param>
/// <param name="Attempt">
/// The number of the next attempt, from 1. It begins again after the client was connected for
/// <see cref="SocketIOBackoffOptions.StableAfter"/>.
/// </param>
/// <param name="Delay">The delay of <see cref="SocketIOClientConnectionOptions.Backoff"/> for the attempt.</param>
public sealed record SocketIORejoinContext(
    string Namespace, SocketIORefusalKind Kind, string Message, SocketIOArguments Data, bool HasJoined, int Attempt, TimeSpan Delay)
{
    /// <summary>
    /// Connects again only if the server did not answer in time and the client was connected before. A refusal or a disconnection by the
    /// server is final, as for the reference client.
    /// </summary>
    /// <param name="context">What happened.</param>
    /// <returns>The delay; null to give up.</returns>
    public static TimeSpan? DefaultPolicy(SocketIORejoinContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Kind == SocketIORefusalKind.TimedOut && context.HasJoined ? context.Delay : null;
    }
}
