// Masking, RFC 6455 §5.3: octet i of the payload is XORed with octet i mod 4 of the key.
//
// A key is kept as the uint that has its four octets in memory order, so nothing here depends on the byte order of the machine.
//
// Up to four vectors there is no loop: two or four vectors (or two words) that overlap, those from the beginning and those up to the end
// with the key turned accordingly, all of them loaded before the first is stored. Both ends of a longer payload are done the same way.

using System;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace WsProto.Framing;

internal static class Masking
{
    private const int LeastPair = 16;
    private const int LongestPair = 32;

    private static int LongestFew => 4 * Vector<byte>.Count;

    /// <summary>
    /// How far a key is turned for each octet: octets in memory order stand from the low end of a number, or from its high end.
    /// </summary>
    private static int OctetTurn => (16 * Convert.ToInt32(BitConverter.IsLittleEndian)) - 8;

    /// <summary>
    /// XORs <paramref name="source"/> with the key into <paramref name="destination"/>. The two may be the same memory, or overlap
    /// with the destination at the lower address: every step reads before it writes and only upwards.
    /// </summary>
    /// <returns>Whether all that was written is ASCII, which costs nothing to find out on the way.</returns>
    /// <remarks>With the key 0 this is a copy, which <see cref="FrameWriter"/> and <see cref="ReceiveBuffer"/> use for few bytes.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool Apply(uint key, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (IsPair(source.Length))
            return ApplyToPair(key, source, destination);
        if (source.Length < LeastPair)
            return ApplyToWords(key, source, destination);
        return IsWide(source.Length) ? ApplyToWide(key, source, destination) : ApplyToVectors(key, source, destination);
    }

    /// <summary>Whether so many bytes are for <see cref="ApplyToPair"/>.</summary>
    internal static bool IsPair(int length) => length is >= LeastPair and <= LongestPair;

    /// <summary>The same for two vectors of 16 bytes. Inlined, as the call would take as long as what it does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool ApplyToPair(uint key, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        int end = source.Length - Vector128<byte>.Count;
        Vector128<byte> first = Vector128.Create(source) ^ Vector128.Create(key).AsByte();
        Vector128<byte> last = Vector128.Create(source[end..]) ^ Vector128.Create(Advance(key, end)).AsByte();
        first.CopyTo(destination);
        last.CopyTo(destination[end..]);
        return (first | last).ExtractMostSignificantBits() == 0;
    }

    /// <summary>Whether so many bytes are for <see cref="ApplyToWide"/>.</summary>
    internal static bool IsWide(int length) => length is >= 64 and <= 128;

    /// <summary>The same for two vectors of 64 bytes, where the processor has them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [ExcludeFromCodeCoverage(Justification = "Which of the two runs is the processor's choice. Tests run both.")]
    internal static bool ApplyToWide(uint key, ReadOnlySpan<byte> source, Span<byte> destination) =>
        Vector512.IsHardwareAccelerated ? ApplyToWidePair(key, source, destination) : ApplyToVectors(key, source, destination);

    /// <summary>The same for more than two vectors of 16 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool ApplyToVectors(uint key, ReadOnlySpan<byte> source, Span<byte> destination) =>
        source.Length <= LongestFew ? ApplyToFew(key, source, destination) : ApplyToMany(key, source, destination);

    /// <summary>The same for two vectors of 64 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool ApplyToWidePair(uint key, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        int end = source.Length - Vector512<byte>.Count;
        Vector512<byte> first = Vector512.Create(source) ^ Vector512.Create(key).AsByte();
        Vector512<byte> last = Vector512.Create(source[end..]) ^ Vector512.Create(Advance(key, end)).AsByte();
        first.CopyTo(destination);
        last.CopyTo(destination[end..]);
        return (first | last).ExtractMostSignificantBits() == 0;
    }

    /// <summary>The same for two or four of the widest vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool ApplyToFew(uint key, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        destination = destination[..source.Length];
        Vector<byte> keys = Repeat(key);
        Vector<byte> lastKeys = Repeat(Advance(key, source.Length));
        Vector<byte> first = new Vector<byte>(source) ^ keys;
        Vector<byte> last = new Vector<byte>(source[^Vector<byte>.Count..]) ^ lastKeys;
        Vector<byte> all = first | last;
        if (source.Length > 2 * Vector<byte>.Count)
        {
            Vector<byte> second = new Vector<byte>(source[Vector<byte>.Count..]) ^ keys;
            Vector<byte> third = new Vector<byte>(source[^(2 * Vector<byte>.Count)..]) ^ lastKeys;
            all |= second | third;
            second.CopyTo(destination[Vector<byte>.Count..]);
            third.CopyTo(destination[^(2 * Vector<byte>.Count)..]);
        }

        first.CopyTo(destination);
        last.CopyTo(destination[^Vector<byte>.Count..]);
        return Vector.LessThanOrEqualAll(all, new Vector<byte>(0x7F));
    }

    /// <summary>The same for two words, or a few octets.</summary>
    private static bool ApplyToWords(uint key, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        destination = destination[..source.Length];
        uint lastKey = Advance(key, source.Length);
        if (source.Length >= sizeof(ulong))
        {
            ulong first = MemoryMarshal.Read<ulong>(source) ^ Twice(key);
            ulong last = MemoryMarshal.Read<ulong>(source[^sizeof(ulong)..]) ^ Twice(lastKey);
            MemoryMarshal.Write(destination, first);
            MemoryMarshal.Write(destination[^sizeof(ulong)..], last);
            return IsAscii(first | last);
        }

        if (source.Length >= sizeof(uint))
        {
            uint first = MemoryMarshal.Read<uint>(source) ^ key;
            uint last = MemoryMarshal.Read<uint>(source[^sizeof(uint)..]) ^ lastKey;
            MemoryMarshal.Write(destination, first);
            MemoryMarshal.Write(destination[^sizeof(uint)..], last);
            return IsAscii(first | last);
        }

        byte seen = 0;
        for (int i = 0; i < source.Length; i++)
        {
            destination[i] = (byte)(source[i] ^ Octet(key, i));
            seen |= destination[i];
        }

        return IsAscii(seen);
    }

    /// <remarks>
    /// Compiled at once and without regard to how it was used at first: after a hundred short messages the loop would be taken for one that
    /// is never run, and be left at a third of its speed. The loop begins where the destination is aligned, as stores that cross a line of
    /// the cache cost more than loads that do. The first vector and the last overlap with it; they are loaded before and stored after it.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool ApplyToMany(uint key, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        destination = destination[..source.Length];
        Vector<byte> first = new Vector<byte>(source) ^ Repeat(key);
        Vector<byte> last = new Vector<byte>(source[^Vector<byte>.Count..]) ^ Repeat(Advance(key, source.Length));
        int done = CountToAligned(destination);
        Vector<byte> keys = Repeat(Advance(key, done));
        Vector<byte> all = first | last;

        ReadOnlySpan<FourVectors> from = MemoryMarshal.Cast<byte, FourVectors>(source[done..]);
        Span<FourVectors> to = MemoryMarshal.Cast<byte, FourVectors>(destination[done..]);
        for (int i = 0; i < from.Length && i < to.Length; i++)
        {
            Vector<byte> a = from[i].A ^ keys;
            Vector<byte> b = from[i].B ^ keys;
            Vector<byte> c = from[i].C ^ keys;
            Vector<byte> d = from[i].D ^ keys;
            to[i] = new FourVectors(a, b, c, d);
            all |= a | b | c | d;
        }

        done += from.Length * 4 * Vector<byte>.Count;
        ReadOnlySpan<Vector<byte>> rest = MemoryMarshal.Cast<byte, Vector<byte>>(source[done..]);
        Span<Vector<byte>> end = MemoryMarshal.Cast<byte, Vector<byte>>(destination[done..]);
        for (int i = 0; i < rest.Length && i < end.Length; i++)
        {
            Vector<byte> block = rest[i] ^ keys;
            end[i] = block;
            all |= block;
        }

        first.CopyTo(destination);
        last.CopyTo(destination[^Vector<byte>.Count..]);
        return Vector.LessThanOrEqualAll(all, new Vector<byte>(0x7F));
    }

    /// <summary>
    /// How many bytes lie before the first that is aligned for a vector. Where memory moves meanwhile, stores are slower, and as right.
    /// </summary>
    private static int CountToAligned(ReadOnlySpan<byte> bytes) =>
        (int)-Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref MemoryMarshal.GetReference(bytes)) & (Vector<byte>.Count - 1);

    private static Vector<byte> Repeat(uint key) => Vector.AsVectorByte(new Vector<uint>(key));

    /// <summary>The key for the octet that follows <paramref name="count"/> octets.</summary>
    internal static uint Advance(uint key, int count) => BitOperations.RotateRight(key, count * OctetTurn);

    private static byte Octet(uint key, int index) => (byte)(Advance(key, index) >> (sizeof(uint) - 1) * (8 - OctetTurn) / 16 * 8);

    private static bool IsAscii(ulong octets) => (octets & 0x8080_8080_8080_8080) == 0;

    private static ulong Twice(uint key) => key | ((ulong)key << 32);

    /// <summary>What a step of the loop takes.</summary>
    private readonly record struct FourVectors(Vector<byte> A, Vector<byte> B, Vector<byte> C, Vector<byte> D);
}
