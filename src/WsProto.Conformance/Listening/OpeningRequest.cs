using System;
using System.Linq;

namespace WsProto.Conformance;

/// <summary>A client's request (RFC 6455 §4.2.1), as much of it as a judge has to know.</summary>
internal sealed record OpeningRequest
{
    private const int LongestAgent = 200;
    private const string Unnamed = "unnamed";

    /// <summary>Its head.</summary>
    public required string Head { get; init; }

    /// <summary>The path without the query.</summary>
    public required string Path { get; init; }

    /// <summary>The parameter agent; a stand-in where there is none.</summary>
    public required string Agent { get; init; }

    /// <summary>The parameter case, counted from 1; 0 where there is none.</summary>
    public required int Case { get; init; }

    /// <summary>Sec-WebSocket-Key.</summary>
    public string? Key { get; private init; }

    /// <summary>Sec-WebSocket-Extensions.</summary>
    public string? Extensions { get; private init; }

    /// <summary>Why it is no opening handshake; null where it is one.</summary>
    public string? Fault { get; private init; }

    /// <summary>Whether it asks for a WebSocket at all.</summary>
    public bool IsUpgrade { get; private init; }

    public static OpeningRequest Read(string[] head)
    {
        string[] line = head[0].Split(' ');
        string target = line.Length == 3 ? line[1] : "";
        int query = target.IndexOf('?', StringComparison.Ordinal);
        string? upgrade = HttpHead.FieldIn(head, "Upgrade");
        string? key = HttpHead.FieldIn(head, "Sec-WebSocket-Key");
        return new OpeningRequest
        {
            Head = string.Join("\r\n", head),
            Path = query < 0 ? target : target[..query],
            Agent = Printable(Parameter(target, query, "agent") ?? Unnamed),
            Case = int.TryParse(Parameter(target, query, "case"), out int number) ? number : 0,
            Key = key,
            Extensions = HttpHead.FieldIn(head, "Sec-WebSocket-Extensions"),
            IsUpgrade = upgrade is not null || key is not null,
            Fault = FaultOf(head, line, upgrade, key),
        };
    }

    private static string? FaultOf(string[] head, string[] line, string? upgrade, string? key)
    {
        if (line is not ["GET", _, "HTTP/1.1"])
            return "it is no GET of HTTP/1.1 (§4.1)";
        if (HttpHead.FieldIn(head, "Host") is null)
            return "it has no Host (§4.1)";
        if (!HttpHead.HasToken(upgrade, "websocket"))
            return "it has no Upgrade: websocket (§4.1)";
        if (!HttpHead.HasToken(HttpHead.FieldIn(head, "Connection"), "upgrade"))
            return "it has no Connection: Upgrade (§4.1)";
        if (HttpHead.FieldIn(head, "Sec-WebSocket-Version") != "13")
            return "its Sec-WebSocket-Version is not 13 (§4.1)";
        Span<byte> nonce = stackalloc byte[16];
        return key is { Length: 24 } && Convert.TryFromBase64String(key, nonce, out int count) && count == nonce.Length
            ? null
            : "its Sec-WebSocket-Key has no 16 octets (§4.1)";
    }

    private static string? Parameter(string target, int query, string name) =>
        query < 0
            ? null
            : target[(query + 1)..].Split('&')
                .Where(pair => pair.StartsWith(name + "=", StringComparison.Ordinal))
                .Select(pair => Uri.UnescapeDataString(pair[(name.Length + 1)..].Replace('+', ' ')))
                .FirstOrDefault();

    private static string Printable(string agent) =>
        string.Concat(agent.Take(LongestAgent).Select(letter => char.IsControl(letter) ? '?' : letter));
}
