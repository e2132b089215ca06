using System;
using System.Buffers.Binary;
using System.Text;

namespace WsProto.Adapters.Sessions;

/// <summary>A frame that was read.</summary>
/// <param name="Opcode">Its kind.</param>
/// <param name="Payload">Where it lies: in the buffer of the connection, until that is read from again or advanced over.</param>
/// <param name="IsOwned">Whether the payload is an array of its own, and lasts.</param>
/// <param name="FrameFinished">As in <see cref="Frame.FrameFinished"/>.</param>
/// <param name="MessageFinished">As in <see cref="Frame.MessageFinished"/>.</param>
internal readonly record struct ReceivedFrame(
    Opcode Opcode, ReadOnlyMemory<byte> Payload, bool IsOwned, bool FrameFinished, bool MessageFinished)
{
    /// <summary>The same with a payload that lasts.</summary>
    internal ReceivedFrame ToOwned() => IsOwned ? this : this with { Payload = Payload.ToArray(), IsOwned = true };

    /// <summary>A message with data of its own.</summary>
    internal Message ToMessage() => Opcode == Opcode.Text
        ? new TextMessage(Encoding.UTF8.GetString(Payload.Span)) { FrameFinished = FrameFinished, MessageFinished = MessageFinished }
        : new BytesMessage(ToOwned().Payload) { FrameFinished = FrameFinished, MessageFinished = MessageFinished };

    /// <summary>The event that a frame of this kind is, with data of its own.</summary>
    internal WsEvent ToEvent() => Opcode switch
    {
        Opcode.Ping => new Ping(ToOwned().Payload),
        Opcode.Pong => new Pong(ToOwned().Payload),
        Opcode.Close => ToClose(),
        _ => ToMessage(),
    };

    /// <summary>
    /// "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer", the code; what follows is the reason (RFC
    /// 6455 §5.5.1).
    /// </summary>
    internal CloseConnection ToClose()
    {
        ReadOnlySpan<byte> payload = Payload.Span;
        if (payload.IsEmpty)
            return new CloseConnection(CloseCode.NoStatusReceived);
        string? reason = payload.Length == sizeof(ushort) ? null : Encoding.UTF8.GetString(payload[sizeof(ushort)..]);
        return new CloseConnection((CloseCode)BinaryPrimitives.ReadUInt16BigEndian(payload), reason);
    }
}
