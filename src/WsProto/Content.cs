using System;
using System.Collections.Generic;
using System.Linq;

namespace WsProto;

/// <summary>Equality by content, for the events and lists that promise it.</summary>
internal static class Content
{
    internal static bool Equal<T>(IReadOnlyList<T> left, IReadOnlyList<T> right) => left.SequenceEqual(right);

    internal static int Hash<T>(IReadOnlyList<T> items)
    {
        HashCode hash = default;
        foreach (T item in items)
            hash.Add(item);
        return hash.ToHashCode();
    }

    internal static int Hash(ReadOnlyMemory<byte> data)
    {
        HashCode hash = default;
        hash.AddBytes(data.Span);
        return hash.ToHashCode();
    }
}
