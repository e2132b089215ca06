using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Connections;

namespace WsProto.AspNetCore.Testing;

/// <summary>
/// Binds every address that the application is configured to listen on, so that no port is opened. Only the two in-memory addresses can be
/// connected to.
/// </summary>
internal sealed class InMemoryListenerFactory(InMemoryServer server) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => true;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
#pragma warning disable CA2000 // The server disposes of what it has bound.
        var listener = new InMemoryListener(endpoint);
#pragma warning restore CA2000
        server.Add(listener);
        return new ValueTask<IConnectionListener>(listener);
    }
}
