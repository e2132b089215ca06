// Opens the connection. Without a proxy and over HTTP/1.1 it is done step by step, so that each has its time and the frames can be seen.

using System;
using System.IO;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters;

namespace WsProto.Cli.Connect;

internal sealed class Dialer(ConnectSettings settings, ConnectTimes times, Terminal terminal, Action<WsDirection, WsEvent> observer)
{
    private readonly WsSessionOptions _session = new()
    {
        Connection = new WsConnectionOptions { MaxMessageSize = settings.MaxMessageSize, MaxFragmentCount = int.MaxValue },
        KeepAliveInterval = settings.PingInterval,
        CloseTimeout = TimeSpan.FromSeconds(3),
        Observer = observer,
    };

    private bool IsSecure => settings.Uri.Scheme is "wss" or "https";

    /// <summary>Opens the connection.</summary>
    /// <exception cref="CliException">There is none.</exception>
    /// <exception cref="WsHandshakeException">The server answers, and opens no WebSocket.</exception>
    public async Task<WsSession> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            WsSession session = settings.Proxy is not null || settings.IsHttp2
                ? await ByClientAsync(cancellationToken)
                : await ByStepsAsync(cancellationToken);
            times.Open ??= times.Now;
            return session;
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or TimeoutException
            or WsHandshakeException { StatusCode: null })
        {
            throw new CliException(ExitCode.NoConnection, $"{settings.Uri} opens no WebSocket: {e.Message}");
        }
    }

    private async Task<WsSession> ByClientAsync(CancellationToken cancellationToken) => await WsClient.ConnectAsync(
        settings.Uri,
        new WsClientOptions
        {
            Headers = settings.Headers,
            Subprotocols = settings.Subprotocols,
            Extensions = settings.Deflate is { } deflate ? [deflate] : [],
            Proxy = settings.Proxy is { } proxy ? new WsProxy(proxy) : null,
            Tls = IsSecure ? settings.Tls : null,
            HttpVersion = settings.IsHttp2 ? HttpVersion.Version20 : HttpVersion.Version11,
            Session = _session,
        },
        cancellationToken);

    private async Task<WsSession> ByStepsAsync(CancellationToken cancellationToken)
    {
        Stream stream = new NetworkStream(await DialAsync(cancellationToken), ownsSocket: true);
        try
        {
            times.Connected ??= times.Now;
            if (IsSecure)
                stream = await SecureAsync(stream, cancellationToken);
            if (settings.IsTraced)
                stream = new TraceStream(stream, terminal);
            Request request = Request.FromUri(settings.Uri) with
            {
                ExtraHeaders = settings.Headers,
                Subprotocols = settings.Subprotocols,
                Extensions = settings.Deflate is { } deflate ? [deflate] : [],
            };
            return await WsSession.ConnectAsync(stream, request, new WsConnectOptions { Session = _session }, cancellationToken);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private async Task<Socket> DialAsync(CancellationToken cancellationToken)
    {
        if (settings.Unix is { } path)
        {
            var local = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await local.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return local;
        }

        IPAddress[] addresses = await Dns.GetHostAddressesAsync(settings.Uri.DnsSafeHost, cancellationToken);
        times.Name ??= times.Now;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, settings.Uri.Port, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<SslStream> SecureAsync(Stream stream, CancellationToken cancellationToken)
    {
        var tls = new SslStream(stream);
        try
        {
            SslClientAuthenticationOptions options = settings.Tls!;
            options.TargetHost ??= settings.Uri.DnsSafeHost;
            options.ApplicationProtocols ??= [SslApplicationProtocol.Http11];
            await tls.AuthenticateAsClientAsync(options, cancellationToken);
            times.Tls ??= times.Now;
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }
}
