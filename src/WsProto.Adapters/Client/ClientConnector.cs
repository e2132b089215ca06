// The way of a client to its server, before the first byte of the WebSocket: TCP or what the application connects with, a proxy, TLS.
// All of it under one limit of time; what was opened is closed where a later step fails.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Sessions;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Client;

internal sealed class ClientConnector
{
    private readonly Uri _server;
    private readonly WsClientOptions _options;
    private readonly CancellationToken _limit;

    /// <summary>The socket of the connection that was made last, where it is one.</summary>
    private Socket? _socket;

    private ClientConnector(Uri server, WsClientOptions options, CancellationToken limit) =>
        (_server, _options, _limit) = (server, options, limit);

    /// <summary>Connects.</summary>
    internal static async Task<WsTransport> OpenAsync(Uri server, WsClientOptions options, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(options.ConnectTimeout, options.Session.TimeProvider);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            return await new ClientConnector(server, options, limit.Token).OpenAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Telemetry.HandshakeFailed(ConnectionRole.Client);
            if (cancellationToken.IsCancellationRequested)
                throw new OperationCanceledException("Connecting was cancelled.", e, cancellationToken);
            // A refusal whose body did not come in time is a refusal.
            if (e is WsHandshakeException)
                throw;
            if (timer.IsCancellationRequested)
                throw new TimeoutException(
                    $"Connecting to {Name(server)} took longer than {Durations.Name(options.ConnectTimeout)} (ConnectTimeout).", e);
            throw new WsHandshakeException($"Connecting to {Name(server)} failed: {e.Message}", e);
        }
    }

    /// <summary>A server in a message.</summary>
    internal static string Name(Uri server) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(server.HostNameType == UriHostNameType.IPv6 ? server.Host : HostOf(server))}:{server.Port}");

    /// <summary>Connects for somebody else who does the HTTP and limits the time.</summary>
    /// <param name="server">The server.</param>
    /// <param name="options">The way.</param>
    /// <param name="protocol">Which protocol ALPN asks for.</param>
    /// <param name="limit">Gives up.</param>
    internal static Task<Stream> OpenStreamAsync(
        Uri server, WsClientOptions options, SslApplicationProtocol protocol, CancellationToken limit) =>
        new ClientConnector(server, options, limit).OpenStreamAsync(protocol);

    private async Task<WsTransport> OpenAsync()
    {
        Stream stream = await OpenStreamAsync(SslApplicationProtocol.Http11).ConfigureAwait(false);
        // A socket alone takes fewer steps than a stream over it.
        return stream is NetworkStream && _socket is not null ? WsTransport.From(_socket) : new StreamTransport(stream, _socket);
    }

    private async Task<Stream> OpenStreamAsync(SslApplicationProtocol protocol)
    {
        ProxyTarget? proxy = _options.Proxy?.For(_server);
        Stream stream = proxy is null
            ? await ConnectAsync(_server, _server.Port).ConfigureAwait(false)
            : await TunnelAsync(proxy).ConfigureAwait(false);
        return _server.Scheme is "wss" or "https"
            ? await EncryptAsync(stream, _server, _options.Tls, protocol).ConfigureAwait(false)
            : stream;
    }

    private async Task<Stream> TunnelAsync(ProxyTarget proxy)
    {
        if (!proxy.IsSocks)
        {
            return await new HttpTunnel(proxy, _server, _options.Session.Connection, _limit).OpenAsync(async () =>
            {
                Stream plain = await ConnectAsync(proxy.Uri, proxy.Port).ConfigureAwait(false);
                return proxy.Uri.Scheme == Uri.UriSchemeHttps
                    ? await EncryptAsync(plain, proxy.Uri, proxy.Options.Tls, SslApplicationProtocol.Http11).ConfigureAwait(false)
                    : plain;
            }).ConfigureAwait(false);
        }

        string host = HostOf(_server);
        if (proxy.Uri.Scheme == "socks5" && !IPAddress.TryParse(host, out _))
            host = (await ResolveAsync(host).ConfigureAwait(false))[0].ToString();
        Stream stream = await ConnectAsync(proxy.Uri, proxy.Port).ConfigureAwait(false);
        try
        {
            NetworkCredential? credential = proxy.FromUri ?? proxy.Credentials?.GetCredential(proxy.Uri, "Basic");
            await new SocksTunnel(stream, _limit).OpenAsync(host, _server.Port, credential).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<Stream> ConnectAsync(Uri uri, int port)
    {
        _socket = null;
        if (_options.ConnectTransport is { } connect)
            return await ConnectAsync(connect, uri).ConfigureAwait(false);
        string host = HostOf(uri);
        IReadOnlyList<IPAddress> addresses = IPAddress.TryParse(host, out IPAddress? address)
            ? [address]
            : await ResolveAsync(host).ConfigureAwait(false);
        var race = new AddressRace(_options.Dial, _options.AttemptDelay, _options.Session.TimeProvider);
        _socket = await race.RunAsync(addresses, port, _limit).ConfigureAwait(false);
        return new NetworkStream(_socket, ownsSocket: true);
    }

    private async Task<IReadOnlyList<IPAddress>> ResolveAsync(string host)
    {
        IReadOnlyList<IPAddress> addresses = await _options.Resolve(host, _limit).AsTask().LimitAsync(_limit).ConfigureAwait(false);
        return addresses.Count > 0 ? AddressRace.Interleave(addresses) : throw new SocketException((int)SocketError.HostNotFound);
    }

    private async Task<SslStream> EncryptAsync(
        Stream stream, Uri host, SslClientAuthenticationOptions? options, SslApplicationProtocol protocol)
    {
        var tls = new SslStream(stream);
        try
        {
            await tls.AuthenticateAsClientAsync(ClientTls.For(host, options, protocol), _limit).LimitAsync(_limit).ConfigureAwait(false);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The zone of an address is escaped in a URI (RFC 6874 §2).</summary>
    private static string HostOf(Uri uri) => Uri.UnescapeDataString(uri.IdnHost);

    private async Task<Stream> ConnectAsync(Func<Uri, CancellationToken, ValueTask<Stream>> connect, Uri uri)
    {
        Task<Stream> connecting = connect(uri, _limit).AsTask();
        try
        {
            return await connecting.WaitAsync(_limit).ConfigureAwait(false)
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
