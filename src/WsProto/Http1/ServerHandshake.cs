// The server's side of the opening handshake, RFC 6455 §4.2: one request in, one answer out. What follows the request is left in
// the input, where the frames are read from once the connection is open; a second request is never parsed.

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using WsProto.Extensions;
using WsProto.Framing;
using WsProto.Negotiation;

namespace WsProto.Http1;

internal sealed class ServerHandshake(WsConnectionOptions options) : OpeningHandshake
{
    private readonly HttpHeadReader _head = new(options, ConnectionRole.Server);
    private UpgradeRequest? _request;
    private WsEvent? _parsedElsewhere;
    private RejectBodyWriter? _body;
    private bool _ended;
    private bool _requestWasGiven;

    internal override WsEvent? Read(ReceiveBuffer input)
    {
        if (_parsedElsewhere is { } e)
        {
            _parsedElsewhere = null;
            return e;
        }

        if (_ended)
        {
            input.Close();
            input.Release();
            return null;
        }

        if (_request is not null)
        {
            // «Once the client's opening handshake has been sent, the client MUST wait for a response from the server before sending
            // any further data» (§4.1). What comes all the same is kept, up to a limit.
            return input.UnreadCount > options.MaxHandshakeSize ? Fail(new Violation(ProtocolError.TooMuchEarlyData, Allowed: options.MaxHandshakeSize)) : null;
        }

        Violation violation;
        switch (_head.Read(input, out violation))
        {
            case ReadStatus.NeedMore:
                return null;
            case ReadStatus.Done:
                return Take(UpgradeRequest.Parse(_head.StartLine!, _head.Headers, out violation), violation);
            default:
                return Fail(violation);
        }
    }

    /// <summary>Takes a request that somebody else has parsed. The event is read like any other.</summary>
    internal void ReceiveRequest(string method, string target, HeaderList headers)
    {
        if (_ended || _requestWasGiven || _head.StartLine is not null)
            throw new LocalProtocolException("A request has been received already.");
        _requestWasGiven = true;
        UpgradeRequest? request = UpgradeRequest.CheckAll(method, target, headers, out Violation violation);
        _parsedElsewhere = Take(request, violation);
    }

    internal override WsEvent? ReadEndOfStream() => _ended ? null : Fail(new Violation(ProtocolError.HandshakeIncomplete)) with { Response = null };

    internal override Trigger? TriggerOf(WsEvent e) => e switch
    {
        AcceptConnection => _request is null ? null : Trigger.SendAccept,
        RejectConnection reject => reject.HasBody ? Trigger.SendRejectHead : Trigger.SendReject,
        RejectData data => data.BodyFinished ? Trigger.SendRejectEnd : Trigger.SendRejectPart,
        _ => null,
    };

    internal override void Send(WsEvent e, IBufferWriter<byte> output)
    {
        switch (e)
        {
            case AcceptConnection accept:
                Accept(_request!, accept, output);
                break;
            case RejectConnection reject:
                _body = RejectBodyWriter.Begin(reject, canChunk: _request is not null, output);
                _ended = true;
                _parsedElsewhere = null;
                break;
            default:
                _body!.Write((RejectData)e, output);
                break;
        }
    }

    private WsEvent Take(UpgradeRequest? request, in Violation violation)
    {
        _request = request;
        return request is null ? Fail(violation) : request.Request;
    }

    private HandshakeFailed Fail(in Violation violation)
    {
        _ended = true;
        _request = null;
        return Fail(violation, new RejectConnection { StatusCode = ProtocolErrors.StatusFor(violation), Headers = HeadersFor(violation.Error) });
    }

    /// <summary>«The server MUST abort the WebSocket handshake … and instead send … a |Sec-WebSocket-Version| header field indicating the version(s) the server is capable of understanding» (§4.2.2, §4.4).</summary>
    private static HeaderList HeadersFor(ProtocolError error) => error switch
    {
        ProtocolError.MissingVersion => [("Sec-WebSocket-Version", Version)],
        // «A server that sends a 426 response MUST send an Upgrade header field» (RFC 9110 §7.8).
        ProtocolError.UnsupportedVersion => [("Upgrade", "websocket"), ("Connection", "Upgrade, close"), ("Sec-WebSocket-Version", Version)],
        _ => [],
    };

    private void Accept(UpgradeRequest upgrade, AcceptConnection accept, IBufferWriter<byte> output)
    {
        ExtensionNegotiation.ThrowIfNull(accept.Extensions);
        // «Either a single value representing the subprotocol the server is ready to use or null … from the client's handshake» (§4.2.2).
        if (accept.Subprotocol is { } subprotocol && !upgrade.Request.Subprotocols.Contains(subprotocol))
            throw new LocalProtocolException("The client did not ask for this subprotocol.");

        List<ExtensionAgreement> agreed = accept.Extensions.Count > 0 ? ExtensionNegotiation.Accept(upgrade.Request.OfferedExtensions, accept.Extensions) : [];
        HttpHeadWriter head = new HttpHeadWriter("HTTP/1.1 101 Switching Protocols")
            .Add("Upgrade", "websocket")
            .Add("Connection", "Upgrade")
            .Add("Sec-WebSocket-Accept", HandshakeKey.Accept(upgrade.Key));
        if (accept.Subprotocol is not null)
            head.Add("Sec-WebSocket-Protocol", accept.Subprotocol);
        if (agreed.Count > 0)
            head.Add("Sec-WebSocket-Extensions", string.Join(", ", agreed.Select(agreement => agreement.Answer)));
        head.Add(accept.ExtraHeaders, OwnHeaders, nameof(accept)).WriteTo(output);

        Subprotocol = accept.Subprotocol;
        if (agreed.Count > 0)
            Extensions = [.. agreed.Select(agreement => agreement.Extension)];
    }
}
