// A client whose HTTP is done by an HttpMessageInvoker: over HTTP/2 by an extended CONNECT (RFC 8441 §4), so that many WebSockets share a
// connection, or over HTTP/1.1 by an upgrade. The core negotiates over header fields, and the content of the answer, a stream both ways,
// becomes the transport.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Sessions;

namespace WsProto.Adapters.Client;

internal sealed class HttpConnector(Uri server, Request request, WsClientOptions options, CancellationToken limit)
{
    private bool IsSecure => server.Scheme is "wss" or "https";

    /// <summary>Connects.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever an invoker throws, the way to the server failed.")]
    internal static async ValueTask<WsSession> OpenAsync(
        Uri server, Request request, WsClientOptions options, CancellationToken cancellationToken)
    {
        Activity? activity = Telemetry.StartHandshake(ConnectionRole.Client);
        WsSession? session = null;
        using var timer = new CancellationTokenSource(options.ConnectAndHandshakeTimeout, options.Session.TimeProvider);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            session = await new HttpConnector(server, request, options, limit.Token).OpenAsync().ConfigureAwait(false);
            return session;
        }
        catch (Exception e) when (e is not (WsHandshakeException or ArgumentException))
        {
            if (cancellationToken.IsCancellationRequested)
                throw new OperationCanceledException("Connecting was cancelled.", e, cancellationToken);
            if (timer.IsCancellationRequested)
                throw new TimeoutException(
                    $"Opening a WebSocket to {ClientConnector.Name(server)} took longer than "
                    + $"{Durations.Name(options.ConnectAndHandshakeTimeout)}.",
                    e);
            // What a proxy refused comes through the handler.
            if (e.InnerException is WsHandshakeException refusal)
                throw refusal;
            throw new WsHandshakeException($"Connecting to {ClientConnector.Name(server)} failed: {e.Message}", e);
        }
        catch (WsHandshakeException e) when (cancellationToken.IsCancellationRequested)
        {
            // What is known of a refusal is inside.
            throw new OperationCanceledException("Connecting was cancelled.", e, cancellationToken);
        }
        finally
        {
            Telemetry.EndHandshake(activity, ConnectionRole.Client, session is not null);
        }
    }

    private async Task<WsSession> OpenAsync()
    {
        Version version = options.HttpVersion;
        bool mayFallBack = version != HttpVersion.Version11 && options.HttpVersionPolicy == HttpVersionPolicy.RequestVersionOrLower;
        // Nothing tells in the clear whether the server speaks HTTP/2 (RFC 9113 §3.3).
        if (mayFallBack && !IsSecure)
            return await OpenAsync(HttpVersion.Version11).ConfigureAwait(false);
        try
        {
            return await OpenAsync(version).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (mayFallBack && TellsOfNoHttp2(e))
        {
            return await OpenAsync(HttpVersion.Version11).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// A server may choose another protocol, fail the handshake of TLS for want of a common one (RFC 7301 §3.2), which does not differ from
    /// a bad certificate here and then fails again, or not have announced the extended CONNECT (RFC 8441 §3). A handler that may choose the
    /// lower version itself would send the CONNECT over HTTP/1.1.
    /// </summary>
    private static bool TellsOfNoHttp2(HttpRequestException e) =>
        e.InnerException is AuthenticationException
        || e.HttpRequestError is HttpRequestError.VersionNegotiationError
            or HttpRequestError.SecureConnectionError
            or HttpRequestError.ExtendedConnectNotSupported;

    private async Task<WsSession> OpenAsync(Version version)
    {
        string scheme = IsSecure ? "https" : "http";
        ClientNegotiation negotiation = version == HttpVersion.Version11
            ? ClientNegotiation.ForUpgrade(request, options.Session.Connection)
            : ClientNegotiation.ForExtendedConnect(request, scheme, options.Session.Connection);
        HttpMessageInvoker? own = options.HttpInvoker is null ? new HttpMessageInvoker(CreateHandler(version)) : null;
        HttpResponseMessage? response = null;
        HttpStreamTransport? transport = null;
        WsConnection? connection = null;
        WsSession? session = null;
        try
        {
            using HttpRequestMessage message = MessageFor(negotiation, version, scheme);
            response = await SendAsync(own ?? options.HttpInvoker!, message).ConfigureAwait(false);
            Stream stream = await response.Content.ReadAsStreamAsync(limit).ConfigureAwait(false);
            int status = (int)response.StatusCode;
            WsEvent answer = negotiation.Read(status, FieldsOf(response), out connection)
                ?? throw new WsHandshakeException($"The answer {status} is not final.") { StatusCode = status };
            if (answer is not AcceptConnection accept)
                throw await ReadRefusalAsync(answer, stream).ConfigureAwait(false);
            transport = new HttpStreamTransport(stream, response, own);
            if (options.FindMissing(connection!) is { } close)
                throw await RefuseAsync(close, connection!, transport, accept, status).ConfigureAwait(false);
            var opening = new EstablishedOpening(connection!) { ResponseHeaders = accept.ExtraHeaders };
            session = WsSession.Start(opening, transport, options.Session);
            return session;
        }
        finally
        {
            if (session is null)
            {
                connection?.Dispose();
                if (transport is not null)
                    await transport.DisposeAsync().ConfigureAwait(false);
                response?.Dispose();
                own?.Dispose();
            }
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMessageInvoker invoker, HttpRequestMessage message)
    {
        // A client, other than its handler, would wait for the end of the content.
        Task<HttpResponseMessage> sending = invoker is HttpClient client
            ? client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit)
            : invoker.SendAsync(message, limit);
        try
        {
            return await sending.LimitAsync(limit).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Nobody waits for it any more, should it come; its stream would stay open.
            _ = sending.ContinueWith(
                static late => late.Result?.Dispose(),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            throw;
        }
    }

    private HttpRequestMessage MessageFor(ClientNegotiation negotiation, Version version, string scheme)
    {
        Uri uri = new UriBuilder(server) { Scheme = scheme, Port = server.Port }.Uri;
        var message = new HttpRequestMessage(new HttpMethod(negotiation.Method), uri)
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (version != HttpVersion.Version11)
            message.Headers.Protocol = "websocket";
        foreach (HeaderField field in negotiation.Headers)
        {
            if (field.Name is ":authority" or "Host")
                message.Headers.Host = field.Value;
            else if (!field.Name.StartsWith(':'))
                message.Headers.TryAddWithoutValidation(field.Name, field.Value);
        }

        return message;
    }

    /// <summary>For one connection of its own, which goes the way of all others: TLS that is done already is not done again.</summary>
    private SocketsHttpHandler CreateHandler(Version version)
    {
        SslApplicationProtocol protocol = version == HttpVersion.Version11 ? SslApplicationProtocol.Http11 : SslApplicationProtocol.Http2;
        return new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = Timeout.InfiniteTimeSpan,
            // The handler would go on connecting after the request was given up.
            ConnectCallback = (_, _) => new(ClientConnector.OpenStreamAsync(server, options, protocol, limit)),
        };
    }

    /// <summary>The body of a refusal, as far as it comes and is wanted.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever ends a body, what is known of the refusal is reported.")]
    private async Task<WsHandshakeException> ReadRefusalAsync(WsEvent answer, Stream body)
    {
        var refusal = new RefusalReading("The server refused the WebSocket");
        if (refusal.Read(answer is RejectConnection reject ? reject with { HasBody = true } : answer) is { } failure)
            return failure;
        int left = options.Session.Connection.MaxRejectBodySize;
        byte[] buffer = new byte[Math.Clamp(left, 1, 4096)];
        try
        {
            while (true)
            {
                int count = await body.ReadAsync(buffer, limit).ConfigureAwait(false);
                if (count == 0)
                    return refusal.Read(new RejectData(default))!;
                refusal.Read(new RejectData(buffer.AsMemory(0, Math.Min(count, left)), bodyFinished: false));
                if (count > left)
                    return refusal.Read(new HandshakeFailed { Error = ProtocolError.RejectBodyTooLarge, Message = "" })!;
                left -= count;
            }
        }
        catch (Exception e)
        {
            return refusal.Interrupted(e);
        }
    }

    /// <summary>
    /// Tells the server why (RFC 6455 §7.4.1), and waits for its answer as for that to any Close: a stream of HTTP/2 that is reset loses
    /// what was not read.
    /// </summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever ends the stream, what the server did not agree to is reported.")]
    private async Task<WsHandshakeException> RefuseAsync(
        CloseConnection close, WsConnection connection, HttpStreamTransport transport, AcceptConnection accept, int status)
    {
        Exception? cause = null;
        using var timer = new CancellationTokenSource(options.Session.CloseTimeout, options.Session.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, limit);
        try
        {
            await transport.WriteAsync(connection.Send(close), either.Token).ConfigureAwait(false);
            byte[] dropped = new byte[4096];
            while (await transport.ReadAsync(dropped, either.Token).ConfigureAwait(false) > 0)
            {
                // Whatever it sent before it read that. Reads that complete at once heed no token.
                either.Token.ThrowIfCancellationRequested();
            }
        }
        catch (Exception e)
        {
            cause = e;
        }

        return new WsHandshakeException($"The server did not agree to what is required: {close.Reason}.", cause)
        {
            StatusCode = status,
            Headers = accept.ExtraHeaders,
        };
    }

    private static HeaderList FieldsOf(HttpResponseMessage response)
    {
        var fields = new List<HeaderField>();
        HttpHeadersNonValidated[] all = [response.Headers.NonValidated, response.Content.Headers.NonValidated];
        foreach (HttpHeadersNonValidated headers in all)
        {
            foreach ((string name, HeaderStringValues values) in headers)
            {
                foreach (string value in values)
                    fields.Add(new HeaderField(name, value));
            }
        }

        return [.. fields];
    }
}
