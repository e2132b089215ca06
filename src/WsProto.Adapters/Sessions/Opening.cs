using System;
using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

/// <summary>The opening handshake over a transport, in either role: under one limit of time for all of it.</summary>
internal sealed class Opening
{
    private readonly WsTransport? _transport;
    private readonly CancellationToken _limit;

    internal Opening(WsConnection connection, Request? request, HeaderList responseHeaders)
    {
        Connection = connection;
        Request = request;
        ResponseHeaders = responseHeaders;
    }

    private Opening(WsTransport transport, ConnectionRole role, WsSessionOptions options, CancellationToken limit)
        : this(new WsConnection(role, options.Connection), null, [])
    {
        _transport = transport;
        _limit = limit;
    }

    internal WsConnection Connection { get; }

    internal Request? Request { get; private set; }

    internal HeaderList ResponseHeaders { get; private set; }

    internal static Task<Opening> ConnectAsync(WsTransport transport, Request request, WsSessionOptions options, CancellationToken cancellationToken) =>
        RunAsync(transport, ConnectionRole.Client, options, opening => opening.ConnectAsync(request, options), cancellationToken);

    internal static Task<Opening> AcceptAsync(WsTransport transport, WsServerOptions options, CancellationToken cancellationToken) =>
        RunAsync(transport, ConnectionRole.Server, options, opening => opening.AcceptAsync(options), cancellationToken);

