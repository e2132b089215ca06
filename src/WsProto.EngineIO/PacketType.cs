namespace WsProto.EngineIO;

/// <summary>The type of a packet (Engine.IO protocol v4, "Protocol"). It is sent as the digit of its number.</summary>
internal enum PacketType
{
    /// <summary>The server sends the id of the session and its limits.</summary>
    Open = 0,

    /// <summary>Either side closes the session.</summary>
    Close = 1,

    /// <summary>
    /// The server checks whether the client is alive. A client sends <c>2probe</c> on a WebSocket to which it wants to upgrade.
    /// </summary>
    Ping = 2,

    /// <summary>The answer to a ping.</summary>
    Pong = 3,

    /// <summary>A message of the application, text or binary.</summary>
    Message = 4,

    /// <summary>The client has upgraded to the WebSocket.</summary>
    Upgrade = 5,

    /// <summary>Ends a poll without a message.</summary>
    Noop = 6,
}
