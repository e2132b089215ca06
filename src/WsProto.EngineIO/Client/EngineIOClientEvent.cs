// The events of a client: five instructions for the host, which does the I/O, and events for the application. The events for a message, for
// the upgrade and for an empty send buffer are shared with the server's session.

using System;

namespace WsProto.EngineIO;

/// <summary>For the host: send an HTTP request.</summary>
public sealed class SendRequest : EngineIOEvent
{
    internal SendRequest(EngineIOClientRequest request) => Request = request;

    /// <summary>
    /// The request. Report its result to <see cref="EngineIOClient.ReceiveAnswer"/> or <see cref="EngineIOClient.ReceiveFailure"/>.
    /// </summary>
    public EngineIOClientRequest Request { get; }
}

/// <summary>For the host: abandon a request. A response that still arrives has no effect.</summary>
public sealed class AbandonRequest : EngineIOEvent
{
    internal AbandonRequest(EngineIOClientRequest request) => Request = request;

    /// <summary>The request.</summary>
    public EngineIOClientRequest Request { get; }
}

/// <summary>For the host: open a WebSocket. Messages for it may follow before it is open; send them in order once it is.</summary>
public sealed class OpenWebSocket : EngineIOEvent
{
    internal OpenWebSocket(EngineIOClientRequest request) => Request = request;

    /// <summary>
    /// The request, which identifies the WebSocket from now on. Report the result to <see cref="EngineIOClient.ReceiveWebSocketOpened"/> or
    /// <see cref="EngineIOClient.ReceiveFailure"/>.
    /// </summary>
    public EngineIOClientRequest Request { get; }
}

/// <summary>For the host: send a WebSocket message. Call <see cref="EngineIOClient.ReceiveWritten"/> when it was written.</summary>
public sealed class WriteWebSocketMessage : EngineIOEvent
{
    internal WriteWebSocketMessage(EngineIOClientRequest request, Packet packet)
    {
        Request = request;
        Data = packet.OnWebSocket;
        IsBinary = packet.IsBinary;
    }

    /// <summary>The request that identifies the WebSocket.</summary>
    public EngineIOClientRequest Request { get; }

    /// <summary>The message. The memory never changes.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Whether the message is binary; otherwise it is text.</summary>
    public bool IsBinary { get; }
}

/// <summary>
/// For the host: close a WebSocket after the messages that were sent before, or abandon it if it is not open yet. No events for it follow,
/// and reports about it have no effect.
/// </summary>
public sealed class EndWebSocket : EngineIOEvent
{
    internal EndWebSocket(EngineIOClientRequest request, ushort code)
    {
        Request = request;
        Code = code;
    }

    /// <summary>The request that identifies the WebSocket.</summary>
    public EngineIOClientRequest Request { get; }

    /// <summary>The close code (RFC 6455 §7.4.1).</summary>
    public ushort Code { get; }
}

/// <summary>For the application: the session is open, and messages can be sent.</summary>
public sealed class ClientOpened : EngineIOEvent
{
    internal ClientOpened(EngineIOOpening opening) => Opening = opening;

    /// <summary>The data of the server's open packet.</summary>
    public EngineIOOpening Opening { get; }
}

/// <summary>For the application: a transport has failed. The session continues with the next transport, or with the one in use.</summary>
public sealed class TransportFailed : EngineIOEvent
{
    internal TransportFailed(EngineIOFailure failure) => Failure = failure;

    /// <summary>What went wrong.</summary>
    public EngineIOFailure Failure { get; }
}

/// <summary>For the application: the session is closed. It is the last event. Messages that were not sent yet are dropped.</summary>
public sealed class ClientClosed : EngineIOEvent
{
    internal ClientClosed(CloseReason reason, EngineIOFailure? failure, bool wasOpen)
    {
        Reason = reason;
        Failure = failure;
        WasOpen = wasOpen;
    }

    /// <summary>The reason. <see cref="CloseReason.ForcedClose"/> means that the application closed the session.</summary>
    public CloseReason Reason { get; }

    /// <summary>The error; null if there was none.</summary>
    public EngineIOFailure? Failure { get; }

    /// <summary>Whether the session was open before.</summary>
    public bool WasOpen { get; }
}
