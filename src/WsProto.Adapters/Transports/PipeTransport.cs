using System;
using System.Buffers;
using System.IO.Pipelines;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Transports;

/// <summary>A pair of pipes, as Kestrel's connections and <see cref="Pipe"/> are.</summary>
internal sealed class PipeTransport(IDuplexPipe pipe) : WsTransport
{
    private bool _completed;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ReadResult result = await pipe.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
        ReadOnlySequence<byte> available = result.Buffer;
        if (available.IsEmpty)
        {
            pipe.Input.AdvanceTo(available.Start);
            return result.IsCompleted ? 0 : throw new OperationCanceledException();
        }

        if (available.Length > buffer.Length)
            available = available.Slice(0, buffer.Length);
        available.CopyTo(buffer.Span);
        pipe.Input.AdvanceTo(available.End);
        return (int)available.Length;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        FlushResult result = await pipe.Output.WriteAsync(data, cancellationToken).ConfigureAwait(false);
        // The peer does not read any more.
        if (result.IsCompleted || result.IsCanceled)
            throw new System.IO.IOException("The pipe takes no more bytes.");
    }

    /// <summary>The bytes stay in the pipe, whose buffers are not the session's.</summary>
    public override async ValueTask WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        ReadResult result = await pipe.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
        pipe.Input.AdvanceTo(result.Buffer.Start);
        if (result.IsCanceled)
            throw new OperationCanceledException();
    }

    public override bool CanCompleteWrites => true;

    public override async ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default)
    {
        if (!_completed)
        {
            _completed = true;
            await pipe.Output.CompleteAsync().ConfigureAwait(false);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        pipe.Input.CancelPendingRead();
        pipe.Output.CancelPendingFlush();
        await CompleteWritesAsync().ConfigureAwait(false);
        await pipe.Input.CompleteAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
