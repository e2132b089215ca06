using System;
using System.IO;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Client;

/// <summary>
/// The stream that an HTTP client gives for an answer that opens one: of one stream of HTTP/2, or of a whole connection of HTTP/1.1.
/// </summary>
/// <param name="stream">The content of the answer, both ways.</param>
/// <param name="response">Disposed of at the end, which resets a stream of HTTP/2 that goes on.</param>
/// <param name="own">The invoker that serves this connection alone; null where the application's serves it.</param>
internal sealed class HttpStreamTransport(Stream stream, HttpResponseMessage response, HttpMessageInvoker? own) : WsTransport
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        stream.ReadAsync(buffer, cancellationToken);

    /// <summary>By a read of no bytes, which waits for some.</summary>
    public override async ValueTask WaitToReadAsync(CancellationToken cancellationToken = default) =>
        await stream.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);

    /// <summary>A stream of HTTP/2 collects what is written until it is flushed.</summary>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        await stream.WriteAsync(data, cancellationToken).ConfigureAwait(false);
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await stream.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            response.Dispose();
            own?.Dispose();
            await base.DisposeAsync().ConfigureAwait(false);
        }
    }
}
