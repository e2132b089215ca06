// The server's side of the opening handshake, RFC 6455 §4.2 and RFC 8441 §5, as a function over header fields: a request's head in, an
// event out; the application's decision in, a status, headers and an open connection out. The bytes of HTTP/1.1 are one carrier of it
// (Http1/).

using System;
using System.Collections.Generic;
using System.Linq;
using WsProto.Extensions;
using WsProto.Negotiation;

namespace WsProto;

/// <summary>
/// The server's side of an opening handshake when other code reads and writes HTTP: a web framework (<see cref="FromUpgrade"/>), or HTTP/2
/// and HTTP/3 (<see cref="FromExtendedConnect"/>, RFC 8441, RFC 9220). Its input is the head of the request; its output is the head of the
/// response and the open connection.
/// </summary>
/// <remarks>
/// If <see cref="Request"/> is not null, answer with <see cref="Accept"/> or <see cref="Reject"/>. Otherwise <see cref="Failure"/> says
/// what is wrong, and its <see cref="HandshakeFailed.Response"/> is the refusal to send. Not safe for concurrent use.
/// </remarks>
public sealed class ServerNegotiation
{
    private readonly Carrier _carrier;
    private readonly WsConnectionOptions _options;
    private readonly OpeningRequest? _opening;
    private bool _isAnswered;

    internal ServerNegotiation(
        Carrier carrier, OpeningRequest? opening, in Violation violation, WsConnectionOptions options, HttpRequestHead? head = null)
    {
        _carrier = carrier;
        _options = options;
        _opening = opening;
        if (opening is null)
            Failure = FailureFor(violation, carrier) with { RequestHead = head };
    }

    /// <summary>The request; null if it is no valid opening request.</summary>
    public Request? Request => _opening?.Request;

    /// <summary>What is wrong with the request; null if it is valid.</summary>
    public HandshakeFailed? Failure { get; }

    /// <summary>Validates a GET with an Upgrade (RFC 6455 §4.2.1) that a web framework has parsed.</summary>
    /// <param name="method">The method, as received.</param>
    /// <param name="target">The request target: a path and a query, percent-encoded as received.</param>
    /// <param name="headers">All header fields of the request. They may hold anything.</param>
    /// <param name="options">Limits; null for <see cref="WsConnectionOptions.Default"/>. The connection gets them too.</param>
    public static ServerNegotiation FromUpgrade(string method, string target, HeaderList headers, WsConnectionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(headers);
        options ??= WsConnectionOptions.Default;
        OpeningRequest? opening = OpeningRequest.CheckUpgrade(method, target, headers, options, out Violation violation);
        return new ServerNegotiation(Carrier.Upgrade, opening, violation, options);
    }

    /// <summary>Validates an extended CONNECT (RFC 8441 §4, RFC 9220 §3).</summary>
    /// <param name="fields">
    /// All header fields of the request with the pseudo-header fields <c>:method</c>, <c>:protocol</c>, <c>:scheme</c>, <c>:authority</c>
    /// and <c>:path</c>. They may hold anything.
    /// </param>
    /// <param name="options">Limits; null for <see cref="WsConnectionOptions.Default"/>. The connection gets them too.</param>
    public static ServerNegotiation FromExtendedConnect(HeaderList fields, WsConnectionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(fields);
        options ??= WsConnectionOptions.Default;
        OpeningRequest? opening = OpeningRequest.CheckConnect(fields, options, out Violation violation);
        return new ServerNegotiation(Carrier.ExtendedConnect, opening, violation, options);
    }

    /// <summary>Accepts the request.</summary>
    /// <param name="accept">The chosen subprotocol, the extensions that the server would take, and further headers.</param>
    /// <param name="head">The head of the answer to send: 101, or 200 for an extended CONNECT. Frames follow it.</param>
    /// <returns>The open connection, whose bytes are what the carrier receives after the request and sends after the answer.</returns>
    /// <exception cref="LocalProtocolException">
    /// The request is not valid, was answered already, or the client did not ask for the subprotocol.
    /// </exception>
    /// <exception cref="ArgumentException">A header cannot be sent, or is set by the handshake itself.</exception>
    public WsConnection Accept(AcceptConnection accept, out ResponseHead head)
    {
        ArgumentNullException.ThrowIfNull(accept);
        ThrowIfAnswered();
        Agreement agreement = Agree(accept);
        _isAnswered = true;
        head = new ResponseHead(_carrier == Carrier.Upgrade ? 101 : 200, agreement.Headers);
        return WsConnection.Established(ConnectionRole.Server, agreement.Extensions, _options, agreement.Subprotocol, Request);
    }

