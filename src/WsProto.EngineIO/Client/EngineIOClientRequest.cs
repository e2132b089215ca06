using System;
using System.Diagnostics;

namespace WsProto.EngineIO;

/// <summary>
/// A request of a client: a GET, a POST, or the request for a WebSocket. The object identifies the request, or the WebSocket that it opens,
/// in all later calls and events.
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

    /// <summary>The HTTP method.</summary>
    public string Method { get; }

    /// <summary>The query of the URI, without a question mark. A host may add parameters.</summary>
    /// <remarks>
    /// The query is the same for each poll, so a host should forbid caches to answer (<c>Cache-Control: no-cache</c>, RFC 9111 §5.2.1.4).
    /// </remarks>
    public string Query { get; }

    /// <summary>
    /// The body of a POST, with the content type <c>text/plain; charset=UTF-8</c>. Empty for other requests. The memory never changes.
    /// </summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>WebSocket if the request opens one; otherwise polling.</summary>
    public EngineIOTransports Transport { get; }

    /// <summary>An object of the host, for example its own request. It is not used here.</summary>
    public object? Tag { get; set; }
}
