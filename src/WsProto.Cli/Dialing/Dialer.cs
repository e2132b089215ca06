// Opens the connection. Without a proxy and over HTTP/1.1 it is done step by step, so that each has its time and the frames can be seen.

using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters;

namespace WsProto.Cli.Dialing;

/// <param name="server">How the server is reached.</param>
/// <param name="session">How messages are exchanged then.</param>
/// <param name="times">Gets the time of each step.</param>
/// <param name="wrap">Sees the octets; null for nobody.</param>
internal sealed class Dialer(ServerSettings server, WsSessionOptions session, ConnectTimes times, Func<Stream, Stream>? wrap = null)
{
    /// <summary>Opens the connection.</summary>
    /// <exception cref="CliException">There is none.</exception>
    /// <exception cref="WsHandshakeException">The server answers, and opens no WebSocket.</exception>
    public async Task<WsSession> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            WsSession open = server.IsDirect ? await ByStepsAsync(cancellationToken) : await ByClientAsync(cancellationToken);
            times.Open ??= times.Now;
            return open;
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or TimeoutException
            or WsHandshakeException { StatusCode: null })
        {
            throw new CliException(ExitCode.NoConnection, $"{server.Uri} opens no WebSocket: {Reason.Of(e)}");
        }
    }

    private async Task<WsSession> ByClientAsync(CancellationToken cancellationToken) => await WsClient.ConnectAsync(
        server.Uri,
        new WsClientOptions
        {
            Headers = server.Headers,
            Subprotocols = server.Subprotocols,
            Extensions = server.Extensions,
            Proxy = server.Proxy is { } proxy ? new WsProxy(proxy) : null,
            Tls = server.Tls,
            HttpVersion = server.IsHttp2 ? HttpVersion.Version20 : HttpVersion.Version11,
            Session = session,
        },
        cancellationToken);

    private async Task<WsSession> ByStepsAsync(CancellationToken cancellationToken)
    {
        Stream stream = (await ServerStream.OpenAsync(server, times, cancellationToken)).Stream;
        try
        {
            stream = wrap?.Invoke(stream) ?? stream;
            return await WsSession.ConnectAsync(stream, server.ToRequest(), new WsConnectOptions { Session = session }, cancellationToken);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }
}
