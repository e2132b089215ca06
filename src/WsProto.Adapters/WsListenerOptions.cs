using System;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace WsProto.Adapters;

/// <summary>How a <see cref="WsListener"/> listens, and what it accepts.</summary>
public sealed record WsListenerOptions
{
    internal static WsListenerOptions Default { get; } = new();

    /// <summary>What is accepted, and how sessions behave. Default: all defaults.</summary>
    public WsAcceptOptions Accept
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = WsAcceptOptions.Default;

    /// <summary>
    /// The certificate and all else that wss:// needs; null (the default) for ws://. The handshake of TLS counts towards
    /// <see cref="WsAcceptOptions.HandshakeTimeout"/>.
    /// </summary>
    public SslServerAuthenticationOptions? Tls { get; init; }

    /// <summary>
    /// How many connections there are at once: those whose handshake goes on, open and closing ones, and those whose handler has not
    /// returned. As many as that, and the listener accepts no more until one ends; the others wait in the <see cref="Backlog"/>. They are
    /// not refused with 503, because to read a request, with TLS even, costs what this is to limit. Default: 10,000, at least 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxConnections
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    }
    = 10_000;

    /// <summary>
    /// How many connections the system holds that are not accepted yet; systems have limits of their own. Default: 512, at least 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int Backlog
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    }
    = 512;

    /// <summary>
    /// Whether the file of a <see cref="UnixDomainSocketEndPoint"/> is replaced where nobody listens on it any more, as after a process
    /// that was killed. A file that somebody listens on, or that is no socket, is never touched. Default: false, because between the
    /// question and the removal another process may begin to listen on it.
    /// </summary>
    public bool ReplaceStaleSocketFile { get; init; }

    /// <summary>
    /// How long a listener that stops waits for closing handshakes and handlers before it breaks the sessions off. Default: 10 seconds,
    /// after which common supervisors lose patience; zero for no waiting.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than 49 days.</exception>
    public TimeSpan ShutdownTimeout
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Durations.Longest);
            field = value;
        }
    }
    = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Is told of each connection that did not become a session, and where it came from, for logs: of a <see cref="WsHandshakeException"/>,
    /// also where the options refused, or a <see cref="TimeoutException"/>; not of requests that
    /// <see cref="WsAcceptOptions.OnHttpRequest"/> answered. The end point is null where there was no connection because accepting failed,
    /// as for want of descriptors. It is called on a thread of the pool; what it throws is dropped. Default: nobody is told.
    /// </summary>
    public Action<Exception, EndPoint?>? OnHandshakeFailed { get; init; }

    /// <summary>
    /// Is told what a handler of <see cref="WsListener.RunAsync"/> threw, for logs. The session is closing with
    /// <see cref="CloseCode.InternalError"/>. It is called on a thread of the pool; what it throws is dropped. Default: nobody is told.
    /// </summary>
    public Action<Exception, WsSession>? OnHandlerFailed { get; init; }
}
