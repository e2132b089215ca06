using System;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters;
using WsProto.AspNetCore.Testing;

namespace WsProto.SocketIO.AspNetCore.Testing;

/// <summary>Connects clients of Socket.IO to a Kestrel in memory.</summary>
public static class SocketIOTestExtensions
{
    /// <summary>Connects over a WebSocket, and waits until the client is in its namespace.</summary>
    /// <param name="server">The server: <c>app.Services.GetInMemoryServer()</c>.</param>
    /// <param name="path">The path of the route.</param>
    /// <param name="options">How it connects; null for the defaults.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The client. The caller disposes of it.</returns>
    /// <exception cref="WsHandshakeException">The request was refused; it has the status.</exception>
    /// <exception cref="SocketIORefusedException">
    /// The namespace refused the client. The message is what the client was told, <see cref="SocketIORefusedException.Details"/> a
    /// <see cref="System.Text.Json.JsonElement"/> or null.
    /// </exception>
    /// <exception cref="SocketIODisconnectedException">The server ended the session meanwhile.</exception>
    /// <exception cref="TimeoutException">Nothing came within <see cref="SocketIOTestOptions.Patience"/>.</exception>
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
