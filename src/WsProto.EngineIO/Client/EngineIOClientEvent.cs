// What comes out of a client: five instructions to the host, which does the I/O, and events for the application, of which a message, the
// upgrade and "nothing waits any more" are those of a server's session.

using System;

namespace WsProto.EngineIO;

/// <summary>To the host: send a request of HTTP.</summary>
public sealed class SendRequest : EngineIOEvent
{
    internal SendRequest(EngineIOClientRequest request) => Request = request;

    /// <summary>
    /// The request. What comes of it goes to <see cref="EngineIOClient.ReceiveAnswer"/> or <see cref="EngineIOClient.ReceiveFailure"/>.
    /// </summary>
    public EngineIOClientRequest Request { get; }
}

/// <summary>To the host: give a request up. Whether an answer still comes does not matter any more.</summary>
public sealed class AbandonRequest : EngineIOEvent
{
    internal AbandonRequest(EngineIOClientRequest request) => Request = request;

    /// <summary>The request.</summary>
    public EngineIOClientRequest Request { get; }
}

/// <summary>To the host: open a WebSocket. Messages that follow are for it, and may have to wait until it is open.</summary>
public sealed class OpenWebSocket : EngineIOEvent
{
    internal OpenWebSocket(EngineIOClientRequest request) => Request = request;

    /// <summary>
    /// The request, which stands for the WebSocket from now on. What comes of it goes to <see
    /// cref="EngineIOClient.ReceiveWebSocketOpened"/> or <see cref="EngineIOClient.ReceiveFailure"/>.
    /// </summary>
    public EngineIOClientRequest Request { get; }
}

/// <summary>To the host: send a WebSocket message. Call <see cref="EngineIOClient.ReceiveWritten"/> when it was written.</summary>
public sealed class WriteWebSocketMessage : EngineIOEvent
{
    internal WriteWebSocketMessage(EngineIOClientRequest request, Packet packet)
    {
        Request = request;
        Data = packet.OnWebSocket;
        IsBinary = packet.IsBinary;
    }

    /// <summary>The request that stands for the WebSocket.</summary>
    public EngineIOClientRequest Request { get; }

    /// <summary>The message. It never changes.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Whether it is a binary message; else it is text.</summary>
    public bool IsBinary { get; }
}

/// <summary>
/// To the host: close a WebSocket after what was sent before, or give it up if it is not open yet. Nothing more comes for it or is taken
/// from it.
/// </summary>
public sealed class EndWebSocket : EngineIOEvent
{
    internal EndWebSocket(EngineIOClientRequest request, ushort code)
    {
        Request = request;
        Code = code;
    }

    /// <summary>The request that stands for the WebSocket.</summary>
    public EngineIOClientRequest Request { get; }

    /// <summary>The close code (RFC 6455 §7.4.1).</summary>
    public ushort Code { get; }
}

/// <summary>To the application: the session is open, and messages may be sent.</summary>
public sealed class ClientOpened : EngineIOEvent
{
    internal ClientOpened(EngineIOOpening opening) => Opening = opening;

    /// <summary>What the server has said of it.</summary>
    public EngineIOOpening Opening { get; }
}

/// <summary>To the application: a transport failed and the session goes on with another, or with the one that it had.</summary>
public sealed class TransportFailed : EngineIOEvent
{
    internal TransportFailed(EngineIOFailure failure) => Failure = failure;

    /// <summary>What went wrong.</summary>
    public EngineIOFailure Failure { get; }
}

/// <summary>To the application: the session is over. The last event that it gets; messages that had not left are dropped.</summary>
public sealed class ClientClosed : EngineIOEvent
{
    internal ClientClosed(CloseReason reason, EngineIOFailure? failure, bool wasOpen)
    {
        Reason = reason;
        Failure = failure;
        WasOpen = wasOpen;
    }

    /// <summary>Why. <see cref="CloseReason.ForcedClose"/> is the application itself.</summary>
    public CloseReason Reason { get; }

    /// <summary>What went wrong; null if nothing did.</summary>
    public EngineIOFailure? Failure { get; }

    /// <summary>Whether it had been open.</summary>
    public bool WasOpen { get; }
}
