// What comes from the client by WebSocket: the one in use, or the probe of an upgrade.

using System;
using System.Globalization;

namespace WsProto.EngineIO;

public sealed partial class EngineIOSession
{
    /// <summary>A WebSocket that was to be accepted is open. Call it before its messages are received.</summary>
    /// <param name="webSocket">The request that stands for the WebSocket.</param>
    /// <param name="now">The time.</param>
    public void ReceiveWebSocketOpened(EngineIORequest webSocket, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(webSocket);
        if (ReferenceEquals(webSocket, _webSocket) && Move(Trigger.OpenWebSocket))
            Open(webSocket, now);
    }

    /// <summary>A text message of a WebSocket.</summary>
    /// <param name="webSocket">The request that stands for the WebSocket.</param>
    /// <param name="message">The message as UTF-8. It is not copied: <see cref="MessageReceived.Data"/> is a part of it.</param>
    /// <param name="now">The time.</param>
    public void ReceiveText(EngineIORequest webSocket, ReadOnlyMemory<byte> message, TimeSpan now) =>
        ReceiveMessage(webSocket, message.Length, Payload.TryRead(message, out ReceivedPacket packet) ? packet : null, now);

    /// <summary>A binary message of a WebSocket.</summary>
    /// <param name="webSocket">The request that stands for the WebSocket.</param>
    /// <param name="message">The message. It is not copied: it is <see cref="MessageReceived.Data"/>.</param>
    /// <param name="now">The time.</param>
    public void ReceiveBinary(EngineIORequest webSocket, ReadOnlyMemory<byte> message, TimeSpan now) =>
        ReceiveMessage(webSocket, message.Length, new ReceivedPacket(PacketType.Message, message, IsBinary: true), now);

    /// <summary>
    /// Bytes came over a WebSocket that are no whole message yet. They are a sign of life: no pong can overtake a large message.
    /// </summary>
    /// <param name="webSocket">The request that stands for the WebSocket.</param>
    /// <param name="now">The time.</param>
    public void ReceiveActivity(EngineIORequest webSocket, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(webSocket);
        if (ReferenceEquals(webSocket, _webSocket))
            _heartbeat.ReceiveBytes(now);
    }

    /// <summary>
    /// The host has refused a WebSocket message that is larger than <see cref="EngineIOServerOptions.MaxPayload"/>, before it was whole.
    /// </summary>
    /// <param name="webSocket">The request that stands for the WebSocket.</param>
    public void ReceiveTooLarge(EngineIORequest webSocket)
    {
        ArgumentNullException.ThrowIfNull(webSocket);
        if (ReferenceEquals(webSocket, _probe))
            LoseProbe(isOpen: true);
        else if (ReferenceEquals(webSocket, _webSocket))
            End(EngineIOError.MessageTooLarge, Limit(_options.MaxPayload));
    }

    /// <summary>A WebSocket is over: closed by the client, lost, or never opened.</summary>
    /// <param name="webSocket">The request that stands for the WebSocket.</param>
    /// <param name="code">The close code (RFC 6455 §7.1.5), for <see cref="SessionClosed.Detail"/>; null if none is known.</param>
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

    /// <summary>Bytes of <see cref="SendWebSocketMessage"/> were written. Until they are, they count as waiting.</summary>
    /// <param name="webSocket">The request that stands for the WebSocket.</param>
    /// <param name="count">How many; of whole messages or of parts.</param>
    public void ReceiveWritten(EngineIORequest webSocket, long count)
    {
        ArgumentNullException.ThrowIfNull(webSocket);
        if (!ReferenceEquals(webSocket, _webSocket) && !ReferenceEquals(webSocket, _probe))
            return;
        _unwritten = Math.Max(0, _unwritten - count);
        NoteDrained();
    }

    /// <summary>
    /// A WebSocket for a session that has none is its upgrade. Any other is accepted and closed, as by the reference server; the session
    /// does not notice.
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

    /// <summary>A packet on the WebSocket of an upgrade; null is what is none.</summary>
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
