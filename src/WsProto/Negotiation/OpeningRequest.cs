// What makes a request an opening request, RFC 6455 §4.2.1 and RFC 8441 §4, §5. The checks run in this order, the first that fails is
// reported.

using System;
using System.Collections.Generic;
using System.Linq;

namespace WsProto.Negotiation;

/// <summary>An opening request that was checked.</summary>
internal sealed class OpeningRequest
{
    private static readonly string[] _absoluteForms = ["http://", "https://", "ws://", "wss://"];

    /// <summary>"The request MUST include" them (RFC 8441 §4, RFC 9113 §8.3.1).</summary>
    private static readonly string[] _pseudoHeaders = [":method", ":protocol", ":scheme", ":authority", ":path"];

    private OpeningRequest(Request request, string key)
    {
        Request = request;
        Key = key;
    }

    internal Request Request { get; }

    /// <summary>The value of Sec-WebSocket-Key; empty for an extended CONNECT, which has none.</summary>
    internal string Key { get; }

    /// <summary>Checks a request whose fields were read by somebody else, and so may hold anything.</summary>
    internal static OpeningRequest? CheckUpgrade(
        ReadOnlySpan<char> method, string target, HeaderList headers, WsConnectionOptions options, out Violation violation)
    {
        if (!AreFields(headers))
        {
            violation = new Violation(ProtocolError.MalformedHead);
            return null;
        }

        return Check(method, target, headers, options, out violation);
    }

    /// <summary>Checks a GET with an Upgrade, whose fields follow their grammar (RFC 6455 §4.2.1).</summary>
    internal static OpeningRequest? Check(
        ReadOnlySpan<char> method, string target, HeaderList headers, WsConnectionOptions options, out Violation violation)
    {
        violation = new Violation(JudgeUpgrade(method, target, headers));
        if (violation.Error != 0 || ReadLists(headers, options, out violation) is not { } subprotocols)
            return null;
        var request = new Request(AuthorityOf(target) ?? headers["Host"]!, target)
        {
            Subprotocols = subprotocols,
            ExtraHeaders = headers.Without("Host", HandshakeHeaders.Protocol),
        };
        return new OpeningRequest(request, headers[HandshakeHeaders.Key]!);
    }

    /// <summary>Checks an extended CONNECT, pseudo-header fields included (RFC 8441 §4).</summary>
    internal static OpeningRequest? CheckConnect(HeaderList fields, WsConnectionOptions options, out Violation violation)
    {
        HeaderList headers = fields.Without(_pseudoHeaders);
        violation = new Violation(AreFields(headers) ? JudgeConnect(fields, headers) : ProtocolError.MalformedHead);
        if (violation.Error != 0 || ReadLists(headers, options, out violation) is not { } subprotocols)
            return null;
        var request = new Request(fields[":authority"]!, fields[":path"]!)
        {
            Subprotocols = subprotocols,
            ExtraHeaders = headers.Without("Host", HandshakeHeaders.Protocol),
        };
        return new OpeningRequest(request, key: "");
    }

    private static ProtocolError JudgeUpgrade(ReadOnlySpan<char> method, string target, HeaderList headers)
    {
        if (method is not "GET")
            return ProtocolError.MethodNotGet;
        if (!IsTarget(target))
            return ProtocolError.InvalidTarget;
        // "A server MUST respond with a 400 status code to any HTTP/1.1 request message that lacks a Host header field and to any
        // request message that contains more than one Host header field line or a Host header field with an invalid field value"
        // (RFC 9112 §3.2).
        if (!HasOne(headers, "Host", HttpGrammar.IsHost))
            return ProtocolError.InvalidHost;
        // "An |Upgrade| header field containing the value "websocket", treated as an ASCII case-insensitive value" and "a
        // |Connection| header field that includes the token "Upgrade"" (§4.2.1): both are lists, over all their lines.
        if (!HttpGrammar.ListHas(headers.ValuesOf("Connection"), "Upgrade"))
            return ProtocolError.MissingConnectionUpgrade;
        if (JudgeVersion(headers) is var version and not 0)
            return version;
        if (!HasOne(headers, HandshakeHeaders.Key, HandshakeKey.IsValid))
            return ProtocolError.InvalidKey;
        if (!HttpGrammar.ListHas(headers.ValuesOf("Upgrade"), "websocket"))
            return ProtocolError.MissingUpgradeWebSocket;
        // A body would stand where the frames begin.
        return headers.AnnouncesBody ? ProtocolError.RequestBody : 0;
    }

