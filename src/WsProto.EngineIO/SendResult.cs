namespace WsProto.EngineIO;

/// <summary>What became of a message that was to be sent.</summary>
public enum SendResult
{
    /// <summary>It leaves, now or with the next poll or POST, after all that was sent before.</summary>
    Accepted = 0,

    /// <summary>The session is not open, or not any more. The message is dropped.</summary>
    NotOpen = 1,

    /// <summary>
    /// The message is text with U+001E, and the session polls: polling cannot carry it. The message is dropped, the session stays.
    /// </summary>
    NotCarried = 2,

    /// <summary>More than <see cref="EngineIOServerOptions.MaxBufferedBytes"/> would have waited. The session has ended.</summary>
    BufferFull = 3,

    /// <summary>
    /// A client's message is larger than the server has said that it takes. The message is dropped, the session stays.
    /// </summary>
    TooLarge = 4,
}
