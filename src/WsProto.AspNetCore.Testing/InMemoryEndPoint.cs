using System.Net;

namespace WsProto.AspNetCore.Testing;

/// <summary>
/// An address at which Kestrel listens in memory. Each version of HTTP has one, because a connection without TLS does not negotiate the
/// version.
/// </summary>
internal sealed class InMemoryEndPoint(string name) : EndPoint
{
    internal static readonly InMemoryEndPoint Http1 = new("http://in-memory");
    internal static readonly InMemoryEndPoint Http2 = new("http://in-memory-http2");

    /// <summary>The client's address, as the server sees it.</summary>
    internal static readonly InMemoryEndPoint Client = new("in-memory-client");

    public override string ToString() => name;
}
