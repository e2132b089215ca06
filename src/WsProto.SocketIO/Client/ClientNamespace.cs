// The state of a client in one namespace. Only the connection changes it.

using System;
using System.Collections.Generic;

namespace WsProto.SocketIO;

internal sealed class ClientNamespace(string name)
{
    internal string Name => name;

    internal SocketIOMembership State { get; set; }

    /// <summary>The id of the client in the namespace; null if it is not connected.</summary>
    internal string? Id { get; set; }

    /// <summary>The secret with which the client can recover its state; null if the server gave none.</summary>
    internal string? Pid { get; set; }

    /// <summary>The offset of the last event that was received.</summary>
    internal string? Offset { get; set; }

    /// <summary>The number of the current attempt to connect, so that what belongs to an earlier one is recognized.</summary>
    internal long Attempt { get; set; }

    /// <summary>The number of failed attempts in a row.</summary>
    internal int Failures { get; set; }

    /// <summary>Whether the client was connected since the application asked for the namespace.</summary>
    internal bool HasJoined { get; set; }

    /// <summary>When the client connected last; null if that was already taken into account.</summary>
    internal TimeSpan? JoinedAt { get; set; }

    /// <summary>When to make the next attempt; null for at once.</summary>
    internal TimeSpan? RetryAt { get; set; }

    /// <summary>The deadline for the answer of the server.</summary>
    internal TimeSpan? JoinUntil { get; set; }

    /// <summary>Whether the application has allowed the waiting emits to be sent.</summary>
    internal bool IsReleased { get; set; }

    internal long NextAckId { get; set; }

    /// <summary>The emits that wait until the client is connected.</summary>
    internal LinkedList<SocketIOEmit> Waiting { get; } = [];

    /// <summary>The emits that are sent until they are acknowledged. The first one may have been sent.</summary>
    internal LinkedList<SocketIOEmit> Retried { get; } = [];

    /// <summary>The emits that were sent, by the id of their acknowledgement.</summary>
    internal Dictionary<long, SocketIOEmit> Unanswered { get; } = [];

    /// <summary>The events that were received before the server accepted the client.</summary>
    internal List<SocketIOPacket> Early { get; } = [];

    /// <summary>The bytes of these events.</summary>
    internal long EarlyBytes { get; private set; }

    internal bool CanSend => State == SocketIOMembership.Connected && IsReleased;

    /// <summary>When something is due; null if nothing is.</summary>
    internal TimeSpan? NextDeadline => State == SocketIOMembership.Wanted ? RetryAt : JoinUntil;

    /// <summary>Drops the data for the recovery of the client's state.</summary>
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
