// One WebSocket of a session. What is sent has to leave in order and at once, and nobody may wait for it: what the WebSocket does not take
// at once waits here, and the session counts it until it is taken.

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
    /// How the sessions of a route behave: Engine.IO has judged the Origin, has its own heartbeat, and takes messages apart.
    /// </summary>
    internal static WsEndpointOptions OptionsFor(EngineIOEndpointOptions options)
    {
        var endpoint = new WsEndpointOptions
        {
            Origins = OriginPolicy.Any,
            // The session ends what has to end when the host stops.
            ShutdownGrace = TimeSpan.FromSeconds(5) + options.ShutdownSpread,
            Session = new WsSessionOptions
            {
                // Pieces are a sign of life, and a message that becomes too large is seen before it is whole.
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

    /// <summary>Sends a message. The caller has the session's lock.</summary>
    /// <returns>How many bytes have left; 0 where they wait, and are told to the session later.</returns>
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

    /// <summary>Closes it after what was sent. The caller has the session's lock.</summary>
    internal void Close(ushort code)
    {
        _closeCode = code;
        StartSending();
    }

    /// <summary>Reads until it is over.</summary>
    internal async Task RunAsync(WsSession session, CancellationToken ended)
    {
        client.Do(static (engine, socket, now) => socket.This.Open(engine, socket.session, now), (This: this, session));
        ArrayBufferWriter<byte>? partial = null;
        while (await session.WaitToReceiveAsync(CancellationToken.None).ConfigureAwait(false))
        {
            while (session.TryReceive(out ReceivedMessage message))
                partial = Receive(message, partial);
            // A probe brings nothing for the application, and its upgrade has a time limit.
            if (client.Transport == EngineIOTransports.WebSocket)
                await client.WaitForRoomAsync(request, session.Ending).ConfigureAwait(false);
        }
    }

    /// <summary>It is over, or was never opened.</summary>
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
            // The session's lock is held by the caller.
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
            // The reader sees it too and tells the session.
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
