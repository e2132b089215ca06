// The client's side of the opening handshake, RFC 6455 §4.1: one request out; then responses in, of which the informational ones
// are passed over, a 101 opens the connection and any other refuses it. What follows a 101 is left in the input for the frames;
// what follows a refusal is its body, never frames.

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using WsProto.Extensions;
using WsProto.Framing;
using WsProto.Negotiation;

namespace WsProto.Http1;

internal sealed class ClientHandshake(WsConnectionOptions options) : OpeningHandshake
{
    private const int MaxInformationalResponses = 16;

    private HttpHeadReader _head = new(options, ConnectionRole.Client);
    private Request? _request;
    private List<WsExtension> _offered = [];
    private string? _expectedAccept;
    private int _informational;
    private RejectBodyReader? _body;

    internal override WsEvent? Read(ReceiveBuffer input)
    {
        if (_body is not null)
            return ReadBody(_body, input);

        while (true)
        {
            switch (_head.Read(input, out Violation violation))
            {
                case ReadStatus.NeedMore:
                    return null;
                case ReadStatus.Invalid:
                    return Fail(violation);
            }

            if (!TryParseStatusLine(_head.StartLine!, out HttpVersion version, out int status))
                return Fail(new Violation(ProtocolError.MalformedHead));
            if (status == 101)
                return Accept(version, _head.Headers);
            if (status is < 100 or >= 200)
                return Reject(status, _head.Headers);
            // «A client MUST be able to parse one or more 1xx responses received prior to a final response» (RFC 9110 §15.2).
            if (++_informational > MaxInformationalResponses)
                return Fail(new Violation(ProtocolError.TooManyInformationalResponses, Allowed: MaxInformationalResponses));
            _head = new HttpHeadReader(options, ConnectionRole.Client);
        }
    }

    internal override WsEvent? ReadEndOfStream() =>
        _body is { EndsWithTransport: true } ? new RejectData(ReadOnlyMemory<byte>.Empty) : Fail(new Violation(ProtocolError.HandshakeIncomplete));

    internal override Trigger? TriggerOf(WsEvent e) => e is Request && _request is null ? Trigger.SendRequest : null;

    internal override void Send(WsEvent e, IBufferWriter<byte> output)
    {
        var request = (Request)e;
        ArgumentNullException.ThrowIfNull(request.Target, nameof(e));
        string host = HostName.ToAscii(request.Host);
        if (!request.Target.StartsWith('/') || !HttpGrammar.IsTarget(request.Target))
            throw new ArgumentException("The target has to begin with a slash and be visible ASCII without '#' (RFC 6455 §4.1).", nameof(e));
        CheckSubprotocols(request.Subprotocols);
        CheckExtensions(request.Extensions);

        string key = HandshakeKey.Create(options.Random);
        HttpHeadWriter head = new HttpHeadWriter($"GET {request.Target} HTTP/1.1")
            .Add("Host", host)
            .Add("Upgrade", "websocket")
            .Add("Connection", "Upgrade")
            .Add("Sec-WebSocket-Key", key)
            .Add("Sec-WebSocket-Version", Version);
        if (request.Subprotocols.Count > 0)
            head.Add("Sec-WebSocket-Protocol", string.Join(", ", request.Subprotocols));
        List<WsExtension> offered = [];
        List<ExtensionElement> offers = [];
        foreach (WsExtension extension in request.Extensions)
        {
            IReadOnlyList<ExtensionElement> own = ExtensionNegotiation.OffersOf(extension);
            offers.AddRange(own);
            if (own.Count > 0)
                offered.Add(extension);
        }

        if (offers.Count > 0)
            head.Add("Sec-WebSocket-Extensions", string.Join(", ", offers));
        head.Add(request.ExtraHeaders, [.. OwnHeaders, "Host"], nameof(e)).WriteTo(output);

        _request = request with { Subprotocols = [.. request.Subprotocols] };
        _offered = offered;
        _expectedAccept = HandshakeKey.Accept(key);
    }

