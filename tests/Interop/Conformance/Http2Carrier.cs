using System.Net;
using System.Net.Http.Headers;

namespace WsProto.Conformance;

/// <summary>Opens connections as streams of HTTP/2, by an extended CONNECT (RFC 8441 §4), with or without TLS.</summary>
internal sealed class Http2Carrier : IDisposable
{
    private readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler { UseProxy = false, EnableMultipleHttp2Connections = true });

    public async Task<ConformanceConnection> ConnectAsync(Uri server, string? offer, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Connect, server)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Protocol = "websocket";
        request.Headers.Add("Sec-WebSocket-Version", "13");
        if (offer is not null)
            request.Headers.TryAddWithoutValidation("Sec-WebSocket-Extensions", offer);
        HttpResponseMessage response = await _invoker.SendAsync(request, cancellationToken);
        try
        {
            if (response.StatusCode != HttpStatusCode.OK)
                throw new IOException($"The server does not connect: {(int)response.StatusCode}");
            Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            bool isAnswered = response.Headers.NonValidated.TryGetValues("Sec-WebSocket-Extensions", out HeaderStringValues answer);
            return new ConformanceConnection(stream, isAnswered ? answer.ToString() : null, response);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    public void Dispose() => _invoker.Dispose();
}
