using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.SocketIO.Client;

/// <summary>The options of a client. Immutable; any number of clients may share an instance.</summary>
public sealed record SocketIOClientOptions
{
    internal static SocketIOClientOptions Default { get; } = new();

    /// <summary>The options of the connection: transports, reconnection, buffers and limits.</summary>
    public SocketIOClientConnectionOptions Connection { get; init => field = NotNull(value); } = new();

    /// <summary>
    /// The JSON options of arguments. Default: null, the web defaults, with reflection if the application supports it. <c>byte[]</c> and
    /// memory of bytes always become attachments. Under NativeAOT, set the type info resolver to a <c>JsonSerializerContext</c>.
    /// </summary>
    public JsonSerializerOptions? Json { get; init; }

    /// <summary>A custom parser, such as MessagePack. The server must use the same. Default: null, the protocol's encoding.</summary>
    public SocketIOParser? Parser { get; init; }

    /// <summary>
    /// The maximum number of attachments of a packet to send. Default: 10, because the reference server refuses more. It does not apply to
    /// a custom <see cref="Parser"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int MaxAttachments
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }
    = 10;

    /// <summary>The <c>auth</c> payload for each namespace. It must serialize to a JSON object. Default: null, no payload.</summary>
    public object? Auth { get; init; }

    /// <summary>
    /// Gives the <c>auth</c> payload for each attempt to connect to a namespace, because a token may have expired. Default: null, which
    /// uses <see cref="Auth"/>.
    /// </summary>
    /// <remarks>The function gets the name of the namespace. If it throws, the attempt counts as refused.</remarks>
    public Func<string, CancellationToken, ValueTask<object?>>? AuthProvider { get; init; }

    /// <summary>Headers for all requests, over both transports. Default: empty.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init => field = NotNull(value); } = [];

    /// <summary>
    /// Gives additional headers for all requests of a session. It is called before each session. Default: null, no additional headers.
    /// </summary>
    /// <remarks>If it throws, the session does not open.</remarks>
    public Func<CancellationToken, ValueTask<IReadOnlyList<KeyValuePair<string, string>>>>? HeadersProvider { get; init; }

    /// <summary>
    /// The cookies, which are sent with all requests of both transports and updated by all responses. Default: null, a container for each
    /// client.
    /// </summary>
    /// <remarks>Load balancers with sticky sessions need cookies.</remarks>
    public CookieContainer? Cookies { get; init; }

    /// <summary>
    /// The TLS options of both transports. Default: null, the defaults of .NET, with the certificates that the system trusts.
    /// </summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>
    /// The proxy of both transports: a <see cref="WebProxy"/>, or <see cref="HttpClient.DefaultProxy"/> for the system's. Default: null, no
    /// proxy.
    /// </summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>
    /// Sends the HTTP requests and opens the WebSockets: an invoker over your own handler, or an <see cref="HttpClient"/> whose timeout is
    /// longer than a poll. Default: null; each client has its own.
    /// </summary>
    /// <remarks>
    /// The client does not dispose of it. <see cref="Tls"/> and <see cref="Proxy"/> must be null. Its handler should neither follow
    /// redirects nor store cookies.
    /// </remarks>
    public HttpMessageInvoker? HttpInvoker { get; init; }

    /// <summary>
    /// How long a call waits for the acknowledgement, unless it has its own timeout. Default: 60 seconds, as in the server of this project.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or more than 2^31 - 1 ms (24 days).</exception>
    public TimeSpan AckTimeout
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromMilliseconds(int.MaxValue));
            field = value;
        }
    }
    = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The maximum size in bytes of a WebSocket message and of the response to a poll. A larger one ends the session. Default: 16 MiB,
    /// because a server may answer a poll with many messages.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxReceiveSize { get; init => field = (int)AtLeastOne(value); } = 16 << 20;

    /// <summary>
    /// The maximum number of bytes of events that wait for handlers. Then nothing more is read, until handlers have caught up. Default: 4
    /// MiB.
    /// </summary>
    /// <remarks>If that lasts, the server ends the session, because its pings are not answered.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public long MaxReceiveBacklog { get; init => field = AtLeastOne(value); } = 4 << 20;

    /// <summary>
    /// The number of unsent bytes from which <see cref="SocketIOClientNamespace.EmitAsync(string, object?)"/> waits for the network.
    /// Default: 1 MiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public long MaxSendBacklog { get; init => field = AtLeastOne(value); } = 1 << 20;

    /// <summary>
    /// The context in which handlers run, for example that of a user interface. Default: null, the thread pool. The current context is
    /// never captured.
    /// </summary>
    /// <remarks>The handlers of a namespace run one after the other.</remarks>
    public SynchronizationContext? HandlerContext { get; init; }

    /// <summary>
    /// Called with what a handler has thrown, and with its event, if it was called for one. Default: null. The client continues.
    /// </summary>
    public Action<Exception, SocketIOReceived?>? OnHandlerFailed { get; init; }

    /// <summary>The clock. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init => field = NotNull(value); } = TimeProvider.System;

    /// <summary>Returns a random number from 0 to 1. Tests replace it.</summary>
    internal Func<double> Random { get; init; } = System.Random.Shared.NextDouble;

    /// <summary>Returns the name of the type only, because headers and cookies may contain secrets.</summary>
    public override string ToString() => nameof(SocketIOClientOptions);

    private static T NotNull<T>(T value)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value);
        return value;
    }

    private static long AtLeastOne(long value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
        return value;
    }
}
