// "The CONNECT method requests that the recipient establish a tunnel to the destination origin server" (RFC 9110 §9.3.6). What a proxy
// answers is read by a client of the core, whose own request is never sent: to it any answer is a refusal, with head and body read as
// strictly and with the same limits as a server's; and one of 2xx is the tunnel. So that reader never meets bytes of the tunnel, the head
// is read one byte at a time: some hundred small reads once for a connection, and nothing to hand back.

using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Sessions;

namespace WsProto.Adapters.Client;

/// <param name="proxy">The proxy.</param>
/// <param name="server">Where the tunnel leads to.</param>
/// <param name="options">Limits of what is read.</param>
/// <param name="limit">Cancelled when the time is over.</param>
internal sealed class HttpTunnel(ProxyTarget proxy, Uri server, WsConnectionOptions options, CancellationToken limit)
{
    private const int ProxyAuthenticationRequired = 407;

    /// <summary>More than any scheme takes; a proxy that asks again and again is no proxy.</summary>
    private const int MaxRounds = 8;

    /// <summary>Opens the tunnel, and authenticates where the proxy wants that.</summary>
    /// <param name="connect">Connects to the proxy, more than once where it closes the connection with the 407.</param>
    /// <exception cref="WsHandshakeException">The proxy refused, or gave no valid answer.</exception>
    internal async Task<Stream> OpenAsync(Func<Task<Stream>> connect)
    {
        string authority = AuthorityOf(server);
        using var authentication = new ProxyAuthentication(proxy);
        Stream stream = await connect().ConfigureAwait(false);
        try
        {
            for (int round = 1; ; round++)
            {
                ReadOnlyMemory<byte> head = HeadOf(authority, authentication.Authorization);
                await stream.WriteAsync(head, limit).AsTask().LimitAsync(limit).ConfigureAwait(false);
                if (await ReadAnswerAsync(stream).ConfigureAwait(false) is not { } refused)
                    return stream;
                if (refused.StatusCode != ProxyAuthenticationRequired || round == MaxRounds || !authentication.TryAnswer(refused.Headers))
                    throw refused;
                if (StaysOpen(refused.Headers))
                    continue;
                if (authentication.IsUnderWay)
                    throw refused;
                await stream.DisposeAsync().ConfigureAwait(false);
                stream = await connect().ConfigureAwait(false);
            }
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private byte[] HeadOf(string authority, string? authorization)
    {
        var head = new StringBuilder($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n");
        foreach (HeaderField field in proxy.Options.Headers)
            head.Append(CultureInfo.InvariantCulture, $"{field.Name}: {field.Value}\r\n");
        if (authorization is not null)
            head.Append(CultureInfo.InvariantCulture, $"Proxy-Authorization: {authorization}\r\n");
        return Encoding.Latin1.GetBytes(head.Append("\r\n").ToString());
    }

    /// <summary>Host and port, the default port too.</summary>
    private static string AuthorityOf(Uri server)
    {
        string host = Request.FromUri(server).Host;
        string authority = server.IsDefaultPort ? string.Create(CultureInfo.InvariantCulture, $"{host}:{server.Port}") : host;
        // It also checks the authority, before a byte is written, and gives it in ASCII.
        return ClientNegotiation.ForUpgrade(new Request(authority, "/")).Headers["Host"]!;
    }

    /// <summary>Reads an answer.</summary>
    /// <returns>The refusal; null for the tunnel.</returns>
    private async Task<WsHandshakeException?> ReadAnswerAsync(Stream stream)
    {
        using var reader = new WsConnection(ConnectionRole.Client, options);
        var refusal = new RefusalReading("The proxy refused the tunnel");
        var lines = new TunnelHead(reader, options.MaxHandshakeSize);
        byte[] buffer = new byte[1];
        try
        {
            while (true)
            {
                int count = await stream.ReadAsync(buffer, limit).AsTask().LimitAsync(limit).ConfigureAwait(false);
                if (count == 0)
                    reader.ReceiveEndOfStream();
                lines.Receive(buffer.AsSpan(0, count));

                while (reader.TryReadEvent(out WsEvent? e))
                {
                    // "Any 2xx (Successful) response indicates that the sender ... will switch to tunnel mode immediately after the
                    // response header section" (§9.3.6).
                    if (e is RejectConnection { StatusCode: >= 200 and < 300 })
                        return null;
                    if (e is RejectConnection { HasBody: true })
                        buffer = new byte[4096];
                    if (refusal.Read(e) is { } read)
                    {
                        return read.StatusCode is null
                            ? throw new WsHandshakeException("The proxy gave no valid answer: " + read.Message) { Error = read.Error }
                            : read;
                    }
                }
            }
        }
        catch (Exception e) when (refusal.IsBegun && e is not WsHandshakeException)
        {
            throw refusal.Interrupted(e);
        }
    }

    /// <summary>Whether the proxy will read another request on this connection (RFC 9112 §9.3).</summary>
    private static bool StaysOpen(HeaderList headers) =>
        (headers.Contains("Content-Length") || headers.Contains("Transfer-Encoding"))
        && !headers.GetValues("Connection").Concat(headers.GetValues("Proxy-Connection"))
            .Any(line => line.Contains("close", StringComparison.OrdinalIgnoreCase));
}
