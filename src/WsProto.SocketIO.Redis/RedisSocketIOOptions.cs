using System;

namespace WsProto.SocketIO.Redis;

/// <summary>The options of a Redis backplane. Immutable.</summary>
public sealed record RedisSocketIOOptions
{
    /// <summary>
    /// The channel on which all servers of an application publish. Default: <c>socketio</c>, as in python-socketio. Flask-SocketIO uses
    /// <c>flask-socketio</c>.
    /// </summary>
    /// <exception cref="ArgumentException">The value is empty.</exception>
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
    /// The maximum number of bytes of messages that wait for Redis. Further messages are lost, and counted. Default: 16 MiB, which limits
    /// the memory while Redis does not answer.
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
