// The messages between servers. SocketIOServerFormat has their format.

using System;
using System.Collections.Generic;

namespace WsProto.SocketIO;

/// <summary>A set of clients of a namespace: those in at least one of some rooms, except those in others.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Rooms">The rooms; empty for all clients. The id of a client is a room with that client alone.</param>
/// <param name="Except">The rooms whose clients are left out.</param>
public sealed record SocketIOAudience(string Namespace, IReadOnlyList<string> Rooms, IReadOnlyList<string> Except);

/// <summary>A message from one server to the others.</summary>
/// <param name="Origin">The id of the server that sends it; empty if it gave none.</param>
public abstract record SocketIOServerMessage(string Origin);

/// <summary>The acknowledgements that the sender of a <see cref="ServerEmit"/> expects, one from each client.</summary>
/// <param name="Room">The room by which Python's servers identify the call, as JSON.</param>
/// <param name="Id">The number of the call at its origin.</param>
/// <param name="Timeout">How long the origin waits; null if it does not say.</param>
public sealed record ServerCall(ReadOnlyMemory<byte> Room, long Id, TimeSpan? Timeout);

/// <summary>Changes the rooms or the connection of the clients of an audience.</summary>
/// <param name="Origin">The id of the server that requests it.</param>
/// <param name="Audience">The clients. It has one room or none.</param>
/// <param name="Kind">The change.</param>
/// <param name="Room">The room to join or leave; not used for Disconnect.</param>
/// <param name="ClosesSessions">Whether Disconnect closes the whole sessions.</param>
public sealed record ServerChange(
    string Origin, SocketIOAudience Audience, ServerChangeKind Kind, string Room = "", bool ClosesSessions = false)
    : SocketIOServerMessage(Origin);

/// <summary>A change of clients.</summary>
public enum ServerChangeKind
{
    /// <summary>The clients join a room.</summary>
    Join = 0,

    /// <summary>The clients leave a room.</summary>
    Leave = 1,

    /// <summary>The clients are disconnected from the namespace.</summary>
    Disconnect = 2,
}

/// <summary>The acknowledgement of a client to a call of another server.</summary>
/// <param name="Origin">The id of the client's server; empty for a server of another implementation.</param>
/// <param name="To">The id of the server that made the call.</param>
/// <param name="Namespace">The namespace.</param>
/// <param name="Call">The call.</param>
/// <param name="Arguments">The arguments of the acknowledgement.</param>
public sealed record ServerAnswer(string Origin, string To, string Namespace, ServerCall Call, SocketIOArguments Arguments)
    : SocketIOServerMessage(Origin);

/// <summary>Asks each server how many clients of an audience it has.</summary>
/// <param name="Origin">The id of the server that asks.</param>
/// <param name="Audience">The clients to count.</param>
/// <param name="Id">The number of the question at its origin.</param>
public sealed record ServerCount(string Origin, SocketIOAudience Audience, long Id) : SocketIOServerMessage(Origin);

/// <summary>
/// The number of clients of one server that belong to a <see cref="ServerCount"/> or to a call. For a call, negative numbers may follow:
/// they stand for clients that have disconnected and will not answer.
/// </summary>
/// <param name="Origin">The id of the clients' server.</param>
/// <param name="To">The id of the server that asked.</param>
/// <param name="Id">The number of the question or the call.</param>
/// <param name="Count">The number of clients.</param>
public sealed record ServerCounted(string Origin, string To, long Id, int Count) : SocketIOServerMessage(Origin);

/// <summary>
/// Shows that a server is alive. Each server sends it repeatedly, and finds out whether it still receives from the others.
/// </summary>
/// <param name="Origin">The id of the server.</param>
/// <param name="IsLeaving">Whether the server is stopping, so that this is the last message.</param>
public sealed record ServerAlive(string Origin, bool IsLeaving = false) : SocketIOServerMessage(Origin);
