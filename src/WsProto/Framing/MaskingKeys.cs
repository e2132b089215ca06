// "The masking key is a 32-bit value chosen at random by the client … fresh … from the set of allowed 32-bit values …
// derived from a strong source of entropy" (RFC 6455 §5.3, §10.3).
//
// Asking the system costs about as much for 4 bytes as for a few KiB, so keys are cut from a block. Blocks begin small, for
// connections that seldom send, and grow for busy ones. No byte of a block is used twice. An idle connection has no block, and what
// is left of one is wiped before it goes back to the pool.

using System;
using System.Runtime.InteropServices;

namespace WsProto.Framing;

/// <summary>Fills a span with random bytes.</summary>
internal delegate void RandomFill(Span<byte> destination);

internal struct MaskingKeys
{
    private const int FirstBlock = 64;
    private const int Growth = 4;
    private const int LargestBlock = 4096;

    private byte[]? _block;

    /// <summary>How many bytes of the block are left, at its end. The block may be longer than what was filled.</summary>
    private int _left;

    /// <summary>A key that was never used before.</summary>
    internal uint Next(WsConnectionOptions options)
    {
        if (_left == 0)
            Refill(options);
        uint key = MemoryMarshal.Read<uint>(_block.AsSpan(_block!.Length - _left));
        _left -= sizeof(uint);
        return key;
    }

    internal void Release(WsConnectionOptions options)
    {
        if (_block is null)
            return;
        options.Pool.Return(_block, clearArray: true);
        _block = null;
        _left = 0;
    }

    private void Refill(WsConnectionOptions options)
    {
        int size = _block is null ? FirstBlock : Math.Min(_block.Length * Growth, LargestBlock);
        Release(options);
        _block = options.Pool.Rent(size);
        _left = size;
        options.Random(_block.AsSpan(_block.Length - size));
    }
}
