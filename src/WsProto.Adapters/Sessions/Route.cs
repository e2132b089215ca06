// The way of a client to its server, before the first byte of the WebSocket: TCP or what the application connects with, a proxy, TLS.
// All of it under one limit of time; what was opened is closed where a later step fails.

using System;
using System.IO;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

internal static class Route
{
    internal static async Task<WsTransport> OpenAsync(Uri uri, WsClientOptions options, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(options.ConnectTimeout, options.TimeProvider);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            return await OpenStepsAsync(uri, options, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Telemetry.HandshakeFailed(ConnectionRole.Client);
            if (cancellationToken.IsCancellationRequested)
                throw new OperationCanceledException("Connecting was cancelled.", e, cancellationToken);
            if (timer.IsCancellationRequested)
                throw new TimeoutException("Connecting took too long.", e);
            if (e is WsHandshakeException)
                throw;
            throw new WsHandshakeException("Connecting failed: " + e.Message, e);
        }
    }

    private static async Task<WsTransport> OpenStepsAsync(Uri uri, WsClientOptions options, CancellationToken limit)
    {
        bool secure = uri.Scheme is "wss" or "https";
        Uri first = options.Proxy ?? uri;
        Stream? stream = null;
        WsTransport transport;
        if (options.ConnectTransport is { } connect)
        {
            stream = await ConnectAsync(connect, first, limit).ConfigureAwait(false);
            transport = WsTransport.From(stream);
        }
        else
        {
            Socket socket = await ConnectAsync(first, limit).ConfigureAwait(false);
            // TLS runs over a stream only; without it, a socket alone takes fewer steps.
            stream = secure ? new NetworkStream(socket, ownsSocket: true) : null;
            transport = stream is null ? WsTransport.From(socket) : WsTransport.From(stream);
        }

        try
        {
            if (options.Proxy is { } proxy)
                await ProxyTunnel.OpenAsync(transport, proxy, uri, options.Connection, limit).ConfigureAwait(false);
            if (!secure)
                return transport;
            var tls = new SslStream(stream!);
            transport = WsTransport.From(tls);
            await tls.AuthenticateAsClientAsync(ClientTls.For(uri, options.Tls), limit).LimitAsync(limit).ConfigureAwait(false);
            return transport;
        }
        catch
        {
            await transport.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<Socket> ConnectAsync(Uri uri, CancellationToken limit)
    {
        // Small messages are not held back for the answer to the one before (RFC 1122 §4.2.3.4 lets an application say so).
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // The zone of an address is escaped in a URI (RFC 6874 §2).
            await socket.ConnectAsync(Uri.UnescapeDataString(uri.IdnHost), uri.Port, limit).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<Stream> ConnectAsync(Func<Uri, CancellationToken, ValueTask<Stream>> connect, Uri uri, CancellationToken limit)
    {
        Task<Stream> connecting = connect(uri, limit).AsTask();
        try
        {
            return await connecting.WaitAsync(limit).ConfigureAwait(false)
                ?? throw new InvalidOperationException($"{nameof(WsClientOptions.ConnectTransport)} returned no stream.");
        }
        catch
        {
            // Nobody waits for it any more, should it come.
            _ = connecting.ContinueWith(
                late => late.IsCompletedSuccessfully ? late.Result?.DisposeAsync().AsTask() : late.Exception as object,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            throw;
        }
    }
}
