using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Cli;

/// <summary>Listens as verbs that are servers do.</summary>
internal static class Accepting
{
    private static readonly TimeSpan _untilNextTry = TimeSpan.FromMilliseconds(100);

    /// <summary>Begins to listen.</summary>
    /// <exception cref="CliException">The place cannot be listened at.</exception>
    public static TcpListener Listen(IPEndPoint place)
    {
        var listener = new TcpListener(place);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException e)
        {
            listener.Dispose();
            throw new CliException(ExitCode.NoConnection, $"{place} is no place to listen at: {e.Message}");
        }
    }

    /// <summary>The next connection.</summary>
    public static async Task<Socket> NextAsync(TcpListener listener, TimeProvider clock, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await listener.AcceptSocketAsync(cancellationToken);
            }
            catch (SocketException)
            {
                // There are too many open files. That passes when connections end.
                await Task.Delay(_untilNextTry, clock, cancellationToken);
            }
        }
    }
}