    /// <summary>
    /// "The :scheme and :path pseudo-header fields MUST be included", :protocol says what the stream is for (RFC 8441 §4), and Host and
    /// :authority agree (RFC 9113 §8.3.1).
    /// </summary>
    private static ProtocolError JudgeConnect(HeaderList fields, HeaderList headers)
    {
        if (!HasOne(fields, ":method", method => method is "CONNECT"))
            return ProtocolError.MethodNotConnect;
        if (!HasOne(fields, ":protocol", protocol => protocol.Equals("websocket", StringComparison.OrdinalIgnoreCase)))
            return ProtocolError.UnsupportedProtocol;
        if (!HasOne(fields, ":scheme", scheme => scheme is "http" or "https"))
            return ProtocolError.InvalidScheme;
        if (!HasOne(fields, ":path", path => HttpGrammar.IsTarget(path) && path[0] == '/'))
            return ProtocolError.InvalidTarget;
        if (!HasOne(fields, ":authority", HttpGrammar.IsHost) || headers.ValuesOf("Host").Any(host => host != fields[":authority"]))
            return ProtocolError.InvalidHost;
        // "An endpoint MUST NOT generate an HTTP/2 message containing connection-specific header fields" (RFC 9113 §8.2.2).
        if (headers.Contains("Connection") || headers.Contains("Upgrade") || headers.Contains("Transfer-Encoding"))
            return ProtocolError.MalformedHead;
        if (JudgeVersion(headers) is var version and not 0)
            return version;
        return headers.AnnouncesBody ? ProtocolError.RequestBody : 0;
    }

    private static ProtocolError JudgeVersion(HeaderList headers)
    {
        if (!HasOne(headers, HandshakeHeaders.Version, value => !value.IsEmpty))
            return ProtocolError.MissingVersion;
        return headers[HandshakeHeaders.Version] == HandshakeHeaders.SupportedVersion ? 0 : ProtocolError.UnsupportedVersion;
    }

    /// <summary>
    /// Reads the lists that the client offers. The subprotocols are kept; the extensions are parsed again when they are asked for.
    /// </summary>
    private static List<string>? ReadLists(HeaderList headers, WsConnectionOptions options, out Violation violation)
    {
        string[] lines = headers.ValuesOf(HandshakeHeaders.Protocol);
        int most = options.MaxHeaderElementCount;
        violation = default;
        if (HttpGrammar.CountElements(lines) > most || ExtensionHeader.CountParts(headers.ValuesOf(HandshakeHeaders.Extensions)) > most)
            violation = new Violation(ProtocolError.TooManyHeaderElements, Allowed: most);
        // "The elements that comprise this value MUST be non-empty strings ... and MUST all be unique strings" (§4.1).
        else if (HttpGrammar.SplitList(lines) is var subprotocols
            && (lines.Length > 0 && subprotocols.Count == 0 || !AreDifferentTokens(subprotocols)))
        {
            violation = new Violation(ProtocolError.InvalidSubprotocols);
        }
        else if (ExtensionHeader.Parse(headers.ValuesOf(HandshakeHeaders.Extensions)) is null)
            violation = new Violation(ProtocolError.MalformedExtensions);
        else
            return subprotocols;
        return null;
    }

    private static bool AreDifferentTokens(List<string> names) =>
        names.TrueForAll(name => HttpGrammar.IsToken(name)) && (names.Count < 2 || names.Distinct().Count() == names.Count);

    private static bool AreFields(HeaderList headers) =>
        headers.All(field => HttpGrammar.IsToken(field.Name) && HttpGrammar.IsFieldValue(field.Value));

    /// <summary>"Request-URI ... interpreted as a /resource name/ ... (or absolute HTTP/HTTPS URI)" (§4.2.1).</summary>
    private static bool IsTarget(string target) =>
        HttpGrammar.IsTarget(target) && (target[0] == '/' || (AuthorityOf(target) is { } authority && HttpGrammar.IsHost(authority)));

    /// <summary>
    /// The host of an absolute URI, which an origin server takes instead of the Host header (RFC 9112 §3.2.2); null for a path.
    /// </summary>
    private static string? AuthorityOf(string target)
    {
        if (Array.Find(_absoluteForms, form => target.StartsWith(form, StringComparison.OrdinalIgnoreCase)) is not { } scheme)
            return null;
        ReadOnlySpan<char> rest = target.AsSpan(scheme.Length);
        int end = rest.IndexOfAny('/', '?');
        return (end < 0 ? rest : rest[..end]).ToString();
    }

    private static bool HasOne(HeaderList headers, string name, Predicate<ReadOnlySpan<char>> isValid) =>
        headers.ValuesOf(name) is [string value] && isValid(value);
}
