// What makes a request a WebSocket upgrade, RFC 6455 §4.2.1. The checks run in this order, the first that fails is reported.

using System;
using System.Collections.Generic;
using System.Linq;
using WsProto.Http1;

namespace WsProto.Negotiation;

internal sealed class UpgradeRequest
{
    private static readonly string[] _absoluteForms = ["http://", "https://", "ws://", "wss://"];

    private UpgradeRequest(Request request, string key)
    {
        Request = request;
        Key = key;
    }

    internal Request Request { get; }

    internal string Key { get; }

    /// <summary>Parses «method SP request-target SP HTTP-version» (RFC 9112 §3), then checks the request.</summary>
    internal static UpgradeRequest? Parse(string requestLine, HeaderList headers, out Violation violation)
    {
        int first = requestLine.IndexOf(' ', StringComparison.Ordinal);
        int last = requestLine.LastIndexOf(' ');
        ReadOnlySpan<char> method = requestLine.AsSpan(0, Math.Max(first, 0));
        // A third space would stand in the target, which has none.
        string target = first < last ? requestLine[(first + 1)..last] : "";
        if (!HttpGrammar.IsToken(method) || !HttpGrammar.IsTarget(target) || !HttpVersion.TryParse(requestLine.AsSpan(last + 1), out HttpVersion version))
        {
            violation = new Violation(ProtocolError.MalformedHead);
            return null;
        }

        // «An HTTP/1.1 or higher GET request» (§4.2.1); another major version frames its messages differently.
        if (!version.CanUpgrade)
        {
            violation = new Violation(ProtocolError.UnsupportedHttpVersion, version.Major);
            return null;
        }

        return Check(method, target, headers, out violation);
    }

    /// <summary>Checks a request whose head was parsed by a web framework.</summary>
    internal static UpgradeRequest? CheckAll(string method, string target, HeaderList headers, out Violation violation)
    {
        if (headers.Any(field => !HttpGrammar.IsToken(field.Name) || !HttpGrammar.IsFieldValue(field.Value)))
        {
            violation = new Violation(ProtocolError.MalformedHead);
            return null;
        }

        return Check(method, target, headers, out violation);
    }

    private static UpgradeRequest? Check(ReadOnlySpan<char> method, string target, HeaderList headers, out Violation violation)
    {
        List<string> subprotocols = HttpGrammar.SplitList(headers.ValuesOf("Sec-WebSocket-Protocol"));
        List<ExtensionElement>? offers = ExtensionHeader.Parse(headers.ValuesOf("Sec-WebSocket-Extensions"));
        violation = new Violation(Judge(method, target, headers, subprotocols, offers));
        if (violation.Error != 0)
            return null;

        var request = new Request(AuthorityOf(target) ?? headers["Host"]!, target)
        {
            Subprotocols = subprotocols,
            OfferedExtensions = offers!,
            ExtraHeaders = headers.Without("Host", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"),
        };
        return new UpgradeRequest(request, headers["Sec-WebSocket-Key"]!);
    }

    private static ProtocolError Judge(ReadOnlySpan<char> method, string target, HeaderList headers, List<string> subprotocols, List<ExtensionElement>? offers)
    {
        if (method is not "GET")
            return ProtocolError.MethodNotGet;
        if (!IsTarget(target))
            return ProtocolError.InvalidTarget;
        // «A server MUST respond with a 400 status code to any HTTP/1.1 request message that lacks a Host header field and to any
        // request message that contains more than one Host header field line or a Host header field with an invalid field value»
        // (RFC 9112 §3.2).
        if (!HasOne(headers, "Host", HttpGrammar.IsHost))
            return ProtocolError.InvalidHost;
        // «An |Upgrade| header field containing the value "websocket", treated as an ASCII case-insensitive value» and «a
        // |Connection| header field that includes the token "Upgrade"» (§4.2.1): both are lists, over all their lines.
        if (!HttpGrammar.ListHas(headers.ValuesOf("Connection"), "Upgrade"))
            return ProtocolError.MissingConnectionUpgrade;
        if (!HasOne(headers, "Sec-WebSocket-Version", value => !value.IsEmpty))
            return ProtocolError.MissingVersion;
        if (headers["Sec-WebSocket-Version"] != OpeningHandshake.Version)
            return ProtocolError.UnsupportedVersion;
        if (!HasOne(headers, "Sec-WebSocket-Key", HandshakeKey.IsValid))
            return ProtocolError.InvalidKey;
        if (!HttpGrammar.ListHas(headers.ValuesOf("Upgrade"), "websocket"))
            return ProtocolError.MissingUpgradeWebSocket;
        // A body would stand where the frames begin.
        if (headers.AnnouncesBody)
            return ProtocolError.RequestBody;
        // «The elements that comprise this value MUST be non-empty strings … and MUST all be unique strings» (§4.1).
        if (headers.Contains("Sec-WebSocket-Protocol") && subprotocols.Count == 0)
            return ProtocolError.InvalidSubprotocols;
        if (!subprotocols.TrueForAll(name => HttpGrammar.IsToken(name)) || (subprotocols.Count > 1 && subprotocols.Distinct().Count() != subprotocols.Count))
            return ProtocolError.InvalidSubprotocols;
        return offers is null ? ProtocolError.MalformedExtensions : 0;
    }

    /// <summary>«Request-URI … interpreted as a /resource name/ … (or absolute HTTP/HTTPS URI)» (§4.2.1).</summary>
    private static bool IsTarget(string target) =>
        HttpGrammar.IsTarget(target) && (target[0] == '/' || (AuthorityOf(target) is { } authority && HttpGrammar.IsHost(authority)));

    /// <summary>The host of an absolute URI, which an origin server takes instead of the Host header (RFC 9112 §3.2.2); null for a path.</summary>
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
