// One end of a WebSocket. Data flows through it in one direction at a time, and only when it is called:
//
//   Receive…  ─▶ ReceiveBuffer ─▶ OpeningHandshake ─▶ TryReadEvent
//                              └▶ FrameReader ─▶ (extensions) ─▶ TryReadFrame ─▶ TryReadEvent
//   Send…     ─▶ StateMachine ─▶ OpeningHandshake or (extensions) ─▶ FrameWriter ─▶ the caller's writer
//
// Receive only stores; reading parses, one event at a time, and each event moves the state at most once, at the moment it is read.
// So the state always is that of the last event that the caller has seen.

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using WsProto.Extensions;
using WsProto.Framing;
using WsProto.Http1;
using WsProto.Negotiation;

namespace WsProto;

/// <summary>
/// One end of a WebSocket connection (<see href="https://www.rfc-editor.org/rfc/rfc6455">RFC 6455</see>) without any I/O: bytes in, events
/// out; events in, bytes out.
/// </summary>
/// <remarks>
/// <para>
/// Its methods are of three kinds. <c>Receive…</c> takes what came from the peer, and never throws because of it. <c>TryRead…</c> says what
/// it means, event by event; false means: not yet. <c>Send…</c> writes the bytes of an event to a writer of the caller's, or throws
/// <see cref="LocalProtocolException"/> and does nothing where the state forbids the event.
/// </para>
/// <para>
/// The loop is always the same: receive, read all events, write. Nothing is answered by itself: send <see cref="Ping.Response"/> for a Ping,
/// and <see cref="CloseConnection.Response"/> for a Close if <see cref="State"/> is <see cref="ConnectionState.RemoteClosing"/>; once
/// <see cref="State"/> is <see cref="ConnectionState.Closed"/>, close the transport, the server first (§7.1.1).
/// </para>
/// <para>Not safe for concurrent use: one call at a time. Different connections share nothing.</para>
/// </remarks>
[DebuggerDisplay("{Role}, {State}")]
public sealed class WsConnection : IDisposable
{
    private readonly WsConnectionOptions _options;
    private readonly ReceiveBuffer _input;
    private OpeningHandshake? _handshake;
    private ExtensionPipeline? _extensions;
    private FrameReader? _reader;
    private MaskingKeys _keys;
    private PayloadArrays _payloads;
    private WsEvent? _pending;

    /// <summary>The kind of the message that was begun and not finished; <see cref="Opcode.Continuation"/> stands for none.</summary>
    private Opcode _sending;
    private bool _endOfStream;

    /// <summary>Makes a connection that begins with the opening handshake over HTTP/1.1.</summary>
    /// <param name="role">Which end this is.</param>
    /// <param name="options">Delivery and limits; null for <see cref="WsConnectionOptions.Default"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The role is neither client nor server.</exception>
    public WsConnection(ConnectionRole role, WsConnectionOptions? options = null)
        : this(options ?? WsConnectionOptions.Default, role) =>
        _handshake = role == ConnectionRole.Client ? new ClientHandshake(_options) : new ServerHandshake(_options);

    private WsConnection(WsConnectionOptions options, ConnectionRole role)
    {
        if (role is not (ConnectionRole.Client or ConnectionRole.Server))
            throw new ArgumentOutOfRangeException(nameof(role));
        Role = role;
        _options = options;
        _input = new ReceiveBuffer(_options.Pool);
    }

    /// <summary>Which end this is.</summary>
    public ConnectionRole Role { get; }

    /// <summary>Where the connection is in its life, as of the last event that was read or sent.</summary>
    public ConnectionState State { get; private set; }

    /// <summary>The subprotocol that was agreed on; null before the connection is open, and for none.</summary>
    public string? Subprotocol { get; private set; }

    /// <summary>The extensions that were agreed on, as this connection's own objects, in the order of the server's answer.</summary>
    public IReadOnlyList<WsExtension> Extensions { get; private set; } = [];

    /// <summary>
    /// For a transport that reads straight into the connection: get memory, fill it, and <see cref="IBufferWriter{T}.Advance"/> by the number
    /// of bytes, which receives them. The memory stays valid while events are sent, until it is advanced over or asked for again, or
    /// something else is received or read.
    /// </summary>
    /// <remarks>An idle connection holds no memory, so ask for it when there is something to read, as after a read of no bytes has returned.</remarks>
    public IBufferWriter<byte> ReceiveBuffer => _input;

