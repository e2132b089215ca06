using System;
using System.Collections.Generic;
using System.Diagnostics;

namespace WsProto.EngineIO;

/// <summary>
/// An HTTP request as the host received it. The object stands for the request, and for the WebSocket that comes of it, in all calls and
/// events that follow.
/// </summary>
/// <remarks>
/// Give each request its own object. Of the headers these are read, so others need not be given: <c>Origin</c>, <c>Content-Type</c>,
/// <c>Content-Length</c>, <c>Access-Control-Request-Method</c>, <c>Access-Control-Request-Headers</c>.
/// </remarks>
[DebuggerDisplay("{Method} {QueryString}")]
public sealed class EngineIORequest
{
    internal const string Polling = "polling";

    internal const string WebSocket = "websocket";

    /// <summary>The method.</summary>
    public required string Method { get; init; }

    /// <summary>The query as it was sent, with or without its question mark. If a name stands twice, the first counts.</summary>
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

    /// <summary>The header lines. Default: none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>
    /// The host and port that the client has used, for <see cref="EngineIOOrigins.SameOrigin"/>. Behind a proxy it is for the host to say
    /// whose headers it believes; none of them is read here. Null: unknown, which is no page's.
    /// </summary>
    public string? Host { get; init; }

    /// <summary>Whether the request surely came over TLS.</summary>
    public bool IsSecure { get; init; }

    /// <summary>
    /// Whether it asks for a WebSocket, by <c>Upgrade: websocket</c> (RFC 6455 §4.1) or by an extended CONNECT (RFC 8441 §4).
    /// </summary>
    public bool IsWebSocket { get; init; }

    /// <summary>Anything of the host's, to find its own request again.</summary>
    public object? Tag { get; init; }

    /// <summary>The <c>transport</c> of the query; null if it has none.</summary>
    public string? Transport { get; private init; }

    /// <summary>The <c>sid</c> of the query; null if it has none or an empty one, which makes this a handshake.</summary>
    public string? SessionId { get; private init; }

    /// <summary>The <c>EIO</c> of the query; null if it has none.</summary>
    public string? ProtocolVersion { get; private init; }

    internal string? JsonpIndex { get; private init; }

    /// <summary>What stands in <c>Access-Control-Allow-Origin</c>; null if nothing does.</summary>
    internal string? AllowedOrigin { get; set; }

    /// <summary>Whether the server has asked for a decision that is not made yet.</summary>
    internal bool AwaitsDecision { get; set; }

    /// <summary>The session whose packets its answer has taken.</summary>
    internal EngineIOSession? AnsweredBy { get; set; }

    /// <summary>The first header of this name.</summary>
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
