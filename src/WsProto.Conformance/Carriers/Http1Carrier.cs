using System;
using System.IO;
using System.Linq;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Conformance;

/// <summary>Opens connections by an upgrade of HTTP/1.1 (RFC 6455 §4.1).</summary>
/// <param name="server">Its address; wss and https are over TLS.</param>
/// <param name="options">Header fields and the judge of certificates.</param>
internal sealed class Http1Carrier(Uri server, ConformanceOptions options) : ICarrier
{
    private bool IsTls => server.Scheme is "wss" or "https";

    public async Task<ConformanceConnection> ConnectAsync(AskedConnection asked, CancellationToken cancellationToken)
    {
        (Socket socket, Stream stream) = await OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            string key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
            string request = $"GET {server.PathAndQuery} HTTP/1.1\r\nHost: {server.Authority}\r\n"
                + "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                + $"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                + (asked.Offer is null ? "" : $"Sec-WebSocket-Extensions: {asked.Offer}\r\n") + asked.Fields
                + string.Concat(options.Headers.Select(field => $"{field.Key}: {field.Value}\r\n")) + "\r\n";
            string[] head = await AskAsync(socket, stream, request, asked, cancellationToken).ConfigureAwait(false);
            string response = string.Join("\r\n", head);
            if (!HttpHead.IsUpgraded(head))
                throw new RefusedException($"the server does not upgrade: {head[0]}") { Request = request, Response = response };
            if (HttpHead.FaultOf(head, key) is { } fault)
            {
                throw new RefusedException(fault)
                {
                    Request = request,
                    Response = response,
                    IsUpgraded = true,
                };
            }

            string? extensions = HttpHead.FieldIn(head, "Sec-WebSocket-Extensions");
            return new ConformanceConnection(stream, extensions, socket) { Request = request, Response = response };
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Opens the stream below, with TLS where there is some.</summary>
    public async Task<(Socket Socket, Stream Stream)> OpenAsync(CancellationToken cancellationToken)
    {
        // Small pieces go out as they are.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server.DnsSafeHost, server.Port, cancellationToken).ConfigureAwait(false);
            var stream = new NetworkStream(socket);
            return (socket, IsTls ? await SecureAsync(stream, cancellationToken).ConfigureAwait(false) : stream);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
    }

    private static async Task<string[]> AskAsync(
        Socket socket, Stream stream, string request, AskedConnection asked, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync((byte[])[.. Encoding.UTF8.GetBytes(request), .. asked.Early], cancellationToken).ConfigureAwait(false);
            if (asked.EndsSending)
                await ConformanceConnection.EndSendingAsync(stream, socket).ConfigureAwait(false);
            return await HttpHead.ReadAsync(stream, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new RefusedException("the server ends the connection without an answer") { Request = request };
        }
    }

    private async Task<SslStream> SecureAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var tls = new SslStream(stream);
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = server.DnsSafeHost,
                    ApplicationProtocols = [SslApplicationProtocol.Http11],
                    RemoteCertificateValidationCallback = options.CertificateValidation,
                },
                cancellationToken).ConfigureAwait(false);
            return tls;
        }
        catch (AuthenticationException e)
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw new IOException($"TLS fails: {e.Message}", e);
        }
    }
}
