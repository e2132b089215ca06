using System;

namespace WsProto.SocketIO.Redis;

/// <summary>How servers use Redis. Immutable.</summary>
public sealed record RedisSocketIOOptions
{
    /// <summary>
    /// The channel that all servers of a system publish on. Default: <c>socketio</c>, as of python-socketio; Flask-SocketIO has
    /// <c>flask-socketio</c>.
    /// </summary>
    /// <exception cref="ArgumentException">Empty.</exception>
    public string Channel
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
    /// The most bytes of messages that wait for Redis to take them; what is published above is lost, and counted. Default: 16 MiB, so that
    /// a Redis that does not answer takes no more memory than that.
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
