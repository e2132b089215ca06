// Two buffers: the batch, to which senders add, and the flight, which the transport has. There is no task that writes: whoever finds bytes
// to write and nobody writing, writes, on its own thread; others add to the batch, which goes next.
//
// The sending lock guards all fields; the transport is called without it. While somebody writes, the flight is its own.

using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

/// <summary>Writes what was encoded: one batch after the other, and payloads that are lent from where they lie.</summary>
/// <param name="session">Is told when something was written, and when writing failed.</param>
/// <param name="queue">Fills the batch from what waits for room.</param>
/// <param name="transport">Takes the bytes.</param>
/// <param name="options">For the pool.</param>
/// <param name="gate">The sending lock.</param>
/// <param name="aborted">Cancelled when the transport is given up.</param>
internal sealed class SessionWriter(
    WsSession session, SendQueue queue, WsTransport transport, WsSessionOptions options, Lock gate, CancellationToken aborted)
{
    /// <summary>
    /// How many bytes the transport gets at once, so that it can be seen whether the peer takes something of what is large.
    /// </summary>
    private const int WriteSize = 256 * 1024;

    private PooledWriter _batch = new(options.Pool);
    private PooledWriter _flight = new(options.Pool);
    private int _batchMessages;
    private int _flightMessages;

    /// <summary>A payload that its sender lends until it is written: it follows the bytes of the batch, and of the flight.</summary>
    private Loan? _batchLoan;
    private Loan? _flightLoan;
    private bool _closeInBatch;
    private bool _closeInFlight;
    private TaskCompletionSource? _idle;

    /// <summary>What goes next.</summary>
    internal PooledWriter Batch => _batch;

    internal bool IsWriting { get; private set; }

    /// <summary>Whether the transport takes no more.</summary>
    internal bool IsBroken { get; private set; }

    /// <summary>Whether the transport has taken our Close.</summary>
    internal bool CloseIsWritten { get; private set; }

    /// <summary>How many bytes the transport has not taken.</summary>
    internal long Bytes => _batch.Count + (IsWriting ? _flight.Count + (_flightLoan?.Payload.Length ?? 0L) : 0L);

    /// <summary>How many messages the transport has not taken.</summary>
    internal int Messages => _batchMessages + (IsWriting ? _flightMessages : 0);

    internal void Count(int messages) => _batchMessages += messages;

    /// <summary>Notes that a Close stands at the end of the batch.</summary>
    internal void NoteClose() => _closeInBatch = true;

    /// <summary>Lets a payload follow the batch, which has to be taken before anything else is encoded.</summary>
    internal void Lend(ReadOnlyMemory<byte> payload, TaskCompletionSource lent) => _batchLoan = new Loan(payload, lent);

    /// <summary>Makes the caller the writer, if there is something to write and nobody writes. The lock is held.</summary>
    internal bool TryBegin()
    {
        if (IsWriting || _batch.Count == 0 || IsBroken)
            return false;
        IsWriting = true;
        Take();
        return true;
    }

    /// <summary>
    /// Writes one batch. If that is done at once and there is more, another thread goes on, so that no sender writes for all others. The
    /// lock is not held.
    /// </summary>
    internal void Write()
    {
        ValueTask writing = WriteFlight();
        if (!writing.IsCompletedSuccessfully)
        {
            _ = WriteOnAsync(writing);
            return;
        }

        writing.GetAwaiter().GetResult();
        if (Land())
            ThreadPool.UnsafeQueueUserWorkItem(static writer => _ = writer.WriteOnAsync(writer.WriteFlight()), this, preferLocal: false);
    }

    /// <summary>Completes when all was written, or nothing can be any more.</summary>
    internal Task IdleAsync()
    {
        lock (gate)
        {
            if (!IsWriting && (_batch.Count == 0 || IsBroken))
                return Task.CompletedTask;
            if (_idle is null or { Task.IsCompleted: true })
                _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    /// <summary>From now on nothing is written. The lock is held.</summary>
    internal void Break()
    {
        IsBroken = true;
        _batch.Release();
        if (!IsWriting)
            _idle?.TrySetResult();
    }

    /// <summary>At the end: gives everything back that the transport does not hold.</summary>
    /// <param name="transportIsGone">Whether it holds nothing any more.</param>
    internal void Release(bool transportIsGone)
    {
        lock (gate)
        {
            _batch.Release();
            if (!IsWriting)
                _flight.Release();
            // As long as the transport may still read the memory, its sender waits.
            if (!IsWriting || transportIsGone)
                EndLoan(written: false);
        }
    }

    private void Take()
    {
        (_batch, _flight) = (_flight, _batch);
        (_batchLoan, _flightLoan) = (null, _batchLoan);
        (_closeInBatch, _closeInFlight) = (false, _closeInBatch);
        (_batchMessages, _flightMessages) = (0, _batchMessages);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a transport throws is its loss.")]
    private ValueTask WriteFlight()
    {
        try
        {
            ReadOnlyMemory<byte> loan = _flightLoan?.Payload ?? default;
            return loan.IsEmpty && _flight.Count <= WriteSize
                ? transport.WriteAsync(_flight.Written, aborted)
                : WriteInStepsAsync(_flight.Written, loan);
        }
        catch (Exception e)
        {
            return ValueTask.FromException(e);
        }
    }

    private async ValueTask WriteInStepsAsync(ReadOnlyMemory<byte> bytes, ReadOnlyMemory<byte> loan)
    {
        await WriteInStepsAsync(bytes).ConfigureAwait(false);
        await WriteInStepsAsync(loan).ConfigureAwait(false);
    }

    private async ValueTask WriteInStepsAsync(ReadOnlyMemory<byte> bytes)
    {
        for (int start = 0; start < bytes.Length; start += WriteSize)
        {
            ValueTask writing = transport.WriteAsync(bytes.Slice(start, Math.Min(WriteSize, bytes.Length - start)), aborted);
            if (!writing.IsCompleted)
                session.Liveness.NoteWriteBegins();
            await writing.ConfigureAwait(false);
            session.Liveness.NoteWriteProgress();
        }
    }

    private void EndLoan(bool written)
    {
        if (_flightLoan is not { } loan)
            return;
        _flightLoan = null;
        if (written)
            loan.Lent.TrySetResult();
        else if (loan.Lent.TrySetException(session.NewClosedException()))
            _ = loan.Lent.Task.Exception; // A sender that does not wait for it does not want to know.
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a transport throws is its loss.")]
    private async Task WriteOnAsync(ValueTask writing)
    {
        try
        {
            do
            {
                if (!writing.IsCompleted)
                    session.Liveness.NoteWriteBegins();
                await writing.ConfigureAwait(false);
                session.Liveness.NoteWriteProgress();
            }
            while (TryLand(out writing));
        }
        catch (Exception e)
        {
            Fail(e);
        }

        session.Liveness.NoteWriteEnds();
    }

    private bool TryLand(out ValueTask writing)
    {
        bool more = Land();
        writing = more ? WriteFlight() : default;
        return more;
    }

    /// <summary>After a batch was written: takes the next, or ends writing.</summary>
    private bool Land()
    {
        bool more = false;
        bool closed = false;
        lock (gate)
        {
            _flight.Release();
            EndLoan(written: true);
            _flightMessages = 0;
            CloseIsWritten |= _closeInFlight;
            if (!IsBroken)
            {
                closed = _closeInFlight;
                queue.Refill();
                more = _batch.Count > 0;
            }

            _closeInFlight = false;
            if (more)
            {
                Take();
            }
            else
            {
                if (IsBroken)
                    _batch.Release();
                IsWriting = false;
                _idle?.TrySetResult();
            }
        }

        session.NoteWritten(closed);
        return more;
    }

    private void Fail(Exception failure)
    {
        lock (gate)
        {
            IsBroken = true;
            IsWriting = false;
            _batch.Release();
            _flight.Release();
            EndLoan(written: false);
            _idle?.TrySetResult();
        }

        session.FailWriting(failure);
    }

    private sealed record Loan(ReadOnlyMemory<byte> Payload, TaskCompletionSource Lent);
}
