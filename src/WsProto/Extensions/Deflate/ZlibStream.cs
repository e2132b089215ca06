// The zlib that the .NET runtime carries for System.IO.Compression, bound directly, as the public API has no window size, goes
// silent after a final block and gives nothing for an empty flush. This is the only file of the core with unsafe code: pointers
// live no longer than one native call, and each call is told the exact lengths of both spans.

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
internal sealed unsafe partial class ZlibStream : SafeHandle
{
    /// <summary>The runtime's name of it on Windows; elsewhere loading puts the «lib» before it.</summary>
    private const string Library = "System.IO.Compression.Native";
    private const int Deflated = 8;
    private const int DefaultStrategy = 0;

    private readonly bool _inflates;
    private readonly int _windowBits;

    private ZlibStream(bool inflates, int windowBits)
        : base(0, ownsHandle: true)
    {
        _inflates = inflates;
        _windowBits = windowBits;
        SetHandle((nint)NativeMemory.AllocZeroed((nuint)sizeof(State)));
    }

    public override bool IsInvalid => handle == 0;

    /// <param name="level">1 to 9.</param>
    /// <param name="windowBits">9 to 15.</param>
    /// <param name="memoryLevel">1 to 9.</param>
    /// <exception cref="InvalidOperationException">zlib refused, as where it gets no memory.</exception>
    internal static ZlibStream ForDeflate(int level, int windowBits, int memoryLevel)
    {
        var stream = new ZlibStream(inflates: false, windowBits);
        stream.ThrowUnlessOk(DeflateInit2((State*)stream.handle, level, Deflated, -windowBits, memoryLevel, DefaultStrategy));
        return stream;
    }

    /// <param name="windowBits">8 to 15.</param>
    /// <exception cref="InvalidOperationException">zlib refused, as where it gets no memory.</exception>
    internal static ZlibStream ForInflate(int windowBits)
    {
        var stream = new ZlibStream(inflates: true, windowBits);
        stream.ThrowUnlessOk(InflateInit2((State*)stream.handle, -windowBits));
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
                State* state = (State*)handle;
                state->NextIn = from;
                state->AvailIn = (uint)input.Length;
                state->NextOut = to;
                state->AvailOut = (uint)output.Length;
                ZlibStatus status = _inflates ? Inflate(state, flush) : Deflate(state, flush);
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
    internal void Restart() => ThrowUnlessOk(InflateReset2((State*)handle, -_windowBits));

    protected override bool ReleaseHandle()
    {
        ZlibStatus status = _inflates ? InflateEnd((State*)handle) : DeflateEnd((State*)handle);
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

    [LibraryImport(Library, EntryPoint = "CompressionNative_DeflateInit2_")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial ZlibStatus DeflateInit2(State* state, int level, int method, int windowBits, int memoryLevel, int strategy);

    [LibraryImport(Library, EntryPoint = "CompressionNative_Deflate")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial ZlibStatus Deflate(State* state, ZlibFlush flush);

    [LibraryImport(Library, EntryPoint = "CompressionNative_DeflateEnd")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial ZlibStatus DeflateEnd(State* state);

    [LibraryImport(Library, EntryPoint = "CompressionNative_InflateInit2_")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial ZlibStatus InflateInit2(State* state, int windowBits);

    [LibraryImport(Library, EntryPoint = "CompressionNative_Inflate")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial ZlibStatus Inflate(State* state, ZlibFlush flush);

    [LibraryImport(Library, EntryPoint = "CompressionNative_InflateEnd")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial ZlibStatus InflateEnd(State* state);

    [LibraryImport(Library, EntryPoint = "CompressionNative_InflateReset2_")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial ZlibStatus InflateReset2(State* state, int windowBits);

    /// <summary>The runtime's PAL_ZStream.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct State
    {
        public byte* NextIn;
        public byte* NextOut;
        public byte* Message;
        public void* Internal;
        public uint AvailIn;
        public uint AvailOut;
    }
}
