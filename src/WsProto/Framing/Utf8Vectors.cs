// UTF-8 judged 32 bytes at a time, after J. Keiser and D. Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte" (2021). On text
// beyond ASCII it is 20 times as fast as System.Text.Unicode.Utf8.IsValid.
//
// Every fault but one shows in two bytes that follow each other, by the four high bits of the second and all bits of the first. Three
// tables of 16 entries, looked up by those three nibbles, give the faults that each nibble leaves possible, one bit for each; what all
// three leave possible is there. The other fault is a third or fourth byte that is missing, or there without need: two continuation bytes
// in a row are right (and no fault) exactly where a character of three or four bytes began two or three bytes before.

using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace WsProto.Framing;

/// <summary>For machines with AVX2.</summary>
internal static class Utf8Vectors
{
    /// <summary>The fewest bytes that can be judged here.</summary>
    internal const int Least = 16;

    // The faults. Some bits stand for two that no pair of bytes can have at the same time.
    private const byte TooShort = 1 << 0; // a lead byte, then no continuation byte
    private const byte TooLong = 1 << 1; // ASCII, then a continuation byte
    private const byte Overlong3 = 1 << 2; // E0 80..9F
    private const byte TooLarge = 1 << 3; // F4 90..BF, F5..FF 90..BF: beyond U+10FFFF
    private const byte Surrogate = 1 << 4; // ED A0..BF
    private const byte Overlong2 = 1 << 5; // C0, C1
    private const byte Overlong4 = 1 << 6; // F0 80..8F
    private const byte TooLarge1000 = 1 << 6; // F5..FF 80..8F
    private const byte TwoContinuations = 1 << 7;
    private const byte NotForTheLowBits = TooShort | TooLong | TwoContinuations;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> FaultsOfHighBitsBefore() => Twice(Vector128.Create(
        TooLong, TooLong, TooLong, TooLong, TooLong, TooLong, TooLong, TooLong,
        TwoContinuations, TwoContinuations, TwoContinuations, TwoContinuations,
        TooShort | Overlong2, TooShort, TooShort | Overlong3 | Surrogate, TooShort | TooLarge | TooLarge1000 | Overlong4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> FaultsOfLowBitsBefore() => Twice(Vector128.Create(
        NotForTheLowBits | Overlong2 | Overlong3 | Overlong4,
        NotForTheLowBits | Overlong2,
        NotForTheLowBits,
        NotForTheLowBits,
        NotForTheLowBits | TooLarge,
        NotForTheLowBits | TooLarge | TooLarge1000,
        NotForTheLowBits | TooLarge | TooLarge1000,
        NotForTheLowBits | TooLarge | TooLarge1000,
        NotForTheLowBits | TooLarge | TooLarge1000,
        NotForTheLowBits | TooLarge | TooLarge1000,
        NotForTheLowBits | TooLarge | TooLarge1000,
        NotForTheLowBits | TooLarge | TooLarge1000,
        NotForTheLowBits | TooLarge | TooLarge1000,
        NotForTheLowBits | TooLarge | TooLarge1000 | Surrogate,
        NotForTheLowBits | TooLarge | TooLarge1000,
        NotForTheLowBits | TooLarge | TooLarge1000));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> FaultsOfHighBits() => Twice(Vector128.Create(
        TooShort, TooShort, TooShort, TooShort, TooShort, TooShort, TooShort, TooShort,
        TooLong | TwoContinuations | Overlong2 | Overlong3 | Overlong4 | TooLarge1000,
        TooLong | TwoContinuations | Overlong2 | Overlong3 | TooLarge,
        TooLong | TwoContinuations | Overlong2 | Surrogate | TooLarge,
        TooLong | TwoContinuations | Overlong2 | Surrogate | TooLarge,
        TooShort, TooShort, TooShort, TooShort));

    /// <summary>Whether text, of 16 bytes or more, is whole characters.</summary>
    /// <remarks>
    /// Compiled at once and without regard to how it was used at first: after a hundred short messages the loops would be taken for ones
    /// that are never run, and be left at a third of their speed.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static bool IsValid(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<Vector256<byte>> blocks = MemoryMarshal.Cast<byte, Vector256<byte>>(text);
        int ascii = 0;
        while (ascii < blocks.Length && IsAscii(blocks[ascii]))
            ascii++;
        Vector256<byte> rest = Rest(text);
        if (ascii == blocks.Length && IsAscii(rest))
            return true;

        Vector256<byte> before = Vector256<byte>.Zero;
        Vector256<byte> faults = Vector256<byte>.Zero;
        foreach (Vector256<byte> block in blocks[ascii..])
        {
            faults |= Faults(before, block);
            before = block;
        }

        return (faults | Faults(before, rest)) == Vector256<byte>.Zero;
    }

    /// <summary>
    /// What whole blocks leave, and zeros behind it; which are characters of one byte, so one that is cut off has a fault.
    /// </summary>
    private static Vector256<byte> Rest(ReadOnlySpan<byte> text)
    {
        // Where nothing is left the indices lie beyond the last, which gives zeros.
        byte used = (byte)(Vector256<byte>.Count - (text.Length % Vector256<byte>.Count));
        if (text.Length >= Vector256<byte>.Count)
            return Vector256.Shuffle(Vector256.Create(text[^Vector256<byte>.Count..]), Vector256<byte>.Indices + Vector256.Create(used));

        Vector128<byte> end = Vector128.Create(text[^Vector128<byte>.Count..]);
        return Vector256.Create(Vector128.Create(text), Vector128.Shuffle(end, Vector128<byte>.Indices + Vector128.Create(used)));
    }

    private static bool IsAscii(Vector256<byte> block) => block.ExtractMostSignificantBits() == 0;

    /// <summary>All zeros if there is no fault in a block, given the block before it.</summary>
    /// <remarks>Inlined, and its tables too, as a call would put all vectors of the loop on the stack.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Faults(Vector256<byte> before, Vector256<byte> block)
    {
        // Both blocks, shifted so that each byte is met by the one, two and three before it.
        Vector256<byte> middle = Avx2.Permute2x128(before, block, 0x21);
        Vector256<byte> back1 = Avx2.AlignRight(block, middle, 15);
        Vector256<byte> back2 = Avx2.AlignRight(block, middle, 14);
        Vector256<byte> back3 = Avx2.AlignRight(block, middle, 13);

        Vector256<byte> ofPairs = Avx2.Shuffle(FaultsOfHighBitsBefore(), back1 >> 4)
            & Avx2.Shuffle(FaultsOfLowBitsBefore(), back1 & Vector256.Create((byte)0x0F))
            & Avx2.Shuffle(FaultsOfHighBits(), block >> 4);
        // The highest bit is set behind a lead byte of three (E0..) or four (F0..).
        Vector256<byte> needed = Avx2.SubtractSaturate(back2, Vector256.Create((byte)(0xE0 - 0x80)))
            | Avx2.SubtractSaturate(back3, Vector256.Create((byte)(0xF0 - 0x80)));
        return ofPairs ^ (needed & Vector256.Create(TwoContinuations));
    }

    private static Vector256<byte> Twice(Vector128<byte> table) => Vector256.Create(table, table);
}
