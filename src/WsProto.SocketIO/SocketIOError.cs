namespace WsProto.SocketIO;

/// <summary>
/// What a client did wrong. Each ends its whole session, as with the reference server: nothing that follows could be trusted.
/// </summary>
public enum SocketIOError
{
    /// <summary>The message is no packet: an unknown type, or no valid UTF-8.</summary>
    PacketMalformed = 0,

    /// <summary>The payload is no JSON, or not what the type of the packet wants.</summary>
    PayloadMalformed = 1,

    /// <summary>The name of an event is one that the protocol or the clients use themselves, such as <c>connect</c>.</summary>
    EventReserved = 2,

    /// <summary>The id of an ack is larger than 2^53 - 1, the largest integer of JavaScript.</summary>
    IdTooLarge = 3,

    /// <summary>The name of a namespace is longer than <see cref="SocketIODecoderOptions.MaxNamespaceLength"/>.</summary>
    NamespaceTooLong = 4,

    /// <summary>The number of attachments is missing, zero, or above <see cref="SocketIODecoderOptions.MaxAttachments"/>.</summary>
    AttachmentCountInvalid = 5,

    /// <summary>A packet and its attachments are larger than <see cref="SocketIODecoderOptions.MaxPacketSize"/>.</summary>
    PacketTooLarge = 6,

    /// <summary>A binary message came, and no packet waits for one.</summary>
    AttachmentUnexpected = 7,

    /// <summary>A text message came while a packet waits for its attachments.</summary>
    AttachmentMissing = 8,

    /// <summary>A placeholder names an attachment that there is not, or that another names.</summary>
    PlaceholderInvalid = 9,

    /// <summary>A packet for a namespace that the client has not joined, or an answer that only servers give.</summary>
    NotConnected = 10,

    /// <summary>The client has joined no namespace in time.</summary>
    ConnectTimeout = 11,

    /// <summary>The client wants more namespaces than it may have.</summary>
    TooManyNamespaces = 12,
}
