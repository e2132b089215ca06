// Decompresses the payloads of one direction, RFC 7692 §7.2.2, in steps of one span of the output.
//
// "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end of the payload": they complete the empty block that the sender ended with. One
// octet more is shown after them and must be left over, and none of the five may become data: so it is known that the payload ended where a
// block may end, and was not cut off. A block may be the final one (BFINAL, §7.2.3.4); what follows it begins a new stream. That costs far
// more than the two octets that an empty final block takes, so they are counted.

using System;
using System.Buffers;

namespace WsProto.Extensions;

internal sealed class Inflater(int windowBits) : IDisposable
{
    /// <summary>The most final blocks of a message. A sender needs one for each frame at most.</summary>
    internal const int MaxFinalBlocks = 1024;

    private ZlibStream? _stream;
    private int _finalBlocks;

    private static ReadOnlySpan<byte> TailAndProbe => [0x00, 0x00, 0xFF, 0xFF, 0x00];

    /// <summary>Whether native memory is held.</summary>
    internal bool IsAlive => _stream is not null;

    /// <summary>Inflates one step.</summary>
    /// <param name="payload">What is left of the piece.</param>
    /// <param name="messageFinished">Whether the piece is the last of its message.</param>
    /// <param name="output">Takes one span.</param>
    internal ExtensionResult Step(ref ReadOnlySpan<byte> payload, bool messageFinished, IBufferWriter<byte> output)
    {
        _stream ??= ZlibStream.ForInflate(windowBits);
        Span<byte> room = output.GetSpan();
        ZlibStatus status = Run(_stream, ref payload, room, out int written);
        output.Advance(written);
        switch (status)
        {
            case ZlibStatus.StreamEnd:
                // zlib stays at the end of a final block until something follows; a message may end there as well, as nothing is missing.
                if (!messageFinished && payload.IsEmpty)
                    return ExtensionResult.Done;
                if (_finalBlocks == MaxFinalBlocks)
                    return ExtensionResult.Failed(CloseCode.PolicyViolation);
                Restart(_stream);
                return payload.IsEmpty ? Done(messageFinished) : ExtensionResult.More;
            case ZlibStatus.Ok or ZlibStatus.BufferError:
                // There may be more where the room was filled; zlib says BufferError where there was nothing left to do.
                if (!payload.IsEmpty || written == room.Length)
                    return ExtensionResult.More;
                return !messageFinished || IsComplete(_stream) ? Done(messageFinished) : Failed;
            default:
                return Failed;
        }
    }

    private ExtensionResult Done(bool messageFinished)
    {
        if (messageFinished)
            _finalBlocks = 0;
        return ExtensionResult.Done;
    }

    /// <summary>
    /// 1007 stands for data that does not fit the kind of message (RFC 6455 §7.4.1); no code is prescribed for a broken stream.
    /// </summary>
    private static ExtensionResult Failed => ExtensionResult.Failed(CloseCode.InvalidPayloadData);

    /// <summary>Passes over final blocks that hold nothing more.</summary>
    private ZlibStatus Run(ZlibStream stream, ref ReadOnlySpan<byte> payload, scoped Span<byte> room, out int written)
    {
        ZlibStatus status = stream.Run(ref payload, room, ZlibFlush.None, out written);
        while (status == ZlibStatus.StreamEnd && written == 0 && !payload.IsEmpty && _finalBlocks < MaxFinalBlocks)
        {
            Restart(stream);
            status = stream.Run(ref payload, room, ZlibFlush.None, out written);
        }

        return status;
    }

    private void Restart(ZlibStream stream)
    {
        _finalBlocks++;
        stream.Restart();
    }

    private static bool IsComplete(ZlibStream stream)
    {
        Span<byte> room = stackalloc byte[1];
        ReadOnlySpan<byte> tail = TailAndProbe;
        ZlibStatus status = stream.Run(ref tail, room, ZlibFlush.Block, out int written);
        return status == ZlibStatus.Ok && tail.Length == 1 && written == 0;
    }

    /// <summary>Lets go of the native memory, and of the history with it.</summary>
    public void Dispose()
    {
        _stream?.Dispose();
        _stream = null;
    }
}
