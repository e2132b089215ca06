// The server's end of a connection, built like Kestrel's transport over sockets. One loop fills the input pipe whether or not the server
// reads, so that the end of the stream or a reset is noticed while a handler works. A second loop writes what is in the output pipe. Each
// loop waits while its pipe is full.

using System;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Connections;
using WsProto.Adapters.Transports;

namespace WsProto.AspNetCore.Testing;

internal sealed class InMemoryConnection : DefaultConnectionContext
{
    /// <summary>
    /// The default capacities of Kestrel's transport over sockets, in bytes: <c>MaxReadBufferSize</c> and <c>MaxWriteBufferSize</c>.
    /// </summary>
    private const int MostInput = 1024 * 1024;
    private const int MostOutput = 64 * 1024;

    private readonly MemoryTransport _transport;
    private readonly Pipe _input = PipeOf(MostInput);
    private readonly Pipe _output = PipeOf(MostOutput);
    private readonly CancellationTokenSource _closed = new();
    private Task _receiving = Task.CompletedTask;
    private Task _sending = Task.CompletedTask;
    private Exception? _abortion;

    internal InMemoryConnection(string id, MemoryTransport transport, InMemoryEndPoint place)
        : base(id)
    {
        _transport = transport;
        Transport = new Ends(_input.Reader, _output.Writer);
        LocalEndPoint = place;
        RemoteEndPoint = InMemoryEndPoint.Client;
        ConnectionClosed = _closed.Token;
    }

    /// <summary>Starts the two loops.</summary>
    internal void Start()
    {
        _receiving = ReceiveAsync();
        _sending = SendAsync();
    }

    /// <inheritdoc/>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        _abortion ??= abortReason;
        _transport.Break();
        _output.Reader.CancelPendingRead();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await Transport.Input.CompleteAsync().ConfigureAwait(false);
        await Transport.Output.CompleteAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
        _closed.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever the transport throws is the loss of the connection.")]
    private async Task ReceiveAsync()
    {
        Exception? failure = null;
        try
        {
            while (true)
            {
                int count = await _transport.ReadAsync(_input.Writer.GetMemory()).ConfigureAwait(false);
                if (count == 0)
                    break;
                _input.Writer.Advance(count);
                if ((await _input.Writer.FlushAsync().ConfigureAwait(false)).IsCompleted)
                    break;
            }
        }
        catch (ObjectDisposedException)
        {
            // The server has closed this end.
        }
        catch (Exception e)
        {
            failure = _abortion ?? new ConnectionResetException(e.Message, e);
        }

        await _input.Writer.CompleteAsync(failure).ConfigureAwait(false);
        await _closed.CancelAsync().ConfigureAwait(false);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever the transport throws is the loss of the connection.")]
    private async Task SendAsync()
    {
        try
        {
            ReadResult result;
            do
            {
                result = await _output.Reader.ReadAsync().ConfigureAwait(false);
                foreach (ReadOnlyMemory<byte> part in result.Buffer)
                    await _transport.WriteAsync(part).ConfigureAwait(false);
                _output.Reader.AdvanceTo(result.Buffer.End);
            }
            while (!result.IsCompleted && !result.IsCanceled);
        }
        catch (Exception)
        {
            // The server's next write fails, because the reader has completed.
        }

        await _output.Reader.CompleteAsync().ConfigureAwait(false);
        _input.Writer.CancelPendingFlush();
        // The client still reads what was written, and then the end of the stream.
        await _transport.DisposeAsync().ConfigureAwait(false);
    }

    private static Pipe PipeOf(int most) => new(new PipeOptions(
        pauseWriterThreshold: most, resumeWriterThreshold: most / 2, useSynchronizationContext: false));

    private sealed class Ends(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
