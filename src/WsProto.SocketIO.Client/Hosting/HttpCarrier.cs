// Sends the GETs and POSTs of sessions.

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Threading.Tasks;
using WsProto.EngineIO;

namespace WsProto.SocketIO.Client.Hosting;

internal sealed class HttpCarrier(ClientDriver driver, Endpoint endpoint)
{
    /// <summary>The maximum number of bytes of a refusal that are kept.</summary>
    private const int MaxRefusalSize = 4096;

    private static readonly MediaTypeHeaderValue _text = new("text/plain", "UTF-8");

    /// <summary>Sends a request, and reports the result to its session.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever is thrown, the request has failed.")]
    internal async Task SendAsync(EngineIOClient session, EngineIOClientRequest request, SessionHeaders headers)
    {
        using Exchange exchange = Exchange.Of(request)!;
        try
        {
            (int status, ReadOnlyMemory<byte> body) = await ExchangeAsync(session, request, exchange, headers).ConfigureAwait(false);
            // The response to a POST contains no messages, and the next POST may have what handlers wait for.
            if (request.Method == "GET")
                await driver.WaitForRoomAsync(request, exchange.Over).ConfigureAwait(false);
            driver.Do(session, (at, now) => at.ReceiveAnswer(request, status, body, now));
        }
        catch (Exception e)
        {
            exchange.Exception = e;
            driver.Do(session, (at, now) => at.ReceiveFailure(request, now));
        }
    }

    private async Task<(int Status, ReadOnlyMemory<byte> Body)> ExchangeAsync(
        EngineIOClient session, EngineIOClientRequest request, Exchange exchange, SessionHeaders headers)
    {
        IReadOnlyList<KeyValuePair<string, string>> all = await headers.GetAsync(exchange.Over).ConfigureAwait(false);
        Uri uri = endpoint.UriOf(request);
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), uri);
        foreach ((string name, string value) in endpoint.WithCookies(uri, all))
            message.Headers.TryAddWithoutValidation(name, value);
        // All polls have the same URI, so a cache must not answer them.
        message.Headers.CacheControl = new CacheControlHeaderValue { NoCache = true, NoStore = true };
        if (request.Method == "POST")
            message.Content = new ReadOnlyMemoryContent(request.Body) { Headers = { ContentType = _text } };

        using HttpResponseMessage response = endpoint.Invoker is HttpClient client
            ? await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, exchange.Over).ConfigureAwait(false)
            : await endpoint.Invoker.SendAsync(message, exchange.Over).ConfigureAwait(false);
        exchange.Headers = Endpoint.HeadersOf(response);
        if (response.Headers.TryGetValues("Set-Cookie", out IEnumerable<string>? cookies))
            endpoint.TakeCookies(uri, cookies);
        Stream stream = await response.Content.ReadAsStreamAsync(exchange.Over).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            ReadOnlyMemory<byte> body = response.IsSuccessStatusCode
                ? await ReadAsync(session, request, stream, exchange).ConfigureAwait(false)
                : await ReadRefusalAsync(stream, exchange).ConfigureAwait(false);
            return ((int)response.StatusCode, body);
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadAsync(
        EngineIOClient session, EngineIOClientRequest request, Stream stream, Exchange exchange)
    {
        int limit = driver.Options.MaxReceiveSize;
        var body = new ArrayBufferWriter<byte>();
        while (true)
        {
            int count = await stream.ReadAsync(body.GetMemory(4096), exchange.Over).ConfigureAwait(false);
            if (count == 0)
                return body.WrittenMemory;
            if (body.WrittenCount + (long)count > limit)
                throw new InvalidDataException($"The response is larger than {limit} bytes (MaxReceiveSize).");
            body.Advance(count);
            driver.Do(session, (at, now) => at.ReceiveActivity(request, now));
        }
    }

    /// <summary>Reads the beginning of the body of a refusal. It does not count as a sign of life.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadRefusalAsync(Stream stream, Exchange exchange)
    {
        byte[] body = new byte[MaxRefusalSize];
        int count = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, exchange.Over).ConfigureAwait(false);
        return body.AsMemory(0, count);
    }
}
