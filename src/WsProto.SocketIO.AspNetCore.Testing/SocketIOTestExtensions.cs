using System;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters;
using WsProto.AspNetCore.Testing;

namespace WsProto.SocketIO.AspNetCore.Testing;

/// <summary>Connects Socket.IO clients to a Kestrel that listens in memory.</summary>
public static class SocketIOTestExtensions
{
    /// <summary>Connects a client over a WebSocket, and waits until it is connected to its namespace.</summary>
    /// <param name="server">The server: <c>app.Services.GetInMemoryServer()</c>.</param>
    /// <param name="path">The path of the route.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>The client. The caller disposes of it.</returns>
    /// <exception cref="WsHandshakeException">The server refused the request. The exception has the status.</exception>
    /// <exception cref="SocketIORefusedException">
    /// The namespace refused the client. The exception has the server's message, and its <see cref="SocketIORefusedException.Details"/> are
    /// a <see cref="System.Text.Json.JsonElement"/> or null.
    /// </exception>
    /// <exception cref="SocketIODisconnectedException">The server closed the session.</exception>
    /// <exception cref="TimeoutException">The server did not answer within <see cref="SocketIOTestOptions.Patience"/>.</exception>
    public static async Task<SocketIOTestClient> ConnectSocketIOAsync(
        this InMemoryServer server,
        string path = "/socket.io",
        SocketIOTestOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(path);
        options ??= new();
        string target = $"{path}?EIO=4&transport=websocket{(options.Query.Length > 0 ? "&" + options.Query : "")}";
        WsSession webSocket = await ConnectWebSocketAsync(server, target, options, cancellationToken).ConfigureAwait(false);
#pragma warning disable CA2000 // The client that connects disposes of it.
        var session = new TestSession(webSocket, options);
#pragma warning restore CA2000
        try
        {
            SocketIOTestClient client = await session.JoinAsync(options.Namespace, options.Auth, cancellationToken).ConfigureAwait(false);
            client.OwnsSession = true;
            return client;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<WsSession> ConnectWebSocketAsync(
        InMemoryServer server, string target, SocketIOTestOptions options, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.Patience);
        try
        {
            return await server.ConnectWebSocketAsync(target, options.WebSocket, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The server did not answer the request within {options.Patience}.", e);
        }
    }
}
