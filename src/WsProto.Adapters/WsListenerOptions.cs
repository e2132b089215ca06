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
    /// The certificate and the other settings of TLS, for wss://. Null (the default): ws://. The handshake of TLS counts towards
    /// <see cref="WsAcceptOptions.HandshakeTimeout"/>.
    /// </summary>
    public SslServerAuthenticationOptions? Tls { get; init; }

    /// <summary>
    /// The largest number of connections at the same time: in the opening handshake, open, closing, or with a handler that has not
    /// returned. At the limit the listener accepts no more until one ends; new ones wait in the <see cref="Backlog"/>. They are not refused
    /// with 503, because reading a request, even more so with TLS, costs what this limit is to save. Default: 10,000, at least 1.
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
    /// Called for each connection that did not become a session, for logs. It gets a <see cref="WsHandshakeException"/>, also if the
    /// options refused the request, or a <see cref="TimeoutException"/>, and the remote end point. The end point is null if accepting
    /// itself failed, for example because there are no file descriptors. It is not called for requests that <see
    /// cref="WsAcceptOptions.OnHttpRequest"/> answered. It runs on a thread of the pool; exceptions that it throws are ignored. Default:
    /// null.
    /// </summary>
    public Action<Exception, EndPoint?>? OnHandshakeFailed { get; init; }

    /// <summary>
    /// Called with the exception that a handler of <see cref="WsListener.RunAsync"/> threw, for logs. The session is closing with
    /// <see cref="CloseCode.InternalError"/>. It runs on a thread of the pool; exceptions that it throws are ignored. Default: null.
    /// </summary>
    public Action<Exception, WsSession>? OnHandlerFailed { get; init; }
}
