// One WebSocket of a session. Messages must be sent in order, and no caller may wait for them. What the WebSocket does not accept at once
// waits here, and the session counts it until it is written.

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters;
using WsProto.AspNetCore;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore.Hosting;

internal sealed class EngineWebSocket(EngineClient client, EngineIORequest request)
{
    private readonly Queue<(ReadOnlyMemory<byte> Data, bool IsBinary)> _waiting = [];
    private WsSession? _session;
    private bool _isSending;
    private ushort? _closeCode;
    private bool _isOver;

    private EngineIORequest Request => request;

    /// <summary>
    /// The options for the WebSockets of a route. Engine.IO checks the Origin, has its own heartbeat, and limits messages itself.
    /// </summary>
    internal static WsEndpointOptions OptionsFor(EngineIOEndpointOptions options)
    {
        var endpoint = new WsEndpointOptions
        {
            Origins = OriginPolicy.Any,
            // Engine.IO closes the sessions when the host stops.
            ShutdownGrace = TimeSpan.FromSeconds(5) + options.ShutdownSpread,
            Session = new WsSessionOptions
            {
                // Parts of a message show that the client is alive, and a message that is too large is noticed before it is complete.
                Connection = WsConnectionOptions.Default with
                {
                    MessageDelivery = MessageDelivery.Chunks,
                    MaxMessageSize = null,
                    MaxFrameSize = null,
                },
                KeepAliveInterval = null,
                TimeProvider = options.TimeProvider,
            },
        };
        if (options.Server.PerMessageDeflate)
            endpoint.Extensions.Add(new PerMessageDeflate());
        return endpoint;
    }

    /// <summary>Sends a message. The caller holds the session's lock.</summary>
    /// <returns>The number of bytes that were written; 0 if they wait and are reported to the session later.</returns>
    internal long Send(ReadOnlyMemory<byte> data, bool isBinary)
    {
        if (_isOver)
            return 0;
        if (_waiting.Count == 0 && !_isSending && _session is { } session)
        {
            if (isBinary ? session.TrySendBytes(data) : session.TrySendText(data))
                return data.Length;
        }

        _waiting.Enqueue((data, isBinary));
        StartSending();
        return 0;
    }

    /// <summary>Closes the WebSocket after the messages that were sent before. The caller holds the session's lock.</summary>
    internal void Close(ushort code)
    {
        _closeCode = code;
        StartSending();
    }

    /// <summary>Reads until the WebSocket has ended.</summary>
    internal async Task RunAsync(WsSession session, CancellationToken ended)
    {
        client.Do(static (engine, socket, now) => socket.This.Open(engine, socket.session, now), (This: this, session));
        ArrayBufferWriter<byte>? partial = null;
        while (await session.WaitToReceiveAsync(CancellationToken.None).ConfigureAwait(false))
        {
            while (session.TryReceive(out ReceivedMessage message))
                partial = Receive(message, partial);
            // An upgrade delivers nothing to the application and has a timeout, so it is not paused.
            if (client.Transport == EngineIOTransports.WebSocket)
                await client.WaitForRoomAsync(request, session.Ending).ConfigureAwait(false);
        }
    }

    /// <summary>Reports that the WebSocket has ended, or was never opened.</summary>
    internal void End() => client.Do(
        static (engine, socket, _) =>
        {
            socket._isOver = true;
            socket._waiting.Clear();
            engine.ReceiveWebSocketClosed(socket.Request, (ushort?)socket._session?.CloseResult?.Code);
        },
        this);

    private void Open(EngineIOSession engine, WsSession session, TimeSpan now)
    {
        _session = session;
        engine.ReceiveWebSocketOpened(request, now);
        StartSending();
    }

    private ArrayBufferWriter<byte>? Receive(ReceivedMessage message, ArrayBufferWriter<byte>? partial)
    {
        bool isBinary = message.Kind == Opcode.Binary;
        if (partial is null && message.MessageFinished)
        {
            Deliver(message.Bytes.ToArray(), isBinary);
            return null;
        }

        partial ??= new ArrayBufferWriter<byte>();
        if (partial.WrittenCount + (long)message.Bytes.Length > client.Host.Options.Server.MaxPayload)
        {
            client.Do(static (engine, webSocket, _) => engine.ReceiveTooLarge(webSocket), request);
            return partial;
        }

        partial.Write(message.Bytes.Span);
        if (!message.MessageFinished)
        {
            client.Do(static (engine, webSocket, now) => engine.ReceiveActivity(webSocket, now), request);
            return partial;
        }

        Deliver(partial.WrittenMemory, isBinary);
        return null;
    }

    private void Deliver(ReadOnlyMemory<byte> data, bool isBinary)
    {
        if (isBinary)
            client.Do(static (engine, message, now) => engine.ReceiveBinary(message.request, message.data, now), (request, data));
        else
            client.Do(static (engine, message, now) => engine.ReceiveText(message.request, message.data, now), (request, data));
    }

    private void StartSending()
    {
        if (_isSending || _session is null || (_waiting.Count == 0 && _closeCode is null))
            return;
        _isSending = true;
        _ = SendWaitingAsync(_session);
    }

    private async Task SendWaitingAsync(WsSession session)
    {
        try
        {
            // The caller holds the lock of the session.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            while (true)
            {
                var taken = new Taken();
                client.Do(static (_, next, _) => next.This.Take(next.taken), (This: this, taken));
                if (taken.Message is not var (data, isBinary))
                {
                    if (taken.CloseCode is { } code)
                        await session.CloseAsync((CloseCode)code, cancellationToken: CancellationToken.None).ConfigureAwait(false);
                    return;
                }

                if (isBinary)
                    await session.SendBytesAsync(data).ConfigureAwait(false);
                else
                    await session.SendTextAsync(data).ConfigureAwait(false);
                client.Do(static (engine, sent, _) => engine.ReceiveWritten(sent.request, sent.Length), (request, data.Length));
            }
        }
        catch (WsClosedException)
        {
            // The loop that reads notices it too, and reports it to the session.
        }
    }

    private void Take(Taken taken)
    {
        if (_waiting.TryDequeue(out (ReadOnlyMemory<byte>, bool) message))
        {
            taken.Message = message;
            return;
        }

        taken.CloseCode = _closeCode;
        _isSending = false;
    }

    private sealed class Taken
    {
        internal (ReadOnlyMemory<byte> Data, bool IsBinary)? Message { get; set; }

        internal ushort? CloseCode { get; set; }
    }
}