    /// <summary>
    /// status-line = HTTP-version SP status-code SP [ reason-phrase ], status-code = 3DIGIT (RFC 9112 §4). The last space is often left
    /// out, which is harmless. Outside 100 to 599 the status is invalid, and "a client that receives a response with an invalid status code
    /// SHOULD process the response as if it had a 5xx (Server Error) status code" (RFC 9110 §15): it is a refusal like those.
    /// </summary>
    private static bool TryParseStatusLine(string line, out HttpVersion version, out int status)
    {
        status = 0;
        version = default;
        return line.Length >= 12
            && line[8] == ' '
            && (line.Length == 12 || line[12] == ' ')
            && HttpVersion.TryParse(line.AsSpan(0, 8), out version)
            && int.TryParse(line.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out status);
    }

    private WsEvent Accept(HttpVersion version, HeaderList headers)
    {
        var agreed = new List<WsExtension>();
        string[] subprotocols = headers.ValuesOf("Sec-WebSocket-Protocol");
        ProtocolError error = Judge(version, headers, subprotocols);
        if (error == 0)
            error = Confirm(headers, agreed);
        if (error != 0)
            return Fail(new Violation(error, version.Major));

        Subprotocol = subprotocols.SingleOrDefault();
        Extensions = [.. agreed];
        return new AcceptConnection
        {
            Subprotocol = Subprotocol,
            Extensions = Extensions,
            ExtraHeaders = headers.Without("Connection", "Upgrade", "Content-Length", "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"),
        };
    }

    /// <summary>The numbered list at the end of §4.1: each is a «MUST _Fail the WebSocket Connection_».</summary>
    private ProtocolError Judge(HttpVersion version, HeaderList headers, string[] subprotocols)
    {
        if (!version.CanUpgrade)
            return ProtocolError.UnsupportedHttpVersion;
        if (headers.AnnouncesBody)
            return ProtocolError.SwitchingProtocolsBody;
        if (!HttpGrammar.ListHas(headers.ValuesOf("Connection"), "Upgrade"))
            return ProtocolError.MissingConnectionUpgrade;
        // Not a list here: a server that switched to anything beside websocket did not switch to what was asked for.
        if (headers.ValuesOf("Upgrade") is not [var upgrade] || !upgrade.Equals("websocket", StringComparison.OrdinalIgnoreCase))
            return ProtocolError.MissingUpgradeWebSocket;
        if (headers.ValuesOf("Sec-WebSocket-Accept") is not [var accept] || accept != _expectedAccept)
            return ProtocolError.InvalidAccept;
        if (subprotocols.Length == 0)
            return _request!.SubprotocolRequired ? ProtocolError.SubprotocolMissing : 0;
        return subprotocols.Length == 1 && _request!.Subprotocols.Contains(subprotocols[0]) ? 0 : ProtocolError.UnrequestedSubprotocol;
    }

    private ProtocolError Confirm(HeaderList headers, List<WsExtension> agreed)
    {
        if (ExtensionHeader.Parse(headers.ValuesOf("Sec-WebSocket-Extensions")) is not { } answers)
            return ProtocolError.MalformedExtensions;
        ProtocolError error = ExtensionNegotiation.Confirm(answers, _offered, agreed);
        if (error != 0)
            return error;
        return _request!.ExtensionsRequired && agreed.Count < _offered.Count ? ProtocolError.ExtensionMissing : 0;
    }

    private static WsEvent? ReadBody(RejectBodyReader body, ReceiveBuffer input)
    {
        RejectData? piece = body.Read(input, out Violation violation);
        return violation.Error == 0 ? piece : Fail(violation);
    }

    private WsEvent Reject(int status, HeaderList headers)
    {
        _body = RejectBodyReader.Begin(status, headers, options, out bool hasBody);
        if (_body is null && hasBody)
            return Fail(new Violation(ProtocolError.MalformedRejectBody));
        return new RejectConnection { StatusCode = status, Headers = headers, HasBody = hasBody };
    }

    /// <summary>«The elements that comprise this value MUST be non-empty strings with characters in the range U+0021 to U+007E not including separator characters … and MUST all be unique strings» (§4.1).</summary>
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
