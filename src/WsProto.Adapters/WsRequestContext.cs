using System.Collections.Generic;
using System.Net;
using System.Security.Claims;

namespace WsProto.Adapters;

/// <summary>A request for a WebSocket, who sent it, and what the application wants its session to know.</summary>
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

    /// <summary>Where the connection comes from: the client, or the proxy before it. Null where the transport does not know.</summary>
    public EndPoint? RemoteEndPoint => _transport.RemoteEndPoint;

    /// <summary>Where the connection arrived. Null where the transport does not know.</summary>
    public EndPoint? LocalEndPoint => _transport.LocalEndPoint;

    /// <summary>
    /// What TLS agreed on: version, the client's certificate, the name that the client asked for. Null where the connection is not
    /// encrypted by this process.
    /// </summary>
    public WsTlsDetails? Tls => _transport.Tls;

    /// <summary>Whom the application has recognized; the session gets it as <see cref="WsSession.User"/>. Null until it is set.</summary>
    public ClaimsPrincipal? User { get; set; }

    /// <summary>Whatever the application wants to find in <see cref="WsSession.Items"/> again.</summary>
    public IDictionary<object, object?> Items => field ??= new Dictionary<object, object?>();
}

/// <summary>An HTTP request that asks for no WebSocket, and who sent it.</summary>
public sealed class WsHttpRequestContext
{
    private readonly WsTransport _transport;

    internal WsHttpRequestContext(HttpRequestHead request, WsTransport transport)
    {
        Request = request;
        _transport = transport;
    }

    /// <summary>Method, target and headers. It may hold anything that is well-formed.</summary>
    public HttpRequestHead Request { get; }

    /// <inheritdoc cref="WsRequestContext.RemoteEndPoint"/>
    public EndPoint? RemoteEndPoint => _transport.RemoteEndPoint;

    /// <inheritdoc cref="WsRequestContext.LocalEndPoint"/>
    public EndPoint? LocalEndPoint => _transport.LocalEndPoint;

    /// <inheritdoc cref="WsRequestContext.Tls"/>
    public WsTlsDetails? Tls => _transport.Tls;
}
