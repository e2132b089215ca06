using System;
using System.Buffers;
using System.IO;
using System.IO.Pipelines;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Transports;

/// <summary>A pair of pipes, as Kestrel's connections and <see cref="Pipe"/> are.</summary>
/// <remarks>
/// A pipe that is completed gives its buffers back, also those that a read or a write on another thread is still copying. So each side is
/// completed by whoever leaves it last.
/// </remarks>
internal sealed class PipeTransport : WsTransport
{
    private readonly IDuplexPipe _pipe;
    private readonly PipeSide _input;
    private readonly PipeSide _output;

    internal PipeTransport(IDuplexPipe pipe)
    {
        _pipe = pipe;
        _input = new PipeSide(() => pipe.Input.CompleteAsync());
        _output = new PipeSide(() => pipe.Output.CompleteAsync());
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _input.Enter();
        try
        {
            ReadResult result = await ReadAsync(cancellationToken).ConfigureAwait(false);
            // After AdvanceTo, the sequence is the pipe's again.
            int count = (int)Math.Min(result.Buffer.Length, buffer.Length);
            ReadOnlySequence<byte> taken = result.Buffer.Slice(0, count);
            taken.CopyTo(buffer.Span);
            _pipe.Input.AdvanceTo(taken.End);
            return count;
        }
        finally
        {
            await _input.LeaveAsync().ConfigureAwait(false);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        _output.Enter();
        try
        {
            FlushResult result = await _pipe.Output.WriteAsync(data, cancellationToken).ConfigureAwait(false);
            // The peer does not read any more, or this end was disposed of.
            if (result.IsCompleted || result.IsCanceled)
                throw new IOException("The pipe takes no more bytes.");
        }
        finally
        {
            await _output.LeaveAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The bytes stay in the pipe, whose buffers are not the session's.</summary>
    public override async ValueTask WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        _input.Enter();
        try
        {
            ReadResult result = await ReadAsync(cancellationToken).ConfigureAwait(false);
            _pipe.Input.AdvanceTo(result.Buffer.Start);
        }
        finally
        {
            await _input.LeaveAsync().ConfigureAwait(false);
        }
    }

    public override bool CanCompleteWrites => true;

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default) => _output.CompleteAsync();

    public override async ValueTask DisposeAsync()
    {
        // What is pending ends by this; it completes its side when it leaves.
        if (_input.Close())
            _pipe.Input.CancelPendingRead();
        if (_output.Close())
            _pipe.Output.CancelPendingFlush();
        await _output.CompleteAsync().ConfigureAwait(false);
        await _input.CompleteAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Waits for bytes or the end. The result is not advanced over yet.</summary>
    private async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await _pipe.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (!result.Buffer.IsEmpty || (result.IsCompleted && !result.IsCanceled))
                return result;
            _pipe.Input.AdvanceTo(result.Buffer.Start);
            if (result.IsCanceled)
                throw new OperationCanceledException("The read was broken off.");
        }
    }
}
