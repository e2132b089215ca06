// The sending half of an open connection: events and data to frames. It moves the machine's sending states; of the receiving half it reads
// where that is, as the rows ask for it.
//
//   WsSender.cs         what callers call
//   WsSender.Rules.cs   whether it may be sent now
//   WsSender.Frames.cs  what becomes of it

using System;
using System.Buffers;
using System.Diagnostics;
using WsProto.Extensions;
using WsProto.Framing;

namespace WsProto;

/// <summary>
/// The sending half of an open connection (<see cref="WsConnection.Sender"/>), for adapters that receive and send on two threads.
/// </summary>
/// <remarks>
/// One call at a time on this half; it may run at the same time as a call on the <see cref="WsReceiver"/>. Its methods do what those of the
/// same name do on <see cref="WsConnection"/>. Call <see cref="ReleaseIdleMemory"/> when nothing is to be sent for a while; all memory goes
/// back when the connection is disposed of.
/// </remarks>
[DebuggerDisplay("{_state}")]
public sealed partial class WsSender
{
    private readonly WsConnectionOptions _options;
    private readonly WsReceiver _receiver;
    private readonly ExtensionSender? _extensions;
    private MaskingKeys _keys;
    private readonly ConnectionRole _role;
    private volatile SendState _state;

    /// <summary>The kind of the message that was begun and not finished; <see cref="Opcode.Continuation"/> stands for none.</summary>
    private Opcode _sending;

    internal WsSender(ConnectionRole role, WsConnectionOptions options, WsReceiver receiver, ExtensionSender? extensions)
    {
        _role = role;
        _options = options;
        _receiver = receiver;
        _extensions = extensions;
    }

    /// <summary>
    /// Whether payloads go on the wire as they are and data may be sent, so that <see cref="SendFrameHeader"/> can be used. See
    /// <see cref="WsConnection.CanSendFrameHeader"/>.
    /// </summary>
    public bool CanSendFrameHeader => SendsPayloadsAsTheyAre && StateMachine.NextSending(_state, _receiver.State, DataTrigger) is not null;

    /// <summary>Where this half is. Any thread may read it.</summary>
    internal SendState State => _state;

    private bool SendsPayloadsAsTheyAre => _role == ConnectionRole.Server && _extensions is null;

    /// <summary>
    /// "A client MUST mask all frames that it sends to the server", "A server MUST NOT mask any frames that it sends to the client" (§5.1).
    /// </summary>
    private bool Masks => _role == ConnectionRole.Client;

    private Trigger DataTrigger => _sending == Opcode.Continuation ? Trigger.BeginMessage : Trigger.ContinueMessage;

    /// <summary>Asked for only where payloads do not go as they are, so a server has extensions.</summary>
    private StatelessDeflate? StatelessSender => _role == ConnectionRole.Server ? _extensions!.Stateless : null;

    /// <summary>Sends an event. See <see cref="WsConnection.Send(WsEvent, IBufferWriter{byte})"/>.</summary>
    /// <param name="e">A message, Ping, Pong or Close.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <exception cref="LocalProtocolException">
    /// The state forbids it, or the event belongs to the handshake. Nothing was written.
    /// </exception>
    /// <exception cref="ArgumentException">The event holds what cannot be sent. Nothing was written.</exception>
    public void Send(WsEvent e, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(e);
        ArgumentNullException.ThrowIfNull(output);
        switch (e)
        {
            case TextMessage text:
                ArgumentNullException.ThrowIfNull(text.Data, nameof(e));
                SendText(text.Data, text.MessageFinished, text.Compress, output);
                break;
            case BytesMessage bytes:
                SendData(Opcode.Binary, bytes.Data.Span, bytes.MessageFinished, bytes.Compress, output);
                break;
            case Ping ping:
                SendPing(ping.Payload.Span, output);
                break;
            case Pong pong:
                SendPong(pong.Payload.Span, output);
                break;
            case CloseConnection close:
                SendClose(close.Code, close.Reason, output);
                break;
            default:
                throw LocalProtocolErrors.Of(RefusalReason(e.Kind), e.Kind);
        }
    }

