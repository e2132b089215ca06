using System;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>The options of an Engine.IO route.</summary>
public sealed record EngineIOEndpointOptions
{
    /// <summary>The options of the Engine.IO server, including its limits. Default: a new <see cref="EngineIOServerOptions"/>.</summary>
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
    /// Decides about each handshake, after its Origin was checked and before a session is created. Default: null, which allows all.
    /// </summary>
    /// <remarks>What it throws reaches the middleware, as from any handler, and no session is created.</remarks>
    public Func<HttpContext, ValueTask<RequestDecision>>? AllowRequest { get; init; }

    /// <summary>
    /// The maximum number of bytes of messages that wait for the handler of one client, at 64 bytes more for each message. Then nothing
    /// more is read from the client, until the handler has caught up. Default: 1 MiB.
    /// </summary>
    /// <remarks>While nothing is read from a client, it does not time out.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
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

    /// <summary>The time over which sessions are closed when the host stops. Default: zero, which closes all at once.</summary>
    /// <remarks>
    /// Sessions are closed in up to 100 steps of equal length, so that their clients do not all reconnect at the same moment. Keep it well
    /// below the host's <c>ShutdownTimeout</c>.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan ShutdownSpread
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            field = value;
        }
    }

    /// <summary>The clock. Default: <see cref="TimeProvider.System"/>.</summary>
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
