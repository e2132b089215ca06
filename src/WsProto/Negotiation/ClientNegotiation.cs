// The client's side of the opening handshake, RFC 6455 §4.1 and RFC 8441 §5, as a function over header fields: a request in, its head out;
// the head of the answer in, an event and an open connection out. The bytes of HTTP/1.1 are one carrier of it (Http1/).

using System;
using System.Collections.Generic;
using System.Linq;
using WsProto.Extensions;
using WsProto.Negotiation;

namespace WsProto;

/// <summary>
/// The client's side of an opening handshake whose HTTP is done by somebody else: an HTTP/1.1 client with upgrades
/// (<see cref="ForUpgrade"/>), or HTTP/2 and HTTP/3 (<see cref="ForExtendedConnect"/>, RFC 8441, RFC 9220). It gives the head of the
/// request, takes the head of the answer, and gives the open connection.
/// </summary>
/// <remarks>Not safe for concurrent use.</remarks>
public sealed class ClientNegotiation
{
    private readonly Carrier _carrier;
    private readonly WsConnectionOptions _options;
    private readonly Request _request;
    private readonly List<WsExtension> _offered = [];
    private readonly string? _expectedAccept;
    private bool _isAnswered;

    private ClientNegotiation(Request request, Carrier carrier, string scheme, WsConnectionOptions options)
    {
        _carrier = carrier;
        _options = options;
        ArgumentNullException.ThrowIfNull(request.Target, nameof(request));
        string host = HostName.ToAscii(request.Host);
        if (!request.Target.StartsWith('/') || !HttpGrammar.IsTarget(request.Target))
            throw new ArgumentException(
                "The target has to begin with a slash and be visible ASCII without '#' (RFC 6455 §4.1).", nameof(request));
        CheckSubprotocols(request.Subprotocols);
        CheckExtensions(request.Extensions);
        HandshakeHeaders.ThrowIfNotSendable(request.ExtraHeaders, HandshakeHeaders.OwnOfRequest, nameof(request));

        Target = request.Target;
        var headers = new List<HeaderField>(12);
        if (carrier == Carrier.Upgrade)
        {
            string key = HandshakeKey.Create(options.Random);
            _expectedAccept = HandshakeKey.Accept(key);
            headers.AddRange([("Host", host), ("Upgrade", "websocket"), ("Connection", "Upgrade"), (HandshakeHeaders.Key, key)]);
        }
        else
        {
            headers.AddRange(
            [
                (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", scheme), (":authority", host), (":path", Target),
            ]);
        }

        headers.Add((HandshakeHeaders.Version, HandshakeHeaders.SupportedVersion));
        if (request.Subprotocols.Count > 0)
            headers.Add((HandshakeHeaders.Protocol, string.Join(", ", request.Subprotocols)));
        List<ExtensionElement> offers = Offer(request.Extensions);
        if (offers.Count > 0)
            headers.Add((HandshakeHeaders.Extensions, string.Join(", ", offers)));
        Headers = [.. headers, .. request.ExtraHeaders];
        _request = request with { Subprotocols = [.. request.Subprotocols] };
    }

    /// <summary>The method of the request: GET, or CONNECT.</summary>
    public string Method => _carrier == Carrier.Upgrade ? "GET" : "CONNECT";

    /// <summary>The request target: the path and the query.</summary>
    public string Target { get; }

    /// <summary>All header fields of the request; for an extended CONNECT the pseudo-header fields come first (RFC 9113 §8.3).</summary>
    public HeaderList Headers { get; }

    /// <summary>Begins a handshake by a GET with an Upgrade (RFC 6455 §4.1).</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="options">Limits; null for <see cref="WsConnectionOptions.Default"/>. The connection gets them too.</param>
    /// <exception cref="ArgumentException">The request holds what cannot be sent.</exception>
    public static ClientNegotiation ForUpgrade(Request request, WsConnectionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new ClientNegotiation(request, Carrier.Upgrade, "", options ?? WsConnectionOptions.Default);
    }

    /// <summary>
    /// Begins a handshake by an extended CONNECT (RFC 8441 §4, RFC 9220 §3). The server has to have announced that it takes one.
    /// </summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="scheme">"https" for wss, "http" for ws (RFC 8441 §5).</param>
    /// <param name="options">Limits; null for <see cref="WsConnectionOptions.Default"/>. The connection gets them too.</param>
    /// <exception cref="ArgumentException">The request or the scheme cannot be sent.</exception>
    public static ClientNegotiation ForExtendedConnect(Request request, string scheme, WsConnectionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (scheme is not ("http" or "https"))
            throw new ArgumentException("The scheme is http or https (RFC 8441 §5).", nameof(scheme));
        return new ClientNegotiation(request, Carrier.ExtendedConnect, scheme, options ?? WsConnectionOptions.Default);
    }

    /// <summary>Judges the head of the server's answer.</summary>
    /// <param name="statusCode">The HTTP status.</param>
    /// <param name="headers">All header fields of the answer. They may hold anything.</param>
    /// <param name="connection">The open connection, with <see cref="AcceptConnection"/>; else null.</param>
    /// <returns>
    /// <see cref="AcceptConnection"/>, <see cref="RejectConnection"/> whose body is the carrier's, <see cref="HandshakeFailed"/>; or null
    /// for an informational answer (1xx), after which another one comes (RFC 9110 §15.2).
    /// </returns>
    /// <exception cref="LocalProtocolException">An answer was judged already.</exception>
    public WsEvent? Read(int statusCode, HeaderList headers, out WsConnection? connection)
    {
        ArgumentNullException.ThrowIfNull(headers);
        if (_isAnswered)
            throw LocalProtocolErrors.Of(LocalProtocolError.HandshakeFinished);
        connection = null;
        if (statusCode is >= 100 and < 200 && !Opens(statusCode))
            return null;
        _isAnswered = true;
        if (statusCode is < 0 or > 999 || headers.Any(field => !HttpGrammar.IsToken(field.Name) || !HttpGrammar.IsFieldValue(field.Value)))
            return FailureFor(new Violation(ProtocolError.MalformedHead));
        if (!Opens(statusCode))
            return new RejectConnection { StatusCode = statusCode, Headers = headers };
        WsEvent e = Accept(headers, out Agreement agreement);
        if (e is AcceptConnection)
            connection = WsConnection.Established(ConnectionRole.Client, agreement.Extensions, _options, agreement.Subprotocol, _request);
        return e;
    }

    /// <summary>Judges the answer that switches protocols.</summary>
    internal WsEvent Accept(HeaderList headers, out Agreement agreement)
    {
        agreement = default;
        var agreed = new List<ExtensionCodec>();
        string[] subprotocols = headers.ValuesOf(HandshakeHeaders.Protocol);
        if (_options.AllowEmptySubprotocol && subprotocols is [""])
            subprotocols = [];
        var violation = new Violation(Judge(headers, subprotocols));
        if (violation.Error == 0)
            violation = Confirm(headers, agreed);
        if (violation.Error != 0)
            return FailureFor(violation);

        agreement = new Agreement([], subprotocols.SingleOrDefault(), [.. agreed]);
        return new AcceptConnection
        {
            Subprotocol = agreement.Subprotocol,
            ExtraHeaders = headers.Without("Connection", "Upgrade", "Content-Length", HandshakeHeaders.Accept, HandshakeHeaders.Protocol),
        };
    }

    internal static HandshakeFailed FailureFor(in Violation violation) =>
        new() { Error = violation.Error, Message = ProtocolErrors.MessageFor(violation), Exception = violation.Exception };

    /// <summary>101 for an Upgrade; any 2xx for a CONNECT (RFC 9113 §8.5).</summary>
    private bool Opens(int statusCode) => _carrier == Carrier.Upgrade ? statusCode == 101 : statusCode is >= 200 and < 300;

    /// <summary>The numbered list at the end of §4.1: each is a "MUST _Fail the WebSocket Connection_".</summary>
    private ProtocolError Judge(HeaderList headers, string[] subprotocols)
    {
        if (_carrier == Carrier.Upgrade && JudgeUpgrade(headers) is var error and not 0)
            return error;
        if (subprotocols.Length == 0)
            return 0;
        return subprotocols.Length == 1 && _request.Subprotocols.Contains(subprotocols[0]) ? 0 : ProtocolError.UnrequestedSubprotocol;
    }

    private ProtocolError JudgeUpgrade(HeaderList headers)
    {
        if (headers.AnnouncesBody)
            return ProtocolError.SwitchingProtocolsBody;
        if (!HttpGrammar.ListHas(headers.ValuesOf("Connection"), "Upgrade"))
            return ProtocolError.MissingConnectionUpgrade;
        // Not a list here: a server that switched to anything beside websocket did not switch to what was asked for.
        if (headers.ValuesOf("Upgrade") is not [var upgrade] || !upgrade.Equals("websocket", StringComparison.OrdinalIgnoreCase))
            return ProtocolError.MissingUpgradeWebSocket;
        return headers.ValuesOf(HandshakeHeaders.Accept) is [var accept] && accept == _expectedAccept ? 0 : ProtocolError.InvalidAccept;
    }

    private Violation Confirm(HeaderList headers, List<ExtensionCodec> agreed)
    {
        string[] lines = headers.ValuesOf(HandshakeHeaders.Extensions);
        if (ExtensionHeader.CountParts(lines) > _options.MaxHeaderElementCount)
            return new Violation(ProtocolError.TooManyHeaderElements, Allowed: _options.MaxHeaderElementCount);
        return ExtensionHeader.Parse(lines) is { } answers
            ? ExtensionNegotiation.Confirm(answers, _offered, agreed)
            : new Violation(ProtocolError.MalformedExtensions);
    }

    private List<ExtensionElement> Offer(IReadOnlyList<WsExtension> extensions)
    {
        List<ExtensionElement> offers = [];
        foreach (WsExtension extension in extensions)
        {
            IReadOnlyList<ExtensionElement> own = ExtensionNegotiation.OffersOf(extension);
            offers.AddRange(own);
            if (own.Count > 0)
                _offered.Add(extension);
        }

        return offers;
    }

    /// <summary>
    /// "The elements that comprise this value MUST be non-empty strings with characters in the range U+0021 to U+007E not including
    /// separator characters ... and MUST all be unique strings" (§4.1).
    /// </summary>
    private static void CheckSubprotocols(IReadOnlyList<string> subprotocols)
    {
        ArgumentNullException.ThrowIfNull(subprotocols);
        foreach (string subprotocol in subprotocols)
            HttpGrammar.ThrowIfNotToken(subprotocol, nameof(subprotocols));
        if (subprotocols.Distinct().Count() != subprotocols.Count)
            throw new ArgumentException("A subprotocol is named twice (RFC 6455 §4.1).", nameof(subprotocols));
    }

    private static void CheckExtensions(IReadOnlyList<WsExtension> extensions)
    {
        ExtensionNegotiation.ThrowIfNull(extensions);
        if (extensions.DistinctBy(extension => extension.Name, StringComparer.OrdinalIgnoreCase).Count() != extensions.Count)
            throw new ArgumentException("Two extensions have the same name, so an answer could not be told apart.", nameof(extensions));
    }
}
