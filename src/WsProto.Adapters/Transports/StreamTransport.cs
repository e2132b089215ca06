using System;
using System.IO;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Transports;

/// <summary>Any <see cref="Stream"/> that reads and writes: of TCP, TLS, a Unix socket, a named pipe.</summary>
/// <param name="stream">The stream.</param>
/// <param name="socket">The socket below it, where it is known: a stream of TLS does not tell.</param>
internal sealed class StreamTransport(Stream stream, Socket? socket = null) : WsTransport
{
    private readonly SocketEnds? _ends = (socket ?? (stream as NetworkStream)?.Socket) is { } connected ? new SocketEnds(connected) : null;
    private WsTlsDetails? _details;
    private bool _hasEnded;

    public override EndPoint? RemoteEndPoint => _ends?.Remote;

    public override EndPoint? LocalEndPoint => _ends?.Local;

    public override WsTlsDetails? Tls => _details ??= stream is SslStream { IsAuthenticated: true } tls ? WsTlsDetails.From(tls) : null;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        stream.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        ValueTask written = stream.WriteAsync(data, cancellationToken);
        // These send what they are given, and their flush does nothing.
        return stream is NetworkStream or SslStream ? written : FlushAfterAsync(written, cancellationToken);
    }

    /// <summary>
    /// By a read of no bytes, which the streams of .NET that wait for a network complete when there are some; others do so at once.
    /// </summary>
    public override async ValueTask WaitToReadAsync(CancellationToken cancellationToken = default) =>
        await stream.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);

    public override bool CanCompleteWrites => stream is NetworkStream or SslStream;

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default)
    {
        if (_hasEnded)
            return default;
        _hasEnded = true;
        switch (stream)
        {
            case SslStream tls:
                return new ValueTask(tls.ShutdownAsync());
            case NetworkStream network:
                network.Socket.Shutdown(SocketShutdown.Send);
                break;
        }

        return default;
    }

    public override async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask FlushAfterAsync(ValueTask written, CancellationToken cancellationToken)
    {
        await written.ConfigureAwait(false);
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }
}
