// Masking, RFC 6455 §5.3: octet i of the payload is XORed with octet i mod 4 of the key.
//
// A key is kept as the uint that has its four octets in memory order, so nothing here depends on the byte order of the machine.
//
// What does not fill whole vectors is done as two vectors (or words) that overlap: one from the beginning, one up to the end with the
// key turned accordingly. So no length needs a loop over octets.

using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace WsProto.Framing;

internal static class Masking
{
    /// <summary>How far a key is turned for each octet: octets in memory order stand from the low end of a number, or from its high end.</summary>
    private static int OctetTurn => (16 * Convert.ToInt32(BitConverter.IsLittleEndian)) - 8;

    /// <summary>
    /// XORs <paramref name="source"/> with the key into <paramref name="destination"/>. The two may be the same memory, or overlap
    /// with the destination at the lower address: every step reads before it writes and only upwards.
    /// </summary>
    /// <returns>Whether all that was written is ASCII, which costs nothing to find out on the way.</returns>
    /// <remarks>
    /// With the key 0 this is a copy. It is used as one on purpose: Span.CopyTo falls to a tenth of its speed where source and destination
    /// lie almost the same distance behind a page's beginning, as payloads do that are copied behind a header.
    /// </remarks>
    internal static bool Apply(uint key, ReadOnlySpan<byte> source, Span<byte> destination) =>
        source.Length < Vector<byte>.Count ? ApplyToFew(key, source, destination) : ApplyToMany(key, source, destination);

    /// <remarks>
    /// Compiled at once and without regard to how it was used at first: after a hundred short messages the loop would be taken for one that
    /// is never run, and be left at a third of its speed.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool ApplyToMany(uint key, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        destination = destination[..source.Length];
        Vector<byte> keys = Vector.AsVectorByte(new Vector<uint>(key));
        Vector<byte> last = new Vector<byte>(source[^Vector<byte>.Count..]) ^ Vector.AsVectorByte(new Vector<uint>(Advance(key, source.Length)));
        Vector<byte> all = last;
        ReadOnlySpan<Vector<byte>> from = MemoryMarshal.Cast<byte, Vector<byte>>(source);
        Span<Vector<byte>> to = MemoryMarshal.Cast<byte, Vector<byte>>(destination);
        for (int i = 0; i < from.Length && i < to.Length; i++)
        {
            Vector<byte> block = from[i] ^ keys;
            to[i] = block;
            all |= block;
        }

        last.CopyTo(destination[^Vector<byte>.Count..]);
        return Vector.LessThanOrEqualAll(all, new Vector<byte>(0x7F));
    }

    /// <summary>The same for what is shorter than a vector.</summary>
    private static bool ApplyToFew(uint key, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        destination = destination[..source.Length];
        uint lastKey = Advance(key, source.Length);
        if (source.Length >= Vector128<byte>.Count)
        {
            Vector128<byte> first = Vector128.Create(source) ^ Vector128.Create(key).AsByte();
            Vector128<byte> last = Vector128.Create(source[^Vector128<byte>.Count..]) ^ Vector128.Create(lastKey).AsByte();
            first.CopyTo(destination);
            last.CopyTo(destination[^Vector128<byte>.Count..]);
            return (first | last).ExtractMostSignificantBits() == 0;
        }

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

    /// <summary>The key for the octet that follows <paramref name="count"/> octets.</summary>
    internal static uint Advance(uint key, int count) => BitOperations.RotateRight(key, count * OctetTurn);

    private static byte Octet(uint key, int index) => (byte)(Advance(key, index) >> (sizeof(uint) - 1) * (8 - OctetTurn) / 16 * 8);

    private static bool IsAscii(ulong octets) => (octets & 0x8080_8080_8080_8080) == 0;

    private static ulong Twice(uint key) => key | ((ulong)key << 32);
}