    /// <summary>
    /// How many bytes <see cref="ReceiveBuffer"/> can lend without more memory: 0 while the connection is idle, as it holds none. A transport that can wait for
    /// bytes without a buffer should do so where this is too little to read into. Below 512 it does not count: so much is lent at least, from new memory if need be.
    /// </summary>
    public int ReceiveRoom => _input.Room;

    /// <summary>Makes a connection whose handshake was done elsewhere, over HTTP/2, HTTP/3 or by a web framework. It begins in <see cref="ConnectionState.Open"/>.</summary>
    /// <param name="role">Which end this is; a client masks its frames whatever the carrier (RFC 8441 §5).</param>
    /// <param name="extensions">The extensions that were agreed on, as objects for this connection alone, in the order of the server's answer.</param>
    /// <param name="options">Delivery and limits; null for <see cref="WsConnectionOptions.Default"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The role is neither client nor server.</exception>
    /// <exception cref="ArgumentException">An extension is null or a template of this library, or two use the same reserved bit.</exception>
    public static WsConnection Established(ConnectionRole role, IReadOnlyList<WsExtension>? extensions = null, WsConnectionOptions? options = null)
    {
        IReadOnlyList<WsExtension> agreed = extensions is null or [] ? [] : [.. extensions];
        ExtensionNegotiation.ThrowIfNotUsable(agreed);
        var connection = new WsConnection(options ?? WsConnectionOptions.Default, role);
        connection.Open(null, agreed);
        connection.State = ConnectionState.Open;
        return connection;
    }

    /// <summary>Takes bytes from the peer; they are copied. Read all events before receiving more, or they pile up.</summary>
    /// <param name="data">Any number of bytes, cut anywhere. No bytes are not the end of the stream.</param>
    /// <remarks>Once the peer has closed or broken the protocol, or the stream has ended, bytes are dropped (§1.4, §7.1.7).</remarks>
    public void Receive(ReadOnlySpan<byte> data) => _input.Append(data);

    /// <summary>Takes bytes from the peer; they are copied.</summary>
    /// <param name="data">Any number of bytes in any number of segments.</param>
    public void Receive(in ReadOnlySequence<byte> data)
    {
        foreach (ReadOnlyMemory<byte> segment in data)
            Receive(segment.Span);
    }

    /// <summary>Takes note that the peer will send no more bytes. It is read after everything that was received before; a second call changes nothing.</summary>
    /// <remarks>Without a Close from the peer it is read as <see cref="CloseCode.AbnormalClosure"/> (§7.1.5), or as <see cref="HandshakeFailed"/>.</remarks>
    public void ReceiveEndOfStream()
    {
        _endOfStream = true;
        _input.Close();
    }

