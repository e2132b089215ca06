using System;
using System.Buffers;
using WsProto.Framing;

namespace WsProto.Extensions;

/// <summary>
/// An extension as it was agreed on for one connection (<see href="https://www.rfc-editor.org/rfc/rfc6455#section-9">RFC 6455 §9</see>). It
/// sees the frames of that connection and may keep state.
/// </summary>
/// <remarks>
/// <para>
/// It has a receiving and a sending side. Each side is called one call at a time, but both may be called at the same time from two threads,
/// as the halves of a connection are independent. So keep the state of both sides apart.
/// </para>
/// <para>
/// What the receiving side throws fails the connection with 1011 and is reported in <see cref="CloseConnection.Exception"/>. What
/// <see cref="SendPayload"/> throws reaches the sender: nothing was written, and no data can be sent any more, only a Close. What
/// <see cref="EndReceiving"/> and <see cref="EndSending"/> throw, and <see cref="ReleaseIdle"/> where the caller asks for it, is ignored,
/// as an ending has to complete and nobody is left to tell; so catch there what you want to know.
/// </para>
/// <para>
/// Each of the two endings is called once, whatever ends the connection. An object that a template made and that no connection was opened
/// with, as when the handshake failed later, is only dropped. So get what has to be freed when it is first used.
/// </para>
/// </remarks>
public abstract class ExtensionCodec
{
    /// <summary>Makes the codec of one connection.</summary>
    /// <param name="agreed">What was agreed on: the server's answer.</param>
    /// <param name="reservedBits">The bits of the frame header that the extension gives a meaning to. Default: none.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are bits that are not reserved.</exception>
    protected ExtensionCodec(ExtensionElement agreed, ReservedBits reservedBits = ReservedBits.None)
    {
        ArgumentNullException.ThrowIfNull(agreed);
        if ((reservedBits & ~ReservedBits.All) != 0)
            throw new ArgumentOutOfRangeException(
                nameof(reservedBits), reservedBits, "RSV1, RSV2 and RSV3 are for extensions (RFC 6455 §5.2).");
        Agreed = agreed;
        ReservedBits = reservedBits;
    }

    /// <summary>What was agreed on: the element of the server's answer.</summary>
    public ExtensionElement Agreed { get; }

    /// <summary>The bits of the frame header that the extension gives a meaning to. No two extensions of a connection share one.</summary>
    public ReservedBits ReservedBits { get; }

    /// <summary>Receiving: looks at the header of a frame, once for each frame, control frames included. Default: done.</summary>
    /// <param name="header">The header; all its reserved bits belong to some agreed extension.</param>
    protected internal virtual ExtensionResult ReceiveHeader(in FrameHeader header) => ExtensionResult.Done;

    /// <summary>
    /// Receiving: undoes the extension for a piece of a data frame. Called for each piece that arrives, and with
    /// <paramref name="frameFinished"/> for the last piece of each frame, which may be empty. Default: copies.
    /// </summary>
    /// <param name="payload">What is left of the piece, unmasked. Cut off what was used.</param>
    /// <param name="frameFinished">Whether the piece ends the frame.</param>
    /// <param name="output">
    /// Takes the result. Write at most one span at a time and return <see cref="ExtensionResult.More"/>, so that limits hold.
    /// </param>
    /// <returns><see cref="ExtensionResult.Done"/> when all of <paramref name="payload"/> was used and written.</returns>
    protected internal virtual ExtensionResult ReceivePayload(
        ref ReadOnlySpan<byte> payload, bool frameFinished, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        Span<byte> room = output.GetSpan();
        int count = Math.Min(payload.Length, room.Length);
        payload[..count].CopyTo(room);
        output.Advance(count);
        payload = payload[count..];
        return payload.IsEmpty ? ExtensionResult.Done : ExtensionResult.More;
    }

    /// <summary>
    /// Receiving: releases what the object holds for receiving. Called once, when the peer has closed or broken the protocol, when the
    /// stream has ended, or when the connection is disposed of; a message may still be finished on the sending side. Default: nothing.
    /// </summary>
    protected internal virtual void EndReceiving()
    {
    }

    /// <summary>
    /// Sending: applies the extension to a data frame that is about to be sent. Control frames are not offered. Default: copies, claims no
    /// bit.
    /// </summary>
    /// <param name="header">
    /// The frame as the extensions before this one made it; <see cref="FrameHeader.PayloadLength"/> is that of <paramref name="payload"/>.
    /// </param>
    /// <param name="compress">The message's own <see cref="Message.Compress"/>.</param>
    /// <param name="payload">The data to transform.</param>
    /// <param name="output">Takes the result.</param>
    /// <returns>The bits to set, out of <see cref="ReservedBits"/>.</returns>
    protected internal virtual ReservedBits SendPayload(
        in FrameHeader header, bool? compress, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write(payload);
        return ReservedBits.None;
    }

    /// <summary>
    /// Sending: releases memory that the object does not need until it is used again, and forgets what was sent: nothing that is sent
    /// later may refer to it. Called between frames, when the caller asks for it, and when the last frame could not be written, so that the
    /// peer does not know it; what is thrown in that case ends the sending of data. Default: nothing.
    /// </summary>
    protected internal virtual void ReleaseIdle()
    {
    }

    /// <summary>
    /// Sending: releases what the object holds for sending. Called once, when nothing more can be sent. Default: nothing.
    /// </summary>
    protected internal virtual void EndSending()
    {
    }

    /// <summary>What was agreed on, as it stands in a header.</summary>
    public override string ToString() => Agreed.ToString();
}
