using System;
using System.Buffers;

namespace WsProto.Adapters.Sessions;

/// <summary>Bytes for the transport, in an array of a pool while there are any.</summary>
internal sealed class PooledWriter(ArrayPool<byte> pool) : IBufferWriter<byte>
{
    private const int LeastSize = 512;

    private byte[] _array = [];

    internal int Count { get; private set; }

    internal ReadOnlyMemory<byte> Written => _array.AsMemory(0, Count);

    public void Advance(int count) => Count += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsMemory(Count);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsSpan(Count);
    }

    /// <summary>Takes back what was written since there were so many bytes.</summary>
    internal void Truncate(int count) => Count = count;

    /// <summary>
    /// Takes over the bytes of another writer of the same pool, by its array where this one holds nothing. Both are as after
    /// <see cref="Release"/>, but for these bytes.
    /// </summary>
    internal void TakeOver(PooledWriter other)
    {
        if (Count == 0)
        {
            (_array, other._array) = (other._array, _array);
            (Count, other.Count) = (other.Count, 0);
        }
        else
        {
            this.Write(other.Written.Span);
        }

        other.Release();
    }

    /// <summary>Forgets the bytes and gives the array back.</summary>
    internal void Release()
    {
        Count = 0;
        byte[] array = _array;
        _array = [];
        if (array.Length > 0)
            pool.Return(array);
    }

    private void Reserve(int sizeHint)
    {
        int needed = checked(Count + Math.Max(sizeHint, 1));
        if (needed <= _array.Length)
            return;
        byte[] larger = pool.Rent((int)Math.Min(Array.MaxLength, Math.Max(Math.Max(needed, LeastSize), 2L * _array.Length)));
        Written.CopyTo(larger);
        if (_array.Length > 0)
            pool.Return(_array);
        _array = larger;
    }
}