    /// <summary>Whether an event may be sent now. See <see cref="WsConnection.CanSend"/>.</summary>
    /// <param name="e">The event.</param>
    public bool CanSend(WsEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return TriggerOf(e.Kind) is { } trigger && NextAfter(trigger) is not null;
    }

    /// <summary>
    /// Sends text, transcoded straight into the output. See
    /// <see cref="WsConnection.SendText(ReadOnlySpan{char}, IBufferWriter{byte}, bool)"/>.
    /// </summary>
    /// <param name="text">Whole characters: no lone surrogate, also not where a message is cut into frames.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <param name="messageFinished">Whether the message ends here; if not, the next text continues it.</param>
    /// <exception cref="LocalProtocolException">The state forbids it, or a message of bytes is open. Nothing was written.</exception>
    /// <exception cref="ArgumentException">The text holds a lone surrogate. Nothing was written.</exception>
    public void SendText(ReadOnlySpan<char> text, IBufferWriter<byte> output, bool messageFinished = true) =>
        SendText(text, messageFinished, compress: null, output);

    /// <summary>
    /// Sends text that is UTF-8 already. See <see cref="WsConnection.SendText(ReadOnlySpan{byte}, IBufferWriter{byte}, bool)"/>.
    /// </summary>
    /// <param name="utf8">Whole characters in UTF-8.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <param name="messageFinished">Whether the message ends here; if not, the next text continues it.</param>
    /// <exception cref="LocalProtocolException">The state forbids it, or a message of bytes is open. Nothing was written.</exception>
    /// <exception cref="ArgumentException">It is not UTF-8, or cuts a character. Nothing was written.</exception>
    public void SendText(ReadOnlySpan<byte> utf8, IBufferWriter<byte> output, bool messageFinished = true)
    {
        AllowData(Opcode.Text);
        if (!Utf8Validator.IsValid(utf8))
            throw new ArgumentException("The text is not whole characters in UTF-8 (RFC 6455 §5.6).", nameof(utf8));
        SendData(Opcode.Text, utf8, messageFinished, compress: null, output);
    }

    /// <summary>Sends bytes. See <see cref="WsConnection.SendBytes"/>.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="output">Takes the bytes of the frame.</param>
    /// <param name="messageFinished">Whether the message ends here; if not, the next bytes continue it.</param>
    /// <exception cref="LocalProtocolException">The state forbids it, or a message of text is open. Nothing was written.</exception>
    public void SendBytes(ReadOnlySpan<byte> data, IBufferWriter<byte> output, bool messageFinished = true) =>
        SendData(Opcode.Binary, data, messageFinished, compress: null, output);

