using System;

namespace WsProto.SocketIO.Nats;

/// <summary>How servers use NATS. Immutable.</summary>
public sealed record NatsSocketIOOptions
{
    /// <summary>The subject that all servers of a system publish on. Default: <c>socketio</c>.</summary>
    /// <exception cref="ArgumentException">Empty.</exception>
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

    /// <summary>
    /// The stream that keeps what is published on it. Default: <c>SOCKETIO</c>. One that is there is used as it is; otherwise one is made,
    /// in files of one server, that keeps <see cref="MaxAge"/> and 256 MiB at most.
    /// </summary>
    /// <exception cref="ArgumentException">Empty.</exception>
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
    /// How long a server or the broker may be away so that nothing is lost. Default: 2 minutes, for which NATS knows by itself what was
    /// published twice, and which is as long as lost clients may come back.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than a second, or more than a day.</exception>
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
    /// The most bytes of messages that wait for NATS; what is published above is lost, and counted. Default: 16 MiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
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
