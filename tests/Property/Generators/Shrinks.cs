// Shrinkers: from a case that breaks a law to smaller ones. The biggest steps come first, as the first that still fails is taken.

namespace WsProto.Tests.Generators;

internal static class Shrinks
{
    /// <summary>Without its first or last half, without one item, with one item smaller.</summary>
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

    /// <summary>Shorter, or all zero.</summary>
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

    /// <summary>Nearer to zero.</summary>
    public static IEnumerable<int> Number(int number)
    {
        for (int step = number; step != 0; step /= 2)
            yield return number - step;
    }
}
