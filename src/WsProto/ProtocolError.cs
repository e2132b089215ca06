namespace WsProto;

/// <summary>
/// Every way in which a peer can break the protocol or a limit, each with the rule that it breaks. <c>ProtocolErrors.cs</c> says what each
/// leads to.
/// </summary>
/// <remarks>
/// The numbers never change. A new member takes the next free number of its group: from 1 for frames, from 101 for the opening handshake in
/// either role, from 201 for the request, from 301 for the response.
/// </remarks>
public enum ProtocolError
{
    // ---- Frames: the connection fails with a Close.

    /// <summary>Opcode 0x3-0x7 or 0xB-0xF (RFC 6455 §5.2): 1002.</summary>
    ReservedOpcode = 1,

    /// <summary>An RSV bit that no agreed extension gives a meaning to (RFC 6455 §5.2): 1002.</summary>
    ReservedBitSet = 2,

    /// <summary>A Ping, Pong or Close without FIN (RFC 6455 §5.5): 1002.</summary>
    FragmentedControlFrame = 3,

    /// <summary>A Ping, Pong or Close of more than 125 bytes (RFC 6455 §5.5): 1002.</summary>
    ControlFrameTooLong = 4,

    /// <summary>A continuation where no message is open (RFC 6455 §5.4): 1002.</summary>
    UnexpectedContinuation = 5,

    /// <summary>A new message before the open one has ended (RFC 6455 §5.4): 1002.</summary>
    ContinuationExpected = 6,

    /// <summary>A masked frame from a server (RFC 6455 §5.1): 1002.</summary>
    MaskedServerFrame = 7,

    /// <summary>A frame without a mask from a client (RFC 6455 §5.1): 1002.</summary>
    UnmaskedClientFrame = 8,

    /// <summary>A length in more bytes than it needs (RFC 6455 §5.2): 1002.</summary>
    NonMinimalLength = 9,

    /// <summary>A 64-bit length with its most significant bit set (RFC 6455 §5.2): 1002.</summary>
    LengthOutOfRange = 10,

    /// <summary>A frame larger than <see cref="WsConnectionOptions.MaxFrameSize"/> (RFC 6455 §7.4.1, §10.4): 1009.</summary>
    FrameTooBig = 11,

    /// <summary>A message larger than <see cref="WsConnectionOptions.MaxMessageSize"/> (RFC 6455 §7.4.1, §10.4): 1009.</summary>
    MessageTooBig = 12,

    /// <summary>A message of more frames than <see cref="WsConnectionOptions.MaxFragmentCount"/> (RFC 6455 §10.4): 1008.</summary>
    TooManyFragments = 13,

    /// <summary>Text that is not UTF-8 (RFC 6455 §8.1): 1007.</summary>
    InvalidUtf8 = 14,

    /// <summary>A Close with a body of one byte (RFC 6455 §5.5.1): 1002.</summary>
    InvalidClosePayload = 15,

    /// <summary>A Close with a code that may not be on the wire (RFC 6455 §7.4): 1002.</summary>
    InvalidCloseCode = 16,

    /// <summary>A Close whose reason is not UTF-8 (RFC 6455 §5.5.1, §8.1): 1007.</summary>
    InvalidCloseReason = 17,

    /// <summary>An extension refused a frame or its data (RFC 6455 §9.2): the code is the extension's.</summary>
    ExtensionFailed = 18,

    // ---- The opening handshake, either role: a server answers with the status, a client closes the transport.

    /// <summary>
    /// The head is not HTTP as RFC 9112 §2-§5 has it: bare CR or LF, folded lines, control bytes, a bad start line or header name: 400.
    /// </summary>
    MalformedHead = 101,

    /// <summary>The head is larger than <see cref="WsConnectionOptions.MaxHandshakeSize"/>: 431 (RFC 6585 §5).</summary>
    HeadTooLarge = 102,

    /// <summary>
    /// The request or status line is longer than <see cref="WsConnectionOptions.MaxHeaderLineSize"/>: 414 (RFC 9110 §15.5.15).
    /// </summary>
    StartLineTooLong = 103,

    /// <summary>A header line is longer than <see cref="WsConnectionOptions.MaxHeaderLineSize"/>: 431 (RFC 6585 §5).</summary>
    HeaderLineTooLong = 104,

    /// <summary>More header lines than <see cref="WsConnectionOptions.MaxHeaderCount"/>: 431 (RFC 6585 §5).</summary>
    TooManyHeaders = 105,

    /// <summary>
    /// An HTTP version other than 1.1 or a later 1.x (RFC 6455 §4.1, §4.2.1): 400 for 1.0, 505 for another major version.
    /// </summary>
    UnsupportedHttpVersion = 106,

