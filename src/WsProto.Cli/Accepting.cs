using System;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Cli;

/// <summary>Listens as verbs that are servers do.</summary>
/// <param name="listener">What accepts.</param>
/// <param name="terminal">Where is said that there are no more connections for now.</param>
internal sealed class Accepting(TcpListener listener, Terminal terminal)
{
    private static readonly TimeSpan _untilNextTry = TimeSpan.FromMilliseconds(100);

    private bool _isShort;

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

    /// <summary>
    /// The next connection. Where the process or the machine has too many open files, it waits until some are closed, and says so once.
    /// </summary>
    public async Task<Socket> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                Socket socket = await listener.AcceptSocketAsync(cancellationToken);
                if (_isShort)
                    await terminal.Error.WriteLineAsync("wsproto: connections are accepted again");
                _isShort = false;
                return socket;
            }
            catch (SocketException e)
            {
                if (!_isShort)
                    await terminal.Error.WriteLineAsync($"wsproto: no connection is accepted for now: {Reason.Of(e)}");
                _isShort = true;
                await Task.Delay(_untilNextTry, terminal.Clock, cancellationToken);
            }
        }
    }
}
