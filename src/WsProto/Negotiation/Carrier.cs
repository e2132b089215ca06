namespace WsProto.Negotiation;

/// <summary>What the opening handshake travels in.</summary>
internal enum Carrier
{
    /// <summary>A GET with an Upgrade of HTTP/1.1 (RFC 6455 §4).</summary>
    Upgrade,

    /// <summary>
    /// An extended CONNECT of HTTP/2 (RFC 8441) or HTTP/3 (RFC 9220): "the processing of the Sec-WebSocket-Key and Sec-WebSocket-Accept
    /// header fields" is left out, as <c>:protocol</c> stands for it.
    /// </summary>
    ExtendedConnect,
}
