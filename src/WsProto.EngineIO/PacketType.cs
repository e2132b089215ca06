namespace WsProto.EngineIO;

/// <summary>The type of a packet (Engine.IO protocol v4, "Protocol"). On the wire it is the digit of its number.</summary>
internal enum PacketType
{
    /// <summary>The server tells the client its session and its limits.</summary>
    Open = 0,

    /// <summary>Either side ends the session.</summary>
    Close = 1,

    /// <summary>
    /// The server asks whether the client is there; a client sends <c>2probe</c> on a WebSocket that it wants to upgrade to.
    /// </summary>
    Ping = 2,

    /// <summary>The answer to a ping.</summary>
    Pong = 3,

    /// <summary>A message of the application, text or binary.</summary>
    Message = 4,

    /// <summary>The client has moved to the WebSocket.</summary>
    Upgrade = 5,

    /// <summary>Ends a poll that has nothing to deliver.</summary>
    Noop = 6,
}
