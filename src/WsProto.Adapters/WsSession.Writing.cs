using System;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Sessions;

namespace WsProto.Adapters;

public sealed partial class WsSession
{
    /// <summary>As long as the receiver has more messages at hand, what is sent waits for company up to this many bytes.</summary>
    private const int WorthWriting = 32 * 1024;

    /// <summary>How many bytes the transport gets at once.</summary>
    private const int WriteSize = 256 * 1024;

    /// <summary>What goes next.</summary>
    private PooledWriter _batch;
    private int _batchMessages;

    /// <summary>Since when the batch may wait for the reader: when its thread was lent with nothing to write, or something was last taken to be written.</summary>
    private long _heldSince;

    /// <summary>What is being written, while <see cref="_writing"/>.</summary>
    private PooledWriter _flight;
    private int _flightMessages;

    /// <summary>A payload that its sender lends until it is written: it follows the bytes of the batch, and of the flight.</summary>
    private Loan? _batchLoan;
    private Loan? _flightLoan;

    /// <summary>How often the transport took bytes of something large.</summary>
    private int _writes;
    private bool _closeInFlight;
    private bool _writing;
    private bool _flushQueued;
    private FlushWork? _flush;

    private int EncodedBytes => _batch.Count + (_writing ? _flight.Count + (_flightLoan?.Payload.Length ?? 0) : 0);

    /// <summary>
    /// Whether the caller is to write. If the receiver has more messages at hand, it will soon send more, so the bytes wait until it has none, or the reader nothing more
    /// to read; or until a thread of the pool finds time, should the receiver be busy on a thread of its own.
    /// </summary>
    private bool ShouldWriteNow()
    {
        const int looks = 4;
        if (_batch.Count >= WorthWriting || !HasRoom)
            return TakeWriter();
        bool more = _taken.Count + _inbox.Count > 0;
        if (_lent?.IsCurrent == true)
        {
            bool single = _batchMessages == 1 && !more && !_moreToRead;
            // Not each call looks at the clock.
            return (single || (_batchMessages % looks == 0 && IsHeldLong)) && TakeWriter();
        }

        if (!more)
            return TakeWriter();
        QueueFlush();
        return false;
    }

    /// <summary>Whether what was sent on the reader's thread has waited there for a millisecond.</summary>
    private bool IsHeldLong => Stopwatch.GetTimestamp() - _heldSince >= Stopwatch.Frequency / 1000;

    private void QueueFlush()
    {
        if (_writing || _flushQueued)
            return;
        _flushQueued = true;
        ThreadPool.UnsafeQueueUserWorkItem(_flush ??= new FlushWork(this), preferLocal: false);
    }

    /// <summary>Makes the caller the writer, if there is something to write and nobody writes.</summary>
    private bool TakeWriter()
    {
        if (_writing || _batch.Count == 0 || _broken)
            return false;
        _writing = true;
        TakeBatch();
        return true;
    }

    private void TakeBatch()
    {
        (_batch, _flight) = (_flight, _batch);
        if (_lent is not null)
            _heldSince = Stopwatch.GetTimestamp();
        (_batchLoan, _flightLoan) = (null, _batchLoan);
        _closeInFlight = _closeSent;
        (_batchMessages, _flightMessages) = (0, _batchMessages);
    }

    private void FlushNow()
    {
        lock (_lock)
        {
            if (!TakeWriter())
                return;
        }

        Write();
    }

    /// <summary>Writes one batch. If that is done at once and there is more, another thread goes on, so that no sender writes for all others.</summary>
    private void Write()
    {
        ValueTask writing = WriteFlight();
        if (!writing.IsCompletedSuccessfully)
        {
            _ = WriteOnAsync(writing);
            return;
        }

        writing.GetAwaiter().GetResult();
        if (EndFlight())
            ThreadPool.UnsafeQueueUserWorkItem(static session => _ = session.WriteOnAsync(session.WriteFlight()), this, preferLocal: false);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a transport throws is its loss.")]
    private ValueTask WriteFlight()
    {
        try
        {
            ReadOnlyMemory<byte> loan = _flightLoan?.Payload ?? default;
            return loan.IsEmpty && _flight.Count <= WriteSize ? _transport.WriteAsync(_flight.Written, _aborted) : WriteInStepsAsync(_flight.Written, loan);
        }
        catch (Exception e)
        {
            return ValueTask.FromException(e);
        }
    }

    /// <summary>So that it can be seen whether the peer takes something of what is large.</summary>
    private async ValueTask WriteInStepsAsync(ReadOnlyMemory<byte> bytes, ReadOnlyMemory<byte> loan)
    {
        await WriteInStepsAsync(bytes).ConfigureAwait(false);
        await WriteInStepsAsync(loan).ConfigureAwait(false);
    }

    private async ValueTask WriteInStepsAsync(ReadOnlyMemory<byte> bytes)
    {
        for (int start = 0; start < bytes.Length; start += WriteSize)
        {
            await _transport.WriteAsync(bytes.Slice(start, Math.Min(WriteSize, bytes.Length - start)), _aborted).ConfigureAwait(false);
            Interlocked.Increment(ref _writes);
        }
    }

    private void EndLoan(bool written)
    {
        if (_flightLoan is not { } loan)
            return;
        _flightLoan = null;
        if (written)
            loan.Lent.TrySetResult();
        else if (loan.Lent.TrySetException(NewClosedException()))
            _ = loan.Lent.Task.Exception; // A sender that does not wait for it does not want to know.
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a transport throws is its loss.")]
    private async Task WriteOnAsync(ValueTask writing)
    {
        try
        {
            await writing.ConfigureAwait(false);
            while (EndFlight())
                await WriteFlight().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            BreakWriting(e);
        }
    }

    /// <summary>After a batch was written: prepares the next, or ends writing.</summary>
    private bool EndFlight()
    {
        lock (_lock)
        {
            _flight.Release();
            EndLoan(written: true);
            _flightMessages = 0;
            _closeWritten |= _closeInFlight;
            if (_broken)
            {
                _batch.Release();
                _writing = false;
                _writerIdle?.TrySetResult();
                return false;
            }

            if (_lastPong is { } pong)
                EncodePong(pong);
            if (HasPending)
                EncodePending();
            if (_batch.Count > 0)
            {
                TakeBatch();
                return true;
            }

            _writing = false;
            _writerIdle?.TrySetResult();
            return false;
        }
    }

    private void BreakWriting(Exception failure)
    {
        lock (_lock)
        {
            _broken = true;
            Fail(failure);
            _writing = false;
            _batch.Release();
            _flight.Release();
            EndLoan(written: false);
            FailPending();
            // What the peer sent before is still to be read, its Close perhaps among it; but not for ever.
            StartCloseTimer();
            _writerIdle?.TrySetResult();
        }

        _room.Wake(here: false);
    }

    private sealed record Loan(ReadOnlyMemory<byte> Payload, TaskCompletionSource Lent);

    /// <summary>Continues to write on a thread of the pool, or begins to.</summary>
    private sealed class FlushWork(WsSession session) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            lock (session._lock)
            {
                session._flushQueued = false;
                if (!session.TakeWriter())
                    return;
            }

            session.Write();
        }
    }
}
