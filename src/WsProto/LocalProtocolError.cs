namespace WsProto;

/// <summary>Why the state of a connection forbids what its caller asked for: <see cref="LocalProtocolException.Error"/>.</summary>
public enum LocalProtocolError
{
    /// <summary>The exception was not made by a connection.</summary>
    Unspecified = 0,

    /// <summary>The opening handshake is not finished, so there are no messages, Pings, Pongs and Closes yet (RFC 6455 §4).</summary>
    HandshakeNotFinished = 1,

    /// <summary>The opening handshake is finished, so nothing of it can be sent any more (RFC 6455 §4).</summary>
    HandshakeFinished = 2,

    /// <summary>The other role sends this: a client sends requests, a server answers them (RFC 6455 §4.1, §4.2).</summary>
    WrongRole = 3,

    /// <summary>The request has not been read yet, so it cannot be accepted (RFC 6455 §4.2.2).</summary>
    RequestNotRead = 4,

    /// <summary>The request broke the protocol, so it can only be refused (RFC 6455 §4.2.2).</summary>
    RequestInvalid = 5,

    /// <summary>The request was sent already, and there is one for each connection (RFC 6455 §4.1).</summary>
    RequestAlreadySent = 6,

    /// <summary>A request was received already, and there is one for each connection (RFC 6455 §4.1).</summary>
    RequestAlreadyReceived = 7,

    /// <summary>A body is sent after the head of a refusal that announces one.</summary>
    RefusalNotBegun = 8,

    /// <summary>The body of a refusal is under way, and nothing else can be sent.</summary>
    RefusalUnderWay = 9,

    /// <summary>The body is longer or shorter than its <c>Content-Length</c> (RFC 9112 §6.3).</summary>
    BodyLengthMismatch = 10,

    /// <summary>The client did not ask for the subprotocol (RFC 6455 §4.2.2).</summary>
    SubprotocolNotOffered = 11,

    /// <summary>Our Close was sent, and it is the last frame but for Pongs (RFC 6455 §5.5.1).</summary>
    CloseSent = 12,

    /// <summary>
    /// The peer closed or broke the protocol: only an open message may be finished, and the Close sent (RFC 6455 §5.5.1).
    /// </summary>
    CloseReceived = 13,

    /// <summary>The connection is closed: the stream ended, the handshake failed, or the connection was disposed of.</summary>
    Closed = 14,

    /// <summary>A message of the other kind, or another message, is open and has to be finished first (RFC 6455 §5.4).</summary>
    MessageOpen = 15,

    /// <summary>
    /// An earlier send failed when a part of its frame was written already, so the peer could not understand what followed.
    /// </summary>
    SendFailed = 16,

    /// <summary>An extension threw while it prepared an earlier message, so no more data can be sent: close with 1011.</summary>
    ExtensionFailed = 17,

    /// <summary>Payloads do not go on the wire as they are: this is a client, or extensions were agreed on.</summary>
    PayloadsTransformed = 18,

    /// <summary>The event says what was read and is never sent.</summary>
    NotSendable = 19,
}
