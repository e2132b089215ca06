using System;
using System.IO;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters;

/// <summary>
/// What a session needs of its transport: an ordered, reliable stream of bytes each way. Derive from it to carry WebSockets over anything;
/// for a <see cref="Stream"/>, a socket or a pair of pipes there is <c>From</c>.
/// </summary>
/// <remarks>
/// A session reads with one call at a time and writes with one call at a time, both at once. Whatever a method throws counts as the loss of
/// the transport. <see cref="DisposeAsync"/> comes once, at the end, and also to break off a read or write that is pending.
/// </remarks>
public abstract class WsTransport : IAsyncDisposable
{
    /// <summary>A stream that reads and writes: of TCP, TLS, a Unix socket, a named pipe.</summary>
    /// <param name="stream">
    /// The transport's from now on. A read that is pending when it is disposed of has to end, or to heed its token.
    /// </param>
    public static WsTransport From(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return new StreamTransport(stream);
    }

    /// <summary>A connected stream socket, with fewer steps between than a stream over it.</summary>
    /// <param name="socket">The transport's from now on. For TCP, set <see cref="Socket.NoDelay"/>.</param>
    public static WsTransport From(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return new SocketTransport(socket);
    }

    /// <summary>A pair of pipes.</summary>
    /// <param name="pipe">The transport's from now on; both ends are completed when it is disposed of.</param>
    public static WsTransport From(IDuplexPipe pipe)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        return new PipeTransport(pipe);
    }

    /// <summary>The peer's end, or that of the proxy before it. As it stands: null, for not known. Valid after disposal too.</summary>
    public virtual EndPoint? RemoteEndPoint => null;

    /// <summary>This end. As it stands: null, for not known. Valid after disposal too, if it was asked for before.</summary>
    public virtual EndPoint? LocalEndPoint => null;

    /// <summary>What TLS agreed on, once its handshake is done. As it stands: null, for no TLS.</summary>
    public virtual WsTlsDetails? Tls => null;

    /// <summary>Reads what has arrived, waiting for the first byte.</summary>
    /// <param name="buffer">At least 1 byte, lent until the read completes.</param>
    /// <param name="cancellationToken">Cancelled when the session gives the transport up.</param>
    /// <returns>How many bytes were read; 0 for the end of the stream.</returns>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    /// <summary>Writes all of the bytes and sends them off, without waiting for more.</summary>
    /// <param name="data">At least 1 byte, lent until the write completes.</param>
    /// <param name="cancellationToken">Cancelled when the session gives the transport up.</param>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default);

    /// <summary>
    /// Waits until there is something to read, without holding a buffer meanwhile, so that idle sessions hold none. It may return early. As
    /// it stands it returns at once.
    /// </summary>
    /// <param name="cancellationToken">Cancelled when the session gives the transport up.</param>
    public virtual ValueTask WaitToReadAsync(CancellationToken cancellationToken = default) => default;

    /// <summary>
    /// Whether <see cref="CompleteWritesAsync"/> does what it says. If not, a server that has closed does not wait for the client to end
    /// the transport, which would wait for the server, but disposes of it. As it stands: false.
    /// </summary>
    public virtual bool CanCompleteWrites => false;

    /// <summary>Tells the peer that no more bytes will come, as TCP does with FIN; reading goes on. As it stands it does nothing.</summary>
    /// <param name="cancellationToken">Cancelled when the session gives the transport up.</param>
    public virtual ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default) => default;

    /// <summary>
    /// The peer is given up, before disposal: what was written need not arrive, and the peer should see that the end is none in good order.
    /// </summary>
    internal virtual void Abandon()
    {
    }

    /// <summary>Gives everything back, at once and without waiting for the peer. Reads and writes that are pending end.</summary>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }
}
