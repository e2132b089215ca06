// What each ProtocolError leads to: the close code, the HTTP status, the words. Nothing of this is decided anywhere else.
// The words say what was found and what was allowed; they never hold payload or header values.

using System.Globalization;

namespace WsProto;

internal static class ProtocolErrors
{
    /// <summary>The code of the Close with which a connection fails (RFC 6455 §7.1.7, §7.4.1).</summary>
    internal static CloseCode CloseCodeFor(in Violation violation) => violation.Code ?? violation.Error switch
    {
        ProtocolError.InvalidUtf8 or ProtocolError.InvalidCloseReason => CloseCode.InvalidPayloadData,
        ProtocolError.FrameTooBig or ProtocolError.MessageTooBig => CloseCode.MessageTooBig,
        ProtocolError.TooManyFragments or ProtocolError.TooMuchEarlyData => CloseCode.PolicyViolation,
        _ => CloseCode.ProtocolError,
    };

    /// <summary>The status with which a server refuses a request (RFC 6455 §4.2.2, RFC 9110 §15, RFC 6585 §5).</summary>
    internal static int StatusFor(in Violation violation) => violation.Error switch
    {
        ProtocolError.StartLineTooLong => 414,
        ProtocolError.UnsupportedVersion => 426,
        ProtocolError.HeadTooLarge or ProtocolError.HeaderLineTooLong
            or ProtocolError.TooManyHeaders or ProtocolError.TooManyHeaderElements => 431,
        ProtocolError.UnsupportedProtocol => 501,
        ProtocolError.UnsupportedHttpVersion when violation.Found != 1 => 505,
        _ => 400,
    };

    internal static string MessageFor(in Violation violation) => violation.Error switch
    {
        ProtocolError.ReservedOpcode => Format("opcode 0x{0:X} is reserved", violation),
        ProtocolError.ReservedBitSet => "a reserved bit is set that no extension uses",
        ProtocolError.FragmentedControlFrame => "a control frame is fragmented",
        ProtocolError.ControlFrameTooLong => "a control frame is longer than 125 bytes",
        ProtocolError.UnexpectedContinuation => "a continuation without a message",
        ProtocolError.ContinuationExpected => "a new message inside an unfinished one",
        ProtocolError.MaskedServerFrame => "a server's frame is masked",
        ProtocolError.UnmaskedClientFrame => "a client's frame is not masked",
        ProtocolError.NonMinimalLength => Format("length {0} is not in its shortest form", violation),
        ProtocolError.LengthOutOfRange => "a length has its most significant bit set",
        ProtocolError.FrameTooBig => Format("a frame of {0} bytes, {1} are allowed", violation),
        ProtocolError.MessageTooBig => Format("a message of {0} bytes or more, {1} are allowed", violation),
        ProtocolError.TooManyFragments => Format("a message of {0} frames or more, {1} are allowed", violation),
        ProtocolError.InvalidUtf8 => "text is not UTF-8",
        ProtocolError.InvalidClosePayload => "a Close with a body of one byte",
        ProtocolError.InvalidCloseCode => Format("close code {0} may not be sent", violation),
        ProtocolError.InvalidCloseReason => "the reason of a Close is not UTF-8",
        ProtocolError.ExtensionFailed => "an extension refused the data",

        ProtocolError.MalformedHead => "the head is not well-formed HTTP/1.1",
        ProtocolError.HeadTooLarge => Format("the head is larger than {1} bytes", violation),
        ProtocolError.StartLineTooLong => Format("the start line is longer than {1} bytes", violation),
        ProtocolError.HeaderLineTooLong => Format("a header line is longer than {1} bytes", violation),
        ProtocolError.TooManyHeaders => Format("more than {1} header lines", violation),
        ProtocolError.UnsupportedHttpVersion => "the HTTP version is not 1.1",
        ProtocolError.MissingConnectionUpgrade => "the header 'Connection: Upgrade' is missing",
        ProtocolError.MissingUpgradeWebSocket => "the header 'Upgrade: websocket' is missing",
        ProtocolError.MalformedExtensions => "the header 'Sec-WebSocket-Extensions' is malformed",
        ProtocolError.HandshakeIncomplete => "the transport ended during the handshake",

        ProtocolError.MethodNotGet => "the method is not GET",
        ProtocolError.InvalidTarget => "the request target is neither a path nor an absolute URI",
        ProtocolError.InvalidHost => "not exactly one valid 'Host' header",
        ProtocolError.MissingVersion => "not exactly one 'Sec-WebSocket-Version' header",
        ProtocolError.UnsupportedVersion => "the WebSocket version is not 13",
        ProtocolError.InvalidKey => "not exactly one 'Sec-WebSocket-Key' header of 16 bytes in base64",
        ProtocolError.RequestBody => "the request has a body",
        ProtocolError.InvalidSubprotocols => "the header 'Sec-WebSocket-Protocol' is not a list of different tokens",
        ProtocolError.TooMuchEarlyData => Format("more than {1} bytes before the answer", violation),

        ProtocolError.InvalidAccept => "not exactly one 'Sec-WebSocket-Accept' header that answers the key",
        ProtocolError.UnrequestedSubprotocol => "a subprotocol that was not asked for",
        ProtocolError.UnofferedExtension => "an extension that was not offered, or one twice",
        ProtocolError.InvalidExtensionParameters => "an extension with parameters that were not offered",
        ProtocolError.SwitchingProtocolsBody => "a 101 response announces a body",
        ProtocolError.TooManyInformationalResponses => Format("more than {1} informational responses", violation),
        ProtocolError.MalformedRejectBody => "the body of the refusal is malformed",
        ProtocolError.RejectBodyTooLarge => Format("the body of the refusal is larger than {1} bytes", violation),

        ProtocolError.TooManyHeaderElements => Format("a header with a list of more than {1} elements", violation),
        ProtocolError.MethodNotConnect => "the method is not CONNECT",
        ProtocolError.UnsupportedProtocol => "not exactly one ':protocol' that is websocket",
        ProtocolError.InvalidScheme => "not exactly one ':scheme' that is http or https",
    };

    private static string Format(string text, in Violation violation) =>
        string.Format(CultureInfo.InvariantCulture, text, violation.Found, violation.Allowed);
}
