using System;
using System.Net;
using System.Net.Sockets;

namespace WsProto.Adapters.Transports;

/// <summary>
/// The two end points of a connected socket. A socket knows the remote one since it was connected or accepted; the local one costs a call
/// of the system, so it is asked for when it is needed.
/// </summary>
internal sealed class SocketEnds(Socket socket)
{
    private EndPoint? _local;

    internal EndPoint? Remote { get; } = Ask(() => socket.RemoteEndPoint);

    internal EndPoint? Local => _local ??= Ask(() => socket.LocalEndPoint);

    private static EndPoint? Ask(Func<EndPoint?> ask)
    {
        try
        {
            return ask();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The connection is gone, or was disposed of before it was asked.
            return null;
        }
    }
}
