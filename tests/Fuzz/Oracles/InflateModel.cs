// What DeflateStream says of a compressed message. It reads a stream that ends with a final block, and stops there: so a final block
// that holds a mark is put behind the message, and the mark shows that all before it was read. The block is compressed, so that its
// bytes are not the mark where the message ends inside a stored block and takes them for its own.

using System.IO.Compression;

namespace WsProto.Fuzz.Oracles;

internal enum Inflated
{
    /// <summary>Complete.</summary>
    Whole,

    /// <summary>No DEFLATE.</summary>
    Broken,

    /// <summary>It ends inside a block, or a block inside was the final one, which DeflateStream takes for the end of all.</summary>
    Ended,
}

internal static class InflateModel
{
    private const int StepSize = 16 * 1024;

    private static readonly byte[] _final = Compress(Mark);

    private static ReadOnlySpan<byte> Mark => "[the mark]"u8;

    /// <summary>Inflates a message (RFC 7692 §7.2.2).</summary>
    public static Inflated Read(byte[] payload, out byte[] data)
    {
        var output = new MemoryStream();
        long ofPayload = 0;
        var input = new TwoParts(payload, [0x00, 0x00, 0xFF, 0xFF, .. _final], () => ofPayload = output.Length);
        using var inflate = new DeflateStream(input, CompressionMode.Decompress);
        byte[] step = new byte[StepSize];
        try
        {
            int read;
            while ((read = inflate.Read(step)) > 0)
                output.Write(step, 0, read);
        }
        catch (InvalidDataException)
        {
            data = [];
            return Inflated.Broken;
        }

        ReadOnlySpan<byte> all = output.GetBuffer().AsSpan(0, (int)output.Length);
        bool isWhole = all.EndsWith(Mark);
        data = all[..^(isWhole ? Mark.Length : 0)].ToArray();
        // The four octets complete an empty block. Where they became data, the payload has ended inside a block.
        return isWhole && data.Length == ofPayload ? Inflated.Whole : Inflated.Ended;
    }

    private static byte[] Compress(ReadOnlySpan<byte> data)
    {
        var output = new MemoryStream();
        using (var deflate = new DeflateStream(output, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(data);
        return output.ToArray();
    }

    /// <summary>Tells when the first part was read and more is asked for.</summary>
    private sealed class TwoParts(byte[] first, byte[] second, Action between) : Stream
    {
        private readonly MemoryStream _first = new(first);
        private readonly MemoryStream _second = new(second);

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = _first.Read(buffer, offset, count);
            if (read > 0)
                return read;
            if (_second.Position == 0)
                between();
            return _second.Read(buffer, offset, count);
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
