using System;
using System.Text;

namespace WsProto;

/// <summary>The end of the connection (<see href="https://www.rfc-editor.org/rfc/rfc6455#section-7">RFC 6455 §7</see>).</summary>
/// <remarks>
/// Received with <see cref="CloseCode.AbnormalClosure"/>, the transport ended without a Close. Received with <see cref="Error"/>, the peer
/// broke the protocol or a limit. In each case: if the state is <see cref="ConnectionState.RemoteClosing"/> send <see cref="Response"/>,
/// then close the transport.
/// </remarks>
/// <param name="Code">
/// Why. To be sent: 1000-1003, 1007-1014, 3000-4999, or <see cref="CloseCode.NoStatusReceived"/> for a Close without a code.
/// </param>
/// <param name="Reason">More in words, or null; at most 123 bytes of UTF-8 are sent, the rest is cut off between characters.</param>
public sealed record CloseConnection(CloseCode Code, string? Reason = null) : WsEvent
{
    /// <summary>
    /// Received: how the peer broke the protocol; <see cref="Code"/> and <see cref="Reason"/> are then what it is to be told. Null if it
    /// closed, or if the transport ended.
    /// </summary>
    public ProtocolError? Error { get; init; }

    /// <summary>
    /// Received with <see cref="ProtocolError.ExtensionFailed"/>: what an extension threw; null if it threw nothing. Left out of equality
    /// and of <see cref="Response"/>.
    /// </summary>
    public Exception? Exception { get; init; }

    internal override EventKind Kind => EventKind.CloseConnection;

    /// <summary>
    /// The Close to answer with, which "typically echoes the status code" (RFC 6455 §5.5.1). A client's 1010 is answered with 1000, as
    /// servers do not send it (§7.4.1).
    /// </summary>
    public CloseConnection Response() => this with
    {
        Code = Error is null && Code == CloseCode.MandatoryExtension ? CloseCode.NormalClosure : Code,
        Error = null,
        Exception = null,
    };

    /// <inheritdoc/>
    public bool Equals(CloseConnection? other) => other is not null && Code == other.Code && Reason == other.Reason && Error == other.Error;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Code, Reason, Error);

    /// <inheritdoc/>
    protected override bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Code = ").Append(Code);
        if (Reason is not null)
            builder.Append(", Reason = ").AppendText(Reason, LogText.MaxWords);
        builder.AppendUnless(nameof(Error), Error, null);
        if (Exception is not null)
            builder.Append(", Exception = ").AppendName(Exception.GetType().ToString());
        return true;
    }
}
