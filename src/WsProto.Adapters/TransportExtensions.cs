using System;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters;

/// <summary>The handshake as a method of what a connection runs over.</summary>
public static class TransportExtensions
{
    extension(TcpClient client)
    {
        /// <summary>Opens a WebSocket as client over a connected <see cref="TcpClient"/>.</summary>
        /// <inheritdoc cref="WsSession.ConnectAsync(WsTransport, Request, WsConnectOptions?, CancellationToken)"/>
        public ValueTask<WsSession> ConnectWebSocketAsync(
            Request request, WsConnectOptions? options = null, CancellationToken cancellationToken = default) =>
            WsSession.ConnectAsync(TransportOf(client), request, options, cancellationToken);

        /// <summary>Takes a WebSocket as server over a <see cref="TcpClient"/> that a listener has accepted.</summary>
        /// <inheritdoc cref="WsSession.AcceptAsync(WsTransport, WsAcceptOptions?, CancellationToken)"/>
        public ValueTask<WsSession> AcceptWebSocketAsync(WsAcceptOptions? options = null, CancellationToken cancellationToken = default) =>
            WsSession.AcceptAsync(TransportOf(client), options, cancellationToken);
    }

    extension(Socket socket)
    {
        /// <summary>Opens a WebSocket as client over a connected stream socket.</summary>
        /// <inheritdoc cref="WsSession.ConnectAsync(WsTransport, Request, WsConnectOptions?, CancellationToken)"/>
        public ValueTask<WsSession> ConnectWebSocketAsync(
            Request request, WsConnectOptions? options = null, CancellationToken cancellationToken = default) =>
            WsSession.ConnectAsync(WsTransport.From(socket), request, options, cancellationToken);

        /// <summary>Takes a WebSocket as server over a socket that a listener has accepted.</summary>
        /// <inheritdoc cref="WsSession.AcceptAsync(WsTransport, WsAcceptOptions?, CancellationToken)"/>
        public ValueTask<WsSession> AcceptWebSocketAsync(WsAcceptOptions? options = null, CancellationToken cancellationToken = default) =>
            WsSession.AcceptAsync(WsTransport.From(socket), options, cancellationToken);
    }

    extension(IDuplexPipe pipe)
    {
        /// <summary>Opens a WebSocket as client over a pair of pipes.</summary>
        /// <inheritdoc cref="WsSession.ConnectAsync(WsTransport, Request, WsConnectOptions?, CancellationToken)"/>
        public ValueTask<WsSession> ConnectWebSocketAsync(
            Request request, WsConnectOptions? options = null, CancellationToken cancellationToken = default) =>
            WsSession.ConnectAsync(WsTransport.From(pipe), request, options, cancellationToken);

        /// <summary>Takes a WebSocket as server over a pair of pipes.</summary>
        /// <inheritdoc cref="WsSession.AcceptAsync(WsTransport, WsAcceptOptions?, CancellationToken)"/>
        public ValueTask<WsSession> AcceptWebSocketAsync(WsAcceptOptions? options = null, CancellationToken cancellationToken = default) =>
            WsSession.AcceptAsync(WsTransport.From(pipe), options, cancellationToken);
    }

    private static WsTransport TransportOf(TcpClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        client.NoDelay = true;
        return WsTransport.From(client.Client);
    }
}