    /// <summary>Refuses the request, valid or not. The carrier sends the body, if there is one.</summary>
    /// <param name="reject">
    /// The status, 300 to 599 for an extended CONNECT, where 2xx means open (RFC 8441 §5), else 200 to 599; and the headers.
    /// </param>
    /// <returns>The head of the answer to send.</returns>
    /// <exception cref="LocalProtocolException">The request was answered already.</exception>
    /// <exception cref="ArgumentException">The status or a header cannot be sent.</exception>
    public ResponseHead Reject(RejectConnection reject)
    {
        ArgumentNullException.ThrowIfNull(reject);
        ThrowIfAnswered();
        int least = _carrier == Carrier.Upgrade ? 200 : 300;
        if (reject.StatusCode < least || reject.StatusCode > 599)
            throw new ArgumentOutOfRangeException(nameof(reject), reject.StatusCode, $"The status of a refusal is {least} to 599.");
        HandshakeHeaders.ThrowIfNotSendable(reject.Headers, ["Transfer-Encoding"], nameof(reject));
        _isAnswered = true;
        return new ResponseHead(reject.StatusCode, reject.Headers);
    }

    /// <summary>What is agreed on where the application accepts.</summary>
    internal Agreement Agree(AcceptConnection accept)
    {
        if (_opening is null)
            throw LocalProtocolErrors.Of(LocalProtocolError.RequestInvalid, EventKind.AcceptConnection);
        ExtensionNegotiation.ThrowIfNull(accept.Extensions);
        // "Either a single value representing the subprotocol the server is ready to use or null ... from the client's handshake" (§4.2.2).
        if (accept.Subprotocol is { } subprotocol && !_opening.Request.Subprotocols.Contains(subprotocol))
            throw LocalProtocolErrors.Of(LocalProtocolError.SubprotocolNotOffered);
        HandshakeHeaders.ThrowIfNotSendable(accept.ExtraHeaders, HandshakeHeaders.Own, nameof(accept));

        List<ExtensionCodec> agreed = accept.Extensions.Count > 0
            ? ExtensionNegotiation.Accept(_opening.Request.ExtensionOffers, accept.Extensions)
            : [];
        List<HeaderField> headers = _carrier == Carrier.ExtendedConnect
            ? []
            : [("Upgrade", "websocket"), ("Connection", "Upgrade"), (HandshakeHeaders.Accept, HandshakeKey.Accept(_opening.Key))];
        if (accept.Subprotocol is not null)
            headers.Add((HandshakeHeaders.Protocol, accept.Subprotocol));
        if (agreed.Count > 0)
            headers.Add((HandshakeHeaders.Extensions, string.Join(", ", agreed.Select(codec => codec.Agreed))));
        return new Agreement([.. headers, .. accept.ExtraHeaders], accept.Subprotocol, agreed.Count > 0 ? [.. agreed] : []);
    }

    internal static HandshakeFailed FailureFor(in Violation violation, Carrier carrier) => new()
    {
        Error = violation.Error,
        Message = ProtocolErrors.MessageFor(violation),
        Response = new RejectConnection { StatusCode = StatusFor(violation, carrier), Headers = HeadersFor(violation.Error, carrier) },
    };

    /// <summary>426 asks for an Upgrade, which HTTP/2 does not have (RFC 9113 §8.6).</summary>
    private static int StatusFor(in Violation violation, Carrier carrier) =>
        carrier == Carrier.ExtendedConnect && violation.Error == ProtocolError.UnsupportedVersion
            ? 400
            : ProtocolErrors.StatusFor(violation);

    /// <summary>
    /// "The server MUST abort the WebSocket handshake ... and instead send ... a |Sec-WebSocket-Version| header field indicating the
    /// version(s) the server is capable of understanding" (§4.2.2, §4.4).
    /// </summary>
    private static HeaderList HeadersFor(ProtocolError error, Carrier carrier) => error switch
    {
        // "A server that sends a 426 response MUST send an Upgrade header field" (RFC 9110 §7.8).
        ProtocolError.UnsupportedVersion when carrier == Carrier.Upgrade =>
            [("Upgrade", "websocket"), ("Connection", "Upgrade, close"), (HandshakeHeaders.Version, HandshakeHeaders.SupportedVersion)],
        ProtocolError.MissingVersion or ProtocolError.UnsupportedVersion => [(HandshakeHeaders.Version, HandshakeHeaders.SupportedVersion)],
        _ => [],
    };

    private void ThrowIfAnswered()
    {
        if (_isAnswered)
            throw LocalProtocolErrors.Of(LocalProtocolError.HandshakeFinished);
    }
}
