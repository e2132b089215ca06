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
/// The way to a Kestrel that listens in memory. It is a service of the application, once
/// <see cref="InMemoryKestrelExtensions.UseKestrelInMemory"/> was called:
/// <c>app.Services.GetInMemoryServer()</c>.
/// </summary>
/// <remarks>
/// Everything beyond the socket is the server's own: its HTTP, limits, middleware, upgrades and shutdown. All members may be called from
/// any thread.
/// </remarks>
public sealed class InMemoryServer
{
    private readonly Lock _gate = new();
    private readonly Dictionary<EndPoint, InMemoryListener> _listeners = [];
    private long _connections;

    internal InMemoryServer()
    {
    }

    /// <summary>
    /// The address that requests are sent to: <c>http://localhost/</c>, which host filtering lets through. It is not resolved.
    /// </summary>
    public Uri BaseAddress { get; } = new("http://localhost/");

    /// <summary>Connects, for bytes of one's own and for faults that can be repeated.</summary>
    /// <param name="httpVersion">
    /// What is spoken on it: <see cref="HttpVersion.Version11"/>, or <see cref="HttpVersion.Version20"/> with prior knowledge (RFC 9113
    /// §3.3).
    /// </param>
    /// <param name="toServer">How what the client writes comes to the server; null for a good network.</param>
    /// <param name="toClient">How what the server writes comes to the client; null for the same as the other way.</param>
    /// <returns>The client's end. The caller disposes of it.</returns>
    /// <exception cref="ArgumentException">Another version.</exception>
    /// <exception cref="HttpRequestException">The server does not listen, yet or any more.</exception>
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

    /// <summary>Opens a WebSocket as <see cref="WsClient"/> does, over the version of HTTP that the options say.</summary>
    /// <param name="path">The path and query of the route: <c>"/chat/kitchen?name=Ann"</c>.</param>
    /// <param name="options">The client's options; its <see cref="WsClientOptions.ConnectTransport"/> is replaced.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="WsHandshakeException">The server refused.</exception>
    /// <exception cref="ArgumentException">
    /// The path or an option cannot be used: an <see cref="WsClientOptions.HttpInvoker"/> connects by itself; one over
    /// <see cref="CreateHandler"/> is for <see cref="WsClient"/>, with <see cref="BaseAddress"/>.
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

    /// <summary>
    /// Makes a handler whose requests go to the server, over HTTP/1.1 or, for requests of version 2.0 that may not fall back, over HTTP/2.
    /// </summary>
    /// <returns>
    /// The handler, without proxy and cookies. The caller disposes of it. <c>ClientWebSocket</c> takes it too, in an
    /// <see cref="HttpMessageInvoker"/>.
    /// </returns>
    public SocketsHttpHandler CreateHandler() => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ConnectCallback = (context, _) =>
            new(ConnectStream(SpokenFor(context.InitialRequestMessage.Version, context.InitialRequestMessage.VersionPolicy))),
    };

    /// <summary>Makes a client whose requests go to the server.</summary>
    /// <returns>The client, with <see cref="BaseAddress"/>. The caller disposes of it.</returns>
    [SuppressMessage("Reliability", "CA2000", Justification = "The client disposes of its handler.")]
    public HttpClient CreateClient() => new(CreateHandler()) { BaseAddress = BaseAddress };

    internal void Add(InMemoryListener listener)
    {
        lock (_gate)
            _listeners[listener.EndPoint] = listener;
    }

    /// <summary>A client that may fall back does, as nothing tells beforehand in the clear (RFC 9113 §3.3).</summary>
    private static Version SpokenFor(Version version, HttpVersionPolicy policy) =>
        version >= HttpVersion.Version20 && policy != HttpVersionPolicy.RequestVersionOrLower
            ? HttpVersion.Version20
            : HttpVersion.Version11;

    private TransportStream ConnectStream(Version httpVersion) => new TransportStream(Connect(httpVersion));
}
