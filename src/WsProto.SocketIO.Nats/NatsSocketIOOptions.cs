using System;

namespace WsProto.SocketIO.Nats;

/// <summary>The options of a NATS backplane. Immutable.</summary>
public sealed record NatsSocketIOOptions
{
    /// <summary>The subject on which all servers of an application publish. Default: <c>socketio</c>.</summary>
    /// <exception cref="ArgumentException">The value is empty.</exception>
    public string Subject
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            field = value;
        }
    }
    = "socketio";

    /// <summary>The stream that stores the messages of the subject. Default: <c>SOCKETIO</c>.</summary>
    /// <remarks>
    /// An existing stream is used as it is. Otherwise a stream is created, with file storage and without replicas, that keeps messages for
    /// <see cref="MaxAge"/> and at most 256 MiB.
    /// </remarks>
    /// <exception cref="ArgumentException">The value is empty.</exception>
    public string Stream
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            field = value;
        }
    }
    = "SOCKETIO";

    /// <summary>
    /// How long a server or the broker may be down without a loss of messages. Default: 2 minutes, the default time in which NATS detects
    /// duplicates, and in which a lost client can recover.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than a second, or more than a day.</exception>
    public TimeSpan MaxAge
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromSeconds(1));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromDays(1));
            field = value;
        }
    }
    = TimeSpan.FromMinutes(2);

    /// <summary>
    /// The maximum number of bytes of messages that wait for NATS. Further messages are lost, and counted. Default: 16 MiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public long MaxPendingBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }
    = 16 << 20;
}
