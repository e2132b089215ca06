using System;
using System.Collections.Generic;

namespace WsProto.Testing.Generators;

/// <summary>
/// Shrinkers: from a case that breaks a law to smaller ones, the biggest steps first, as the first that still fails is taken. Use them to
/// shrink the parts of a case of your own.
/// </summary>
public static class Shrinks
{
    /// <summary>Nothing, one half, without one item, with one item smaller.</summary>
    /// <typeparam name="T">An item.</typeparam>
    /// <param name="list">What to shrink.</param>
    /// <param name="item">How to shrink an item, if it can be.</param>
    public static IEnumerable<T[]> List<T>(T[] list, Func<T, IEnumerable<T>>? item = null)
    {
        if (list.Length == 0)
            yield break;
        yield return [];
        if (list.Length > 2)
        {
            yield return list[..(list.Length / 2)];
            yield return list[(list.Length / 2)..];
        }

        for (int i = 0; i < list.Length; i++)
            yield return [.. list[..i], .. list[(i + 1)..]];
        for (int i = 0; item is not null && i < list.Length; i++)
        {
            foreach (T smaller in item(list[i]))
                yield return [.. list[..i], smaller, .. list[(i + 1)..]];
        }
    }

    /// <summary>Fewer bytes, from the end and (of up to 64) from any place; then all zero.</summary>
    /// <param name="bytes">What to shrink.</param>
    public static IEnumerable<byte[]> Bytes(byte[] bytes)
    {
        if (bytes.Length == 0)
            yield break;
        foreach (int length in Number(bytes.Length))
            yield return bytes[..length];
        if (bytes.Length <= 64)
        {
            for (int i = 0; i < bytes.Length; i++)
                yield return [.. bytes[..i], .. bytes[(i + 1)..]];
        }

        if (bytes.AsSpan().ContainsAnyExcept((byte)0))
            yield return new byte[bytes.Length];
    }

    /// <summary>Nearer to zero, and zero first.</summary>
    /// <param name="number">What to shrink.</param>
    public static IEnumerable<int> Number(int number)
    {
        for (int step = number; step != 0; step /= 2)
            yield return number - step;
    }
}
