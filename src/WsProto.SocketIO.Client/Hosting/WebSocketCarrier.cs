// One WebSocket of a session. Messages must be sent in order, and no caller may wait for them. What the WebSocket does not accept at once
// waits here, and the session counts it until it is written. The lock of the driver guards all fields.

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters;
using WsProto.EngineIO;

namespace WsProto.SocketIO.Client.Hosting;

internal sealed class WebSocketCarrier(ClientDriver driver, Endpoint endpoint, EngineIOClient session, EngineIOClientRequest request)
{
    private readonly Queue<(ReadOnlyMemory<byte> Data, bool IsBinary)> _waiting = [];
    private WsSession? _socket;
    private bool _isSending;
    private ushort? _closeCode;

    /// <summary>Opens the WebSocket, and reads until it has ended.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever is thrown, the WebSocket has failed.")]
    internal async Task RunAsync(SessionHeaders headers)
    {
        using Exchange exchange = Exchange.Of(request)!;
        try
        {
            WsSession socket = await OpenAsync(exchange, headers).ConfigureAwait(false);
            await using (socket.ConfigureAwait(false))
            {
                await ReadAsync(socket, exchange).ConfigureAwait(false);
                ushort code = (ushort)socket.CloseResult!.Code;
                exchange.Exception = socket.CloseResult.Exception;
                driver.Do(session, (at, now) => at.ReceiveWebSocketClosed(request, code, now));
            }
        }
        catch (Exception e)
        {
            exchange.Exception = e;
            var refusal = (e as WsHandshakeException) ?? (e.InnerException as WsHandshakeException);
            if (refusal is not null)
                exchange.Headers = [.. refusal.Headers.Select(field => KeyValuePair.Create(field.Name, field.Value))];
            driver.Do(session, (at, now) => at.ReceiveFailure(request, now, refusal?.StatusCode, refusal?.Body ?? default));
        }
    }

    /// <summary>Sends a message. The caller holds the lock.</summary>
    internal void Send(ReadOnlyMemory<byte> data, bool isBinary)
    {
        bool isFree = _waiting.Count == 0 && !_isSending;
        if (isFree && _socket is { } socket && (isBinary ? socket.TrySendBytes(data) : socket.TrySendText(data)))
        {
            session.ReceiveWritten(request, data.Length);
            return;
        }

        _waiting.Enqueue((data, isBinary));
        StartSending();
    }

    /// <summary>
    /// Closes the WebSocket after the messages that were sent before, or abandons it if it is not open. The caller holds the lock.
    /// </summary>
    internal void Close(ushort code)
    {
        _closeCode = code;
        if (_socket is null)
            Exchange.Of(request)!.Abandon();
        else
            StartSending();
    }

    private async Task<WsSession> OpenAsync(Exchange exchange, SessionHeaders headers)
    {
        IReadOnlyList<KeyValuePair<string, string>> all = await headers.GetAsync(exchange.Over).ConfigureAwait(false);
        Uri uri = endpoint.UriOf(request);
        WsClientOptions options = endpoint.WebSockets with
        {
            Headers = [.. endpoint.WithCookies(uri, all).Select(header => new HeaderField(header.Key, header.Value))],
            // The session has its own timeout, which abandons the WebSocket.
            ConnectTimeout = Timeout.InfiniteTimeSpan,
            HandshakeTimeout = Timeout.InfiniteTimeSpan,
            Session = new WsSessionOptions
            {
                // Parts of a message show that the server is alive, and a message that is too large is noticed before it is complete.
                Connection = WsConnectionOptions.Default with
                {
                    MessageDelivery = MessageDelivery.Chunks,
                    MaxMessageSize = null,
                    MaxFrameSize = null,
                },
                KeepAliveInterval = null,
                TimeProvider = driver.Options.TimeProvider,
            },
        };
        WsSession socket = await WsClient.ConnectAsync(uri, options, exchange.Over).ConfigureAwait(false);
        endpoint.TakeCookies(uri, socket.ResponseHeaders.GetValues("Set-Cookie"));
        return socket;
    }

    private async Task ReadAsync(WsSession socket, Exchange exchange)
    {
        using CancellationTokenRegistration abort = exchange.Over.UnsafeRegister(static state => ((WsSession)state!).Abort(), socket);
        driver.Do(session, (at, _) =>
        {
            _socket = socket;
            at.ReceiveWebSocketOpened(request);
            StartSending();
        });
        ArrayBufferWriter<byte>? partial = null;
        while (await socket.WaitToReceiveAsync(CancellationToken.None).ConfigureAwait(false))
        {
            while (socket.TryReceive(out ReceivedMessage message))
            {
                if ((partial?.WrittenCount ?? 0) + (long)message.Bytes.Length > driver.Options.MaxReceiveSize)
                {
                    await RefuseAsync(socket, exchange).ConfigureAwait(false);
                    return;
                }

                partial = Receive(message, partial);
            }

            await driver.WaitForRoomAsync(request, socket.Ending).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the session because a message is too large, and closes the WebSocket with 1009.</summary>
    private async Task RefuseAsync(WsSession socket, Exchange exchange)
    {
        exchange.Exception = new InvalidDataException($"A message is larger than {driver.Options.MaxReceiveSize} bytes (MaxReceiveSize).");
        driver.Do(session, (at, now) => at.ReceiveFailure(request, now));
        await socket.CloseAsync(CloseCode.MessageTooBig, cancellationToken: CancellationToken.None).ConfigureAwait(false);
    }

    private ArrayBufferWriter<byte>? Receive(ReceivedMessage message, ArrayBufferWriter<byte>? partial)
    {
        partial ??= new ArrayBufferWriter<byte>();
        partial.Write(message.Bytes.Span);
        if (!message.MessageFinished)
        {
            driver.Do(session, (at, now) => at.ReceiveActivity(request, now));
            return partial;
        }

        ReadOnlyMemory<byte> data = partial.WrittenMemory;
        if (message.Kind == Opcode.Binary)
            driver.Do(session, (at, now) => at.ReceiveBinary(request, data, now));
        else
            driver.Do(session, (at, now) => at.ReceiveText(request, data, now));
        return null;
    }

    private void StartSending()
    {
        if (_isSending || _socket is null || (_waiting.Count == 0 && _closeCode is null))
            return;
        _isSending = true;
        _ = SendWaitingAsync(_socket);
    }

    private async Task SendWaitingAsync(WsSession socket)
    {
        try
        {
            // The caller holds the lock.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            while (driver.Take(_waiting, out (ReadOnlyMemory<byte> Data, bool IsBinary) next, End))
            {
                if (next.IsBinary)
                    await socket.SendBytesAsync(next.Data).ConfigureAwait(false);
                else
                    await socket.SendTextAsync(next.Data).ConfigureAwait(false);
                driver.Do(session, (at, _) => at.ReceiveWritten(request, next.Data.Length));
            }

            if (_closeCode is { } code)
                await socket.CloseAsync((CloseCode)code, cancellationToken: CancellationToken.None).ConfigureAwait(false);
        }
        catch (WsClosedException)
        {
            // The loop that reads notices it too, and reports it to the session.
        }
    }

    private void End() => _isSending = false;
}
