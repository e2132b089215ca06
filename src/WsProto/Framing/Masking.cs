// Masking, RFC 6455 §5.3: octet i of the payload is XORed with octet i mod 4 of the key.
//
// A key is kept as the uint that has its four octets in memory order, so nothing here depends on the byte order of the machine.

using System;
using System.Numerics;
using System.Runtime.InteropServices;

namespace WsProto.Framing;

internal static class Masking
{
    /// <summary>
    /// XORs <paramref name="source"/> with the key into <paramref name="destination"/>. The two may be the same memory, or overlap
    /// with the destination at the lower address: every step reads before it writes and only upwards.
    /// </summary>
    internal static void Apply(uint key, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        destination = destination[..source.Length];
        ReadOnlySpan<Vector<byte>> from = MemoryMarshal.Cast<byte, Vector<byte>>(source);
        Span<Vector<byte>> to = MemoryMarshal.Cast<byte, Vector<byte>>(destination);
        Vector<byte> keys = Vector.AsVectorByte(new Vector<uint>(key));
        for (int i = 0; i < from.Length && i < to.Length; i++)
            to[i] = from[i] ^ keys;

        int done = from.Length * Vector<byte>.Count;
        ulong twoKeys = key | ((ulong)key << 32);
        for (; done <= source.Length - sizeof(ulong); done += sizeof(ulong))
            MemoryMarshal.Write(destination[done..], MemoryMarshal.Read<ulong>(source[done..]) ^ twoKeys);

        ReadOnlySpan<byte> octets = MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in key));
        for (; done < source.Length; done++)
            destination[done] = (byte)(source[done] ^ octets[done & 3]);
    }

    /// <summary>The key for the octet that follows <paramref name="count"/> octets.</summary>
    internal static uint Advance(uint key, int count)
    {
        ReadOnlySpan<uint> twice = [key, key];
        return MemoryMarshal.Read<uint>(MemoryMarshal.AsBytes(twice)[(count & 3)..]);
    }
}
