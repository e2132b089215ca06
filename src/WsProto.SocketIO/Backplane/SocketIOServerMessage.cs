// What servers say to each other. SocketIOServerFormat has the wire.

using System;
using System.Collections.Generic;

namespace WsProto.SocketIO;

/// <summary>Clients of a namespace: those in one of some rooms, without those in some others.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Rooms">The rooms; empty for everybody. The id of a client is a room that it alone is in.</param>
/// <param name="Except">The others.</param>
public sealed record SocketIOAudience(string Namespace, IReadOnlyList<string> Rooms, IReadOnlyList<string> Except);

/// <summary>What one server says to the others.</summary>
/// <param name="Origin">The id of the server that says it; empty where it did not give one.</param>
public abstract record SocketIOServerMessage(string Origin);

/// <summary>An answer is wanted to a <see cref="ServerEmit"/>, of each client.</summary>
/// <param name="Room">What Python's servers name the call by, as JSON: its room.</param>
/// <param name="Id">The number of the call, which is the origin's.</param>
/// <param name="Timeout">How long answers are waited for; null where the origin does not say.</param>
public sealed record ServerCall(ReadOnlyMemory<byte> Room, long Id, TimeSpan? Timeout);

/// <summary>The clients of an audience do something that no client is asked about.</summary>
/// <param name="Origin">The server that wants it.</param>
/// <param name="Audience">Who. It has one room or none.</param>
/// <param name="Kind">What they do.</param>
/// <param name="Room">Of Join and Leave: the room.</param>
/// <param name="ClosesSessions">Of Disconnect: whether their whole sessions end.</param>
public sealed record ServerChange(
    string Origin, SocketIOAudience Audience, ServerChangeKind Kind, string Room = "", bool ClosesSessions = false)
    : SocketIOServerMessage(Origin);

/// <summary>What clients are to do.</summary>
public enum ServerChangeKind
{
    /// <summary>They join a room.</summary>
    Join = 0,

    /// <summary>They leave a room.</summary>
    Leave = 1,

    /// <summary>They leave the namespace.</summary>
    Disconnect = 2,
}

/// <summary>A client has answered a call of another server.</summary>
/// <param name="Origin">The server that the client is of; empty for a server of another make.</param>
/// <param name="To">The server that has called.</param>
/// <param name="Namespace">The namespace.</param>
/// <param name="Call">The call.</param>
/// <param name="Arguments">The answer.</param>
public sealed record ServerAnswer(string Origin, string To, string Namespace, ServerCall Call, SocketIOArguments Arguments)
    : SocketIOServerMessage(Origin);

/// <summary>Asks each server how many clients of an audience it has.</summary>
/// <param name="Origin">The server that asks.</param>
/// <param name="Audience">Who is counted.</param>
/// <param name="Id">The number of the question, which is the origin's.</param>
public sealed record ServerCount(string Origin, SocketIOAudience Audience, long Id) : SocketIOServerMessage(Origin);

/// <summary>
/// How many clients a <see cref="ServerCount"/> or a call concerns, of one server. For a call more may follow: negative numbers, for
/// clients that have left and will not answer.
/// </summary>
/// <param name="Origin">The server that the clients are of.</param>
/// <param name="To">The server that has asked.</param>
/// <param name="Id">The number of the question or the call.</param>
/// <param name="Count">How many.</param>
public sealed record ServerCounted(string Origin, string To, long Id, int Count) : SocketIOServerMessage(Origin);

/// <summary>A server is there. It says so again and again, and hears by it whether it still hears the others.</summary>
/// <param name="Origin">The server.</param>
/// <param name="IsLeaving">Whether this is the last time.</param>
public sealed record ServerAlive(string Origin, bool IsLeaving = false) : SocketIOServerMessage(Origin);
