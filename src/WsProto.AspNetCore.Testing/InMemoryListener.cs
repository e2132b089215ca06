using System.Net;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Connections;

namespace WsProto.AspNetCore.Testing;

/// <summary>What Kestrel accepts connections from, in place of a socket.</summary>
internal sealed class InMemoryListener(EndPoint endPoint) : IConnectionListener
{
    private readonly Channel<InMemoryConnection> _waiting = Channel.CreateUnbounded<InMemoryConnection>();

    public EndPoint EndPoint { get; } = endPoint;

    /// <summary>Offers a connection.</summary>
    /// <returns>False once the server does not listen any more.</returns>
    internal bool TryConnect(InMemoryConnection connection) => _waiting.Writer.TryWrite(connection);

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _waiting.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_waiting.Reader.TryRead(out InMemoryConnection? connection))
            {
                connection.Start();
                return connection;
            }
        }

        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _waiting.Writer.TryComplete();
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync().ConfigureAwait(false);
        // Those that nobody has accepted see a reset, as with a socket.
        while (_waiting.Reader.TryRead(out InMemoryConnection? connection))
            connection.Abort(new ConnectionAbortedException("The server has stopped."));
    }
}
