using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Transports;

/// <summary>A connected stream socket. Disposal ends what is pending, so no operation pays for a registration with a token.</summary>
internal sealed class SocketTransport(Socket socket) : WsTransport
{
    private readonly SocketEnds _ends = new(socket);

    public override EndPoint? RemoteEndPoint => _ends.Remote;

    public override EndPoint? LocalEndPoint => _ends.Local;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        socket.ReceiveAsync(buffer, SocketFlags.None, CancellationToken.None);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        ValueTask<int> sending = socket.SendAsync(data, SocketFlags.None, CancellationToken.None);
        // A socket of .NET sends all or fails, so the count says nothing new.
        if (!sending.IsCompletedSuccessfully)
            return CompleteAsync(sending);
        sending.GetAwaiter().GetResult();
        return default;
    }

    public override ValueTask WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        ValueTask<int> waiting = socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, CancellationToken.None);
        if (!waiting.IsCompletedSuccessfully)
            return CompleteAsync(waiting);
        waiting.GetAwaiter().GetResult();
        return default;
    }

    public override bool CanCompleteWrites => true;

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default)
    {
        socket.Shutdown(SocketShutdown.Send);
        return default;
    }

    public override ValueTask DisposeAsync()
    {
        socket.Dispose();
        return base.DisposeAsync();
    }

    private static async ValueTask CompleteAsync(ValueTask<int> operation) => await operation.ConfigureAwait(false);
}
