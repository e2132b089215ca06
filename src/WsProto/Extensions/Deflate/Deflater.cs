// Compresses the payloads of one direction, RFC 7692 §7.2.1: "Compress all the octets of the payload of the message using DEFLATE",
// end with an empty block without compression, and "remove 4 octets (that are 0x00 0x00 0xff 0xff) from the tail end".
//
// Each frame is flushed, so that the peer can read it when it arrives; the four octets are cut from the last one only. So of a last
// frame the four newest octets are held back, until it is known whether more come.

using System;
using System.Buffers;

namespace WsProto.Extensions;

internal sealed class Deflater(int level, int windowBits, int memoryLevel) : IDisposable
{
    private const int TailLength = 4;

    /// <summary>A flush needs more room than this to be told from one that is not complete (zlib.h).</summary>
    private const int LeastRoom = 64;

    /// <summary>Up to this length there is room for all of the payload, so that one call of zlib does.</summary>
    private const int SmallPayload = 16 * 1024;

    private ZlibStream? _stream;

    /// <summary>Whether native memory is held.</summary>
    internal bool IsAlive => _stream is not null;

    /// <summary>Compresses one frame's payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="messageFinished">Whether the message ends with it.</param>
    /// <param name="onlyIfShorter">Whether to give up where the last frame does not get shorter.</param>
    /// <param name="output">Takes the result; nothing if it was given up.</param>
    /// <returns>False if it was given up. The history holds the payload all the same.</returns>
    internal bool Compress(ReadOnlySpan<byte> payload, bool messageFinished, bool onlyIfShorter, IBufferWriter<byte> output)
    {
        _stream ??= ZlibStream.ForDeflate(level, windowBits, memoryLevel);
        int length = payload.Length;
        // Text shrinks to about a third; what does not is written in further steps.
        int size = LeastRoom + (onlyIfShorter ? length : Math.Max(length / 2, Math.Min(length, SmallPayload)));
        Span<byte> heldBack = stackalloc byte[TailLength];
        int held = 0;
        bool isFull;
        do
        {
            Span<byte> room = output.GetSpan(size);
            heldBack[..held].CopyTo(room);
            _stream.Run(ref payload, room[held..], ZlibFlush.Sync, out int written);
            written += held;
            isFull = written == room.Length;
            held = messageFinished ? Math.Min(written, TailLength) : 0;
            // Room that was filled is longer than the payload.
            if (onlyIfShorter && written - held >= length)
            {
                output.Advance(0);
                return false;
            }

            room.Slice(written - held, held).CopyTo(heldBack);
            output.Advance(written - held);
        }
        while (isFull);

        // zlib writes nothing where nothing came since the last flush; the empty block is a single octet then (§7.2.3.6).
        if (messageFinished && held == 0)
            output.Write<byte>([0x00]);
        return true;
    }

    /// <summary>
    /// Lets go of the native memory, and of the history with it: the next message refers to none, which needs nobody's consent.
    /// </summary>
    public void Dispose()
    {
        _stream?.Dispose();
        _stream = null;
    }
}
