using System;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>How a route of Engine.IO behaves, beside what its server offers.</summary>
public sealed record EngineIOEndpointOptions
{
    /// <summary>What the server offers and where its limits are. Default: all defaults.</summary>
    public EngineIOServerOptions Server
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = new();

    /// <summary>
    /// Decides about each handshake, after its Origin was judged and before there is a session. What it throws reaches the middleware, as
    /// of any handler, and no session comes of it. Default: null, all are allowed.
    /// </summary>
    public Func<HttpContext, ValueTask<RequestDecision>>? AllowRequest { get; init; }

    /// <summary>
    /// How many bytes of messages may wait for the handler of one client before no more of its requests and messages are read; the client
    /// is held back, and is not given up for what it cannot send. Each message counts 64 bytes more. Default: 1 MiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public long MaxReceiveBacklog
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }
    = 1 << 20;

    /// <summary>
    /// Over how long sessions are ended when the host stops, in equal steps, so that their clients do not all come back at once. It has to
    /// be well within the host's <c>ShutdownTimeout</c>. Default: zero, all at once.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public TimeSpan ShutdownSpread
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            field = value;
        }
    }

    /// <summary>Where the time comes from. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = TimeProvider.System;
}
