using System.Collections.Generic;
using System.Net;
using System.Security.Claims;

namespace WsProto.Adapters;

/// <summary>A request for a WebSocket, the end points, and the data that the application passes to the session.</summary>
public sealed class WsRequestContext
{
    private readonly WsTransport _transport;

    internal WsRequestContext(Request request, WsTransport transport)
    {
        Request = request;
        _transport = transport;
    }

    /// <summary>The request.</summary>
    public Request Request { get; }

    /// <summary>The remote end point: the client, or the proxy in front of it. Null if the transport does not know it.</summary>
    public EndPoint? RemoteEndPoint => _transport.RemoteEndPoint;

    /// <summary>The local end point. Null if the transport does not know it.</summary>
    public EndPoint? LocalEndPoint => _transport.LocalEndPoint;

    /// <summary>
    /// The details of TLS: version, the client's certificate, the server name that the client asked for. Null if this process does not
    /// encrypt the connection.
    /// </summary>
    public WsTlsDetails? Tls => _transport.Tls;

    /// <summary>
    /// The authenticated user, which the session gets as <see cref="WsSession.User"/>. Null until the application sets it.
    /// </summary>
    public ClaimsPrincipal? User { get; set; }

    /// <summary>Data of the application, which the session gets as <see cref="WsSession.Items"/>.</summary>
    public IDictionary<object, object?> Items => field ??= new Dictionary<object, object?>();
}

/// <summary>An HTTP request that does not ask for a WebSocket, and the end points.</summary>
public sealed class WsHttpRequestContext
{
    private readonly WsTransport _transport;

    internal WsHttpRequestContext(HttpRequestHead request, WsTransport transport)
    {
        Request = request;
        _transport = transport;
    }

    /// <summary>Method, target and headers. They are well-formed, and otherwise not checked.</summary>
    public HttpRequestHead Request { get; }

    /// <inheritdoc cref="WsRequestContext.RemoteEndPoint"/>
    public EndPoint? RemoteEndPoint => _transport.RemoteEndPoint;

    /// <inheritdoc cref="WsRequestContext.LocalEndPoint"/>
    public EndPoint? LocalEndPoint => _transport.LocalEndPoint;

    /// <inheritdoc cref="WsRequestContext.Tls"/>
    public WsTlsDetails? Tls => _transport.Tls;
}
