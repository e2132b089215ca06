// The events of a server's session: four instructions for the host, which does the I/O, and five events for the application. Those of a
// client are in EngineIOClientEvent.cs.

using System;
using System.Collections.Generic;
using Headers = System.Collections.Generic.IReadOnlyList<System.Collections.Generic.KeyValuePair<string, string>>;

namespace WsProto.EngineIO;

/// <summary>An instruction for the host of a session, or an event for the application.</summary>
/// <remarks>
/// Read it with <see cref="EngineIOSession.TryReadEvent"/> or <see cref="EngineIOClient.TryReadEvent"/>, and handle events in order.
/// </remarks>
public abstract class EngineIOEvent
{
    private protected EngineIOEvent()
    {
    }
}

/// <summary>For the host: send the response to a request.</summary>
public sealed class AnswerRequest : EngineIOEvent
{
    internal AnswerRequest(EngineIORequest request, int status, Headers headers, ReadOnlyMemory<byte> body)
    {
        Request = request;
        Status = status;
        Headers = headers;
        Body = body;
    }

    /// <summary>The request.</summary>
    public EngineIORequest Request { get; }

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The headers, without <c>Content-Length</c>, which depends on whether the host compresses the body.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>The body. Responses of other sessions may share the memory. It never changes.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Whether to compress the body, if the client's <c>Accept-Encoding</c> allows it.</summary>
    public bool ShouldCompress { get; internal init; }

    /// <summary>Why the request was refused; null if it was not. For logs and metrics.</summary>
    public EngineIOError? Error { get; internal init; }
}

/// <summary>
/// For the host: accept a WebSocket (RFC 6455 §4.2.2). Messages for it may follow before it is open; send them in order once it is.
/// </summary>
public sealed class AcceptWebSocket : EngineIOEvent
{
    internal AcceptWebSocket(EngineIORequest request, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        Request = request;
        Headers = headers;
    }

    /// <summary>The request, which identifies the WebSocket from now on.</summary>
    public EngineIORequest Request { get; }

    /// <summary>The response headers to send in addition to those of the WebSocket handshake.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }
}

/// <summary>For the host: send a WebSocket message. Call <see cref="EngineIOSession.ReceiveWritten"/> when it was written.</summary>
public sealed class SendWebSocketMessage : EngineIOEvent
{
    internal SendWebSocketMessage(EngineIORequest request, Packet packet)
    {
        Request = request;
        Data = packet.OnWebSocket;
        IsBinary = packet.IsBinary;
    }

    /// <summary>The request that identifies the WebSocket.</summary>
    public EngineIORequest Request { get; }

    /// <summary>The message. Other sessions may share the memory. It never changes.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Whether the message is binary; otherwise it is text.</summary>
    public bool IsBinary { get; }
}

/// <summary>
/// For the host: close a WebSocket after the messages that were sent before. No events for it follow, and reports about it have no effect.
/// </summary>
public sealed class CloseWebSocket : EngineIOEvent
{
    internal CloseWebSocket(EngineIORequest request, ushort code)
    {
        Request = request;
        Code = code;
    }

    /// <summary>The request that identifies the WebSocket.</summary>
    public EngineIORequest Request { get; }

    /// <summary>The close code (RFC 6455 §7.4.1).</summary>
    public ushort Code { get; }
}

/// <summary>For the application: the session is open, and messages can be sent. It is the first event.</summary>
public sealed class SessionOpened : EngineIOEvent
{
    internal SessionOpened(EngineIORequest request) => Request = request;

    /// <summary>The request of the handshake. The session does not keep it, so copy what you need from it now.</summary>
    public EngineIORequest Request { get; }
}

/// <summary>For the application: a message was received.</summary>
public sealed class MessageReceived : EngineIOEvent
{
    internal MessageReceived(ReadOnlyMemory<byte> data, bool isBinary)
    {
        Data = data;
        IsBinary = isBinary;
    }

    /// <summary>The message; text is UTF-8.</summary>
    /// <remarks>
    /// A message that was received by polling may be kept; messages of one payload share an array, which stays in memory as long as one of
    /// them. A message of a WebSocket is a part of the memory that the host passed to <see cref="EngineIOSession.ReceiveText"/>,
    /// <see cref="EngineIOSession.ReceiveBinary"/> or the methods of the client with these names.
    /// </remarks>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Whether the message is binary; otherwise it is text.</summary>
    public bool IsBinary { get; }
}

/// <summary>For the application: the session has upgraded from polling to a WebSocket.</summary>
public sealed class SessionUpgraded : EngineIOEvent
{
    internal static readonly SessionUpgraded Instance = new();

    private SessionUpgraded()
    {
    }
}

/// <summary>For the application: all messages that had to wait were sent.</summary>
public sealed class SessionDrained : EngineIOEvent
{
    internal static readonly SessionDrained Instance = new();

    private SessionDrained()
    {
    }
}

/// <summary>For the application: the session is closed. It is the last event. Messages that were not sent yet are dropped.</summary>
public sealed class SessionClosed : EngineIOEvent
{
    internal SessionClosed(CloseReason reason, EngineIOError? error, string? detail)
    {
        Reason = reason;
        Error = error;
        Detail = detail;
    }

    /// <summary>The reason.</summary>
    public CloseReason Reason { get; }

    /// <summary>The exact error; null if there was none.</summary>
    public EngineIOError? Error { get; }

    /// <summary>A description for logs, with the limit that was exceeded, if any; null if there is nothing to add.</summary>
    public string? Detail { get; }
}
