using System.IO;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Cli.Proxy;

/// <summary>An end of a connection that is proxied: that of the client, or that of the server.</summary>
/// <param name="Socket">The socket.</param>
/// <param name="Stream">Its octets, with TLS undone; it owns the socket.</param>
internal sealed record ProxiedEnd(Socket Socket, Stream Stream)
{
    /// <summary>Says that no more comes, and leaves the other direction open.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        if (Stream is SslStream tls)
            await tls.ShutdownAsync().WaitAsync(cancellationToken);
        else
            Socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Breaks it off with a reset of TCP, so that nobody takes it for an end in good order (RFC 9293 §3.6).</summary>
    public void Reset() => Socket.Close(0);
}
