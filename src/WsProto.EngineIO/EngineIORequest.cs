using System;
using System.Collections.Generic;
using System.Diagnostics;

namespace WsProto.EngineIO;

/// <summary>
/// An HTTP request, as the host received it. The object identifies the request, or the WebSocket that it opens, in all later calls and
/// events.
/// </summary>
/// <remarks>
/// Create one object for each request. Only these headers are used, so the others may be left out: <c>Origin</c>, <c>Content-Type</c>,
/// <c>Content-Length</c>, <c>Access-Control-Request-Method</c>, <c>Access-Control-Request-Headers</c>.
/// </remarks>
[DebuggerDisplay("{Method} {QueryString}")]
public sealed class EngineIORequest
{
    internal const string Polling = "polling";

    internal const string WebSocket = "websocket";

    /// <summary>The HTTP method.</summary>
    public required string Method { get; init; }

    /// <summary>The query as it was sent, with or without the question mark. If a name occurs twice, the first one counts.</summary>
    public required string QueryString
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
            Transport = Value(value, "transport");
            SessionId = Value(value, "sid") is { Length: > 0 } id ? id : null;
            ProtocolVersion = Value(value, "EIO");
            JsonpIndex = Value(value, "j");
        }
    }

    /// <summary>The headers. Default: empty.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>
    /// The host and port that the client used, for <see cref="EngineIOOrigins.SameOrigin"/>. Default: null, which matches no origin.
    /// </summary>
    /// <remarks>Behind a proxy, the host of the session decides which forwarded headers to trust. None is read here.</remarks>
    public string? Host { get; init; }

    /// <summary>Whether the request is known to have come over TLS. Default: false.</summary>
    public bool IsSecure { get; init; }

    /// <summary>
    /// Whether the request asks for a WebSocket: with <c>Upgrade: websocket</c> (RFC 6455 §4.1) or with an extended CONNECT (RFC 8441 §4).
    /// </summary>
    public bool IsWebSocket { get; init; }

    /// <summary>An object of the host, for example its own request. It is not used here.</summary>
    public object? Tag { get; init; }

    /// <summary>The <c>transport</c> of the query; null if there is none.</summary>
    public string? Transport { get; private init; }

    /// <summary>The <c>sid</c> of the query; null if there is none or it is empty, which makes the request a handshake.</summary>
    public string? SessionId { get; private init; }

    /// <summary>The <c>EIO</c> of the query; null if there is none.</summary>
    public string? ProtocolVersion { get; private init; }

    internal string? JsonpIndex { get; private init; }

    /// <summary>The value of <c>Access-Control-Allow-Origin</c>; null for none.</summary>
    internal string? AllowedOrigin { get; set; }

    /// <summary>Whether the server waits for the application to decide about the request.</summary>
    internal bool AwaitsDecision { get; set; }

    /// <summary>The session whose packets the response contains.</summary>
    internal EngineIOSession? AnsweredBy { get; set; }

    /// <summary>The value of the first header of this name.</summary>
    internal string? Header(string name)
    {
        for (int i = 0; i < Headers.Count; i++)
        {
            if (Headers[i].Key.Equals(name, StringComparison.OrdinalIgnoreCase))
                return Headers[i].Value;
        }

        return null;
    }

    internal int CountOf(string name)
    {
        int count = 0;
        for (int i = 0; i < Headers.Count; i++)
            count += Headers[i].Key.Equals(name, StringComparison.OrdinalIgnoreCase) ? 1 : 0;
        return count;
    }

    private static string? Value(ReadOnlySpan<char> query, string name)
    {
        query = query.StartsWith('?') ? query[1..] : query;
        foreach (Range range in query.Split('&'))
        {
            ReadOnlySpan<char> pair = query[range];
            int end = pair.IndexOf('=');
            if (end >= 0 && pair[..end].SequenceEqual(name))
                return Uri.UnescapeDataString(pair[(end + 1)..]);
        }

        return null;
    }
}
