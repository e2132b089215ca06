// Sending: the handshake's events go to it, all else to the sending half once the connection is open.

using System;
using System.Buffers;

namespace WsProto;

public sealed partial class WsConnection
{
    /// <summary>Sends an event.</summary>
    /// <param name="e">The event.</param>
    /// <param name="output">Takes the bytes; write them to the transport in this order.</param>
    /// <remarks>
    /// A writer that throws before it has taken a part of the event leaves the state as it was. One that throws later breaks the
    /// connection: the state is <see cref="ConnectionState.Closed"/>, as the peer could not understand what followed.
    /// </remarks>
    /// <exception cref="LocalProtocolException">The state, the role or the order of events forbids it. Nothing was written.</exception>
    /// <exception cref="ArgumentException">The event holds what cannot be sent. Nothing was written.</exception>
    public void Send(WsEvent e, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(e);
        ArgumentNullException.ThrowIfNull(output);
        if (_sender is not null)
            _sender.Send(e, output);
        else
            SendHandshake(e, output);
    }

    /// <summary>Sends an event.</summary>
    /// <param name="e">The event.</param>
    /// <returns>The bytes to write to the transport.</returns>
    /// <exception cref="LocalProtocolException">The state, the role or the order of events forbids it.</exception>
    /// <exception cref="ArgumentException">The event holds what cannot be sent.</exception>
    public byte[] Send(WsEvent e)
    {
        var output = new ArrayBufferWriter<byte>();
        Send(e, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>
    /// Whether the state, the role and an open message allow the event to be sent now. The contents of the event are not checked.
    /// </summary>
    /// <param name="e">The event.</param>
    public bool CanSend(WsEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        if (_sender is not null)
            return _sender.CanSend(e);
        return _handshake!.TriggerOf(e, out _) is { } trigger && StateMachine.Next(_stateOfHandshake, trigger) is not null;
    }

    /// <summary>Sends text, transcoded straight into the output.</summary>
    /// <param name="text">Whole characters: no lone surrogate, also not where a message is cut into frames.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <param name="messageFinished">Whether the message ends here; if not, the next text continues it.</param>
    /// <exception cref="LocalProtocolException">The state forbids it, or a message of bytes is open. Nothing was written.</exception>
    /// <exception cref="ArgumentException">The text holds a lone surrogate. Nothing was written.</exception>
    public void SendText(ReadOnlySpan<char> text, IBufferWriter<byte> output, bool messageFinished = true) =>
        OpenSender(EventKind.TextMessage).SendText(text, output, messageFinished);

    /// <summary>Sends text that is already UTF-8.</summary>
    /// <param name="utf8">Whole characters in UTF-8.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <param name="messageFinished">Whether the message ends here; if not, the next text continues it.</param>
    /// <exception cref="LocalProtocolException">The state forbids it, or a message of bytes is open. Nothing was written.</exception>
    /// <exception cref="ArgumentException">It is not UTF-8, or cuts a character. Nothing was written.</exception>
    public void SendText(ReadOnlySpan<byte> utf8, IBufferWriter<byte> output, bool messageFinished = true) =>
        OpenSender(EventKind.TextMessage).SendText(utf8, output, messageFinished);

    /// <summary>Sends bytes.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="output">Takes the bytes of the frame.</param>
    /// <param name="messageFinished">Whether the message ends here; if not, the next bytes continue it.</param>
    /// <exception cref="LocalProtocolException">The state forbids it, or a message of text is open. Nothing was written.</exception>
    public void SendBytes(ReadOnlySpan<byte> data, IBufferWriter<byte> output, bool messageFinished = true) =>
        OpenSender(EventKind.BytesMessage).SendBytes(data, output, messageFinished);

    /// <summary>
    /// Whether <see cref="SendFrameHeader"/> can be used: this is a server without extensions, whose payloads go on the wire as they are,
    /// and the state allows data to be sent.
    /// </summary>
    public bool CanSendFrameHeader => _sender?.CanSendFrameHeader == true;

    /// <summary>
    /// Sends the header of a frame alone, for payloads that are too large to be copied: write the bytes of the output to the transport,
    /// then the payload from where it lies, and nothing in between.
    /// </summary>
    /// <param name="kind"><see cref="Opcode.Text"/> or <see cref="Opcode.Binary"/>; also for the later frames of a message.</param>
    /// <param name="payloadLength">How many bytes of payload follow.</param>
    /// <param name="output">Takes the header, 2 to 10 bytes.</param>
    /// <param name="messageFinished">Whether the message ends with this frame; if not, the next text or bytes continue it.</param>
    /// <remarks>
    /// The payload is not checked. The payload of a text must be whole characters in UTF-8, which
    /// <see cref="SendText(ReadOnlySpan{byte}, IBufferWriter{byte}, bool)"/> checks; otherwise the peer fails the connection (§8.1).
    /// </remarks>
    /// <exception cref="LocalProtocolException">
    /// The state forbids it, a message of the other kind is open, or payloads do not go as they are (<see cref="CanSendFrameHeader"/>).
    /// Nothing was written.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The kind is neither text nor binary, or the length is negative. Nothing was written.
    /// </exception>
    public void SendFrameHeader(Opcode kind, long payloadLength, IBufferWriter<byte> output, bool messageFinished = true)
    {
        WsSender sender = OpenSender(kind == Opcode.Text ? EventKind.TextMessage : EventKind.BytesMessage);
        sender.SendFrameHeader(kind, payloadLength, output, messageFinished);
    }

    /// <summary>Sends a message that was prepared for many connections.</summary>
    /// <param name="message">The message.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <exception cref="LocalProtocolException">The state forbids it, or another message is open. Nothing was written.</exception>
    public void SendPrepared(PreparedMessage message, IBufferWriter<byte> output) =>
        OpenSender(EventKind.BytesMessage).SendPrepared(message, output);

    /// <summary>Sends a message that was prepared for many connections, without a copy if possible.</summary>
    /// <param name="message">The message.</param>
    /// <returns>
    /// The bytes to write to the transport. A server that keeps no compression history shares them with other connections, in constant
    /// time.
    /// </returns>
    /// <exception cref="LocalProtocolException">The state forbids it, or another message is open.</exception>
    public ReadOnlyMemory<byte> SendPrepared(PreparedMessage message) =>
        OpenSender(EventKind.BytesMessage).SendPrepared(message);

    /// <summary>Sends a Ping (§5.5.2); also between the frames of a message.</summary>
    /// <param name="payload">0 to 125 bytes.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <exception cref="LocalProtocolException">The state forbids it. Nothing was written.</exception>
    /// <exception cref="ArgumentException">The payload is longer than 125 bytes. Nothing was written.</exception>
    public void SendPing(ReadOnlySpan<byte> payload, IBufferWriter<byte> output) =>
        OpenSender(EventKind.Ping).SendPing(payload, output);

    /// <summary>Sends a Pong (§5.5.3); also between the frames of a message, and after our own Close.</summary>
    /// <param name="payload">0 to 125 bytes; those of the Ping that it answers.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <exception cref="LocalProtocolException">The state forbids it. Nothing was written.</exception>
    /// <exception cref="ArgumentException">The payload is longer than 125 bytes. Nothing was written.</exception>
    public void SendPong(ReadOnlySpan<byte> payload, IBufferWriter<byte> output) =>
        OpenSender(EventKind.Pong).SendPong(payload, output);

    /// <summary>Sends a Close (§5.5.1), which is the last frame of this side except for Pongs.</summary>
    /// <param name="code">
    /// 1000-1003, 1007-1014 (1010 from a client only), 3000-4999; or <see cref="CloseCode.NoStatusReceived"/> for a Close without a code.
    /// </param>
    /// <param name="reason">
    /// More in words; what is beyond 123 bytes of UTF-8 is cut off between characters. Empty where there is no code.
    /// </param>
    /// <param name="output">Takes the bytes.</param>
    /// <exception cref="LocalProtocolException">The state forbids it. Nothing was written.</exception>
    /// <exception cref="ArgumentException">
    /// The code may not be sent, there is a reason without a code, or the reason holds a lone surrogate. Nothing was written.
    /// </exception>
    public void SendClose(CloseCode code, ReadOnlySpan<char> reason, IBufferWriter<byte> output) =>
        OpenSender(EventKind.CloseConnection).SendClose(code, reason, output);

    /// <summary>
    /// Releases memory that an open connection does not need while nothing is sent: a compressing extension drops its history, so the
    /// next message compresses less; a client that sends without reading drops its supply of masking keys. For many idle connections.
    /// </summary>
    public void ReleaseIdleMemory() => _sender?.ReleaseIdleMemory();

    private void SendHandshake(WsEvent e, IBufferWriter<byte> output)
    {
        if (_handshake!.TriggerOf(e, out LocalProtocolError refusal) is not { } trigger
            || StateMachine.Next(_stateOfHandshake, trigger) is not { } next)
        {
            throw LocalProtocolErrors.Of(RefusalReason(refusal), e.Kind);
        }

        bool isBegun = false;
        bool isComplete = false;
        try
        {
            _handshake.Send(e, output, ref isBegun);
            isComplete = true;
        }
        finally
        {
            if (isBegun && !isComplete)
                Enter(ConnectionState.Closed);
        }

        if (e is Request request)
            Request = request;
        Enter(next);
        if (e is AcceptConnection)
            OpenAfter(_handshake);
    }

    /// <summary>The state comes before what the event itself is refused for.</summary>
    private LocalProtocolError RefusalReason(LocalProtocolError ofEvent) => _stateOfHandshake switch
    {
        ConnectionState.Closed => LocalProtocolError.Closed,
        ConnectionState.Rejecting when ofEvent == LocalProtocolError.Unspecified => LocalProtocolError.RefusalUnderWay,
        _ when ofEvent == LocalProtocolError.Unspecified => LocalProtocolError.RefusalNotBegun,
        _ => ofEvent,
    };

    private WsSender OpenSender(EventKind kind)
    {
        if (_sender is null)
        {
            bool isClosed = _stateOfHandshake == ConnectionState.Closed;
            throw LocalProtocolErrors.Of(isClosed ? LocalProtocolError.Closed : LocalProtocolError.HandshakeNotFinished, kind);
        }

        return _sender;
    }
}
