// What a client knows of one namespace. The state is moved by the connection alone.

using System;
using System.Collections.Generic;

namespace WsProto.SocketIO;

internal sealed class ClientNamespace(string name)
{
    internal string Name => name;

    internal SocketIOMembership State { get; set; }

    /// <summary>The id of the client here; null if it is not in.</summary>
    internal string? Id { get; set; }

    /// <summary>The secret by which the client may have its session back; null where the server gives none.</summary>
    internal string? Pid { get; set; }

    /// <summary>The offset of the last event that came.</summary>
    internal string? Offset { get; set; }

    /// <summary>Counts requests to get in, so that what belongs to an earlier one is known.</summary>
    internal long Attempt { get; set; }

    /// <summary>How many of them have failed in a row.</summary>
    internal int Failures { get; set; }

    /// <summary>Whether it has been in since the application wanted it.</summary>
    internal bool HasJoined { get; set; }

    /// <summary>When it got in last; null if that counts no more.</summary>
    internal TimeSpan? JoinedAt { get; set; }

    /// <summary>When to ask again; null if at once.</summary>
    internal TimeSpan? RetryAt { get; set; }

    /// <summary>Until when the answer has to be there.</summary>
    internal TimeSpan? JoinUntil { get; set; }

    /// <summary>Whether what waited may be sent.</summary>
    internal bool IsReleased { get; set; }

    internal long NextAckId { get; set; }

    /// <summary>Emits that wait until the client is in.</summary>
    internal LinkedList<SocketIOEmit> Waiting { get; } = [];

    /// <summary>Emits that are sent again until they are answered, the first of which is under way.</summary>
    internal LinkedList<SocketIOEmit> Retried { get; } = [];

    /// <summary>Emits that were sent, by the ids of their acks.</summary>
    internal Dictionary<long, SocketIOEmit> Unanswered { get; } = [];

    /// <summary>Events that came before the server has agreed.</summary>
    internal List<SocketIOPacket> Early { get; } = [];

    /// <summary>The bytes of these.</summary>
    internal long EarlyBytes { get; private set; }

    internal bool CanSend => State == SocketIOMembership.Connected && IsReleased;

    /// <summary>When something has to be done; null if never.</summary>
    internal TimeSpan? NextDeadline => State == SocketIOMembership.Wanted ? RetryAt : JoinUntil;

    /// <summary>The client will not be again what it was.</summary>
    internal void Forget() => Pid = Offset = null;

    internal void AddEarly(SocketIOPacket packet)
    {
        Early.Add(packet);
        EarlyBytes += packet.Size;
    }

    internal void ForgetEarly()
    {
        Early.Clear();
        EarlyBytes = 0;
    }
}
