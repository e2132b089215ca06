namespace WsProto.SocketIO;

/// <summary>
/// A violation of the protocol by the peer. Each ends the whole session, as in the reference server, because nothing that follows could be
/// trusted.
/// </summary>
public enum SocketIOError
{
    /// <summary>The message is not a packet: its type is unknown, or it is not valid UTF-8.</summary>
    PacketMalformed = 0,

    /// <summary>The payload is not valid JSON, or does not fit the type of the packet.</summary>
    PayloadMalformed = 1,

    /// <summary>The name of the event is reserved, for example <c>connect</c>.</summary>
    EventReserved = 2,

    /// <summary>The id of an acknowledgement is larger than 2^53 - 1, the largest safe integer of JavaScript.</summary>
    IdTooLarge = 3,

    /// <summary>The name of a namespace is longer than <see cref="SocketIODecoderOptions.MaxNamespaceLength"/>.</summary>
    NamespaceTooLong = 4,

    /// <summary>The number of attachments is missing, zero, or above <see cref="SocketIODecoderOptions.MaxAttachments"/>.</summary>
    AttachmentCountInvalid = 5,

    /// <summary>A packet and its attachments are larger than <see cref="SocketIODecoderOptions.MaxPacketSize"/>.</summary>
    PacketTooLarge = 6,

    /// <summary>A binary message was received, but no packet waits for an attachment.</summary>
    AttachmentUnexpected = 7,

    /// <summary>A text message was received, or time ran out, while a packet waits for its attachments.</summary>
    AttachmentMissing = 8,

    /// <summary>A placeholder refers to an attachment that does not exist, or to the same as another.</summary>
    PlaceholderInvalid = 9,

    /// <summary>The packet is for a namespace to which the client is not connected, or is one that only servers send.</summary>
    NotConnected = 10,

    /// <summary>The client did not connect to a namespace in time.</summary>
    ConnectTimeout = 11,

    /// <summary>The client asks for more than <see cref="SocketIOConnectionOptions.MaxNamespaces"/>.</summary>
    TooManyNamespaces = 12,
}
