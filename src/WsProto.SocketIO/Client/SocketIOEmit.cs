using System;
using System.Collections.Generic;
using System.Diagnostics;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

/// <summary>What has become of an emit.</summary>
public enum SocketIOEmitOutcome
{
    /// <summary>It was given to the session, and wants no ack.</summary>
    Sent = 0,

    /// <summary>Its ack came.</summary>
    Answered = 1,

    /// <summary>Its ack did not come in time. If it was not sent by then, it never will be.</summary>
    TimedOut = 2,

    /// <summary>The session was lost before its ack came.</summary>
    Disconnected = 3,

    /// <summary>The application has cancelled it. If it was not sent by then, it never will be.</summary>
    Cancelled = 4,

    /// <summary>It was volatile and there was no connection, or it was dropped from a full buffer.</summary>
    Dropped = 5,

    /// <summary>The buffer is full.</summary>
    BufferFull = 6,

    /// <summary>The client is not in the namespace, and does not want in, or not any more.</summary>
    NotConnected = 7,

    /// <summary>It is larger than the server takes.</summary>
    TooLarge = 8,
}

/// <summary>How an event is emitted.</summary>
public readonly record struct SocketIOEmitOptions
{
    /// <summary>Whether an ack is wanted.</summary>
    public bool WantsAck { get; init; }

    /// <summary>
    /// How long the ack may take, from the emit on; with <see cref="Retries"/>, from each time that it is sent. Null: as long as the
    /// session lasts.
    /// </summary>
    public TimeSpan? AckTimeout { get; init; }

    /// <summary>
    /// How often it is sent again if no ack came in time, or the session was lost. Such emits of a namespace are sent one after the other.
    /// The server may get one more than once, so each should say which it is. An attempt that the loss of a session ends does not count.
    /// They need an <see cref="AckTimeout"/>, as each holds up the next. An ack is wanted, whatever <see cref="WantsAck"/> says.
    /// </summary>
    public int Retries { get; init; }

    /// <summary>Whether it is dropped rather than kept while there is no connection.</summary>
    public bool IsVolatile { get; init; }

    /// <summary>Whether it goes before all that waits; for what has to be said first in a namespace that the client is in again.</summary>
    public bool IsFirst { get; init; }
}

/// <summary>An event that was emitted. It ends exactly once.</summary>
[DebuggerDisplay("{Namespace} {Outcome}")]
public sealed class SocketIOEmit
{
    internal SocketIOEmit(ClientNamespace space, IReadOnlyList<Packet> packets, long? id, SocketIOEmitOptions options, long serial)
    {
        Space = space;
        Packets = packets;
        Id = id;
        Options = options;
        Serial = serial;
        foreach (Packet packet in packets)
            Size += packet.Data.Length;
    }

    /// <summary>The namespace.</summary>
    public string Namespace => Space.Name;

    /// <summary>What has become of it; null as long as it waits, for the connection or its ack.</summary>
    public SocketIOEmitOutcome? Outcome { get; internal set; }

    /// <summary>What the ack says; null if none came.</summary>
    public SocketIOArguments? Answer { get; internal set; }

    /// <summary>How often it was sent.</summary>
    public int TimesSent { get; internal set; }

    /// <summary>Of one that is too large: its largest message in bytes, as the transport would have carried it.</summary>
    public int MessageSize { get; internal set; }

    /// <summary>Its bytes, attachments included.</summary>
    public long Size { get; }

    /// <summary>Anything of the host's.</summary>
    public object? Tag { get; set; }

    internal ClientNamespace Space { get; }

    internal IReadOnlyList<Packet> Packets { get; }

    internal long? Id { get; }

    internal SocketIOEmitOptions Options { get; }

    internal long Serial { get; }

    /// <summary>When its ack has to be there; null if there is no limit, or it does not run.</summary>
    internal TimeSpan? Deadline { get; set; }

    /// <summary>How many of its attempts have failed.</summary>
    internal int Failed { get; set; }

    /// <summary>Its place among those that wait; null if it does not.</summary>
    internal LinkedListNode<SocketIOEmit>? Place { get; set; }

    internal bool IsRetried => Options.Retries > 0;
}
