// What arrives from the client over a WebSocket: the one in use, or the one of an upgrade.

using System;
using System.Globalization;

namespace WsProto.EngineIO;

public sealed partial class EngineIOSession
{
    /// <summary>Reports that a WebSocket is open. Call it before you report its messages.</summary>
    /// <param name="webSocket">The request that identifies the WebSocket.</param>
    /// <param name="now">The current time.</param>
    public void ReceiveWebSocketOpened(EngineIORequest webSocket, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(webSocket);
        if (ReferenceEquals(webSocket, _webSocket) && Move(Trigger.OpenWebSocket))
            Open(webSocket, now);
    }

    /// <summary>Reports a text message of a WebSocket.</summary>
    /// <param name="webSocket">The request that identifies the WebSocket.</param>
    /// <param name="message">The message as UTF-8. It is not copied: <see cref="MessageReceived.Data"/> is a part of it.</param>
    /// <param name="now">The current time.</param>
    public void ReceiveText(EngineIORequest webSocket, ReadOnlyMemory<byte> message, TimeSpan now) =>
        ReceiveMessage(webSocket, message.Length, Payload.TryRead(message, out ReceivedPacket packet) ? packet : null, now);

    /// <summary>Reports a binary message of a WebSocket.</summary>
    /// <param name="webSocket">The request that identifies the WebSocket.</param>
    /// <param name="message">The message. It is not copied: it is <see cref="MessageReceived.Data"/>.</param>
    /// <param name="now">The current time.</param>
    public void ReceiveBinary(EngineIORequest webSocket, ReadOnlyMemory<byte> message, TimeSpan now) =>
        ReceiveMessage(webSocket, message.Length, new ReceivedPacket(PacketType.Message, message, IsBinary: true), now);

    /// <summary>
    /// Reports that bytes of a WebSocket arrived which are not yet a whole message. They show that the client is alive: a pong cannot
    /// overtake a large message.
    /// </summary>
    /// <param name="webSocket">The request that identifies the WebSocket.</param>
    /// <param name="now">The current time.</param>
    public void ReceiveActivity(EngineIORequest webSocket, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(webSocket);
        if (ReferenceEquals(webSocket, _webSocket))
            _heartbeat.ReceiveBytes(now);
    }

    /// <summary>
    /// Reports that the host refused a WebSocket message larger than <see cref="EngineIOServerOptions.MaxPayload"/> before it was complete.
    /// </summary>
    /// <param name="webSocket">The request that identifies the WebSocket.</param>
    public void ReceiveTooLarge(EngineIORequest webSocket)
    {
        ArgumentNullException.ThrowIfNull(webSocket);
        if (ReferenceEquals(webSocket, _probe))
            LoseProbe(isOpen: true);
        else if (ReferenceEquals(webSocket, _webSocket))
            End(EngineIOError.MessageTooLarge, Limit(_options.MaxPayload));
    }

    /// <summary>Reports that a WebSocket has ended: the client closed it, it was lost, or it was never opened.</summary>
    /// <param name="webSocket">The request that identifies the WebSocket.</param>
    /// <param name="code">The close code (RFC 6455 §7.1.5), for <see cref="SessionClosed.Detail"/>; null if it is unknown.</param>
    public void ReceiveWebSocketClosed(EngineIORequest webSocket, ushort? code = null)
    {
        ArgumentNullException.ThrowIfNull(webSocket);
        if (ReferenceEquals(webSocket, _probe))
        {
            LoseProbe(isOpen: false);
        }
        else if (ReferenceEquals(webSocket, _webSocket))
        {
            _webSocket = null;
            string detail = code is { } known ? string.Create(CultureInfo.InvariantCulture, $" Its close code is {known}.") : "";
            End(EngineIOError.WebSocketClosed, detail);
        }
    }

    /// <summary>
    /// Reports that bytes of <see cref="SendWebSocketMessage"/> were written. Until then they count in <see cref="BufferedBytes"/>.
    /// </summary>
    /// <param name="webSocket">The request that identifies the WebSocket.</param>
    /// <param name="count">The number of bytes, of whole messages or of parts.</param>
    public void ReceiveWritten(EngineIORequest webSocket, long count)
    {
        ArgumentNullException.ThrowIfNull(webSocket);
        if (!ReferenceEquals(webSocket, _webSocket) && !ReferenceEquals(webSocket, _probe))
            return;
        _unwritten = Math.Max(0, _unwritten - count);
        NoteDrained();
    }

    /// <summary>
    /// Handles a request for a WebSocket. If the session polls and has no WebSocket, it begins an upgrade. Otherwise the WebSocket is
    /// accepted and closed, as by the reference server, and the session continues.
    /// </summary>
    private void ReceiveUpgrade(EngineIORequest request, TimeSpan now)
    {
        if (State == SessionState.Polling && !_options.OffersUpgrade)
        {
            Refuse(request, EngineIOError.TransportMismatch);
            return;
        }

        Emit(new AcceptWebSocket(request, []));
        if (Move(Trigger.BeginProbe))
        {
            _probe = request;
            _upgradeUntil = now + _options.UpgradeTimeout;
        }
        else
        {
            Emit(new CloseWebSocket(request, CloseReason.TransportError.WebSocketCode()));
        }
    }

    private void ReceiveMessage(EngineIORequest webSocket, int size, ReceivedPacket? packet, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(webSocket);
        if (ReferenceEquals(webSocket, _probe))
        {
            ReceiveOnProbe(packet, now);
            return;
        }

        if (!ReferenceEquals(webSocket, _webSocket) || State != SessionState.WebSocket)
            return;
        _heartbeat.ReceiveBytes(now);
        if (size > _options.MaxPayload)
            End(EngineIOError.MessageTooLarge, Limit(_options.MaxPayload));
        else if (packet is not { } read)
            End(EngineIOError.PacketMalformed);
        else if (!TryReceivePacket(read, now, out EngineIOError? error))
            EndByClient(error);
    }

    /// <summary>Handles a message on the WebSocket of an upgrade; null stands for one that is not a packet.</summary>
    private void ReceiveOnProbe(ReceivedPacket? packet, TimeSpan now)
    {
        if (packet is { Type: PacketType.Ping } ping && ping.Data.Span.SequenceEqual("probe"u8) && Move(Trigger.AnswerProbe))
        {
            SendOn(_probe!, Packet.ProbePong);
            EndPollForUpgrade(now);
        }
        else if (packet is { Type: PacketType.Upgrade } && Move(Trigger.CompleteUpgrade))
        {
            CompleteUpgrade(now);
        }
        else
        {
            LoseProbe(isOpen: true);
        }
    }

    private static string Limit(long bytes) => string.Create(CultureInfo.InvariantCulture, $" The limit is {bytes} bytes.");
}
