using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Transports;

/// <summary>A connected stream socket. Disposal ends what is pending, so no operation pays for a registration with a token.</summary>
/// <remarks>
/// A socket of .NET that is disposed of while an operation is pending resets the connection: what was written and has not arrived is lost,
/// and the peer reads a failure instead of the end. A read is nearly always pending, so the end is sent before. Where a write is pending,
/// the peer takes nothing, and a reset keeps the system from holding the rest for it.
/// </remarks>
internal sealed class SocketTransport(Socket socket) : WsTransport
{
    private readonly SocketEnds _ends = new(socket);
    private volatile bool _isWriting;
    private volatile bool _hasEnded;

    public override EndPoint? RemoteEndPoint => _ends.Remote;

    public override EndPoint? LocalEndPoint => _ends.Local;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        SocketOperation.ReceiveAsync(socket, buffer);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        ValueTask sending = SocketOperation.SendAsync(socket, data);
        return sending.IsCompletedSuccessfully ? default : CompleteWriteAsync(sending);
    }

    public override ValueTask WaitToReadAsync(CancellationToken cancellationToken = default) => SocketOperation.WaitAsync(socket);

    public override bool CanCompleteWrites => true;

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default)
    {
        _hasEnded = true;
        socket.Shutdown(SocketShutdown.Send);
        return default;
    }

    /// <summary>Disposal resets the connection then, and sends no end.</summary>
    internal override void Abandon()
    {
        _hasEnded = true;
        Try(static socket => socket.LingerState = new LingerOption(enable: true, seconds: 0));
    }

    public override ValueTask DisposeAsync()
    {
        if (!_isWriting && !_hasEnded)
            End();
        socket.Dispose();
        return base.DisposeAsync();
    }

    private void End()
    {
        _hasEnded = true;
        Try(static socket => socket.Shutdown(SocketShutdown.Send));
    }

    private void Try(Action<Socket> action)
    {
        try
        {
            action(socket);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The connection is gone, or was disposed of.
        }
    }

    private async ValueTask CompleteWriteAsync(ValueTask sending)
    {
        _isWriting = true;
        await sending.ConfigureAwait(false);
        _isWriting = false;
    }
}
