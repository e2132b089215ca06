using System;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// What is written becomes one message, in fragments of bounded size (RFC 6455 §5.4). One caller at a time, as with any stream.
/// </summary>
/// <param name="queue">Gets the pieces.</param>
/// <param name="kind">Text or Binary.</param>
/// <param name="options">Where memory comes from.</param>
internal sealed class MessageSendStream(SendQueue queue, Opcode kind, WsSessionOptions options) : Stream
{
    /// <summary>
    /// The most bytes of a fragment. So a message costs neither a header for each write nor memory by its length.
    /// </summary>
    internal const int LargestPiece = 64 * 1024;

    /// <summary>An octet that continues a character of UTF-8 is 10xxxxxx, and at most three follow its first.</summary>
    private const int MostOfACharacter = 4;

    private byte[]? _buffer;
    private int _count;
    private bool _isOver;
    private bool _hasBegun;

    /// <summary>
    /// Whether a write is under way. Its bytes stay together, and its memory stays its own, whether it was awaited or not.
    /// </summary>
    private int _isBusy;

    internal Opcode Kind => kind;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => !_isOver;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Enter();
        try
        {
            await WriteAllAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Leave();
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Sends what was written so far as a fragment, so that the peer need not wait for more.</summary>
    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            if (WholeCount() > 0)
                await SendBufferAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Leave();
        }
    }

    public override void Flush() => throw NoWaiting();

    public override void Write(byte[] buffer, int offset, int count) => throw NoWaiting();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Sends the end of the message.</summary>
    /// <exception cref="InvalidOperationException">A write is under way, which somebody has not awaited.</exception>
    internal async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            await SendAsync(_buffer.AsMemory(0, _count), isLast: true, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Takes no more, and gives its memory back, unless a write is under way that still uses it.</summary>
    /// <returns>
    /// Whether a part of the message has its place on the wire, or may get it any moment, so that the rest has to follow.
    /// </returns>
    internal bool End()
    {
        _isOver = true;
        // It is never left, so no write begins any more.
        if (Interlocked.Exchange(ref _isBusy, 1) != 0)
            return true;
        if (_buffer is not null)
            options.Pool.Return(_buffer);
        _buffer = null;
        return _hasBegun;
    }

    private static NotSupportedException NoWaiting() => new("A write may have to wait for the peer: use WriteAsync and FlushAsync.");

    private void Enter()
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        if (Interlocked.Exchange(ref _isBusy, 1) != 0)
            throw new InvalidOperationException("Another write is under way; one at a time, please.");
    }

    private void Leave() => Volatile.Write(ref _isBusy, 0);

    private async ValueTask WriteAllAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        while (buffer.Length > 0)
        {
            if (_count == LargestPiece)
                await SendBufferAsync(cancellationToken).ConfigureAwait(false);
            if (_count == 0 && buffer.Length > LargestPiece && kind == Opcode.Binary)
            {
                await SendAsync(buffer[..LargestPiece], isLast: false, cancellationToken).ConfigureAwait(false);
                buffer = buffer[LargestPiece..];
                continue;
            }

            _buffer ??= options.Pool.Rent(LargestPiece);
            int count = Math.Min(buffer.Length, LargestPiece - _count);
            buffer[..count].CopyTo(_buffer.AsMemory(_count));
            _count += count;
            buffer = buffer[count..];
        }
    }

    private async ValueTask SendBufferAsync(CancellationToken cancellationToken)
    {
        int count = WholeCount();
        await SendAsync(_buffer.AsMemory(0, count), isLast: false, cancellationToken).ConfigureAwait(false);
        _buffer.AsSpan(count, _count - count).CopyTo(_buffer);
        _count -= count;
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> data, bool isLast, CancellationToken cancellationToken)
    {
        // A write that nobody awaited goes no further than the piece that it is at.
        ObjectDisposedException.ThrowIf(_isOver, this);
        await queue.SendAsync(Outgoing.Piece(this, data, isFirst: !_hasBegun, isLast), cancellationToken).ConfigureAwait(false);
        _hasBegun = true;
    }

    /// <summary>How many bytes of the buffer may go: of text whole characters. What is no UTF-8 goes as it is, and is refused.</summary>
    private int WholeCount()
    {
        if (kind != Opcode.Text)
            return _count;
        ReadOnlySpan<byte> tail = _buffer.AsSpan(0, _count);
        for (int back = 1; back <= Math.Min(MostOfACharacter - 1, _count); back++)
        {
            if ((tail[^back] & 0xC0) == 0x80)
                continue;
            return Rune.DecodeFromUtf8(tail[^back..], out _, out _) == System.Buffers.OperationStatus.NeedMoreData ? _count - back : _count;
        }

        return _count;
    }
}
