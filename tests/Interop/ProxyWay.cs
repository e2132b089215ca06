namespace WsProto.Interop.Tests;

/// <summary>What carries a WebSocket to a proxy, and from there to the route.</summary>
public enum ProxyWay
{
    /// <summary>HTTP/1.1 in the clear, both.</summary>
    Plain,

    /// <summary>HTTP/1.1; to the proxy over TLS.</summary>
    Tls,

    /// <summary>HTTP/1.1 to the proxy, HTTP/2 to the route.</summary>
    Http2ToRoute,

    /// <summary>HTTP/2 over TLS to the proxy, HTTP/1.1 to the route.</summary>
    Http2ToProxy,

    /// <summary>HTTP/2, both; to the proxy over TLS.</summary>
    Http2,
}

internal static class ProxyWayExtensions
{
    internal static bool IsSecure(this ProxyWay way) => way is ProxyWay.Tls or ProxyWay.Http2ToProxy or ProxyWay.Http2;

    /// <summary>The major version of HTTP that the client speaks.</summary>
    internal static int ToProxy(this ProxyWay way) => way is ProxyWay.Http2ToProxy or ProxyWay.Http2 ? 2 : 1;

    /// <summary>The major version of HTTP that the proxy speaks to the route.</summary>
    internal static int ToRoute(this ProxyWay way) => way is ProxyWay.Http2ToRoute or ProxyWay.Http2 ? 2 : 1;
}
