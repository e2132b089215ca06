using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.AspNetCore.Testing;

/// <summary>
/// Connects to a Kestrel that listens in memory. Get it from <c>app.Services.GetInMemoryServer()</c> after
/// <see cref="InMemoryKestrelExtensions.UseKestrelInMemory"/> was called.
/// </summary>
/// <remarks>
/// Only the socket is replaced: HTTP, limits, middleware, upgrades and shutdown are Kestrel's. All members are thread-safe.
/// </remarks>
public sealed class InMemoryServer
{
    private readonly Lock _gate = new();
    private readonly Dictionary<EndPoint, InMemoryListener> _listeners = [];
    private long _connections;

    internal InMemoryServer()
    {
    }

    /// <summary>The base address for requests: <c>http://localhost/</c>. Host filtering allows it. The name is not resolved.</summary>
    public Uri BaseAddress { get; } = new("http://localhost/");

    /// <summary>
    /// Opens a connection without sending anything on it. Use it to send bytes that a client would not send, or to inject faults.
    /// </summary>
    /// <param name="httpVersion">
    /// <see cref="HttpVersion.Version11"/>, or <see cref="HttpVersion.Version20"/> with prior knowledge (RFC 9113 §3.3).
    /// </param>
    /// <param name="toServer">The faults of the direction from client to server; null for none.</param>
    /// <param name="toClient">The faults of the direction from server to client; null for the same as <paramref name="toServer"/>.</param>
    /// <returns>The client's end of the connection. The caller disposes of it.</returns>
    /// <exception cref="ArgumentException"><paramref name="httpVersion"/> is another version.</exception>
    /// <exception cref="HttpRequestException">The server has not started, or has stopped.</exception>
    public MemoryTransport Connect(Version httpVersion, MemoryTransportOptions? toServer = null, MemoryTransportOptions? toClient = null)
    {
        InMemoryEndPoint place = httpVersion == HttpVersion.Version11 ? InMemoryEndPoint.Http1
            : httpVersion == HttpVersion.Version20 ? InMemoryEndPoint.Http2
            : throw new ArgumentException($"Kestrel listens for HTTP/1.1 and HTTP/2 here, not for {httpVersion}.", nameof(httpVersion));
        InMemoryListener? listener;
        lock (_gate)
            _listeners.TryGetValue(place, out listener);
        (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair(toServer, toClient ?? toServer);
        string id = "memory:" + Interlocked.Increment(ref _connections).ToString(CultureInfo.InvariantCulture);
#pragma warning disable CA2000 // The server disposes of what it has accepted.
        return listener?.TryConnect(new InMemoryConnection(id, far, place)) == true
#pragma warning restore CA2000
            ? near
            : throw new HttpRequestException(
                HttpRequestError.ConnectionError,
                "The server does not listen in memory: it has not started, has stopped, or is not Kestrel.");
    }

    /// <summary>Opens a WebSocket as <see cref="WsClient"/> does, over the version of HTTP that the options name.</summary>
    /// <param name="path">The path and query of the route: <c>"/chat/kitchen?name=Ann"</c>.</param>
    /// <param name="options">
    /// The client's options; null for the defaults. <see cref="WsClientOptions.ConnectTransport"/> is replaced.
    /// </param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The open session. The caller disposes of it.</returns>
    /// <exception cref="WsHandshakeException">The server refused the request, or cannot be connected to.</exception>
    /// <exception cref="ArgumentException">
    /// The path or an option cannot be used. <see cref="WsClientOptions.HttpInvoker"/> is not allowed, because it opens its own
    /// connections; use an invoker over <see cref="CreateHandler"/> with <see cref="WsClient"/> and <see cref="BaseAddress"/> instead.
    /// </exception>
    public ValueTask<WsSession> ConnectWebSocketAsync(
        [StringSyntax(StringSyntaxAttribute.Uri)] string path,
        WsClientOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        Uri uri = new UriBuilder(new Uri(BaseAddress, path)) { Scheme = "ws" }.Uri;
        options ??= new();
        Version version = SpokenFor(options.HttpVersion, options.HttpVersionPolicy);
        return WsClient.ConnectAsync(uri, options with { ConnectTransport = (_, _) => new(ConnectStream(version)) }, cancellationToken);
    }

    /// <summary>Creates a handler that sends its requests to the server.</summary>
    /// <returns>The handler, without a proxy, cookies or redirects. The caller disposes of it.</returns>
    /// <remarks>
    /// Requests use HTTP/2 if their version is 2.0 or higher and their policy does not allow a lower one; otherwise HTTP/1.1.
    /// <c>ClientWebSocket</c> accepts the handler too, in an <see cref="HttpMessageInvoker"/>.
    /// </remarks>
    public SocketsHttpHandler CreateHandler() => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ConnectCallback = (context, _) =>
            new(ConnectStream(SpokenFor(context.InitialRequestMessage.Version, context.InitialRequestMessage.VersionPolicy))),
    };

    /// <summary>Creates a client that sends its requests to the server.</summary>
    /// <returns>The client, with its base address set to <see cref="BaseAddress"/>. The caller disposes of it.</returns>
    [SuppressMessage("Reliability", "CA2000", Justification = "The client disposes of its handler.")]
    public HttpClient CreateClient() => new(CreateHandler()) { BaseAddress = BaseAddress };

    internal void Add(InMemoryListener listener)
    {
        lock (_gate)
            _listeners[listener.EndPoint] = listener;
    }

    /// <summary>HTTP/1.1 if the client may fall back to it: without TLS the version is not negotiated (RFC 9113 §3.3).</summary>
    private static Version SpokenFor(Version version, HttpVersionPolicy policy) =>
        version >= HttpVersion.Version20 && policy != HttpVersionPolicy.RequestVersionOrLower
            ? HttpVersion.Version20
            : HttpVersion.Version11;

    private TransportStream ConnectStream(Version httpVersion) => new TransportStream(Connect(httpVersion));
}
