using System;
using System.Diagnostics;
using System.Text;
using WsProto.Framing;

namespace WsProto;

/// <summary>
/// One frame's worth of data as it lies in the connection's own buffer: the path without allocation. See
/// <see cref="WsConnection.TryReadFrame"/>.
/// </summary>
/// <remarks>
/// It is a view of the buffer for receiving. It is valid until the next call that receives, reads, releases memory or disposes, on the
/// connection or the <see cref="WsReceiver"/> that it came from; sending leaves it as it is, so what came in can be sent on or answered.
/// Copy what must live longer: <see cref="GetText"/> and <see cref="GetClose"/> do, <see cref="Payload"/> does not. How much of a message
/// it holds is set by <see cref="WsConnectionOptions.MessageDelivery"/> and <see cref="WsConnectionOptions.MaxWholeMessageSize"/>.
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public readonly ref struct Frame
{
    private readonly FrameFacts _facts;

    internal Frame(ReadOnlySpan<byte> payload, Opcode opcode, bool frameFinished, bool messageFinished)
    {
        Payload = payload;
        _facts = (FrameFacts)opcode | (frameFinished ? FrameFacts.FrameFinished : 0) | (messageFinished ? FrameFacts.MessageFinished : 0);
    }

    /// <summary>Makes a message in one frame.</summary>
    internal Frame(ReadOnlySpan<byte> payload, Opcode opcode, bool isAscii)
    {
        Payload = payload;
        _facts = (FrameFacts)opcode | FrameFacts.FrameFinished | FrameFacts.MessageFinished | (isAscii ? FrameFacts.Ascii : 0);
    }

    /// <summary>Text or Binary, also for the later frames of a message; or Ping, Pong, Close.</summary>
    public Opcode Opcode => (Opcode)(_facts & FrameFacts.Opcode);

    /// <summary>
    /// The payload, unmasked and with extensions undone. A Text payload is valid UTF-8 and never cuts a character; a Close payload is
    /// empty, or a 2-byte code in network order and a reason in UTF-8 (RFC 6455 §5.5.1). That of a Ping is what its Pong has to carry
    /// (§5.5.3).
    /// </summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>
    /// Decodes the payload as a new string: that of a text, or any other that is UTF-8; what is not gives U+FFFD. Twice as fast where a
    /// message in one frame was found to be ASCII while it was unmasked.
    /// </summary>
    public string GetText() => ((_facts & FrameFacts.Ascii) != 0 ? Encoding.Latin1 : Encoding.UTF8).GetString(Payload);

    /// <summary>
    /// Close: the code, <see cref="CloseCode.NoStatusReceived"/> where there is none (RFC 6455 §7.1.5), and the reason, a new string; null
    /// for none.
    /// </summary>
    /// <exception cref="InvalidOperationException">The frame is no Close.</exception>
#pragma warning disable CA1024 // It decodes a new string each time and throws, which a property should not.
    public (CloseCode Code, string? Reason) GetClose() =>
#pragma warning restore CA1024
        Opcode == Opcode.Close ? ClosePayload.Read(Payload) : throw new InvalidOperationException("The frame is no Close.");

    /// <summary>
    /// Whether the payload reaches the end of a frame on the wire. Always true for whole messages and for control frames.
    /// </summary>
    public bool FrameFinished => (_facts & FrameFacts.FrameFinished) != 0;

    /// <summary>
    /// Whether the payload reaches the end of the message. Always true for whole messages and for control frames.
    /// </summary>
    public bool MessageFinished => (_facts & FrameFacts.MessageFinished) != 0;

    /// <summary>
    /// The frame for a log, by the same rules as events: at most the first 64 characters of a text or 32 bytes of another payload, on one
    /// line.
    /// </summary>
    public override string ToString()
    {
        StringBuilder builder = new StringBuilder("Frame { Opcode = ").Append(Opcode).Append(", Payload = ");
        if (Opcode == Opcode.Text)
            builder.AppendUtf8(Payload);
        else
            builder.AppendBytes(Payload);
        builder.AppendUnless(nameof(FrameFinished), FrameFinished, true);
        builder.AppendUnless(nameof(MessageFinished), MessageFinished, true);
        return builder.Append(" }").ToString();
    }
}

/// <summary>What a frame is beside its payload, in one register.</summary>
[Flags]
internal enum FrameFacts
{
    None = 0,
    Opcode = 0b0000_1111,
    FrameFinished = 0b0001_0000,
    MessageFinished = 0b0010_0000,

    /// <summary>Unmasking has shown that the payload is ASCII.</summary>
    Ascii = 0b0100_0000,
}
