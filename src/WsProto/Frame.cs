using System;
using System.Diagnostics;
using System.Text;
using WsProto.Framing;

namespace WsProto;

/// <summary>
/// One frame's worth of data as it lies in the connection's own buffer: the path without allocation. See <see cref="WsConnection.TryReadFrame"/>.
/// </summary>
/// <remarks>
/// It is a view. It is valid until the next call on the connection that it came from, whatever that call is; copy what must live longer.
/// How much of a message it holds is set by <see cref="WsConnectionOptions.MessageDelivery"/>.
/// </remarks>
[DebuggerDisplay("{Opcode}, {Payload.Length} bytes, MessageFinished = {MessageFinished}")]
public readonly ref struct Frame
{
    internal Frame(Opcode opcode, ReadOnlySpan<byte> payload, bool frameFinished, bool messageFinished)
    {
        Opcode = opcode;
        Payload = payload;
        FrameFinished = frameFinished;
        MessageFinished = messageFinished;
    }

    /// <summary>Text or Binary, also for the later frames of a message; or Ping, Pong, Close.</summary>
    public Opcode Opcode { get; }

    /// <summary>
    /// The payload, unmasked and with extensions undone. A Text payload is valid UTF-8 and never cuts a character; a Close payload is
    /// empty, or a 2-byte code in network order and a reason in UTF-8 (RFC 6455 §5.5.1).
    /// </summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Decodes the payload as a new string: that of a text, or any other that is UTF-8.</summary>
    public string GetText() => Encoding.UTF8.GetString(Payload);

    /// <summary>Close: the code, <see cref="CloseCode.NoStatusReceived"/> where there is none (RFC 6455 §7.1.5), and the reason; null for none.</summary>
    /// <exception cref="InvalidOperationException">The frame is no Close.</exception>
#pragma warning disable CA1024 // It decodes a new string each time and throws, which a property should not.
    public (CloseCode Code, string? Reason) GetClose() =>
#pragma warning restore CA1024
        Opcode == Opcode.Close ? ClosePayload.Read(Payload) : throw new InvalidOperationException("The frame is no Close.");

    /// <summary>Whether the payload reaches the end of a frame on the wire. Always true under <see cref="MessageDelivery.Whole"/> and for control frames.</summary>
    public bool FrameFinished { get; }

    /// <summary>Whether the payload reaches the end of the message. Always true under <see cref="MessageDelivery.Whole"/> and for control frames.</summary>
    public bool MessageFinished { get; }
}
