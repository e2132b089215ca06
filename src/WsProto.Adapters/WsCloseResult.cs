using System;

namespace WsProto.Adapters;

/// <summary>
/// How a session was closed. It is complete as soon as it exists: when both Closes have been exchanged, or when it is clear that they never
/// will be. See <see cref="WsSession.CloseResult"/> and <see cref="WsSession.Completion"/>.
/// </summary>
public sealed record WsCloseResult
{
    /// <summary>
    /// The code of the peer's Close, or the one that the peer was told with <see cref="Error"/>; <see cref="CloseCode.AbnormalClosure"/>
    /// where no Close came (RFC 6455 §7.1.5).
    /// </summary>
    public required CloseCode Code { get; init; }

    /// <summary>The reason in the peer's Close, or the description of what the peer did wrong; null for none (RFC 6455 §7.1.6).</summary>
    public string? Reason { get; init; }

    /// <summary>Who or what ended the session first.</summary>
    public required WsCloseCause Cause { get; init; }

    /// <summary>Whether both sides have sent a Close and neither broke the protocol ("closed cleanly", RFC 6455 §7.1.4).</summary>
    public bool IsClean { get; init; }

    /// <summary>How the peer broke the protocol; null if it did not.</summary>
    public ProtocolError? Error { get; init; }

    /// <summary>What the transport, an observer or an extension threw; null for nothing.</summary>
    public Exception? Exception { get; init; }

    /// <summary>The result for a log: one line, in which a reason of the peer moves no cursor and changes no colour.</summary>
    public override string ToString()
    {
        string close = new CloseConnection(Code, Reason) { Error = Error }.ToString();
        string exception = Exception is null ? "" : $", Exception = {Exception.GetType()}";
        string named = close[close.IndexOf('{', StringComparison.Ordinal)..^2];
        return $"{nameof(WsCloseResult)} {named}, Cause = {Cause}, IsClean = {IsClean}{exception} }}";
    }
}
