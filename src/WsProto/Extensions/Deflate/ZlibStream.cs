// The zlib that the .NET runtime carries for System.IO.Compression, bound directly, as the public API has no window size, goes
// silent after a final block and gives nothing for an empty flush. This file and ZlibLibrary.cs are the only ones of the core with unsafe
// code: pointers live no longer than one native call, and each call is told the exact lengths of both spans.

using System;
using System.Runtime.InteropServices;

namespace WsProto.Extensions;

/// <summary>How a step of zlib ended (zlib.h).</summary>
internal enum ZlibStatus
{
    Ok = 0,
    StreamEnd = 1,
    StreamError = -2,
    DataError = -3,
    MemoryError = -4,
    BufferError = -5,
}

/// <summary>When zlib is to stop or to write what it holds (zlib.h).</summary>
internal enum ZlibFlush
{
    None = 0,
    Sync = 2,

    /// <summary>Inflating: stop at the end of a block.</summary>
    Block = 5,
}

/// <summary>A raw DEFLATE stream (RFC 1951) in one direction, with its native memory.</summary>
internal sealed unsafe class ZlibStream : SafeHandle
{
    private const int Deflated = 8;
    private const int DefaultStrategy = 0;

    /// <summary>Looks back one byte only (Z_RLE).</summary>
    private const int RunLengthStrategy = 3;

    /// <summary>The smallest window that zlib compresses with.</summary>
    private const int SmallestWindow = 9;

    private readonly bool _inflates;
    private readonly int _windowBits;

    private ZlibStream(bool inflates, int windowBits)
        : base(0, ownsHandle: true)
    {
        _inflates = inflates;
        _windowBits = windowBits;
        SetHandle((nint)NativeMemory.AllocZeroed((nuint)sizeof(ZlibState)));
    }

    public override bool IsInvalid => handle == 0;

    private ZlibState* State => (ZlibState*)handle;

    /// <param name="level">1 to 9.</param>
    /// <param name="windowBits">8 to 15. zlib cannot compress with 8: there it looks back one byte only, which any window allows.</param>
    /// <param name="memoryLevel">1 to 9.</param>
    /// <exception cref="InvalidOperationException">zlib refused, as where it gets no memory.</exception>
    internal static ZlibStream ForDeflate(int level, int windowBits, int memoryLevel)
    {
        var stream = new ZlibStream(inflates: false, windowBits);
        int strategy = windowBits < SmallestWindow ? RunLengthStrategy : DefaultStrategy;
        int bits = -Math.Max(windowBits, SmallestWindow);
        stream.ThrowUnlessOk(ZlibLibrary.DeflateInit2(stream.State, level, Deflated, bits, memoryLevel, strategy));
        return stream;
    }

    /// <param name="windowBits">8 to 15.</param>
    /// <exception cref="InvalidOperationException">zlib refused, as where it gets no memory.</exception>
    internal static ZlibStream ForInflate(int windowBits)
    {
        var stream = new ZlibStream(inflates: true, windowBits);
        stream.ThrowUnlessOk(ZlibLibrary.InflateInit2(stream.State, -windowBits));
        return stream;
    }

    /// <summary>Takes from the input and gives to the output as much as fits.</summary>
    internal ZlibStatus Run(ref ReadOnlySpan<byte> input, scoped Span<byte> output, ZlibFlush flush, out int written)
    {
        bool added = false;
        DangerousAddRef(ref added);
        try
        {
            fixed (byte* from = input)
            fixed (byte* to = output)
            {
                ZlibState* state = State;
                state->NextIn = from;
                state->AvailIn = (uint)input.Length;
                state->NextOut = to;
                state->AvailOut = (uint)output.Length;
                ZlibStatus status = _inflates ? ZlibLibrary.Inflate(state, flush) : ZlibLibrary.Deflate(state, flush);
                written = output.Length - (int)state->AvailOut;
                input = input[^(int)state->AvailIn..];
                return status;
            }
        }
        finally
        {
            DangerousRelease();
        }
    }

    /// <summary>Inflating: begins a new stream, as after a final block.</summary>
    internal void Restart() => ThrowUnlessOk(ZlibLibrary.InflateReset2(State, -_windowBits));

    protected override bool ReleaseHandle()
    {
        ZlibStatus status = _inflates ? ZlibLibrary.InflateEnd(State) : ZlibLibrary.DeflateEnd(State);
        NativeMemory.Free((void*)handle);
        return status is ZlibStatus.Ok or ZlibStatus.DataError;
    }

    private void ThrowUnlessOk(ZlibStatus status)
    {
        if (status == ZlibStatus.Ok)
            return;
        Dispose();
        throw new InvalidOperationException($"zlib could not be set up ({status}).");
    }
}
