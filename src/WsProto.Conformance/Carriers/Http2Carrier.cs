using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Conformance;

/// <summary>Opens connections as streams of HTTP/2, by an extended CONNECT (RFC 8441 §4), with or without TLS.</summary>
internal sealed class Http2Carrier : ICarrier
{
    private readonly HttpMessageInvoker _invoker;
    private readonly Uri _server;
    private readonly ConformanceOptions _options;

    /// <param name="server">Its address; wss and https are over TLS.</param>
    /// <param name="options">Header fields and the judge of certificates.</param>
    public Http2Carrier(Uri server, ConformanceOptions options)
    {
        _server = new UriBuilder(server) { Scheme = server.Scheme is "wss" or "https" ? "https" : "http", Port = server.Port }.Uri;
        _options = options;
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            EnableMultipleHttp2Connections = true,
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = options.CertificateValidation },
        };
        _invoker = new HttpMessageInvoker(handler, disposeHandler: true);
    }

    public async Task<ConformanceConnection> ConnectAsync(AskedConnection asked, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Connect, _server)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Protocol = "websocket";
        request.Headers.Add("Sec-WebSocket-Version", "13");
        if (asked.Offer is not null)
            request.Headers.TryAddWithoutValidation("Sec-WebSocket-Extensions", asked.Offer);
        foreach (KeyValuePair<string, string> field in _options.Headers)
            request.Headers.TryAddWithoutValidation(field.Key, field.Value);
        HttpResponseMessage response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            string heads = Show(response.Headers.NonValidated);
            string head =
                $":method: CONNECT\r\n:protocol: websocket\r\n:path: {_server.PathAndQuery}\r\n{Show(request.Headers.NonValidated)}";
            string answered = $":status: {(int)response.StatusCode}\r\n{heads}";
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw new RefusedException($"the server does not connect: {(int)response.StatusCode}")
                {
                    Request = head,
                    Response = answered,
                };
            }

            Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            bool isAnswered = response.Headers.NonValidated.TryGetValues("Sec-WebSocket-Extensions", out HeaderStringValues answer);
            string? extensions = isAnswered ? answer.ToString() : null;
            return new ConformanceConnection(stream, extensions, response) { Request = head, Response = answered };
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    public void Dispose() => _invoker.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await _invoker.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    private static string Show(HttpHeadersNonValidated fields) =>
        string.Join("\r\n", fields.Select(field => $"{field.Key}: {field.Value}"));
}
