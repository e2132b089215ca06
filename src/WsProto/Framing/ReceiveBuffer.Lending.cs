// The face of the buffer to a transport: memory is lent, filled, and advanced over.

using System;

namespace WsProto.Framing;

public sealed partial class ReceiveBuffer
{
    private const int LeastLoan = 512;

    /// <summary>
    /// How many bytes can be lent without more memory: 0 while the connection is idle, as it holds none. A transport that can wait for
    /// bytes without a buffer should do so where this is too little to read into. Below 512 bytes it does not count: so much is lent at
    /// least, from new memory if need be.
    /// </summary>
    public int FreeCapacity => IsMovable ? _array.Length - Held : _array.Length - _end;

    /// <summary>Receives bytes that were written to the memory that was lent last. Once nothing more is read they are dropped.</summary>
    /// <param name="count">How many bytes were written; 0 gives the memory back, and is not the end of the stream.</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than was lent.</exception>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (_arrival.IsClosed)
        {
            // What the peer did may have taken the memory back in between.
            _lent = 0;
            ReleaseIfEmpty();
            return;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _lent);
        _lent = 0;
        _end += count;
    }

    /// <summary>Lends memory to read into.</summary>
    /// <param name="sizeHint">The fewest bytes that are wanted. At least 512 are lent.</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Lend(sizeHint);
        return _array.AsMemory(_end);
    }

    /// <summary>Lends memory to read into, as <see cref="GetMemory(int)"/> does.</summary>
    /// <param name="sizeHint">The fewest bytes that are wanted. At least 512 are lent.</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Lend(sizeHint);
        return _array.AsSpan(_end);
    }

    private void Lend(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        Reserve(Math.Max(sizeHint, LeastLoan));
        _lent = _array.Length - _end;
    }

    /// <summary>
    /// Takes back memory that was lent and never advanced over, as after a cancelled read. Somebody may still write to it, so the
    /// array does not go back to the pool, where it would reach another connection.
    /// </summary>
    private void Withdraw()
    {
        if (_lent == 0)
            return;
        MoveTo(_pool.Rent(Math.Max(Held, ArraySizes.Default)));
        _lent = 0;
    }
}
