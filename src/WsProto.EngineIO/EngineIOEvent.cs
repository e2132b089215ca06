// What comes out of a server's session: four instructions to the host, which does the I/O, and five events for the application. Those of a
// client are in EngineIOClientEvent.cs.

using System;
using System.Collections.Generic;
using Headers = System.Collections.Generic.IReadOnlyList<System.Collections.Generic.KeyValuePair<string, string>>;

namespace WsProto.EngineIO;

/// <summary>
/// What a session asks its host to do, or tells the application. Read by <see cref="EngineIOSession.TryReadEvent"/> or
/// <see cref="EngineIOClient.TryReadEvent"/>; do what they say in their order.
/// </summary>
public abstract class EngineIOEvent
{
    private protected EngineIOEvent()
    {
    }
}

/// <summary>To the host: answer a request.</summary>
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

    /// <summary>The header lines, without <c>Content-Length</c>, which the host knows after it has compressed or not.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>The body. It may be shared with answers of other sessions and never changes.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Whether the body should be compressed, if the client's <c>Accept-Encoding</c> allows it.</summary>
    public bool ShouldCompress { get; internal init; }

    /// <summary>Why the request was refused; null if it was not. For logs and counters.</summary>
    public EngineIOError? Error { get; internal init; }
}

/// <summary>
/// To the host: accept a WebSocket (RFC 6455 §4.2.2). Messages that follow are for it, and may have to wait until it is open.
/// </summary>
public sealed class AcceptWebSocket : EngineIOEvent
{
    internal AcceptWebSocket(EngineIORequest request, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        Request = request;
        Headers = headers;
    }

    /// <summary>The request, which stands for the WebSocket from now on.</summary>
    public EngineIORequest Request { get; }

    /// <summary>Header lines beside those of the WebSocket's handshake.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }
}

/// <summary>To the host: send a WebSocket message. Call <see cref="EngineIOSession.ReceiveWritten"/> when it was written.</summary>
public sealed class SendWebSocketMessage : EngineIOEvent
{
    internal SendWebSocketMessage(EngineIORequest request, Packet packet)
    {
        Request = request;
        Data = packet.OnWebSocket;
        IsBinary = packet.IsBinary;
    }

    /// <summary>The request that stands for the WebSocket.</summary>
    public EngineIORequest Request { get; }

    /// <summary>The message. It may be shared with other sessions and never changes.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Whether it is a binary message; else it is text.</summary>
    public bool IsBinary { get; }
}

/// <summary>To the host: close a WebSocket after what was sent before. Nothing more comes for it or is taken from it.</summary>
public sealed class CloseWebSocket : EngineIOEvent
{
    internal CloseWebSocket(EngineIORequest request, ushort code)
    {
        Request = request;
        Code = code;
    }

    /// <summary>The request that stands for the WebSocket.</summary>
    public EngineIORequest Request { get; }

    /// <summary>The close code (RFC 6455 §7.4.1).</summary>
    public ushort Code { get; }
}

/// <summary>To the application: the session is open, and messages may be sent. The first event that it gets.</summary>
public sealed class SessionOpened : EngineIOEvent
{
    internal SessionOpened(EngineIORequest request) => Request = request;

    /// <summary>The request of the handshake. The session does not keep it, so take what is needed from it now.</summary>
    public EngineIORequest Request { get; }
}

/// <summary>To the application: a message came.</summary>
public sealed class MessageReceived : EngineIOEvent
{
    internal MessageReceived(ReadOnlyMemory<byte> data, bool isBinary)
    {
        Data = data;
        IsBinary = isBinary;
    }

    /// <summary>
    /// The message, text as UTF-8. What came in a POST is the reader's to keep; text messages of one POST share an array, which lives as
    /// long as one of them; so does what came to a client in an answer. What came over a WebSocket is a part of the memory that was given
    /// to <see cref="EngineIOSession.ReceiveText"/>, <see cref="EngineIOSession.ReceiveBinary"/> or the client's methods of these names.
    /// </summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Whether it is a binary message; else it is text.</summary>
    public bool IsBinary { get; }
}

/// <summary>To the application: the session has moved from polling to a WebSocket.</summary>
public sealed class SessionUpgraded : EngineIOEvent
{
    internal static readonly SessionUpgraded Instance = new();

    private SessionUpgraded()
    {
    }
}

/// <summary>To the application: nothing waits any more, after something had to.</summary>
public sealed class SessionDrained : EngineIOEvent
{
    internal static readonly SessionDrained Instance = new();

    private SessionDrained()
    {
    }
}

/// <summary>To the application: the session is over. The last event that it gets; messages that had not left are dropped.</summary>
public sealed class SessionClosed : EngineIOEvent
{
    internal SessionClosed(CloseReason reason, EngineIOError? error, string? detail)
    {
        Reason = reason;
        Error = error;
        Detail = detail;
    }

    /// <summary>Why.</summary>
    public CloseReason Reason { get; }

    /// <summary>What exactly was wrong; null if nothing was.</summary>
    public EngineIOError? Error { get; }

    /// <summary>A sentence for logs, with the limit if there was one; null if there is nothing to add.</summary>
    public string? Detail { get; }
}
