using System;
using System.Globalization;

namespace WsProto.Adapters;

/// <summary>Who or what ended a session.</summary>
public enum WsCloseCause
{
    /// <summary>The peer sent the first Close.</summary>
    Peer = 0,

    /// <summary>This side closed first, or was disposed of.</summary>
    Local = 1,

    /// <summary>The peer broke the protocol or a limit; <see cref="CloseConnection.Error"/> says how.</summary>
    ProtocolError = 2,

    /// <summary>The transport ended or failed without a Close.</summary>
    Lost = 3,

    /// <summary>The peer did not answer a keep-alive Ping in time.</summary>
    KeepAlive = 4,

    /// <summary>The peer did not take messages fast enough (<see cref="SendOverflow.Close"/>).</summary>
    Overflow = 5,

    /// <summary>The transport took nothing of what was written for <see cref="WsSessionOptions.WriteTimeout"/>: the peer does not read.</summary>
    Stalled = 6,
}

/// <summary>The session is closed, so nothing can be sent on it.</summary>
public sealed class WsClosedException : WsException
{
    internal WsClosedException(CloseConnection close, WsCloseCause cause, Exception? inner)
        : base(string.Create(CultureInfo.InvariantCulture, $"The WebSocket is closed: {(int)close.Code}, {Describe(cause)}."), inner)
    {
        Code = close.Code;
        Reason = close.Reason;
        Error = close.Error;
        Cause = cause;
    }

    /// <summary>The code of the peer's Close; <see cref="CloseCode.AbnormalClosure"/> where none came.</summary>
    public CloseCode Code { get; }

    /// <summary>The reason in the peer's Close, or the description of what went wrong; null for none.</summary>
    public string? Reason { get; }

    /// <summary>How the peer broke the protocol; null if it did not.</summary>
    public ProtocolError? Error { get; }

    /// <summary>Who or what ended the session.</summary>
    public WsCloseCause Cause { get; }

    private static string Describe(WsCloseCause cause) => cause switch
    {
        WsCloseCause.Peer => "by the peer",
        WsCloseCause.Local => "by this side",
        WsCloseCause.ProtocolError => "because the peer broke the protocol",
        WsCloseCause.Lost => "because the transport was lost",
        WsCloseCause.KeepAlive => "because the peer did not answer a Ping",
        WsCloseCause.Overflow => "because too much waited to be sent",
        WsCloseCause.Stalled => "because the peer did not read",
    };
}

/// <summary>The connection was not opened: the server refused, or the handshake was broken or lost.</summary>
public sealed class WsHandshakeException : WsException
{
    internal WsHandshakeException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>How the peer broke the handshake; null if it did not.</summary>
    public ProtocolError? Error { get; init; }

    /// <summary>The status of the refusal, the server's or our own; null where there was none.</summary>
    public int? StatusCode { get; init; }

    /// <summary>The headers of the refusal; empty where there was none.</summary>
    public HeaderList Headers { get; init; } = [];

    /// <summary>The body of the refusal, of at most <see cref="WsConnectionOptions.MaxRejectBodySize"/> bytes; empty where there was none.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }
}
