// How large the array of a receiving buffer becomes. A header promises bytes and costs its sender nothing, so an array is never as large as
// a header says just because it says so: the memory of a connection stays within a small multiple of what its peer has sent.
//
//   what has arrived    always has room, and an array that is full at least doubles
//   the rest of a frame has room up to three times what is held, or up to what the peer has filled before: who has sent a large message
//                       gets the array for the next at once, without the copies that growing takes
//   large pieces        that meet the beginning of a message have room for two more, so that what is held moves to the front less often

using System;

namespace WsProto.Framing;

internal static class ArraySizes
{
    /// <summary>The least, in bytes.</summary>
    internal const int Default = 4096;

    /// <summary>An array that is kept within a frame although nothing is in it, in bytes.</summary>
    internal const int LargestSmall = 32 * 1024;

    /// <summary>How large the next array is.</summary>
    /// <param name="held">How many bytes it has to take over.</param>
    /// <param name="count">How many bytes are about to be added. These may belong to the frame under way.</param>
    /// <param name="arrival">What is still to come of that frame, and what came before.</param>
    /// <param name="large">The size that a large array has at once; 0 where it grows.</param>
    internal static int For(int held, int count, in Arrival arrival, int large)
    {
        int needed = checked(held + count);
        if (needed <= large && needed > LargestSmall)
            return large;
        long rest = Math.Min(arrival.Left, Math.Max(3L * held, arrival.Earned));
        long more = count >= LargestSmall ? Math.Min(4L * held, 2L * count) : 0;
        long grown = Math.Max(2L * held, needed + Math.Max(rest, more));
        return Math.Max(Math.Max(needed, Default), (int)Math.Min(grown, Array.MaxLength));
    }
}