    /// <summary><c>Connection</c> lacks the token <c>Upgrade</c> (RFC 6455 §4.1, §4.2.1): 400.</summary>
    MissingConnectionUpgrade = 107,

    /// <summary><c>Upgrade</c> lacks the token <c>websocket</c> (RFC 6455 §4.1, §4.2.1): 400.</summary>
    MissingUpgradeWebSocket = 108,

    /// <summary><c>Sec-WebSocket-Extensions</c> does not follow its grammar (RFC 6455 §9.1): 400.</summary>
    MalformedExtensions = 109,

    /// <summary>The transport ended before the handshake did (RFC 6455 §4.1).</summary>
    HandshakeIncomplete = 110,

    /// <summary>A list header with more elements than <see cref="WsConnectionOptions.MaxHeaderElementCount"/>: 431 (RFC 6585 §5).</summary>
    TooManyHeaderElements = 111,

    // ---- The request, as a server sees it.

    /// <summary>The method is not GET (RFC 6455 §4.2.1): 400.</summary>
    MethodNotGet = 201,

    /// <summary>The request target is neither a path nor an absolute HTTP URI (RFC 6455 §4.2.1): 400.</summary>
    InvalidTarget = 202,

    /// <summary>No <c>Host</c>, two of them, or one that names no host (RFC 6455 §4.2.1, RFC 9112 §3.2): 400.</summary>
    InvalidHost = 203,

    /// <summary>No single <c>Sec-WebSocket-Version</c> (RFC 6455 §4.2.1): 400, naming version 13.</summary>
    MissingVersion = 204,

    /// <summary>A <c>Sec-WebSocket-Version</c> other than 13 (RFC 6455 §4.2.2, §4.4): 426, naming version 13.</summary>
    UnsupportedVersion = 205,

    /// <summary>Not exactly one <c>Sec-WebSocket-Key</c> that is base64 of 16 bytes (RFC 6455 §4.2.1): 400.</summary>
    InvalidKey = 206,

    /// <summary>The request has a body (RFC 6455 §4.1 asks for a GET that ends with its head): 400.</summary>
    RequestBody = 207,

    /// <summary><c>Sec-WebSocket-Protocol</c> is not a list of different tokens (RFC 6455 §4.1): 400.</summary>
    InvalidSubprotocols = 208,

    /// <summary>
    /// The client sent more than <see cref="WsConnectionOptions.MaxHandshakeSize"/> bytes before it was answered (RFC 6455 §4.1): once the
    /// connection is open it fails with 1008.
    /// </summary>
    TooMuchEarlyData = 209,

    /// <summary>The method is not CONNECT, in a handshake over HTTP/2 or HTTP/3 (RFC 8441 §4): 400.</summary>
    MethodNotConnect = 210,

    /// <summary>Not exactly one <c>:protocol</c>, or another one than websocket (RFC 8441 §4, RFC 9220 §3): 501.</summary>
    UnsupportedProtocol = 211,

    /// <summary>Not exactly one <c>:scheme</c> that is http or https (RFC 8441 §4): 400.</summary>
    InvalidScheme = 212,

    // ---- The response, as a client sees it.

    /// <summary>Not exactly one <c>Sec-WebSocket-Accept</c> that answers our key (RFC 6455 §4.1).</summary>
    InvalidAccept = 301,

    /// <summary>A subprotocol that was not asked for, or several (RFC 6455 §4.1).</summary>
    UnrequestedSubprotocol = 302,

    /// <summary>An extension that was not offered, or the same one twice (RFC 6455 §4.1, §9.1).</summary>
    UnofferedExtension = 303,

    /// <summary>An extension was answered with parameters that its offer does not allow (RFC 6455 §9.1).</summary>
    InvalidExtensionParameters = 304,

    /// <summary>
    /// A 101 that announces a body, which no 1xx response has (RFC 9110 §8.6, RFC 9112 §6.1). One that says <c>Content-Length: 0</c>,
    /// as many servers do, is taken.
    /// </summary>
    SwitchingProtocolsBody = 305,

    /// <summary>More informational (1xx) responses than the 16 that are skipped (RFC 9110 §15.2).</summary>
    TooManyInformationalResponses = 306,

    /// <summary>The body of a refusal breaks its framing (RFC 9112 §6, §7.1).</summary>
    MalformedRejectBody = 307,

    /// <summary>
    /// The body of a refusal is larger than <see cref="WsConnectionOptions.MaxRejectBodySize"/>; what fits was delivered.
    /// </summary>
    RejectBodyTooLarge = 308,
}
