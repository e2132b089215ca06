using System;
using System.Buffers;
using System.Collections.Generic;

namespace WsProto.Framing;

/// <summary>The parts of a message that filled their arrays, in order.</summary>
internal struct AsideSegments
{
    private List<(byte[] Array, int Start, int Count)>? _segments;

    internal readonly bool IsEmpty => _segments is null;

    /// <summary>How many bytes they hold.</summary>
    internal readonly int Length
    {
        get
        {
            if (_segments is null)
                return 0;
            int length = 0;
            foreach ((_, _, int count) in _segments)
                length += count;
            return length;
        }
    }

    internal void Add(byte[] array, int start, int count) => (_segments ??= []).Add((array, start, count));

    /// <summary>Copies all of them to the start of an array and gives each back.</summary>
    internal void MoveTo(byte[] target, ArrayPool<byte> pool)
    {
        int offset = 0;
        foreach ((byte[] array, int start, int count) in _segments!)
        {
            array.AsSpan(start, count).CopyTo(target.AsSpan(offset));
            offset += count;
        }

        Release(pool);
    }

    /// <summary>Forgets them and gives the arrays back.</summary>
    internal void Release(ArrayPool<byte> pool)
    {
        if (_segments is null)
            return;
        foreach ((byte[] array, _, _) in _segments)
            pool.Return(array);
        _segments = null;
    }
}
