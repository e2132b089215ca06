using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Client;

/// <summary>What the system does to find and reach a server.</summary>
internal static class Dialing
{
    internal static async ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken) =>
        await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);

    internal static async ValueTask<Socket> DialAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        // Small messages are not held back for the answer to the one before (RFC 1122 §4.2.3.4 lets an application say so).
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
