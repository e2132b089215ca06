using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters;

/// <summary>
/// One message that is received as a stream of bytes, while it arrives: <see cref="WsSession.ReceiveStreamAsync"/>. That of a text is
/// UTF-8. The transport is read no faster than the stream, so a message of any length needs bounded memory.
/// </summary>
/// <remarks>
/// <para>
/// It is valid until the next receive on its session, whichever method that is. Where it was not read to its end,
/// <see cref="WsSession.ReceiveStreamAsync"/> drops the rest of the message; other methods receive it as pieces. Disposing of it waits for
/// nothing.
/// </para>
/// <para>For one reader at a time. There is no blocking read: <see cref="Read(byte[], int, int)"/> throws.</para>
/// </remarks>
public sealed class WsMessageStream : Stream
{
    private readonly WsSession _session;
    private ReceivedMessage _piece;
    private int _left;
    private int _version;
    private bool _isLast;
    private bool _isOver;

    internal WsMessageStream(WsSession session, ReceivedMessage first)
    {
        _session = session;
        Kind = first.Kind;
        Take(first);
    }

    /// <summary><see cref="Opcode.Text"/> or <see cref="Opcode.Binary"/>.</summary>
    public Opcode Kind { get; }

    /// <summary>Whether nobody else has received since.</summary>
    private bool IsCurrent => _version == _session.ReceiveVersion;

    private ReadOnlyMemory<byte> Rest => _piece.Bytes[^_left..];

    /// <inheritdoc/>
    public override bool CanRead => !_isOver;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <summary>Not supported: the end of a message is known when it has come.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Length => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads what has arrived, or waits until something does.</summary>
    /// <param name="buffer">Gets the bytes.</param>
    /// <param name="cancellationToken">Stops waiting. Nothing is lost, and the next read goes on.</param>
    /// <returns>How many bytes; 0 at the end of the message, or for an empty buffer.</returns>
    /// <exception cref="WsClosedException">The session was closed before the message ended.</exception>
    /// <exception cref="InvalidOperationException">The session was received from meanwhile, or another receive is waiting.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed of.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        if (buffer.IsEmpty || !await HasMoreAsync(cancellationToken).ConfigureAwait(false))
            return 0;
        int count = Math.Min(_left, buffer.Length);
        Rest[..count].CopyTo(buffer);
        _left -= count;
        return count;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Writes the rest of the message to another stream, from where it lies.</summary>
    /// <param name="destination">Gets the bytes.</param>
    /// <param name="bufferSize">Not used, as nothing is copied.</param>
    /// <param name="cancellationToken">Stops waiting and writing.</param>
    /// <exception cref="WsClosedException">The session was closed before the message ended.</exception>
    /// <exception cref="InvalidOperationException">The session was received from meanwhile, or another receive is waiting.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed of.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ObjectDisposedException.ThrowIf(_isOver, this);
        while (await HasMoreAsync(cancellationToken).ConfigureAwait(false))
        {
            int count = _left;
            await destination.WriteAsync(Rest, _session.Meant(cancellationToken)).ConfigureAwait(false);
            _left -= count;
        }
    }

    /// <summary>Not supported: reading may have to wait for the peer.</summary>
    /// <param name="buffer">Not used.</param>
    /// <param name="offset">Not used.</param>
    /// <param name="count">Not used.</param>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("A read may have to wait for the peer: use ReadAsync.");

    /// <summary>Not supported.</summary>
    /// <param name="buffer">Not used.</param>
    /// <param name="offset">Not used.</param>
    /// <param name="count">Not used.</param>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Does nothing.</summary>
    public override void Flush()
    {
    }

    /// <summary>Not supported.</summary>
    /// <param name="offset">Not used.</param>
    /// <param name="origin">Not used.</param>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    /// <param name="value">Not used.</param>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _isOver = true;
        base.Dispose(disposing);
    }

    private async ValueTask<bool> HasMoreAsync(CancellationToken cancellationToken)
    {
        while (_left == 0 && !_isLast)
        {
            if (!IsCurrent)
                throw new InvalidOperationException("The stream is stale: the session was received from again.");
            if (!await TakeNextAsync(cancellationToken).ConfigureAwait(false))
                throw _session.NewClosedException();
        }

        return _left > 0;
    }

    /// <returns>False where the session is closed.</returns>
    private async ValueTask<bool> TakeNextAsync(CancellationToken cancellationToken)
    {
        ReceivedMessage next;
        do
        {
            ValueTask<bool> waiting = _session.WaitToReceiveAsync(cancellationToken);
            _version = _session.ReceiveVersion;
            if (!await waiting.ConfigureAwait(false))
                return false;
        }
        while (!_session.TryReceive(out next));

        Take(next);
        return true;
    }

    private void Take(ReceivedMessage piece)
    {
        _piece = piece;
        _left = piece.Bytes.Length;
        _isLast = piece.MessageFinished;
        _version = _session.ReceiveVersion;
    }
}
