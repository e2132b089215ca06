using System.Net;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Connections;

namespace WsProto.AspNetCore.Testing;

/// <summary>The source of Kestrel's connections, in place of a listening socket.</summary>
internal sealed class InMemoryListener(EndPoint endPoint) : IConnectionListener
{
    private readonly Channel<InMemoryConnection> _waiting = Channel.CreateUnbounded<InMemoryConnection>();

    public EndPoint EndPoint { get; } = endPoint;

    /// <summary>Adds a connection to those that the server accepts.</summary>
    /// <returns>False if the server no longer listens.</returns>
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
        // Connections that were not accepted are reset, as with a socket.
        while (_waiting.Reader.TryRead(out InMemoryConnection? connection))
            connection.Abort(new ConnectionAbortedException("The server has stopped."));
    }
}