    private static async Task<Opening> RunAsync(
        WsTransport transport, ConnectionRole role, WsSessionOptions options, Func<Opening, Task> handshake, CancellationToken cancellationToken)
    {
        Activity? activity = Telemetry.StartHandshake(role);
        using var timer = new CancellationTokenSource(options.HandshakeTimeout, options.TimeProvider);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        var opening = new Opening(transport, role, options, limit.Token);
        bool opened = false;
        try
        {
            await handshake(opening).ConfigureAwait(false);
            opened = true;
            return opening;
        }
        catch (Exception e) when (Translate(e, timer.Token, cancellationToken) is { } failure)
        {
            throw failure;
        }
        finally
        {
            Telemetry.EndHandshake(activity, role, opened);
            if (!opened)
            {
                opening.Connection.Dispose();
                await opening.AbandonAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>What a failure is for the caller, however the transport has put it; null for what is one already.</summary>
    private static Exception? Translate(Exception e, CancellationToken timer, CancellationToken caller) => e switch
    {
        WsHandshakeException or ArgumentException or LocalProtocolException => null,
        _ when caller.IsCancellationRequested => new OperationCanceledException("Opening the WebSocket was cancelled.", e, caller),
        _ when timer.IsCancellationRequested => new TimeoutException("Opening the WebSocket took too long.", e),
        _ => new WsHandshakeException("The transport failed during the handshake: " + e.Message, e),
    };

    private async Task ConnectAsync(Request request, WsSessionOptions options)
    {
        await WriteAsync(Connection.Send(request)).ConfigureAwait(false);
        Request = request;
        RejectConnection? refusal = null;
        var body = new ArrayBufferWriter<byte>();
        while (true)
        {
            switch (await ReadEventAsync().ConfigureAwait(false))
            {
                case AcceptConnection accept:
                    ResponseHeaders = accept.ExtraHeaders;
                    await ThrowIfMissingAsync(options as WsClientOptions).ConfigureAwait(false);
                    return;
                case RejectConnection reject:
                    refusal = reject;
                    if (!reject.HasBody)
                        throw Refused(reject, body);
                    break;
                case RejectData data:
                    body.Write(data.Data.Span);
                    if (data.BodyFinished)
                        throw Refused(refusal!, body);
                    break;
                case HandshakeFailed failed when refusal is not null:
                    throw Refused(refusal, body, failed.Error);
                case HandshakeFailed failed:
                    throw Failed(failed);
            }
        }
    }

    private async Task ThrowIfMissingAsync(WsClientOptions? options)
    {
        if (options?.FindMissing(Connection) is not { } close)
            return;
        await WriteAsync(Connection.Send(close)).ConfigureAwait(false);
        throw new WsHandshakeException($"The server did not agree to what is required: {close.Reason}.") { StatusCode = 101, Headers = ResponseHeaders };
    }

    private async Task AcceptAsync(WsServerOptions options)
    {
        switch (await ReadEventAsync().ConfigureAwait(false))
        {
            case Request request:
                Request = request;
                await AnswerAsync(request, options).ConfigureAwait(false);
                break;
            case HandshakeFailed failed:
                if (failed.Response is { } response)
                    await RefuseAsync(response, default).ConfigureAwait(false);
                throw Failed(failed);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever the application throws, the client gets an answer and the caller the exception.")]
    private async Task AnswerAsync(Request request, WsServerOptions options)
    {
        Exception? fault = null;
        WsAnswer answer;
        byte[] accepted = [];
        try
        {
            answer = await options.AnswerAsync(request, _limit).AsTask().LimitAsync(_limit).ConfigureAwait(false);
            if (answer.Acceptance is { } acceptance)
            {
                ResponseHeaders = acceptance.ExtraHeaders;
                accepted = Connection.Send(acceptance);
            }
        }
        catch (Exception e) when (!_limit.IsCancellationRequested)
        {
            fault = e;
            answer = WsAnswer.Reject(500);
        }

        if (answer.Refusal is { } refusal)
        {
            await RefuseAsync(refusal, answer.Body).ConfigureAwait(false);
            throw new WsHandshakeException(fault is null ? "The request was refused." : "Answering the request failed.", fault)
            {
                StatusCode = refusal.StatusCode,
                Headers = refusal.Headers,
                Body = answer.Body,
            };
        }

        await WriteAsync(accepted).ConfigureAwait(false);
    }

    /// <summary>Sends a refusal and lets the client read it: what it has sent is read to the end, lest the transport be reset with the answer still under way.</summary>
    private async Task RefuseAsync(RejectConnection refusal, ReadOnlyMemory<byte> body)
    {
        var output = new ArrayBufferWriter<byte>();
        Connection.Send(refusal, output);
        if (refusal.HasBody)
            Connection.Send(new RejectData(body), output);
        try
        {
            await WriteAsync(output.WrittenMemory).ConfigureAwait(false);
            if (!_transport!.CanCompleteWrites)
                return;
            await _transport.CompleteWritesAsync(_limit).AsTask().LimitAsync(_limit).ConfigureAwait(false);
            byte[] rest = new byte[1024];
            while (await _transport.ReadAsync(rest, _limit).AsTask().LimitAsync(_limit).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // The client did not wait for it, or did not leave: it is refused all the same.
        }
    }

    private async ValueTask<WsEvent> ReadEventAsync()
    {
        while (true)
        {
            if (Connection.TryReadEvent(out WsEvent? e))
                return e;
            int count = await _transport!.ReadAsync(Connection.ReceiveBuffer.GetMemory(), _limit).AsTask().LimitAsync(_limit).ConfigureAwait(false);
            Connection.ReceiveBuffer.Advance(count);
            if (count == 0)
                Connection.ReceiveEndOfStream();
        }
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> data) =>
        await _transport!.WriteAsync(data, _limit).AsTask().LimitAsync(_limit).ConfigureAwait(false);

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a transport throws when it is given up does not matter.")]
    private async Task AbandonAsync()
    {
        try
        {
            await _transport!.DisposeAsync().AsTask().LimitAsync(_limit).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // What made the handshake fail is what the caller should see.
        }
    }

    private static WsHandshakeException Refused(RejectConnection refusal, ArrayBufferWriter<byte> body, ProtocolError? error = null) =>
        new($"The server refused the WebSocket with status {refusal.StatusCode}.")
        {
            StatusCode = refusal.StatusCode,
            Headers = refusal.Headers,
            Body = body.WrittenSpan.ToArray(),
            Error = error,
        };

    private static WsHandshakeException Failed(HandshakeFailed failed) =>
        new(failed.Message)
        {
            Error = failed.Error,
            StatusCode = failed.Response?.StatusCode,
            Headers = failed.Response?.Headers ?? [],
        };
}
