using System;
using System.Collections.Generic;

namespace WsProto.Testing.Generators;

/// <summary>
/// Shrinks a case that breaks a law to smaller ones. The smallest come first, because the first one that still fails is used. Use these
/// methods to shrink the parts of your own cases.
/// </summary>
public static class Shrinks
{
    /// <summary>Shrinks a list: to an empty one, to a half, by one item, and by a smaller item.</summary>
    /// <typeparam name="T">The type of an item.</typeparam>
    /// <param name="list">The list to shrink.</param>
    /// <param name="item">Shrinks an item; null if items cannot be shrunk.</param>
    /// <returns>Smaller lists.</returns>
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

    /// <summary>Shrinks bytes: from the end, by one byte at any position (for up to 64 bytes), and to zeros.</summary>
    /// <param name="bytes">The bytes to shrink.</param>
    /// <returns>Smaller arrays.</returns>
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

    /// <summary>Shrinks a number toward zero. Zero comes first.</summary>
    /// <param name="number">The number to shrink.</param>
    /// <returns>Smaller numbers.</returns>
    public static IEnumerable<int> Number(int number)
    {
        for (int step = number; step != 0; step /= 2)
            yield return number - step;
    }
}