    /// <summary>Sends the header of a frame alone. See <see cref="WsConnection.SendFrameHeader"/>.</summary>
    /// <param name="kind"><see cref="Opcode.Text"/> or <see cref="Opcode.Binary"/>; also for the later frames of a message.</param>
    /// <param name="payloadLength">How many bytes of payload follow.</param>
    /// <param name="output">Takes the header, 2 to 10 bytes.</param>
    /// <param name="messageFinished">Whether the message ends with this frame.</param>
    /// <exception cref="LocalProtocolException">The state forbids it, or payloads do not go as they are. Nothing was written.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The kind is neither text nor binary, or the length is negative. Nothing was written.
    /// </exception>
    public void SendFrameHeader(Opcode kind, long payloadLength, IBufferWriter<byte> output, bool messageFinished = true)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        if (kind is not (Opcode.Text or Opcode.Binary))
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "A message is text or binary (RFC 6455 §5.6).");
        AllowData(kind);
        if (!SendsPayloadsAsTheyAre)
            throw LocalProtocolErrors.Of(LocalProtocolError.PayloadsTransformed);
        FrameWriter.WriteHeader(FirstOctet(kind, messageFinished), payloadLength, output);
        EndData(kind, messageFinished);
    }

    /// <summary>
    /// Sends a message that was prepared for many connections. See
    /// <see cref="WsConnection.SendPrepared(PreparedMessage, IBufferWriter{byte})"/>.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <exception cref="LocalProtocolException">The state forbids it, or another message is open. Nothing was written.</exception>
    public void SendPrepared(PreparedMessage message, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        AllowWhole(message);
        if (SendsPayloadsAsTheyAre || StatelessSender is not null)
            output.Write(SendPrepared(message).Span);
        else
            SendData(message.Kind, message.Payload.Span, messageFinished: true, compress: null, output);
    }

    /// <summary>
    /// Sends a message that was prepared for many connections, without a copy where possible. See
    /// <see cref="WsConnection.SendPrepared(PreparedMessage)"/>.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <returns>The bytes to write to the transport.</returns>
    /// <exception cref="LocalProtocolException">The state forbids it, or another message is open.</exception>
    public ReadOnlyMemory<byte> SendPrepared(PreparedMessage message)
    {
        AllowWhole(message);
        if (FindShared(message) is { } shared)
            return shared;
        var output = new ArrayBufferWriter<byte>(FrameHeader.LargestSize + message.Payload.Length);
        SendData(message.Kind, message.Payload.Span, messageFinished: true, compress: null, output);
        if (StatelessSender is { } sender)
            message.KeepFrame(sender, output.WrittenMemory);
        return output.WrittenMemory;
    }

    /// <summary>Sends a Ping (§5.5.2). See <see cref="WsConnection.SendPing"/>.</summary>
    /// <param name="payload">0 to 125 bytes.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <exception cref="LocalProtocolException">The state forbids it. Nothing was written.</exception>
    /// <exception cref="ArgumentException">The payload is longer than 125 bytes. Nothing was written.</exception>
    public void SendPing(ReadOnlySpan<byte> payload, IBufferWriter<byte> output) =>
        SendControl(Opcode.Ping, Trigger.SendPing, payload, output);

    /// <summary>Sends a Pong (§5.5.3). See <see cref="WsConnection.SendPong"/>.</summary>
    /// <param name="payload">0 to 125 bytes; those of the Ping that it answers.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <exception cref="LocalProtocolException">The state forbids it. Nothing was written.</exception>
    /// <exception cref="ArgumentException">The payload is longer than 125 bytes. Nothing was written.</exception>
    public void SendPong(ReadOnlySpan<byte> payload, IBufferWriter<byte> output) =>
        SendControl(Opcode.Pong, Trigger.SendPong, payload, output);

    /// <summary>Sends a Close (§5.5.1). See <see cref="WsConnection.SendClose"/>.</summary>
    /// <param name="code">
    /// 1000-1003, 1007-1014 (1010 from a client only), 3000-4999; or <see cref="CloseCode.NoStatusReceived"/> for a Close without a code.
    /// </param>
    /// <param name="reason">More in words; what is beyond 123 bytes of UTF-8 is cut off between characters.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <exception cref="LocalProtocolException">The state forbids it. Nothing was written.</exception>
    /// <exception cref="ArgumentException">
    /// The code may not be sent, there is a reason without a code, or the reason holds a lone surrogate. Nothing was written.
    /// </exception>
    public void SendClose(CloseCode code, ReadOnlySpan<char> reason, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        SendState next = Allow(Trigger.SendClose, EventKind.CloseConnection);
        if (code != CloseCode.NoStatusReceived && !ClosePayload.MaySend(code, _role))
            throw new ArgumentOutOfRangeException(nameof(code), code, "This close code may not be sent (RFC 6455 §7.4).");
        Span<byte> payload = stackalloc byte[FrameHeader.MaxControlPayload];
        int length = ClosePayload.Write(code, reason, payload);
        byte firstOctet = FrameHeader.FirstOctetOf(isFinal: true, ReservedBits.None, Opcode.Close);
        FrameWriter.Write(firstOctet, payload[..length], Masks, NextKey(), output);
        _state = next;
        End();
    }

    /// <summary>
    /// Releases memory that an open connection can do without while nothing is sent. See <see cref="WsConnection.ReleaseIdleMemory"/>.
    /// </summary>
    public void ReleaseIdleMemory()
    {
        ReleaseKeys();
        _extensions?.ReleaseIdle();
    }

    /// <summary>Lets go of the supply of masking keys.</summary>
    internal void ReleaseKeys() => _keys.Release(_options);

    /// <summary>Lets go of what only data to send needs: there will be none.</summary>
    internal void End()
    {
        ReleaseKeys();
        _extensions?.End();
    }
}
