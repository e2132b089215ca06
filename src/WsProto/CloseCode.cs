namespace WsProto;

/// <summary>
/// Why a connection was closed (<see href="https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1">RFC 6455 §7.4.1</see> and the IANA
/// registry).
/// </summary>
/// <remarks>
/// Any number fits: 3000-3999 belongs to libraries and frameworks (registered with IANA), 4000-4999 to applications,
/// as in <c>(CloseCode)4000</c>.
/// </remarks>
public enum CloseCode : ushort
{
    /// <summary>1000: the purpose of the connection is fulfilled.</summary>
    NormalClosure = 1000,

    /// <summary>1001: a server is going down, or a browser has left the page.</summary>
    GoingAway = 1001,

    /// <summary>1002: the peer broke the protocol.</summary>
    ProtocolError = 1002,

    /// <summary>1003: a kind of data was received that this endpoint does not take.</summary>
    UnsupportedData = 1003,

    /// <summary>1005: the Close had no code. Never on the wire; sending it sends an empty Close.</summary>
    NoStatusReceived = 1005,

    /// <summary>1006: the transport ended without a Close. Never on the wire, cannot be sent.</summary>
    AbnormalClosure = 1006,

    /// <summary>1007: the data does not fit the kind of message, such as text that is not UTF-8.</summary>
    InvalidPayloadData = 1007,

    /// <summary>1008: a policy was violated; here also, too many fragments.</summary>
    PolicyViolation = 1008,

    /// <summary>1009: a message or frame is larger than this endpoint takes.</summary>
    MessageTooBig = 1009,

    /// <summary>1010: a client misses an extension that the server did not agree to. Sent by clients only.</summary>
    MandatoryExtension = 1010,

    /// <summary>1011: a server met a condition that it did not expect.</summary>
    InternalError = 1011,

    /// <summary>1012: the service restarts (IANA).</summary>
    ServiceRestart = 1012,

    /// <summary>1013: the service is overloaded; try again later (IANA).</summary>
    TryAgainLater = 1013,

    /// <summary>1014: a gateway got an invalid response from upstream (IANA).</summary>
    BadGateway = 1014,

    /// <summary>1015: the TLS handshake failed. Never on the wire, cannot be sent.</summary>
    TlsHandshake = 1015,
}
