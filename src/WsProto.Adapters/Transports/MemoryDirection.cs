// One direction of a MemoryTransport: pieces as they were written, each with the time from which it can be read. Whatever changes wakes
// whoever waits, and who is woken looks again; so a cancelled wait loses nothing.

using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Transports;

internal sealed class MemoryDirection(MemoryTransportOptions options)
{
    private readonly Lock _lock = new();
    private readonly Queue<Piece> _pieces = new();

    /// <summary>How much of the first piece was read.</summary>
    private int _offset;
    private long _stallAfter = options.StallAfter ?? long.MaxValue;
    private TimeSpan? _endDue;
    private Exception? _failure;
    private bool _writerGone;
    private bool _readerGone;
    private ITimer? _timer;
    private TaskCompletionSource? _change;

    internal long Taken
    {
        get
        {
            lock (_lock)
                return field;
        }

        private set;
    }

    internal long Given
    {
        get
        {
            lock (_lock)
                return field;
        }

        private set;
    }

    internal long UnderWay
    {
        get
        {
            lock (_lock)
                return field;
        }

        private set;
    }

    private TimeSpan Now => options.TimeProvider.GetElapsedTime(0);

    internal async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task change;
            lock (_lock)
            {
                int available = Available();
                if (available > 0 && buffer.Length > 0)
                    return Read(buffer.Span, Math.Min(available, buffer.Length));
                if (available > 0 || HasEnded())
                    return 0;
                change = NextChange();
            }

            await change.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    internal async ValueTask WaitToReadAsync(CancellationToken cancellationToken) =>
        await ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);

    internal async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task change;
            lock (_lock)
            {
                ThrowIfNotWritable();
                data = data[Write(data)..];
                if (data.IsEmpty)
                    return;
                ThrowIfNotWritable();
                change = NextChange();
            }

            await change.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    internal void Complete() => Change(() => _endDue ??= Now + options.Delay);

    internal void Break(Exception? cause) => Change(() =>
    {
        _failure ??= cause ?? new IOException("The connection was broken.");
        _pieces.Clear();
        UnderWay = 0;
    });

    internal void Stall() => Change(() => _stallAfter = Given);

    internal void Resume() => Change(() => _stallAfter = long.MaxValue);

    internal void LeaveWriting() => Change(() =>
    {
        _writerGone = true;
        _endDue ??= Now + options.Delay;
    });

    internal void LeaveReading() => Change(() =>
    {
        _readerGone = true;
        _pieces.Clear();
        UnderWay = 0;
        _timer?.Dispose();
    });

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            Arm();
            Pulse();
        }
    }

    /// <summary>How many bytes can be read now. Throws where none ever can, because the direction is broken.</summary>
    private int Available()
    {
        ObjectDisposedException.ThrowIf(_readerGone, typeof(MemoryTransport));
        long limit = Math.Min(_stallAfter, options.EndAfter ?? long.MaxValue) - Given;
        long ready = -_offset;
        TimeSpan now = Now;
        foreach (Piece piece in _pieces)
        {
            if (piece.Due > now)
                break;
            ready += piece.Data.Length;
        }

        int available = (int)Math.Clamp(limit, 0, Math.Max(ready, 0));
        if (_failure is not null || (available == 0 && _stallAfter > Given && Given == options.BreakAfter))
            throw Broken();
        return available;
    }

    private bool HasEnded() => _stallAfter > Given && (Given == options.EndAfter || (UnderWay == 0 && _endDue <= Now));

    private int Read(Span<byte> buffer, int available)
    {
        int count = Math.Clamp(options.Chunk?.Invoke(available) ?? available, 1, available);
        int rest = count;
        while (rest > 0)
        {
            byte[] data = _pieces.Peek().Data;
            int step = Math.Min(rest, data.Length - _offset);
            data.AsSpan(_offset, step).CopyTo(buffer[(count - rest)..]);
            rest -= step;
            _offset += step;
            if (_offset == data.Length)
            {
                _pieces.Dequeue();
                _offset = 0;
            }
        }

        Given += count;
        UnderWay -= count;
        Pulse();
        return count;
    }

    private void ThrowIfNotWritable()
    {
        ObjectDisposedException.ThrowIf(_writerGone, typeof(MemoryTransport));
        if (_failure is not null || Taken == options.BreakAfter)
            throw Broken();
        if (_readerGone)
            throw new IOException("The other end is gone.");
        if (_endDue is not null)
            throw new InvalidOperationException("The stream was ended.");
    }

    /// <summary>Takes as many bytes as there is room for.</summary>
    private int Write(ReadOnlyMemory<byte> data)
    {
        long room = Math.Min(options.Capacity - UnderWay, (options.BreakAfter ?? long.MaxValue) - Taken);
        int count = (int)Math.Min(data.Length, room);
        if (count == 0)
            return 0;
        ReadOnlyMemory<byte> taken = data[..count];
        options.Tap?.Invoke(taken);
        long kept = Math.Clamp((options.EndAfter ?? long.MaxValue) - Taken, 0, count);
        Taken += count;
        UnderWay += kept;
        if (kept > 0)
            _pieces.Enqueue(new Piece(taken.Span[..(int)kept].ToArray(), Now + options.Delay));
        Arm();
        Pulse();
        return count;
    }

    private Exception Broken() => _failure ?? new IOException("The connection was broken.");

    /// <summary>Sets the timer for the next piece, or the end, that is not due yet.</summary>
    private void Arm()
    {
        if (options.Delay == TimeSpan.Zero || _readerGone)
            return;
        TimeSpan now = Now;
        TimeSpan? next = _endDue > now ? _endDue : null;
        foreach (Piece piece in _pieces)
        {
            if (piece.Due > now)
            {
                next = piece.Due;
                break;
            }
        }

        if (next is not { } due)
            return;
        _timer ??= options.TimeProvider.CreateTimer(
            static direction => ((MemoryDirection)direction!).Change(static () => { }),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
        _timer.Change(due - now, Timeout.InfiniteTimeSpan);
    }

    private Task NextChange() => (_change ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private void Pulse()
    {
        TaskCompletionSource? change = _change;
        _change = null;
        change?.TrySetResult();
    }

    private readonly record struct Piece(byte[] Data, TimeSpan Due);
}
