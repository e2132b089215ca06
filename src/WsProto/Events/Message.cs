using System.Text;

namespace WsProto;

/// <summary>
/// A message, or a piece of one (<see href="https://www.rfc-editor.org/rfc/rfc6455#section-5.6">RFC 6455 §5.6</see>):
/// <see cref="TextMessage"/> or <see cref="BytesMessage"/>.
/// </summary>
public abstract record Message : WsEvent
{
    /// <summary>
    /// Received: whether the data reaches the end of a frame on the wire. Ignored when sent, as each event becomes one frame. Default:
    /// true.
    /// </summary>
    public bool FrameFinished { get; init; } = true;

    /// <summary>
    /// Whether the data reaches the end of the message; false when sent leaves the message open for more of the same kind. Default: true.
    /// </summary>
    public bool MessageFinished { get; init; } = true;

    /// <summary>
    /// Sent: false sends this message uncompressed, for example because it mixes secrets with text that an attacker chose. Null lets the
    /// extension decide. Null when received.
    /// </summary>
    public bool? Compress { get; init; }

    private protected void AppendFlags(StringBuilder builder)
    {
        builder.AppendUnless(nameof(FrameFinished), FrameFinished, true);
        builder.AppendUnless(nameof(MessageFinished), MessageFinished, true);
        builder.AppendUnless(nameof(Compress), Compress, null);
    }
}
