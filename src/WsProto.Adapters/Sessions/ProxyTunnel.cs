// «The CONNECT method requests that the recipient establish a tunnel to the destination origin server» (RFC 9110 §9.3.6). What a proxy answers is
// read by a client of the core, whose own request is never sent: to it any answer is a refusal, with head and body read as strictly
// and with the same limits as a server's; and one of 2xx is the tunnel. So that reader never meets bytes of the tunnel, the head is read
// one byte at a time: some hundred small reads once for a connection, and nothing to hand back.

using System;
using System.Buffers;
using System.Globalization;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

internal static class ProxyTunnel
{
    internal static async Task OpenAsync(WsTransport transport, Uri proxy, Uri server, WsConnectionOptions options, CancellationToken limit)
    {
        using var reader = new WsConnection(ConnectionRole.Client, options);
        string host = Request.FromUri(server).Host;
        string authority = server.IsDefaultPort ? string.Create(CultureInfo.InvariantCulture, $"{host}:{server.Port}") : host;
        // It also checks the authority, before a byte is written.
        reader.Send(new Request(authority, "/"), new ArrayBufferWriter<byte>());

        string credentials = proxy.UserInfo.Length == 0 ? "" : $"Proxy-Authorization: Basic {BasicOf(proxy.UserInfo)}\r\n";
        byte[] connect = Encoding.ASCII.GetBytes($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{credentials}\r\n");
        await transport.WriteAsync(connect, limit).AsTask().LimitAsync(limit).ConfigureAwait(false);
        await ReadAnswerAsync(transport, reader, limit).ConfigureAwait(false);
    }

    /// <exception cref="WsHandshakeException">It is none of 2xx, or no answer.</exception>
    private static async Task ReadAnswerAsync(WsTransport transport, WsConnection reader, CancellationToken limit)
    {
        byte[] buffer = new byte[1];
        RejectConnection? answer = null;
        var body = new ArrayBufferWriter<byte>();
        while (true)
        {
            int count = await transport.ReadAsync(buffer, limit).AsTask().LimitAsync(limit).ConfigureAwait(false);
            if (count == 0)
                reader.ReceiveEndOfStream();
            reader.Receive(buffer.AsSpan(0, count));

            while (reader.TryReadEvent(out WsEvent? e))
            {
                switch (e)
                {
                    // «Any 2xx (Successful) response indicates that the sender … will switch to tunnel mode immediately after the response header section» (§9.3.6).
                    case RejectConnection { StatusCode: >= 200 and < 300 }:
                        return;
                    case RejectConnection { HasBody: true } refusal:
                        answer = refusal;
                        buffer = new byte[4096];
                        break;
                    case RejectConnection refusal:
                        throw Refused(refusal, body);
                    case RejectData data:
                        body.Write(data.Data.Span);
                        if (data.BodyFinished)
                            throw Refused(answer!, body);
                        break;
                    case HandshakeFailed failed:
                        throw Failed(failed, answer, body);
                }
            }
        }
    }

    /// <summary>user-id ":" password in UTF-8 and Base64 (RFC 7617 §2).</summary>
    private static string BasicOf(string userInfo)
    {
        string credentials = Uri.UnescapeDataString(userInfo);
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(userInfo.Contains(':', StringComparison.Ordinal) ? credentials : credentials + ":"));
    }

    private static WsHandshakeException Failed(HandshakeFailed failed, RejectConnection? refusal, ArrayBufferWriter<byte> body) =>
        refusal is not null
            ? Refused(refusal, body, failed.Error)
            : new WsHandshakeException("The proxy gave no valid answer: " + failed.Message) { Error = failed.Error };

    private static WsHandshakeException Refused(RejectConnection refusal, ArrayBufferWriter<byte> body, ProtocolError? error = null) =>
        new($"The proxy refused the tunnel with status {refusal.StatusCode}.")
        {
            StatusCode = refusal.StatusCode,
            Headers = refusal.Headers,
            Body = body.WrittenSpan.ToArray(),
            Error = error,
        };
}
