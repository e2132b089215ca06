namespace WsProto;

/// <summary>How much of a message one event, or one <see cref="Frame"/>, holds.</summary>
public enum MessageDelivery
{
    /// <summary>
    /// One event for each message, however the peer fragmented it. Memory per message is bounded by
    /// <see cref="WsConnectionOptions.MaxMessageSize"/>. With <see cref="WsConnectionOptions.MaxWholeMessageSize"/> only those up to that
    /// size are whole, and longer ones come in pieces.
    /// </summary>
    Whole = 0,

    /// <summary>
    /// One event for each piece that has arrived: for streaming, relaying, and for messages larger than memory.
    /// Text is cut between characters only, so a piece may be empty.
    /// </summary>
    Chunks = 1,
}