    /// <summary>Server: takes a request that a web framework has read and parsed, instead of its bytes. It is then read as <see cref="Request"/> or <see cref="HandshakeFailed"/>.</summary>
    /// <param name="method">The method, as received.</param>
    /// <param name="target">The request target: a path and a query.</param>
    /// <param name="headers">All headers of the request.</param>
    /// <exception cref="LocalProtocolException">This is a client, or a request was received already.</exception>
    public void ReceiveRequest(string method, string target, HeaderList headers)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(headers);
        if (_handshake is not ServerHandshake server || State != ConnectionState.Connecting)
            throw new LocalProtocolException("Only a server that is connecting receives a request.");
        server.ReceiveRequest(method, target, headers);
    }

    /// <summary>Reads what happened next.</summary>
    /// <param name="e">The event, which owns its data.</param>
    /// <returns>False if nothing more can be said until more is received.</returns>
    public bool TryReadEvent([NotNullWhen(true)] out WsEvent? e)
    {
        e = StateMachine.TakesHandshake(State) ? ReadHandshake() : ReadFrameEvent();
        return e is not null;
    }

    /// <summary>Reads all that happened: <c>foreach (WsEvent e in connection.ReadEvents())</c>.</summary>
    public EventSequence ReadEvents() => new(this);

    /// <summary>
    /// Reads the next frame without allocating. What is no frame is left for <see cref="TryReadEvent"/>, so call that once after false:
    /// the handshake, a broken protocol, and the end of the stream.
    /// </summary>
    /// <param name="frame">A view into the connection's own buffer, valid until the next call on the connection.</param>
    /// <returns>False if there is no frame, or none yet.</returns>
    public bool TryReadFrame(out Frame frame) =>
        (StateMachine.TakesFrames(State) && _reader!.TryReadWholeMessage(out frame)) || ReadFrame(out frame);

    /// <summary>Sends an event.</summary>
    /// <param name="e">The event.</param>
    /// <param name="output">Takes the bytes; write them to the transport in this order.</param>
    /// <remarks>Where the writer itself throws after it has taken some of the bytes, the peer cannot read what follows: dispose of the connection.</remarks>
    /// <exception cref="LocalProtocolException">The state, the role or the order of events forbids it. Nothing was written.</exception>
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
                SendHandshake(e, output);
                break;
        }
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

    /// <summary>Whether the state, the role and an open message allow an event to be sent now. Whether its contents can be sent, sending tells.</summary>
    /// <param name="e">The event.</param>
    public bool CanSend(WsEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return SendTriggerOf(e) is { } trigger && StateMachine.Next(State, trigger) is not null;
    }

    /// <summary>Sends text, transcoded straight into the output.</summary>
    /// <param name="text">Whole characters: no lone surrogate, also not where a message is cut into frames.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <param name="messageFinished">Whether the message ends here; if not, the next text goes on with it.</param>
    /// <exception cref="LocalProtocolException">The state forbids it, or a message of bytes is open. Nothing was written.</exception>
    /// <exception cref="ArgumentException">The text holds a lone surrogate. Nothing was written.</exception>
    public void SendText(ReadOnlySpan<char> text, IBufferWriter<byte> output, bool messageFinished = true) =>
        SendText(text, messageFinished, compress: null, output);

    /// <summary>Sends text that is UTF-8 already.</summary>
    /// <param name="utf8">Whole characters in UTF-8.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <param name="messageFinished">Whether the message ends here; if not, the next text goes on with it.</param>
    /// <exception cref="LocalProtocolException">The state forbids it, or a message of bytes is open. Nothing was written.</exception>
    /// <exception cref="ArgumentException">It is not UTF-8, or cuts a character. Nothing was written.</exception>
    public void SendText(ReadOnlySpan<byte> utf8, IBufferWriter<byte> output, bool messageFinished = true)
    {
        Allow(DataTriggerOf(Opcode.Text), EventKind.TextMessage);
        if (!Utf8Validator.IsValid(utf8))
            throw new ArgumentException("The text is not whole characters in UTF-8 (RFC 6455 §5.6).", nameof(utf8));
        SendData(Opcode.Text, utf8, messageFinished, compress: null, output);
    }

    /// <summary>Sends bytes.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="output">Takes the bytes of the frame.</param>
    /// <param name="messageFinished">Whether the message ends here; if not, the next bytes go on with it.</param>
    /// <exception cref="LocalProtocolException">The state forbids it, or a message of text is open. Nothing was written.</exception>
    public void SendBytes(ReadOnlySpan<byte> data, IBufferWriter<byte> output, bool messageFinished = true) =>
        SendData(Opcode.Binary, data, messageFinished, compress: null, output);

    /// <summary>Whether payloads go on the wire as they are, so that <see cref="SendFrameHeader"/> can be used: this is an open server without extensions.</summary>
    public bool CanSendFrameHeader => Role == ConnectionRole.Server && _reader is not null && _extensions is null;

    /// <summary>
    /// Sends the header of a frame alone, for payloads that are too large to be copied: write the bytes of the output to the transport, then
    /// the payload from where it lies, and nothing in between.
    /// </summary>
    /// <param name="kind"><see cref="Opcode.Text"/> or <see cref="Opcode.Binary"/>; also for the later frames of a message.</param>
    /// <param name="payloadLength">How many bytes of payload follow.</param>
    /// <param name="output">Takes the header, 2 to 10 bytes.</param>
    /// <param name="messageFinished">Whether the message ends with this frame; if not, the next text or bytes go on with it.</param>
    /// <remarks>
    /// Nobody checks the payload. That of a text has to be whole characters in UTF-8, which <see cref="SendText(ReadOnlySpan{byte}, IBufferWriter{byte}, bool)"/>
    /// would see to; a peer fails the connection if it is not (§8.1).
    /// </remarks>
    /// <exception cref="LocalProtocolException">
    /// The state forbids it, a message of the other kind is open, or payloads do not go as they are (<see cref="CanSendFrameHeader"/>). Nothing was written.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The kind is neither text nor binary, or the length is negative. Nothing was written.</exception>
    public void SendFrameHeader(Opcode kind, long payloadLength, IBufferWriter<byte> output, bool messageFinished = true)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        if (kind is not (Opcode.Text or Opcode.Binary))
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "A message is text or binary (RFC 6455 §5.6).");
        ConnectionState next = Allow(DataTriggerOf(kind), KindOf(kind));
        if (!CanSendFrameHeader)
            throw new LocalProtocolException("Only a server without extensions sends payloads as they are.");
        FrameWriter.WriteHeader(FirstOctet(kind, messageFinished), payloadLength, output);
        EndData(kind, messageFinished, next);
    }

    /// <summary>Sends a message that was prepared for many connections.</summary>
    /// <param name="message">The message.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <exception cref="LocalProtocolException">The state forbids it, or another message is open. Nothing was written.</exception>
    public void SendPrepared(PreparedMessage message, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        AllowWhole(message);
        if (CanSendFrameHeader || StatelessSender is not null)
            output.Write(SendPrepared(message).Span);
        else
            SendData(message.Kind, message.Payload.Span, messageFinished: true, compress: null, output);
    }

    /// <summary>Sends a message that was prepared for many connections, without copying it where that can be.</summary>
    /// <param name="message">The message.</param>
    /// <returns>The bytes to write to the transport. A server that keeps no compression history shares them with other connections, in constant time.</returns>
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

    /// <summary>Sends a Ping (§5.5.2); also between the frames of a message.</summary>
    /// <param name="payload">0 to 125 bytes.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <exception cref="LocalProtocolException">The state forbids it. Nothing was written.</exception>
    /// <exception cref="ArgumentException">The payload is longer than 125 bytes. Nothing was written.</exception>
    public void SendPing(ReadOnlySpan<byte> payload, IBufferWriter<byte> output) => SendControl(Opcode.Ping, Trigger.SendPing, payload, output);

    /// <summary>Sends a Pong (§5.5.3); also between the frames of a message, and after our own Close.</summary>
    /// <param name="payload">0 to 125 bytes; those of the Ping that it answers.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <exception cref="LocalProtocolException">The state forbids it. Nothing was written.</exception>
    /// <exception cref="ArgumentException">The payload is longer than 125 bytes. Nothing was written.</exception>
    public void SendPong(ReadOnlySpan<byte> payload, IBufferWriter<byte> output) => SendControl(Opcode.Pong, Trigger.SendPong, payload, output);

    /// <summary>Sends a Close (§5.5.1), which is the last frame of this side except for Pongs.</summary>
    /// <param name="code">1000-1003, 1007-1014 (1010 from a client only), 3000-4999; or <see cref="CloseCode.NoStatusReceived"/> for a Close without a code.</param>
    /// <param name="reason">More in words; what is beyond 123 bytes of UTF-8 is cut off between characters. Empty where there is no code.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <exception cref="LocalProtocolException">The state forbids it. Nothing was written.</exception>
    /// <exception cref="ArgumentException">The code may not be sent, there is a reason without a code, or the reason holds a lone surrogate. Nothing was written.</exception>
    public void SendClose(CloseCode code, ReadOnlySpan<char> reason, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        ConnectionState next = Allow(Trigger.SendClose, EventKind.CloseConnection);
        if (code != CloseCode.NoStatusReceived && !MaySend(code))
            throw new ArgumentOutOfRangeException(nameof(code), code, "This close code may not be sent (RFC 6455 §7.4).");
        Span<byte> payload = stackalloc byte[FrameHeader.MaxControlPayload];
        int length = ClosePayload.Write(code, reason, payload);
        FrameWriter.Write(FrameHeader.FirstOctetOf(isFinal: true, ReservedBits.None, Opcode.Close), payload[..length], Masks, NextKey(), output);
        Enter(next);
    }

    /// <summary>
    /// Lets go of memory that an open connection can do without while nothing is sent: a compressing extension drops its history, so the
    /// next message compresses less; a client that sends without reading drops its supply of masking keys. For many idle connections.
    /// </summary>
    public void ReleaseIdleMemory()
    {
        _keys.Release(_options);
        _extensions?.ReleaseIdle();
    }

    /// <summary>Lets go of all memory. The connection is then <see cref="ConnectionState.Closed"/>: it reads nothing and sends nothing.</summary>
    public void Dispose()
    {
        Move(Trigger.Dispose);
        _pending = null;
        Drop();
    }

    private WsEvent? ReadHandshake()
    {
        WsEvent? e = _handshake!.Read(_input);
        if (e is not null)
            Move(ReadTriggerOf(e));
        else if (_endOfStream && _handshake.ReadEndOfStream() is { } end)
        {
            e = end;
            Move(Trigger.ReceiveEndOfStream);
        }

        if (e is AcceptConnection)
            Open(_handshake.Subprotocol, _handshake.Extensions);
        if (State == ConnectionState.Closed)
            Drop();
        ReleaseIfIdle();
        return e;
    }

    private bool ReadFrame(out Frame frame)
    {
        frame = default;
        if (!StateMachine.TakesFrames(State))
        {
            if (_pending is null)
                Settle();
            return false;
        }

        switch (_reader!.Read(out frame, out Violation violation))
        {
            case ReadStatus.Done:
                if (frame.Opcode == Opcode.Close)
                {
                    Move(Trigger.ReceiveClose);
                    _input.Close();
                }

                return true;
            case ReadStatus.Invalid:
                // «Fail the WebSocket Connection» (§7.1.7): one Close, and nothing that follows is looked at.
                Move(Trigger.ReceiveViolation);
                CloseCode code = ProtocolErrors.CloseCodeFor(violation);
                _pending = new CloseConnection(MaySend(code) ? code : CloseCode.InternalError, ProtocolErrors.MessageFor(violation)) { Error = violation.Error };
                Drop();
                return false;
            default:
                if (_endOfStream)
                {
                    // «If … no Close control frame was received by the endpoint (such as could occur if the underlying transport
                    // connection is lost), _The WebSocket Connection Close Code_ is considered to be 1006» (§7.1.5).
                    Move(Trigger.ReceiveEndOfStream);
                    _pending = new CloseConnection(CloseCode.AbnormalClosure);
                    Drop();
                }

                ReleaseIfIdle();
                return false;
        }
    }

    private WsEvent? ReadFrameEvent()
    {
        if (TryReadFrame(out Frame frame))
        {
            WsEvent read = ToEvent(frame);
            if (frame.Opcode == Opcode.Close)
                Drop();
            return read;
        }

        WsEvent? e = _pending;
        _pending = null;
        return e;
    }

    private WsEvent ToEvent(in Frame frame)
    {
        switch (frame.Opcode)
        {
            case Opcode.Text:
                return new TextMessage(Encoding.UTF8.GetString(frame.Payload)) { FrameFinished = frame.FrameFinished, MessageFinished = frame.MessageFinished };
            case Opcode.Binary:
                return new BytesMessage(_payloads.Copy(frame.Payload, _input.UnreadCount)) { FrameFinished = frame.FrameFinished, MessageFinished = frame.MessageFinished };
            case Opcode.Ping:
                return new Ping(frame.Payload.ToArray());
            case Opcode.Pong:
                return new Pong(frame.Payload.ToArray());
            default:
                (CloseCode code, string? reason) = ClosePayload.Read(frame.Payload);
                return new CloseConnection(code, reason);
        }
    }

    /// <summary>After the last frame: nothing is kept, and an end of the stream that was to be expected is no event.</summary>
    private void Settle()
    {
        if (StateMachine.TakesHandshake(State))
            return;
        if (_endOfStream && State == ConnectionState.RemoteClosing)
            Move(Trigger.ReceiveEndOfStream);
        Drop();
    }

    private void SendText(ReadOnlySpan<char> text, bool messageFinished, bool? compress, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (_extensions is not null)
        {
            SendTransformedText(text, messageFinished, compress, output);
            return;
        }

        ConnectionState next = Allow(DataTriggerOf(Opcode.Text), EventKind.TextMessage);
        FrameWriter.Write(FirstOctet(Opcode.Text, messageFinished), text, Masks, NextKey(), output);
        EndData(Opcode.Text, messageFinished, next);
    }

    private void SendTransformedText(ReadOnlySpan<char> text, bool messageFinished, bool? compress, IBufferWriter<byte> output)
    {
        Allow(DataTriggerOf(Opcode.Text), EventKind.TextMessage);
        byte[] utf8 = _options.Pool.Rent(Utf8Validator.Strict.GetByteCount(text));
        try
        {
            int length = Utf8Validator.Strict.GetBytes(text, utf8);
            SendData(Opcode.Text, utf8.AsSpan(0, length), messageFinished, compress, output);
        }
        finally
        {
            _options.Pool.Return(utf8);
        }
    }

    private void SendData(Opcode opcode, ReadOnlySpan<byte> data, bool messageFinished, bool? compress, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        ConnectionState next = State;
        if (!StateMachine.CarriesMessages(State) || (_sending != Opcode.Continuation && _sending != opcode))
            next = Allow(DataTriggerOf(opcode), KindOf(opcode));
        if (_extensions is null)
            FrameWriter.Write(FirstOctet(opcode, messageFinished), data, Masks, NextKey(), output);
        else
        {
            var header = new FrameHeader(messageFinished, ReservedBits.None, OpcodeOnWire(opcode), data.Length);
            SendTransformed(_extensions, header, compress, data, output);
        }

        EndData(opcode, messageFinished, next);
    }

    /// <summary>A whole message moves the machine from Open to Open, so that it is allowed is all there is to it.</summary>
    private void AllowWhole(PreparedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        Allow(_sending == Opcode.Continuation ? Trigger.BeginMessage : null, KindOf(message.Kind));
    }

    /// <summary>The frame of a prepared message, if it is the same for all connections like this one and was made already.</summary>
    private ReadOnlyMemory<byte>? FindShared(PreparedMessage message)
    {
        if (CanSendFrameHeader)
            return message.Frame;
        return StatelessSender is { } sender ? message.FindFrame(sender) : null;
    }

    private StatelessDeflate? StatelessSender =>
        Role == ConnectionRole.Server && Extensions is [DeflateCodec deflate] ? deflate.StatelessSending : null;

    /// <summary>Where the writer throws, the frame does not go out; so what comes later must not refer to it.</summary>
    private void SendTransformed(ExtensionPipeline extensions, FrameHeader header, bool? compress, ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        ReceiveBuffer transformed = extensions.Send(ref header, compress, data);
        bool written = false;
        try
        {
            FrameWriter.Write(header.FirstOctet, transformed.Unread, Masks, NextKey(), output);
            written = true;
        }
        finally
        {
            transformed.Release();
            if (!written)
                extensions.ReleaseIdle();
        }
    }

    /// <summary>The first frame of a message has its opcode, the others are continuations (§5.4).</summary>
    private Opcode OpcodeOnWire(Opcode opcode) => _sending == Opcode.Continuation ? opcode : Opcode.Continuation;

    private byte FirstOctet(Opcode opcode, bool messageFinished) => FrameHeader.FirstOctetOf(messageFinished, ReservedBits.None, OpcodeOnWire(opcode));

    /// <summary>«A client MUST mask all frames that it sends to the server», «A server MUST NOT mask any frames that it sends to the client» (§5.1).</summary>
    private bool Masks => Role == ConnectionRole.Client;

    private uint NextKey() => Masks ? _keys.Next(_options) : 0;

    private void EndData(Opcode opcode, bool messageFinished, ConnectionState next)
    {
        _sending = messageFinished ? Opcode.Continuation : opcode;
        State = next;
    }

    private void SendControl(Opcode opcode, Trigger trigger, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        ConnectionState next = Allow(trigger, opcode == Opcode.Ping ? EventKind.Ping : EventKind.Pong);
        if (payload.Length > FrameHeader.MaxControlPayload)
            throw new ArgumentException("The payload of a control frame is at most 125 bytes (RFC 6455 §5.5).", nameof(payload));
        FrameWriter.Write(FrameHeader.FirstOctetOf(isFinal: true, ReservedBits.None, opcode), payload, Masks, NextKey(), output);
        Enter(next);
    }

    private void SendHandshake(WsEvent e, IBufferWriter<byte> output)
    {
        ConnectionState next = Allow(SendTriggerOf(e), e.Kind);
        _handshake!.Send(e, output);
        if (e is AcceptConnection)
            Open(_handshake.Subprotocol, _handshake.Extensions);
        Enter(next);
        if (next == ConnectionState.Closed)
            Drop();
    }

    private Trigger? SendTriggerOf(WsEvent e) => e.Kind switch
    {
        EventKind.TextMessage => DataTriggerOf(Opcode.Text),
        EventKind.BytesMessage => DataTriggerOf(Opcode.Binary),
        EventKind.Ping => Trigger.SendPing,
        EventKind.Pong => Trigger.SendPong,
        EventKind.CloseConnection => Trigger.SendClose,
        _ => _handshake?.TriggerOf(e),
    };

    /// <summary>1010 «is not used by the server» (§7.4.1).</summary>
    private bool MaySend(CloseCode code) =>
        ClosePayload.MayBeOnTheWire((ushort)code) && (code != CloseCode.MandatoryExtension || Role == ConnectionRole.Client);

    /// <summary>Null where a message of the other kind is open.</summary>
    private Trigger? DataTriggerOf(Opcode opcode)
    {
        if (_sending == Opcode.Continuation)
            return Trigger.BeginMessage;
        return _sending == opcode ? Trigger.ContinueMessage : null;
    }

    private Trigger ReadTriggerOf(WsEvent e) => e switch
    {
        Request => Trigger.ReceiveRequest,
        AcceptConnection => Trigger.ReceiveAccept,
        RejectConnection reject => reject.HasBody ? Trigger.ReceiveRejectHead : Trigger.ReceiveReject,
        RejectData data => data.BodyFinished ? Trigger.ReceiveRejectEnd : Trigger.ReceiveRejectPart,
        _ => Role == ConnectionRole.Server ? Trigger.ReceiveBadRequest : Trigger.ReceiveBadResponse,
    };

    private ConnectionState Allow(Trigger? trigger, EventKind kind)
    {
        if (trigger is { } known && StateMachine.Next(State, known) is { } next)
            return next;
        throw new LocalProtocolException(_sending == Opcode.Continuation
            ? $"{kind} cannot be sent now: this is a {Role} in the state {State}."
            : $"{kind} cannot be sent now: this is a {Role} in the state {State} with a {_sending} message open.");
    }

    private static EventKind KindOf(Opcode opcode) => opcode == Opcode.Text ? EventKind.TextMessage : EventKind.BytesMessage;

    /// <summary>Moves by what was read; the machine has a row for all that can be.</summary>
    private void Move(Trigger trigger) => Enter(StateMachine.Next(State, trigger)!.Value);

    private void Enter(ConnectionState next)
    {
        State = next;
        if (next != ConnectionState.Closed)
            return;
        _keys.Release(_options);
        ExtensionPipeline? ended = _extensions;
        _extensions = null;
        ended?.Release();
    }

    private void Open(string? subprotocol, IReadOnlyList<WsExtension> extensions)
    {
        Subprotocol = subprotocol;
        Extensions = extensions;
        _extensions = extensions.Count > 0 ? new ExtensionPipeline(extensions, _options) : null;
        _reader = new FrameReader(_input, Role, _options, _extensions);
        _handshake = null;
    }

    private void ReleaseIfIdle()
    {
        _keys.Release(_options);
        _payloads.Release();
        _input.ReleaseIfEmpty(keepSmall: _reader?.IsInPayload == true);
        _extensions?.Received.ReleaseIfEmpty();
    }

    private void Drop()
    {
        _input.Close();
        _input.Release();
        _payloads.Release();
        _keys.Release(_options);
        _extensions?.EndReceiving();
    }
}
