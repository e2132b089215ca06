using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using WsProto.AspNetCore;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>One request that belongs to a session. Its body is passed to the session, and the session's response is written.</summary>
internal sealed class Exchange
{
    /// <summary>The headers that the session reads. Others are not copied.</summary>
    private static readonly string[] _headers =
        ["Origin", "Content-Type", "Content-Length", "Access-Control-Request-Method", "Access-Control-Request-Headers"];

    private readonly EngineIORequest _request;
    private readonly EngineClient _client;
    private readonly TaskCompletionSource<EngineIOEvent?> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Exchange(HttpContext context, EngineIORequest request, EngineClient client)
    {
        Context = context;
        _request = request;
        _client = client;
        WebSocket = new EngineWebSocket(client, request);
        ((RequestTag)request.Tag!).Exchange = this;
    }

    internal HttpContext Context { get; }

    internal EngineWebSocket WebSocket { get; }

    internal static Exchange Of(EngineIORequest request) => ((RequestTag)request.Tag!).Exchange!;

    internal static EngineIORequest RequestOf(HttpContext context)
    {
        var headers = new List<KeyValuePair<string, string>>();
        foreach (string name in _headers)
        {
            foreach (string? value in context.Request.Headers[name])
                headers.Add(new(name, value ?? ""));
        }

        return new EngineIORequest
        {
            Method = context.Request.Method,
            QueryString = context.Request.QueryString.Value ?? "",
            Headers = headers,
            // The host as middleware left it: forwarded headers may name the one that the client used.
            Host = context.Request.Host.Value,
            IsSecure = context.Request.IsHttps,
            IsWebSocket = context.AsksForWebSocket(),
            Tag = new RequestTag(),
        };
    }

    internal static async Task WriteAsync(HttpContext context, AnswerRequest answer)
    {
        HttpResponse response = context.Response;
        response.StatusCode = answer.Status;
        foreach ((string name, string value) in answer.Headers)
        {
            // "Vary" and "Set-Cookie" may be set by others too, so they are appended. Every other header must occur once.
            if (name.Equals("Vary", StringComparison.OrdinalIgnoreCase) || name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase))
                response.Headers.Append(name, value);
            else
                response.Headers[name] = value;
        }

        ReadOnlyMemory<byte> body = answer.Body;
        if (answer.ShouldCompress)
        {
            response.Headers.Append("Vary", "Accept-Encoding");
            if (AcceptsGzip(context.Request))
            {
                body = Compress(body.Span);
                response.Headers.ContentEncoding = "gzip";
            }
        }

        response.ContentLength = answer.Status == StatusCodes.Status204NoContent ? null : body.Length;
        if (!body.IsEmpty && !HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
        await response.CompleteAsync().ConfigureAwait(false);
    }

    internal void Answer(AnswerRequest answer) => _outcome.TrySetResult(answer);

    internal void Accept(AcceptWebSocket accept) => _outcome.TrySetResult(accept);

    /// <summary>Passes the request to its session and writes the response.</summary>
    /// <returns>The WebSocket to accept; null if the request does not ask for one, or was refused.</returns>
    internal async Task<AcceptWebSocket?> RunAsync()
    {
        _client.Do(static (session, request, now) => session.ReceiveRequest(request, now), _request);
        EngineIOEvent? outcome;
        // Not registered while the response is written: a client that has received it may disconnect before the server knows, and has lost
        // nothing.
        using (Context.RequestAborted.UnsafeRegister(static exchange => ((Exchange)exchange!).Abort(), this))
        {
            if (!_outcome.Task.IsCompleted && HttpMethods.IsPost(_request.Method))
                await ReadBodyAsync().ConfigureAwait(false);
            outcome = await _outcome.Task.ConfigureAwait(false);
        }

        if (outcome is not AnswerRequest answer)
            return outcome as AcceptWebSocket;
        try
        {
            Context.RequestAborted.ThrowIfCancellationRequested();
            await WriteAsync(Context, answer).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            Abort();
        }

        return null;
    }

    /// <summary>Serves the accepted WebSocket until it has ended.</summary>
    internal async Task ServeWebSocketAsync(WsEndpointOptions options)
    {
        try
        {
            await Context.ServeWebSocketAsync(options, WebSocket.RunAsync).ConfigureAwait(false);
        }
        finally
        {
            WebSocket.End();
        }
    }

    private void Abort()
    {
        _client.Do(static (session, request, _) => session.ReceiveAbort(request), _request);
        _outcome.TrySetResult(null);
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "A source without a timer holds no resources.")]
    private async Task ReadBodyAsync()
    {
        if (Context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        // The response may be there before the end of the body, for example if the session ends. Then the rest is not read.
        var answered = new CancellationTokenSource();
        _ = _outcome.Task.ContinueWith(
            static (_, source) => ((CancellationTokenSource)source!).Cancel(),
            answered,
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
        try
        {
            await _client.WaitForRoomAsync(_request, answered.Token).ConfigureAwait(false);
            PipeReader reader = Context.Request.BodyReader;
            while (!_outcome.Task.IsCompleted)
            {
                ReadResult read = await ReadAsync(reader).ConfigureAwait(false);
                foreach (ReadOnlyMemory<byte> piece in read.Buffer)
                    _client.Do(static (session, body, now) => session.ReceiveBody(body._request, body.piece.Span, now), (_request, piece));
                reader.AdvanceTo(read.Buffer.End);
                if (!read.IsCompleted)
                    continue;
                _client.Do(static (session, request, now) => session.ReceiveBodyEnd(request, now), _request);
                break;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The body is invalid or arrives too slowly. The client may still be there to receive the response.
            if (e is IOException)
                Context.Response.StatusCode = (e as BadHttpRequestException)?.StatusCode ?? StatusCodes.Status400BadRequest;
            Abort();
        }
    }

    /// <summary>Reads a piece of the body, or nothing if the answer comes first.</summary>
    /// <remarks>
    /// Kestrel reads what is left of a body after the answer. It refuses to if a read was given up by a token: only
    /// <see cref="PipeReader.CancelPendingRead"/> ends one. It is called here alone, so never for the body of the next request.
    /// </remarks>
    private async Task<ReadResult> ReadAsync(PipeReader reader)
    {
        ValueTask<ReadResult> reading = reader.ReadAsync(CancellationToken.None);
        if (reading.IsCompleted)
            return await reading.ConfigureAwait(false);
        Task<ReadResult> read = reading.AsTask();
        if (await Task.WhenAny(read, _outcome.Task).ConfigureAwait(false) != read)
        {
            try
            {
                reader.CancelPendingRead();
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                // The connection is lost, which ends the read too.
            }
        }

        return await read.ConfigureAwait(false);
    }

    private static bool AcceptsGzip(HttpRequest request)
    {
        if (!StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out IList<StringWithQualityHeaderValue>? accepted))
            return false;
        foreach (StringWithQualityHeaderValue item in accepted)
        {
            // RFC 9110 §12.4.2: a weight of 0 means "not acceptable".
            if (item.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase))
                return item.Quality is not 0;
        }

        return false;
    }

    private static ReadOnlyMemory<byte> Compress(ReadOnlySpan<byte> body)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(body);
        return compressed.GetBuffer().AsMemory(0, (int)compressed.Length);
    }

    /// <summary>Finds the exchange of a request. The request is created first, when its session is not known yet.</summary>
    private sealed class RequestTag
    {
        internal Exchange? Exchange { get; set; }
    }
}
