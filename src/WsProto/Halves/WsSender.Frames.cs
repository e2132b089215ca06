// What the sending half does with an event that may be sent: data and control frames to the writer.
//
// A frame is written by one Advance, so a writer that throws has taken nothing and the state is as it was. Where a frame takes several, or
// an extension has transformed the data already, a failure in between breaks the half: it sends nothing more (§5.4 leaves no way to give a
// frame up).

using System;
using System.Buffers;
using WsProto.Extensions;
using WsProto.Framing;

namespace WsProto;

public sealed partial class WsSender
{
    private void SendText(ReadOnlySpan<char> text, bool messageFinished, bool? compress, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        AllowData(Opcode.Text);
        if (_extensions is not null)
        {
            SendTransformedText(text, messageFinished, compress, output);
            return;
        }

        FrameWriter.Write(FirstOctet(Opcode.Text, messageFinished), text, Masks, NextKey(), output);
        EndData(Opcode.Text, messageFinished);
    }

    private void SendTransformedText(ReadOnlySpan<char> text, bool messageFinished, bool? compress, IBufferWriter<byte> output)
    {
        byte[] utf8 = _options.Pool.Rent(Utf8Validator.Strict.GetByteCount(text));
        try
        {
            int length = Utf8Validator.Strict.GetBytes(text, utf8);
            SendData(Opcode.Text, utf8.AsSpan(0, length), messageFinished, compress, output);
        }
        finally
        {
            _options.Pool.Return(utf8);
        }
    }

    private void SendData(Opcode kind, ReadOnlySpan<byte> data, bool messageFinished, bool? compress, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        AllowData(kind);
        if (_extensions is not null)
        {
            var header = new FrameHeader(messageFinished, ReservedBits.None, OpcodeOnWire(kind), data.Length);
            SendTransformed(_extensions, header, compress, data, output);
        }
        else if (data.Length <= FrameWriter.Step)
            FrameWriter.Write(FirstOctet(kind, messageFinished), data, Masks, NextKey(), output);
        else
            SendInSteps(FirstOctet(kind, messageFinished), data, output);
        EndData(kind, messageFinished);
    }

    private void SendInSteps(byte firstOctet, ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        bool isBegun = false;
        bool isComplete = false;
        try
        {
            FrameWriter.WriteInSteps(firstOctet, data, Masks, NextKey(), output, ref isBegun);
            isComplete = true;
        }
        finally
        {
            if (isBegun && !isComplete)
                Break();
        }
    }

    /// <summary>
    /// Where the writer throws and has taken nothing, the frame does not go out; so what comes later must not refer to it.
    /// </summary>
    private void SendTransformed(
        ExtensionSender extensions, FrameHeader header, bool? compress, ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        ReceiveBuffer transformed = extensions.Send(ref header, compress, data);
        bool isComplete = false;
        try
        {
            if (transformed.UnreadCount <= FrameWriter.Step)
                FrameWriter.Write(header.FirstOctet, transformed.Unread, Masks, NextKey(), output);
            else
                SendInSteps(header.FirstOctet, transformed.Unread, output);
            isComplete = true;
        }
        finally
        {
            transformed.Release();
            if (!isComplete)
                extensions.GiveUpLast();
        }
    }

    private void SendControl(Opcode opcode, Trigger trigger, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        Allow(trigger, opcode == Opcode.Ping ? EventKind.Ping : EventKind.Pong);
        if (payload.Length > FrameHeader.MaxControlPayload)
            throw new ArgumentException("The payload of a control frame is at most 125 bytes (RFC 6455 §5.5).", nameof(payload));
        FrameWriter.Write(FrameHeader.FirstOctetOf(isFinal: true, ReservedBits.None, opcode), payload, Masks, NextKey(), output);
    }
}
