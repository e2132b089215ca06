// The client's side of the opening handshake as bytes of HTTP/1.1, RFC 6455 §4.1: one request out; then responses in, of which the
// informational ones are passed over, a 101 opens the connection and any other refuses it. What follows a 101 is left in the input for the
// frames; what follows a refusal is its body, never frames. What is decided is decided in ClientNegotiation.

using System;
using System.Buffers;
using System.Globalization;
using WsProto.Framing;
using WsProto.Negotiation;

namespace WsProto.Http1;

internal sealed class ClientHandshake(WsConnectionOptions options) : OpeningHandshake
{
    private const int MaxInformationalResponses = 16;

    private HttpHeadReader _head = new(options, ConnectionRole.Client);
    private ClientNegotiation? _negotiation;
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
                    return ClientNegotiation.FailureFor(violation);
            }

            if (!TryParseStatusLine(_head.StartLine!, out HttpVersion version, out int status))
                return Fail(ProtocolError.MalformedHead);
            if (status == 101)
                return Accept(version, _head.Headers);
            if (status is < 100 or >= 200)
                return Reject(status, _head.Headers);
            // "A client MUST be able to parse one or more 1xx responses received prior to a final response" (RFC 9110 §15.2).
            if (++_informational > MaxInformationalResponses)
                return Fail(ProtocolError.TooManyInformationalResponses, MaxInformationalResponses);
            _head = new HttpHeadReader(options, ConnectionRole.Client);
        }
    }

    internal override WsEvent? ReadEndOfStream() =>
        _body is { EndsWithTransport: true } ? new RejectData(ReadOnlyMemory<byte>.Empty) : Fail(ProtocolError.HandshakeIncomplete);

    internal override Trigger? TriggerOf(WsEvent e, out LocalProtocolError refusal)
    {
        refusal = LocalProtocolError.Unspecified;
        if (e is Request && _negotiation is null)
            return Trigger.SendRequest;
        refusal = e is Request ? LocalProtocolError.RequestAlreadySent : RefusalOf(e);
        return null;
    }

    internal override void Send(WsEvent e, IBufferWriter<byte> output, ref bool isBegun)
    {
        var negotiation = ClientNegotiation.ForUpgrade((Request)e, options);
        new HttpHeadWriter($"GET {negotiation.Target} HTTP/1.1").Add(negotiation.Headers).WriteTo(output);
        _negotiation = negotiation;
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
        if (!version.CanUpgrade)
            return Fail(ProtocolError.UnsupportedHttpVersion);
        if (_negotiation is null)
            return Fail(ProtocolError.InvalidAccept);
        WsEvent e = _negotiation.Accept(headers, out Agreement agreement);
        Agreement = agreement;
        return e;
    }

    private static WsEvent? ReadBody(RejectBodyReader body, ReceiveBuffer input)
    {
        RejectData? piece = body.Read(input, out Violation violation);
        return violation.Error == 0 ? piece : ClientNegotiation.FailureFor(violation);
    }

    private WsEvent Reject(int status, HeaderList headers)
    {
        _body = RejectBodyReader.Begin(status, headers, options, out bool hasBody);
        if (_body is null && hasBody)
            return Fail(ProtocolError.MalformedRejectBody);
        return new RejectConnection { StatusCode = status, Headers = headers, HasBody = hasBody };
    }

    private static HandshakeFailed Fail(ProtocolError error, int allowed = 0) =>
        ClientNegotiation.FailureFor(new Violation(error, Allowed: allowed));
}
