using System.Net.WebSockets;

namespace WsProto.Bench;

/// <summary>System.Net.WebSockets over memory: reads the same bytes for ever, drops what it writes, and completes at once.</summary>
internal static class Peer
{
    public static WebSocket Server(Stream stream, bool? takeover) => Create(stream, isServer: true, takeover);

    public static WebSocket Client(Stream stream, bool? takeover) => Create(stream, isServer: false, takeover);

    private static WebSocket Create(Stream stream, bool isServer, bool? takeover) =>
        WebSocket.CreateFromStream(stream, new WebSocketCreationOptions
        {
            IsServer = isServer,
            DangerousDeflateOptions = takeover is { } on
                ? new WebSocketDeflateOptions { ServerContextTakeover = on, ClientContextTakeover = on }
                : null,
        });
}

/// <summary>Gives an array in pieces, over and over.</summary>
internal sealed class LoopStream(byte[] data, int piece) : Stream
{
    private int _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        int count = Math.Min(Math.Min(buffer.Length, piece), data.Length - _position);
        data.AsSpan(_position, count).CopyTo(buffer);
        _position = (_position + count) % data.Length;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Read(buffer.Span));

    public override void Write(byte[] buffer, int offset, int count)
    {
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        ValueTask.CompletedTask;

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
