// What may still arrive: anything, nothing, or first of all the payload that a header has announced. Room is made for that at once; and
// where it only has to be unmasked and kept, that is done in the pass that copies it in, as its key is known. So a large message that is
// handed over in pieces is not read from memory a second time.

using System;
using System.Numerics;

namespace WsProto.Framing;

internal struct Arrival
{
    /// <summary>What the next byte is masked with; 0 for what is to be kept as it comes.</summary>
    private uint _key;

    private bool _isAscii;

    /// <summary>The binary logarithm of what an array held, rounded down: a byte, so that an idle connection is no larger for it.</summary>
    private byte _earned;

    /// <summary>Whether what arrives is dropped.</summary>
    internal bool IsClosed { get; private set; }

    /// <summary>Whether nothing will arrive.</summary>
    internal bool HasEnded { get; private set; }

    /// <summary>
    /// How many bytes an array held at the most, all of them from the peer; not more than that, and more than half of it.
    /// </summary>
    internal readonly int Earned => 1 << _earned;

    /// <summary>How many bytes of the payload are still to come.</summary>
    internal int Left { get; private set; }

    /// <summary>How many bytes were unmasked and not asked for yet. They are the first that were not read.</summary>
    internal int Unmasked { get; private set; }

    /// <summary>Whether what comes next is to be unmasked.</summary>
    internal readonly bool IsMasked => Left > 0 && _key != 0;

    internal void Close() => IsClosed = true;

    internal void End() => IsClosed = HasEnded = true;

    /// <summary>Forgets what was announced and what was unmasked.</summary>
    internal void Forget() => (_key, Left, Unmasked) = (0, 0, 0);

    /// <summary>Takes note of what an array held, before it goes back.</summary>
    internal void Earn(int count) => _earned = Math.Max(_earned, (byte)BitOperations.Log2((uint)count));

    /// <summary>Says what is to come.</summary>
    internal void Announce(long count, uint key)
    {
        Left = (int)Math.Min(count, Array.MaxLength);
        _key = key;
    }

    /// <summary>Copies what belongs to the payload, unmasked.</summary>
    /// <returns>How many bytes that were.</returns>
    internal int Unmask(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        int count = Math.Min(data.Length, Left);
        bool isAscii = Masking.Apply(_key, data[..count], destination);
        _isAscii = isAscii && (Unmasked == 0 || _isAscii);
        _key = Masking.Advance(_key, count);
        Unmasked += count;
        Left -= count;
        return count;
    }

    /// <summary>Hands over what was unmasked.</summary>
    /// <param name="isAscii">Whether it is ASCII; true for nothing.</param>
    /// <returns>How many bytes it is.</returns>
    internal int Take(out bool isAscii)
    {
        int count = Unmasked;
        isAscii = count == 0 || _isAscii;
        Unmasked = 0;
        return count;
    }
}
