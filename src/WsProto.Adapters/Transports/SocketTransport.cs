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
        SocketOperation.ReceiveAsync(socket, buffer);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        SocketOperation.SendAsync(socket, data);

    public override ValueTask WaitToReadAsync(CancellationToken cancellationToken = default) => SocketOperation.WaitAsync(socket);

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
}
