using System;
using System.Collections.Generic;
using System.Diagnostics;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

/// <summary>The outcome of an emit.</summary>
public enum SocketIOEmitOutcome
{
    /// <summary>It was passed to the session, and expects no acknowledgement.</summary>
    Sent = 0,

    /// <summary>It was acknowledged.</summary>
    Answered = 1,

    /// <summary>It was not acknowledged in time. If it was not sent before, it is not sent.</summary>
    TimedOut = 2,

    /// <summary>The session was lost before it was acknowledged.</summary>
    Disconnected = 3,

    /// <summary>The application cancelled it. If it was not sent before, it is not sent.</summary>
    Cancelled = 4,

    /// <summary>It was volatile and could not be sent at once, or it was dropped from a full buffer.</summary>
    Dropped = 5,

    /// <summary>It was refused because the buffer was full.</summary>
    BufferFull = 6,

    /// <summary>The client is not connected to the namespace and does not try to connect.</summary>
    NotConnected = 7,

    /// <summary>It is larger than the limit that the server announced.</summary>
    TooLarge = 8,
}

/// <summary>The options of an emit.</summary>
public readonly record struct SocketIOEmitOptions
{
    /// <summary>Whether an acknowledgement is expected.</summary>
    public bool WantsAck { get; init; }

    /// <summary>
    /// How long the acknowledgement may take after the emit; with <see cref="Retries"/>, after each time that it is sent. Default: null, as
    /// long as the session lasts.
    /// </summary>
    public TimeSpan? AckTimeout { get; init; }

    /// <summary>How often the emit is sent again if it is not acknowledged in time, or the session is lost. Default: 0.</summary>
    /// <remarks>
    /// <para>
    /// It needs an <see cref="AckTimeout"/>, and expects an acknowledgement whatever <see cref="WantsAck"/> is. Emits with retries are sent
    /// one after the other in each namespace. An attempt that ends with the loss of the session does not count.
    /// </para>
    /// <para>The server may receive an emit more than once, so its arguments should identify it.</para>
    /// </remarks>
    public int Retries { get; init; }

    /// <summary>Whether the emit is volatile: it is dropped instead of kept if it cannot be sent at once.</summary>
    public bool IsVolatile { get; init; }

    /// <summary>Whether the emit is sent before all that wait. For what the server must receive first after a connection.</summary>
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

    /// <summary>The outcome; null as long as the emit waits for the connection or for its acknowledgement.</summary>
    public SocketIOEmitOutcome? Outcome { get; internal set; }

    /// <summary>The arguments of the acknowledgement; null if there was none.</summary>
    public SocketIOArguments? Answer { get; internal set; }

    /// <summary>How often the emit was sent.</summary>
    public int TimesSent { get; internal set; }

    /// <summary>For an emit that is too large: the size of its largest message in bytes, on the transport in use.</summary>
    public int MessageSize { get; internal set; }

    /// <summary>The size in bytes, including attachments.</summary>
    public long Size { get; }

    /// <summary>An object of the host. It is not used here.</summary>
    public object? Tag { get; set; }

    internal ClientNamespace Space { get; }

    internal IReadOnlyList<Packet> Packets { get; }

    internal long? Id { get; }

    internal SocketIOEmitOptions Options { get; }

    internal long Serial { get; }

    /// <summary>The deadline of the acknowledgement; null if there is none, or it has not begun.</summary>
    internal TimeSpan? Deadline { get; set; }

    /// <summary>The number of failed attempts.</summary>
    internal int Failed { get; set; }

    /// <summary>The place in the list of waiting emits; null if the emit does not wait.</summary>
    internal LinkedListNode<SocketIOEmit>? Place { get; set; }

    internal bool IsRetried => Options.Retries > 0;
}
