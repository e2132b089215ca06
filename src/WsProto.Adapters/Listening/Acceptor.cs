using System;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Listening;

/// <summary>The listening socket and the loop that accepts, as long as there are places. Nothing that goes wrong ends it.</summary>
/// <param name="options">For the backlog and the time.</param>
/// <param name="places">Entered before a connection is accepted; who is given one leaves it in the end.</param>
/// <param name="accept">Takes the next connection of a socket; a seam for tests, as a system does not fail on demand.</param>
internal sealed class Acceptor(
    WsListenerOptions options, SemaphoreSlim places, Func<Socket, CancellationToken, ValueTask<Socket>> accept) : IDisposable
{
    /// <summary>An error that is not one peer's own lasts: as long as all descriptors are taken, asking again is of no use.</summary>
    private static readonly TimeSpan _firstDelay = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan _longestDelay = TimeSpan.FromSeconds(1);

    private Socket? _socket;

    /// <summary>Binds and listens.</summary>
    /// <returns>Where: with the port, if the system chose it.</returns>
    internal EndPoint Listen(EndPoint endPoint)
    {
        ProtocolType protocol = endPoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified;
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, protocol);
        try
        {
            if (endPoint is IPEndPoint { Address: { } address } && address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            Bind(socket, endPoint);
            socket.Listen(options.Backlog);
            _socket = socket;
            return socket.LocalEndPoint ?? endPoint;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Accepts until it is stopped.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever accepting throws, there will be a next connection.")]
    internal async Task RunAsync(Action<Socket> take, Action<Exception> report, CancellationToken stop)
    {
        TimeSpan delay = TimeSpan.Zero;
        while (true)
        {
            try
            {
                await Task.Delay(delay, options.Accept.Session.TimeProvider, stop).ConfigureAwait(false);
                await places.WaitAsync(stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            Socket socket;
            try
            {
                socket = await accept(_socket!, stop).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                places.Release();
                if (stop.IsCancellationRequested)
                    return;
                report(e);
                delay = NextDelay(e, delay);
                continue;
            }

            delay = TimeSpan.Zero;
            take(socket);
        }
    }

    /// <summary>Takes the file of a Unix socket away too, as sockets of .NET do that made one.</summary>
    public void Dispose() => _socket?.Dispose();

    private void Bind(Socket socket, EndPoint endPoint)
    {
        try
        {
            socket.Bind(endPoint);
        }
        catch (SocketException e) when (
            e.SocketErrorCode == SocketError.AddressAlreadyInUse
            && options.ReplaceStaleSocketFile
            && endPoint is UnixDomainSocketEndPoint unix
            && SocketFile.TryRemoveStale(unix))
        {
            socket.Bind(endPoint);
        }
    }

    private static TimeSpan NextDelay(Exception e, TimeSpan delay)
    {
        // The peer left before it was accepted. To wait for that would let one peer slow all others down.
        if (e is SocketException { SocketErrorCode: SocketError.ConnectionAborted or SocketError.ConnectionReset })
            return TimeSpan.Zero;
        return delay == TimeSpan.Zero ? _firstDelay : delay * 2 < _longestDelay ? delay * 2 : _longestDelay;
    }
}
