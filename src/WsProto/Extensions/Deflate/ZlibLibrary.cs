// The native library that the .NET runtime carries for System.IO.Compression. Its name differs: on Windows it is a file of its own name;
// elsewhere it has the prefix "lib", which loading a file would add by itself, but the host of a self-contained single file has the library
// inside and knows it by its full name only. So each name has its own imports, and the runtime binds none that is not called.

using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace WsProto.Extensions;

/// <summary>The runtime's PAL_ZStream.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ZlibState
{
    public byte* NextIn;
    public byte* NextOut;
    public byte* Message;
    public void* Internal;
    public uint AvailIn;
    public uint AvailOut;
}

/// <summary>The functions of zlib, under the name that the library has here.</summary>
[ExcludeFromCodeCoverage(Justification = "A machine runs one half of it; the tests of publishing run it in every way.")]
internal static unsafe class ZlibLibrary
{
    internal static ZlibStatus DeflateInit2(ZlibState* state, int level, int method, int windowBits, int memoryLevel, int strategy) =>
        OperatingSystem.IsWindows()
            ? ZlibOnWindows.DeflateInit2(state, level, method, windowBits, memoryLevel, strategy)
            : ZlibElsewhere.DeflateInit2(state, level, method, windowBits, memoryLevel, strategy);

    internal static ZlibStatus Deflate(ZlibState* state, ZlibFlush flush) =>
        OperatingSystem.IsWindows() ? ZlibOnWindows.Deflate(state, flush) : ZlibElsewhere.Deflate(state, flush);

    internal static ZlibStatus DeflateEnd(ZlibState* state) =>
        OperatingSystem.IsWindows() ? ZlibOnWindows.DeflateEnd(state) : ZlibElsewhere.DeflateEnd(state);

    internal static ZlibStatus InflateInit2(ZlibState* state, int windowBits) =>
        OperatingSystem.IsWindows() ? ZlibOnWindows.InflateInit2(state, windowBits) : ZlibElsewhere.InflateInit2(state, windowBits);

    internal static ZlibStatus Inflate(ZlibState* state, ZlibFlush flush) =>
        OperatingSystem.IsWindows() ? ZlibOnWindows.Inflate(state, flush) : ZlibElsewhere.Inflate(state, flush);

    internal static ZlibStatus InflateEnd(ZlibState* state) =>
        OperatingSystem.IsWindows() ? ZlibOnWindows.InflateEnd(state) : ZlibElsewhere.InflateEnd(state);

    internal static ZlibStatus InflateReset2(ZlibState* state, int windowBits) =>
        OperatingSystem.IsWindows() ? ZlibOnWindows.InflateReset2(state, windowBits) : ZlibElsewhere.InflateReset2(state, windowBits);
}

/// <summary>The functions as a Windows library has them.</summary>
internal static unsafe partial class ZlibOnWindows
{
    private const string Library = "System.IO.Compression.Native";

    [LibraryImport(Library, EntryPoint = "CompressionNative_DeflateInit2_")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial ZlibStatus DeflateInit2(ZlibState* state, int level, int method, int windowBits, int memoryLevel, int strategy);

    [LibraryImport(Library, EntryPoint = "CompressionNative_Deflate")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial ZlibStatus Deflate(ZlibState* state, ZlibFlush flush);

    [LibraryImport(Library, EntryPoint = "CompressionNative_DeflateEnd")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial ZlibStatus DeflateEnd(ZlibState* state);

    [LibraryImport(Library, EntryPoint = "CompressionNative_InflateInit2_")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial ZlibStatus InflateInit2(ZlibState* state, int windowBits);

    [LibraryImport(Library, EntryPoint = "CompressionNative_Inflate")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial ZlibStatus Inflate(ZlibState* state, ZlibFlush flush);

    [LibraryImport(Library, EntryPoint = "CompressionNative_InflateEnd")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial ZlibStatus InflateEnd(ZlibState* state);

    [LibraryImport(Library, EntryPoint = "CompressionNative_InflateReset2_")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial ZlibStatus InflateReset2(ZlibState* state, int windowBits);
}

/// <summary>The functions as the library of other systems has them.</summary>
internal static unsafe partial class ZlibElsewhere
{
    private const string Library = "libSystem.IO.Compression.Native";

    [LibraryImport(Library, EntryPoint = "CompressionNative_DeflateInit2_")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial ZlibStatus DeflateInit2(ZlibState* state, int level, int method, int windowBits, int memoryLevel, int strategy);

    [LibraryImport(Library, EntryPoint = "CompressionNative_Deflate")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial ZlibStatus Deflate(ZlibState* state, ZlibFlush flush);

    [LibraryImport(Library, EntryPoint = "CompressionNative_DeflateEnd")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial ZlibStatus DeflateEnd(ZlibState* state);

    [LibraryImport(Library, EntryPoint = "CompressionNative_InflateInit2_")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial ZlibStatus InflateInit2(ZlibState* state, int windowBits);

    [LibraryImport(Library, EntryPoint = "CompressionNative_Inflate")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial ZlibStatus Inflate(ZlibState* state, ZlibFlush flush);

    [LibraryImport(Library, EntryPoint = "CompressionNative_InflateEnd")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial ZlibStatus InflateEnd(ZlibState* state);

    [LibraryImport(Library, EntryPoint = "CompressionNative_InflateReset2_")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial ZlibStatus InflateReset2(ZlibState* state, int windowBits);
}
