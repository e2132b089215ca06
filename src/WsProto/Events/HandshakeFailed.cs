using System;
using System.Text;

namespace WsProto;

/// <summary>The handshake cannot succeed: the peer broke its rules or a limit, or the transport ended.</summary>
/// <remarks>
/// On a server, send <see cref="Response"/>, then close the transport. On a client the connection is <see cref="ConnectionState.Closed"/>:
/// close the transport.
/// </remarks>
public sealed record HandshakeFailed : WsEvent
{
    /// <summary>What exactly was wrong.</summary>
    public required ProtocolError Error { get; init; }

    /// <summary>The same in words, for logs; holds nothing that the peer sent.</summary>
    public required string Message { get; init; }

    /// <summary>Server: the answer to send. Null on a client, and where nobody is left to answer.</summary>
    public RejectConnection? Response { get; init; }

    /// <summary>
    /// Server: the request, where it is well-formed HTTP/1 but no opening request, so that an application can answer those that ask for no
    /// WebSocket, such as a health check. Null on a client, where there is no such request, and from <see cref="ServerNegotiation"/>,
    /// whose caller has it.
    /// </summary>
    public HttpRequestHead? RequestHead { get; init; }

    /// <summary>
    /// Client: what an extension threw when it judged the server's answer; null if it threw nothing. Left out of equality.
    /// </summary>
    public Exception? Exception { get; init; }

    internal override EventKind Kind => EventKind.HandshakeFailed;

    /// <inheritdoc/>
    public bool Equals(HandshakeFailed? other) =>
        other is not null
        && Error == other.Error
        && Message == other.Message
        && Equals(Response, other.Response)
        && RequestHead == other.RequestHead;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Error, Message, Response, RequestHead);

    /// <inheritdoc/>
    protected override bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Error = ").Append(Error).Append(", Message = ").AppendText(Message, LogText.MaxWords);
        builder.AppendUnless(nameof(Response), Response, null);
        builder.AppendUnless(nameof(RequestHead), RequestHead, null);
        if (Exception is not null)
            builder.Append(", Exception = ").AppendName(Exception.GetType().ToString());
        return true;
    }
}
