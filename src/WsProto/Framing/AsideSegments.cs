using System;
using System.Buffers;
using System.Collections.Generic;

namespace WsProto.Framing;

/// <summary>The parts of a message that filled their arrays, in order.</summary>
internal struct AsideSegments
{
    private List<(byte[] Array, int Start, int Count)>? _segments;

    /// <summary>How many bytes they hold.</summary>
    internal int Length { get; private set; }

    internal void Add(byte[] array, int start, int count)
    {
        (_segments ??= []).Add((array, start, count));
        Length += count;
    }

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
        Length = 0;
    }
}
