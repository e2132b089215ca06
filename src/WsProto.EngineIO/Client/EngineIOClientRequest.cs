using System;
using System.Diagnostics;

namespace WsProto.EngineIO;

/// <summary>
/// A request that a client sends: a GET, a POST, or the one that opens a WebSocket. The object stands for the request, and for the
/// WebSocket that comes of it, in all calls and events that follow.
/// </summary>
[DebuggerDisplay("{Method} {Query}")]
public sealed class EngineIOClientRequest
{
    internal EngineIOClientRequest(EngineIOTransports transport, string? sessionId, ReadOnlyMemory<byte>? body = null)
    {
        Transport = transport;
        Body = body ?? default;
        Method = body is null ? "GET" : "POST";
        string name = transport == EngineIOTransports.Polling ? EngineIORequest.Polling : EngineIORequest.WebSocket;
        Query = $"EIO=4&transport={name}" + (sessionId is null ? "" : "&sid=" + Uri.EscapeDataString(sessionId));
    }

    /// <summary>The method.</summary>
    public string Method { get; }

    /// <summary>
    /// What the query of the URI has to have, without a question mark. A host may add to it. No parameter tells two polls apart, so a host
    /// should forbid caches to answer (RFC 9111 §5.2.1.4).
    /// </summary>
    public string Query { get; }

    /// <summary>The body of a POST, of the type <c>text/plain; charset=UTF-8</c>; else empty. It never changes.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Whether it opens a WebSocket or is one of HTTP.</summary>
    public EngineIOTransports Transport { get; }

    /// <summary>Anything of the host's, to find its own request again.</summary>
    public object? Tag { get; set; }
}
