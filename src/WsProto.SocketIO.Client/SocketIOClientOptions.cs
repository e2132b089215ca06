using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.SocketIO.Client;

/// <summary>How a client reaches its server, and how it behaves. Immutable; one instance serves any number of clients.</summary>
public sealed record SocketIOClientOptions
{
    internal static SocketIOClientOptions Default { get; } = new();

    /// <summary>Transports, back-off, policies, buffers, limits.</summary>
    public SocketIOClientConnectionOptions Connection { get; init => field = NotNull(value); } = new();

    /// <summary>
    /// How arguments are written and read. <c>byte[]</c> and memory of bytes become attachments, whatever it says. Null (the default): the
    /// defaults for the web, by reflection where the application has it. Under NativeAOT give it the resolver of a
    /// <c>JsonSerializerContext</c>.
    /// </summary>
    public JsonSerializerOptions? Json { get; init; }

    /// <summary>
    /// Another form of packets on the wire, such as MessagePack; the server has to use the same. Null (the default): the protocol's own.
    /// </summary>
    public SocketIOParser? Parser { get; init; }

    /// <summary>
    /// The most attachments of a packet to send; with a parser there is no such limit. Default: 10, as servers of the reference refuse
    /// more.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
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

    /// <summary>
    /// What the client brings to get into a namespace: anything that becomes an object of JSON. Null (the default): nothing.
    /// </summary>
    public object? Auth { get; init; }

    /// <summary>
    /// Is asked what the client brings, for each namespace and for each time anew, as a token may be old. What it throws counts as a
    /// refusal. Null (the default): <see cref="Auth"/>.
    /// </summary>
    public Func<string, CancellationToken, ValueTask<object?>>? AuthProvider { get; init; }

    /// <summary>Headers of all requests, over both transports. Default: none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init => field = NotNull(value); } = [];

    /// <summary>
    /// Is asked for headers more, before each session, and then they are those of all its requests. What it throws is a session that does
    /// not open. Null (the default): there are none.
    /// </summary>
    public Func<CancellationToken, ValueTask<IReadOnlyList<KeyValuePair<string, string>>>>? HeadersProvider { get; init; }

    /// <summary>
    /// The cookies, which go with all requests of both transports, and are taken from all answers: a balancer that keeps clients to servers
    /// by a cookie needs it. Null (the default): each client has its own.
    /// </summary>
    public CookieContainer? Cookies { get; init; }

    /// <summary>TLS, for both transports. Null (the default): .NET's own choice, and the certificates that the system trusts.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>
    /// The proxy, for both transports: <see cref="WebProxy"/>, or <see cref="HttpClient.DefaultProxy"/> for what the system says. Null (the
    /// default): none.
    /// </summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>
    /// What does the HTTP of both transports: an invoker over a handler of your own, or an <see cref="HttpClient"/>, whose time limit has
    /// to be longer than a poll waits. It is not disposed of. <see cref="Tls"/> and <see cref="Proxy"/> have to be null then. Its handler
    /// should neither follow redirects nor keep cookies. Null (the default): each client has its own.
    /// </summary>
    public HttpMessageInvoker? HttpInvoker { get; init; }

    /// <summary>How long a call waits for its ack where it says nothing else. Default: 60 seconds, as the server's here.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or longer than 24 days.</exception>
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
    /// How many bytes a message of a WebSocket, or the answer to a poll, may have. One that has more ends the session. Default: 16 MiB, as
    /// a server may answer a poll with many messages.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxReceiveSize { get; init => field = (int)AtLeastOne(value); } = 16 << 20;

    /// <summary>
    /// How many bytes of events may wait for handlers before nothing more is read. A server that cannot send takes the client for gone in
    /// the end. Default: 4 MiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public long MaxReceiveBacklog { get; init => field = AtLeastOne(value); } = 4 << 20;

    /// <summary>
    /// From how many bytes on that have not left <see cref="SocketIOClientNamespace.EmitAsync(string, object?)"/> waits for the network.
    /// Default: 1 MiB.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public long MaxSendBacklog { get; init => field = AtLeastOne(value); } = 1 << 20;

    /// <summary>
    /// Where handlers run, one after the other for each namespace: the context of a user interface, for instance. Null (the default): on
    /// the thread pool. No context is ever captured.
    /// </summary>
    public SynchronizationContext? HandlerContext { get; init; }

    /// <summary>
    /// Is told what a handler has thrown, with the event that it was called for, if it was. Null (the default): nobody is. The client goes
    /// on.
    /// </summary>
    public Action<Exception, SocketIOReceived?>? OnHandlerFailed { get; init; }

    /// <summary>Where the time comes from. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init => field = NotNull(value); } = TimeProvider.System;

    /// <summary>A number from 0 to 1; tests have their own.</summary>
    internal Func<double> Random { get; init; } = System.Random.Shared.NextDouble;

    /// <summary>The name of the type alone: headers and cookies may hold secrets.</summary>
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
