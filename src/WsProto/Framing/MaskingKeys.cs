// «The masking key is a 32-bit value chosen at random by the client … fresh … from the set of allowed 32-bit values …
// derived from a strong source of entropy» (RFC 6455 §5.3, §10.3).
//
// Asking the system costs about as much for 4 bytes as for a few KiB, so keys are cut from a block. Blocks begin small, for
// connections that seldom send, and double for busy ones. No byte of a block is used twice.

using System;
using System.Runtime.InteropServices;

namespace WsProto.Framing;

/// <summary>Fills a span with random bytes.</summary>
internal delegate void RandomFill(Span<byte> destination);

internal sealed class MaskingKeys(RandomFill fill)
{
    private const int FirstBlock = 64;
    private const int LargestBlock = 4096;

    private byte[] _block = [];
    private int _used;

    internal uint Next()
    {
        if (_used == _block.Length)
            Refill();
        uint key = MemoryMarshal.Read<uint>(_block.AsSpan(_used));
        _used += sizeof(uint);
        return key;
    }

    private void Refill()
    {
        if (_block.Length < LargestBlock)
            _block = new byte[Math.Max(FirstBlock, _block.Length * 2)];
        fill(_block);
        _used = 0;
    }
}
