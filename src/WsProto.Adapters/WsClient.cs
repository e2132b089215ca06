using System;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Client;
using WsProto.Adapters.Sessions;

namespace WsProto.Adapters;

/// <summary>
/// Opens WebSockets by URI. To open one over a transport of your own there is
/// <see cref="WsSession.ConnectAsync(WsTransport, Request, WsConnectOptions?, CancellationToken)"/>.
/// </summary>
public static class WsClient
{
    /// <summary>
    /// Connects to a server and opens a WebSocket (<see href="https://www.rfc-editor.org/rfc/rfc6455#section-4.1">RFC 6455 §4.1</see>).
    /// </summary>
    /// <param name="uri">
    /// A URI of the scheme ws or wss (http and https mean the same here), without user information or fragment. Path, query and port may be
    /// missing; the host may be an international name or an address.
    /// </param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Gives up. Afterwards it does not concern the session.</param>
    /// <returns>An open session.</returns>
    /// <remarks>
    /// The addresses of a name are raced (RFC 8305), so one that does not answer costs a quarter of a second. A redirect is a refusal like
    /// others: following it would send the headers, and with them secrets, to a host that the caller did not choose. Whatever fails,
    /// nothing stays open. Connections to one host are opened at once if they are asked for at once: that the RFC wants one after the other
    /// is for clients that run the scripts of strangers (§4.1, item 2), as browsers do.
    /// </remarks>
    /// <exception cref="WsHandshakeException">
    /// The connection was not opened. With a <see cref="WsHandshakeException.StatusCode"/>, the server or the proxy refused; with an
    /// <see cref="WsHandshakeException.Error"/>, it broke the protocol. What is known of a refusal is there even if its body did not come
    /// in time, and in the inner exception of a cancellation. Otherwise the way to the server failed and the inner exception says how: a
    /// <see cref="System.Net.Sockets.SocketException"/>, an <see cref="System.Security.Authentication.AuthenticationException"/> for a
    /// certificate that is not trusted or is another host's, or what <see cref="WsClientOptions.ConnectTransport"/> threw.
    /// </exception>
    /// <exception cref="TimeoutException">
    /// It took longer than <see cref="WsClientOptions.ConnectTimeout"/> or <see cref="WsClientOptions.HandshakeTimeout"/>.
    /// </exception>
    /// <exception cref="ArgumentException">The URI, or something in the options, cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async ValueTask<WsSession> ConnectAsync(
        Uri uri, WsClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(uri);
        options ??= WsClientOptions.Default;
        Request request = options.RequestFor(uri);
        cancellationToken.ThrowIfCancellationRequested();
        if (options.IsByHttpClient)
            return await HttpConnector.OpenAsync(uri, request, options, cancellationToken).ConfigureAwait(false);
        WsTransport transport = await ClientConnector.OpenAsync(uri, options, cancellationToken).ConfigureAwait(false);
        return await Opening.ConnectAsync(transport, request, options.Connect, options.FindMissing, cancellationToken)
            .ToSessionAsync(transport, options.Session)
            .ConfigureAwait(false);
    }
}
