namespace WsProto.EngineIO;

/// <summary>The result of sending a message.</summary>
public enum SendResult
{
    /// <summary>Accepted. The message is sent after all earlier ones: now, or with the next poll or POST.</summary>
    Accepted = 0,

    /// <summary>The session is not open. The message is dropped.</summary>
    NotOpen = 1,

    /// <summary>
    /// The message is text with U+001E, which polling cannot carry, and the session polls. The message is dropped; the session stays open.
    /// </summary>
    NotCarried = 2,

    /// <summary>The message would exceed <see cref="EngineIOServerOptions.MaxBufferedBytes"/>. The session is closed.</summary>
    BufferFull = 3,

    /// <summary>
    /// The client's message is larger than the limit that the server announced (<see cref="EngineIOOpening.MaxPayload"/>). The message is
    /// dropped; the session stays open.
    /// </summary>
    TooLarge = 4,
}
