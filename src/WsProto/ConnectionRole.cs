namespace WsProto;

/// <summary>Which end of the connection this is (RFC 6455 §1.3).</summary>
/// <remarks>
/// A client opens the handshake and masks what it sends (<see href="https://www.rfc-editor.org/rfc/rfc6455#section-5.1">§5.1</see>);
/// a server answers the handshake and never masks.
/// </remarks>
public enum ConnectionRole
{
    /// <summary>The end that sent, or will send, the opening request.</summary>
    Client = 1,

    /// <summary>The end that answers the opening request.</summary>
    Server = 2,
}
