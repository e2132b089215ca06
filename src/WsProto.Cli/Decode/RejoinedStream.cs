using System;
using System.IO;

namespace WsProto.Cli.Decode;

/// <summary>A stream whose beginning was read already.</summary>
/// <param name="start">The beginning.</param>
/// <param name="rest">The rest.</param>
internal sealed class RejoinedStream(byte[] start, Stream rest) : Stream
{
    private int _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_position == start.Length)
            return rest.Read(buffer);
        int count = Math.Min(buffer.Length, start.Length - _position);
        start.AsSpan(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
