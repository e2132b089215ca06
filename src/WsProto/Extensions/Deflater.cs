// Compresses the payloads of one direction, RFC 7692 §7.2.1: «Compress all the octets of the payload of the message using DEFLATE»,
// end with an empty block without compression, and «remove 4 octets (that are 0x00 0x00 0xff 0xff) from the tail end».
//
// Each frame is flushed, so that the peer can read it when it arrives; the four octets are cut from the last one only.

using System;
using System.Buffers;
using WsProto.Framing;

namespace WsProto.Extensions;

internal sealed class Deflater(int level, int windowBits, int memoryLevel) : IDisposable
{
    private const int TailLength = 4;

    /// <summary>A flush needs more room than this to be told from one that is not complete (zlib.h).</summary>
    private const int LeastRoom = 64;

    private ZlibStream? _stream;

    /// <summary>Whether native memory is held.</summary>
    internal bool IsAlive => _stream is not null;

    /// <summary>Compresses one frame's payload into a buffer that the caller releases.</summary>
    internal ReceiveBuffer Compress(ReadOnlySpan<byte> payload)
    {
        _stream ??= ZlibStream.ForDeflate(level, windowBits, memoryLevel);
        var output = new ReceiveBuffer(ArrayPool<byte>.Shared);
        bool isFull;
        do
        {
            // Text shrinks to about a third; what does not is written in further steps.
            Span<byte> room = output.GetSpan(Math.Max(LeastRoom, payload.Length / 2));
            _stream.Run(ref payload, room, ZlibFlush.Sync, out int written);
            output.Advance(written);
            isFull = written == room.Length;
        }
        while (isFull);
        return output;
    }

    /// <summary>
    /// What the last frame of a message holds: all but the four octets. zlib writes nothing where nothing came since the last flush; the
    /// empty block is a single octet then (§7.2.3.6).
    /// </summary>
    internal static ReadOnlySpan<byte> WithoutTail(ReadOnlySpan<byte> compressed) => compressed.IsEmpty ? [0x00] : compressed[..^TailLength];

    /// <summary>Lets go of the native memory, and of the history with it: the next message refers to none, which needs nobody's consent.</summary>
    public void Dispose()
    {
        _stream?.Dispose();
        _stream = null;
    }
}
