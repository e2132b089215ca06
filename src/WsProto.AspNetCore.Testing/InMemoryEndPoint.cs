using System.Net;

namespace WsProto.AspNetCore.Testing;

/// <summary>
/// Where Kestrel listens in memory: one place for each version of HTTP, as without TLS nothing tells which a connection speaks.
/// </summary>
internal sealed class InMemoryEndPoint(string name) : EndPoint
{
    internal static readonly InMemoryEndPoint Http1 = new("http://in-memory");
    internal static readonly InMemoryEndPoint Http2 = new("http://in-memory-http2");

    /// <summary>The peer, as the server sees it.</summary>
    internal static readonly InMemoryEndPoint Client = new("in-memory-client");

    public override string ToString() => name;
}
