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

    /// <summary>
    /// The transport took nothing of what was written for <see cref="WsSessionOptions.WriteTimeout"/>: the peer does not read.
    /// </summary>
    Stalled = 6,
}

/// <summary>The session is closed, so nothing can be sent on it.</summary>
public sealed class WsClosedException : WsException
{
    /// <summary>Makes an exception without a message of its own, as a test may want.</summary>
    public WsClosedException()
    {
    }

    /// <summary>Makes an exception with a message.</summary>
    /// <param name="message">What went wrong.</param>
    public WsClosedException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a message and its cause.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">The exception that caused it.</param>
    public WsClosedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal WsClosedException(WsCloseResult result)
        : this(result.Code, result.Cause, result.Reason, result.Exception)
    {
        Reason = result.Reason;
        Error = result.Error;
    }

    internal WsClosedException(CloseConnection close, WsCloseCause cause, Exception? inner)
        : this(close.Code, cause, close.Reason, inner)
    {
        Reason = close.Reason;
        Error = close.Error;
    }

    private WsClosedException(CloseCode code, WsCloseCause cause, string? reason, Exception? inner)
        : base(
            string.Create(CultureInfo.InvariantCulture, $"The WebSocket is closed: {(int)code}, {Describe(cause, code)}{Quote(reason)}."),
            inner)
    {
        Code = code;
        Cause = cause;
    }

    /// <summary>The code of the peer's Close; <see cref="CloseCode.AbnormalClosure"/> where none came.</summary>
    public CloseCode Code { get; init; } = CloseCode.AbnormalClosure;

    /// <summary>The reason in the peer's Close, or the description of what went wrong; null for none.</summary>
    public string? Reason { get; init; }

    /// <summary>How the peer broke the protocol; null if it did not.</summary>
    public ProtocolError? Error { get; init; }

    /// <summary>Who or what ended the session.</summary>
    public WsCloseCause Cause { get; init; } = WsCloseCause.Lost;

    /// <summary>A peer writes what it likes: the text of an event shows it so that no control character reaches a log.</summary>
    private static string Quote(string? reason)
    {
        if (string.IsNullOrEmpty(reason))
            return "";
        string shown = new CloseConnection(CloseCode.NormalClosure, reason).ToString();
        return $": {shown[shown.IndexOf('"', StringComparison.Ordinal)..^2]}";
    }

    private static string Describe(WsCloseCause cause, CloseCode code) => cause switch
    {
        WsCloseCause.Peer => "by the peer",
        WsCloseCause.Local => "by this side",
        WsCloseCause.ProtocolError when code == CloseCode.MessageTooBig => "because the peer exceeded a limit of this side",
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
    /// <summary>Makes an exception without a message of its own, as a test may want.</summary>
    public WsHandshakeException()
    {
    }

    /// <summary>Makes an exception with a message.</summary>
    /// <param name="message">What went wrong.</param>
    public WsHandshakeException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a message and its cause.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">The exception that caused it.</param>
    public WsHandshakeException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>How the peer broke the handshake; null if it did not.</summary>
    public ProtocolError? Error { get; init; }

    /// <summary>The status of the refusal, the server's or our own; null where there was none.</summary>
    public int? StatusCode { get; init; }

    /// <summary>The headers of the refusal; empty where there was none.</summary>
    public HeaderList Headers { get; init; } = [];

    /// <summary>
    /// The body of the refusal, of at most <see cref="WsConnectionOptions.MaxRejectBodySize"/> bytes; empty where there was none. Where the
    /// body did not come to its end, this is what had arrived, and the inner exception or <see cref="Error"/> says why.
    /// </summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>
    /// Server: whether the request was one for no WebSocket, which <see cref="WsAcceptOptions.OnHttpRequest"/> has answered. That is no
    /// failure.
    /// </summary>
    public bool WasHttpRequest { get; init; }
}
