using System;
using System.IO;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Cli.Dialing;

/// <summary>An open stream to a server, of TCP or a Unix socket, with TLS where the address has it.</summary>
/// <param name="Socket">The socket.</param>
/// <param name="Stream">Its octets, with TLS undone; it owns the socket.</param>
internal sealed record ServerStream(Socket Socket, Stream Stream)
{
    /// <summary>Opens it, step by step.</summary>
    /// <param name="server">How the server is reached; neither through a proxy nor over HTTP/2.</param>
    /// <param name="times">Gets the time of each step.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public static async Task<ServerStream> OpenAsync(ServerSettings server, ConnectTimes times, CancellationToken cancellationToken)
    {
        Socket socket = server.Unix is { } path
            ? await DialAsync(path, cancellationToken)
            : await DialAsync(server.Uri, server.From, times, cancellationToken);
        var stream = new NetworkStream(socket, ownsSocket: true);
        times.Connected ??= times.Now;
        if (server.Tls is not { } options)
            return new ServerStream(socket, stream);
        SslStream secure = await SecureAsync(stream, options, server.Uri.DnsSafeHost, cancellationToken);
        times.Tls ??= times.Now;
        return new ServerStream(socket, secure);
    }

    private static async Task<Socket> DialAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<Socket> DialAsync(Uri uri, IPAddress? from, ConnectTimes times, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(uri.DnsSafeHost, cancellationToken);
        times.Name ??= times.Now;
        if (from is not null)
            addresses = Array.FindAll(addresses, address => address.AddressFamily == from.AddressFamily);
        if (from is not null && addresses.Length == 0)
            throw new CliException(ExitCode.NoConnection, $"{uri.Host} has no address that {from} can connect to.");
        // Without an address of its own it takes both families.
        Socket socket = from is null
            ? new(SocketType.Stream, ProtocolType.Tcp)
            : new(from.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            if (from is not null)
                socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(addresses, uri.Port, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<SslStream> SecureAsync(
        Stream stream, SslClientAuthenticationOptions options, string host, CancellationToken cancellationToken)
    {
        var tls = new SslStream(stream);
        try
        {
            options.TargetHost ??= host;
            options.ApplicationProtocols ??= [SslApplicationProtocol.Http11];
            await tls.AuthenticateAsClientAsync(options, cancellationToken);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }
}
