using System;
using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

/// <summary>The server's side of the opening handshake.</summary>
internal sealed class ServerOpening(HandshakeTransport transport, WsAcceptOptions options)
    : Opening(transport, ConnectionRole.Server, options.Session.Connection)
{
    protected override async Task<Exception?> RunAsync()
    {
        switch (await ReadEventAsync().ConfigureAwait(false))
        {
            case Request request:
                Request = request;
                Context = new WsRequestContext(request, Transport.Inner);
                return await AnswerAsync(Context).ConfigureAwait(false);
            case HandshakeFailed { RequestHead: { } head } failed when options.OnHttpRequest is not null && !AsksForWebSocket(head):
                return await AnswerHttpAsync(head, failed).ConfigureAwait(false);
            case HandshakeFailed failed:
                return await RefuseAsync(failed).ConfigureAwait(false);
            default:
                return Transport.Failure;
        }
    }

    /// <summary>Whether <c>Upgrade</c>, a list (RFC 9110 §7.8), has websocket in it.</summary>
    private static bool AsksForWebSocket(HttpRequestHead head) =>
        head.Headers.GetValues("Upgrade").SelectMany(line => line.Split(','))
            .Any(name => name.Trim().Equals("websocket", StringComparison.OrdinalIgnoreCase));

    private async Task<Exception?> AnswerAsync(WsRequestContext context)
    {
        (WsResponse? answer, Exception? fault) = await AskAsync(options.AnswerAsync, context).ConfigureAwait(false);
        if (answer is null && fault is null)
            return Transport.Failure;
        byte[] accepted = [];
        if (answer?.Acceptance is { } acceptance && !TrySend(acceptance, out accepted, out fault))
            answer = null;
        if (answer is { IsAccepted: true })
            return await Transport.WriteAsync(accepted).ConfigureAwait(false) ? null : Transport.Failure;

        WsHttpResponse refusal = answer?.Refusal ?? new WsHttpResponse(500);
        await SendAndDrainAsync(refusal).ConfigureAwait(false);
        return Refused(refusal, fault is null ? "The request was refused." : "Answering the request failed.", fault);
    }

    private async Task<Exception> AnswerHttpAsync(HttpRequestHead head, HandshakeFailed failed)
    {
        var context = new WsHttpRequestContext(head, Transport.Inner);
        (WsHttpResponse? answer, Exception? fault) = await AskAsync(options.OnHttpRequest!, context).ConfigureAwait(false);
        if (Transport.Limit.IsCancellationRequested)
            return Transport.Failure;
        if (answer is null && fault is null)
            return await RefuseAsync(failed).ConfigureAwait(false);
        WsHttpResponse response = answer ?? new WsHttpResponse(500);
        await SendAndDrainAsync(response, headOnly: head.Method == "HEAD").ConfigureAwait(false);
        return answer is null
            ? Refused(response, "Answering the HTTP request failed.", fault)
            : Refused(response, "The request was one for no WebSocket, and was answered.", fault: null, wasHttpRequest: true);
    }

    private async Task<Exception> RefuseAsync(HandshakeFailed failed)
    {
        if (failed.Response is { } response)
        {
            var output = new ArrayBufferWriter<byte>();
            Connection.Send(response, output);
            await SendAndDrainAsync(output.WrittenMemory).ConfigureAwait(false);
        }

        return new WsHandshakeException(failed.Message, failed.Exception)
        {
            Error = failed.Error,
            StatusCode = failed.Response?.StatusCode,
            Headers = failed.Response?.Headers ?? [],
        };
    }

    /// <summary>Asks the application.</summary>
    /// <returns>Its answer; or what it threw; or neither, where the time was over before.</returns>
    [SuppressMessage(
        "Design", "CA1031", Justification = "Whatever the application throws, the client gets an answer and the caller the exception.")]
    private async Task<(T? Answer, Exception? Fault)> AskAsync<TContext, T>(
        Func<TContext, System.Threading.CancellationToken, ValueTask<T>> ask, TContext context)
    {
        Task<T> asking;
        try
        {
            asking = ask(context, Transport.Limit).AsTask();
        }
        catch (Exception e)
        {
            return (default, e);
        }

        if (!await asking.EndsBeforeAsync(Transport.Limit).ConfigureAwait(false)
            || (!asking.IsCompletedSuccessfully && Transport.Limit.IsCancellationRequested))
        {
            return (default, null);
        }

        if (asking.IsCompletedSuccessfully)
            return (await asking.ConfigureAwait(false), null);
        return (default, asking.Exception?.InnerException ?? new OperationCanceledException("The application gave up."));
    }

    [SuppressMessage("Design", "CA1031", Justification = "Extensions are the application's, too.")]
    private bool TrySend(AcceptConnection acceptance, out byte[] bytes, out Exception? fault)
    {
        (bytes, fault) = ([], null);
        try
        {
            ResponseHeaders = acceptance.ExtraHeaders;
            bytes = Connection.Send(acceptance);
            return true;
        }
        catch (Exception e)
        {
            fault = e;
            return false;
        }
    }

    private ValueTask SendAndDrainAsync(WsHttpResponse response, bool headOnly = false)
    {
        var output = new ArrayBufferWriter<byte>();
        response.WriteTo(Connection, output, headOnly);
        return SendAndDrainAsync(output.WrittenMemory);
    }

    /// <summary>
    /// Sends an answer and lets the client read it: what it has sent is read to the end, lest the transport be reset with the answer still
    /// under way. If it does not wait for it, or does not leave, it is refused all the same.
    /// </summary>
    private async ValueTask SendAndDrainAsync(ReadOnlyMemory<byte> answer)
    {
        if (!await Transport.WriteAsync(answer).ConfigureAwait(false)
            || !Transport.CanCompleteWrites
            || !await Transport.CompleteWritesAsync().ConfigureAwait(false))
        {
            return;
        }

        byte[] rest = new byte[1024];
        while (await Transport.ReadAsync(rest).ConfigureAwait(false) > 0)
        {
        }
    }

    private static WsHandshakeException Refused(WsHttpResponse response, string message, Exception? fault, bool wasHttpRequest = false) =>
        new(message, fault)
        {
            StatusCode = response.StatusCode,
            Headers = response.Headers,
            Body = response.Body,
            WasHttpRequest = wasHttpRequest,
        };
}
