// The server's side of the opening handshake as bytes of HTTP/1.1, RFC 6455 §4.2: one request in, one answer out. What follows the request
// is left in the input, where the frames are read from once the connection is open; a second request is never parsed. What is decided is
// decided in ServerNegotiation.

using System.Buffers;
using WsProto.Framing;
using WsProto.Negotiation;

namespace WsProto.Http1;

internal sealed class ServerHandshake(WsConnectionOptions options) : OpeningHandshake
{
    private readonly HttpHeadReader _head = new(options, ConnectionRole.Server);
    private ServerNegotiation? _negotiation;
    private WsEvent? _parsedElsewhere;
    private RejectBodyWriter? _body;
    private bool _isAnswered;
    private bool HasValidRequest => _negotiation?.Request is not null;

    internal override WsEvent? Read(ReceiveBuffer input)
    {
        if (_parsedElsewhere is { } e)
        {
            _parsedElsewhere = null;
            return e;
        }

        if (HasValidRequest && !_isAnswered)
        {
            // "Once the client's opening handshake has been sent, the client MUST wait for a response from the server before sending
            // any further data" (§4.1). What comes all the same is kept, up to a limit; beyond it the connection will fail.
            if (input.UnreadCount > options.MaxHandshakeSize)
            {
                HasTooMuchEarlyData = true;
                Drop(input);
            }

            return null;
        }

        if (_negotiation is not null || _isAnswered)
        {
            Drop(input);
            return null;
        }

        switch (_head.Read(input, out Violation violation))
        {
            case ReadStatus.NeedMore:
                return null;
            case ReadStatus.Done:
                OpeningRequest? opening = Parse(_head.StartLine!, _head.Headers, out violation, out HttpRequestHead? head);
                return Take(opening, violation, head);
            default:
                return Take(null, violation, null);
        }
    }

    /// <summary>Takes a request that somebody else has parsed. The event is read like any other.</summary>
    internal void ReceiveRequest(string method, string target, HeaderList headers)
    {
        if (_negotiation is not null || _isAnswered || _head.StartLine is not null)
            throw LocalProtocolErrors.Of(LocalProtocolError.RequestAlreadyReceived);
        OpeningRequest? opening = OpeningRequest.CheckUpgrade(method, target, headers, options, out Violation violation);
        HttpRequestHead? head = opening is null && violation.Error != ProtocolError.MalformedHead ? HeadOf(method, target, headers) : null;
        _parsedElsewhere = Take(opening, violation, head);
    }

    internal override WsEvent? ReadEndOfStream() =>
        _negotiation?.Failure is not null || _isAnswered
            ? null
            : ClientNegotiation.FailureFor(new Violation(ProtocolError.HandshakeIncomplete));

    internal override Trigger? TriggerOf(WsEvent e, out LocalProtocolError refusal)
    {
        refusal = LocalProtocolError.Unspecified;
        switch (e)
        {
            case AcceptConnection when HasValidRequest && _parsedElsewhere is null:
                return Trigger.SendAccept;
            case AcceptConnection:
                refusal = HasValidRequest || _negotiation is null ? LocalProtocolError.RequestNotRead : LocalProtocolError.RequestInvalid;
                return null;
            case RejectConnection reject:
                return reject.HasBody ? Trigger.SendRejectHead : Trigger.SendReject;
            case RejectData data:
                return data.BodyFinished ? Trigger.SendRejectEnd : Trigger.SendRejectPart;
            default:
                refusal = RefusalOf(e);
                return null;
        }
    }

    internal override void Send(WsEvent e, IBufferWriter<byte> output, ref bool isBegun)
    {
        switch (e)
        {
            case AcceptConnection accept:
                Agreement agreement = _negotiation!.Agree(accept);
                new HttpHeadWriter("HTTP/1.1 101 Switching Protocols").Add(agreement.Headers).WriteTo(output);
                Agreement = agreement;
                break;
            case RejectConnection reject:
                _body = RejectBodyWriter.Begin(reject, canChunk: HasValidRequest, output);
                _isAnswered = true;
                _parsedElsewhere = null;
                break;
            default:
                _body!.Write((RejectData)e, output, ref isBegun);
                break;
        }
    }

    private OpeningRequest? Parse(string requestLine, HeaderList headers, out Violation violation, out HttpRequestHead? head)
    {
        head = null;
        if (!RequestLine.TryParse(requestLine, out RequestLine line))
        {
            violation = new Violation(ProtocolError.MalformedHead);
            return null;
        }

        // "An HTTP/1.1 or higher GET request" (§4.2.1); another major version frames its messages differently.
        OpeningRequest? opening = null;
        if (line.Version.CanUpgrade)
            opening = OpeningRequest.Check(line.Method, line.Target, headers, options, out violation);
        else
            violation = new Violation(ProtocolError.UnsupportedHttpVersion, line.Version.Major);
        if (opening is null && line.Version.Major == 1)
            head = HeadOf(line.Method.ToString(), line.Target, headers);
        return opening;
    }

    private static HttpRequestHead HeadOf(string method, string target, HeaderList headers) =>
        new() { Method = method, Target = target, Headers = headers };

    private WsEvent Take(OpeningRequest? opening, in Violation violation, HttpRequestHead? head)
    {
        _negotiation = new ServerNegotiation(Carrier.Upgrade, opening, violation, options, head);
        return _negotiation.Failure ?? (WsEvent)_negotiation.Request!;
    }

    private static void Drop(ReceiveBuffer input)
    {
        input.Close();
        input.Release();
    }
}
