using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;

namespace WsProto.Conformance;

/// <summary>Compresses messages (RFC 7692 §7.2.1).</summary>
/// <param name="window">Where it is smaller than that of the platform's compressor, blocks are stored, which refer to nothing.</param>
/// <param name="forgets">Whether each message begins without history.</param>
internal sealed class MessageDeflater(int window, bool forgets) : IDisposable
{
    private const int LargestStored = ushort.MaxValue;
    private const int TailLength = 4;

    private readonly MemoryStream _output = new();
    private DeflateStream? _stream;

    public byte[] Deflate(byte[] payload)
    {
        if (window < 15 || payload.Length == 0)
            return Store(payload);
        if (forgets)
        {
            _stream?.Dispose();
            _stream = null;
        }

        _stream ??= new DeflateStream(_output, CompressionLevel.Fastest, leaveOpen: true);
        _output.SetLength(0);
        _stream.Write(payload);
        _stream.Flush();
        return _output.ToArray()[..^TailLength];
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _output.Dispose();
    }

    private static byte[] Store(byte[] payload)
    {
        var octets = new List<byte>();
        Span<byte> header = stackalloc byte[5];
        header[0] = 0;
        foreach (byte[] block in payload.Chunk(LargestStored))
        {
            BinaryPrimitives.WriteUInt16LittleEndian(header[1..], (ushort)block.Length);
            BinaryPrimitives.WriteUInt16LittleEndian(header[3..], (ushort)~block.Length);
            octets.AddRange(header);
            octets.AddRange(block);
        }

        // The header of the empty block, the rest of which is left out.
        octets.Add(0);
        return [.. octets];
    }
}
