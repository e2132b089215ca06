// One end of a WebSocket, for one caller at a time: the opening handshake, then two halves.
//
//   Receive...  -> ReceiveBuffer -> OpeningHandshake -> TryReadEvent
//                               \-> WsReceiver: FrameReader -> (extensions) -> TryReadFrame -> TryReadEvent
//   Send...     -> OpeningHandshake, or WsSender: (extensions) -> FrameWriter -> the caller's writer
//
// Receive only stores; reading parses, one event at a time, and each event moves the state at most once, at the moment it is read.
// So the state always is that of the last event that the caller has seen.
//
// The facade adds to the halves what one caller may expect: whatever ends the connection lets go of the memory of both.

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
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
/// There are three kinds of methods. <c>Receive…</c> takes the bytes that came from the peer, and never throws because of them.
/// <c>TryRead…</c> returns what they mean, one event at a time; it returns false if more bytes are needed. <c>Send…</c> writes the bytes
/// of an event to the caller's writer. If the state does not allow the event, it throws <see cref="LocalProtocolException"/> and nothing
/// is written.
/// </para>
/// <para>
/// The loop is always the same: receive, read all events, write. The connection sends no answer on its own. Send
/// <see cref="Ping.Response"/> for a Ping, and <see cref="CloseConnection.Response"/> for a Close if <see cref="State"/> is
/// <see cref="ConnectionState.RemoteClosing"/>. When <see cref="State"/> is <see cref="ConnectionState.Closed"/>, close the transport, the
/// server first (§7.1.1).
/// </para>
/// <para>
/// Not safe for concurrent use: one call at a time. An adapter that receives and sends on two threads uses the two halves of the open
/// connection, <see cref="Receiver"/> and <see cref="Sender"/>. Different connections share nothing.
/// </para>
/// </remarks>
[DebuggerDisplay("{Role}, {State}")]
public sealed partial class WsConnection : IDisposable
{
    private readonly WsConnectionOptions _options;
    private readonly ReceiveBuffer _input;
    private OpeningHandshake? _handshake;
    private WsReceiver? _receiver;
    private WsSender? _sender;

    /// <summary>The state until the connection is open; then the halves have it.</summary>
    private ConnectionState _stateOfHandshake;

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

    /// <summary>
    /// The state of the connection after the last event that was read or sent. Once the connection is open, any thread may read it.
    /// </summary>
    public ConnectionState State => _sender is null ? _stateOfHandshake : StateMachine.StateOf(_sender.State, _receiver!.State);

    /// <summary>The opening request that was sent or read. Null before that, and if <see cref="Established"/> was given none.</summary>
    public Request? Request { get; private set; }

    /// <summary>The subprotocol that both ends agreed on. Null before the connection is open, or if there is none.</summary>
    public string? Subprotocol { get; private set; }

    /// <summary>The extensions that were agreed on, as this connection's own objects, in the order of the server's answer.</summary>
    public IReadOnlyList<ExtensionCodec> Extensions { get; private set; } = [];

    /// <summary>The receiving half of an open connection, for an adapter that receives on a thread of its own.</summary>
    /// <exception cref="LocalProtocolException">The connection is not open yet.</exception>
    public WsReceiver Receiver => Half(_receiver);

    /// <summary>The sending half of an open connection, for an adapter that sends on a thread of its own.</summary>
    /// <exception cref="LocalProtocolException">The connection is not open yet.</exception>
    public WsSender Sender => Half(_sender);

    /// <summary>
    /// For a transport that reads straight into the connection: get memory, fill it, and <see cref="IBufferWriter{T}.Advance"/> by the
    /// number of bytes, which receives them. The memory stays valid while events are sent, until it is advanced over or asked for again, or
    /// something else is received or read.
    /// </summary>
    /// <remarks>
    /// An idle connection holds no memory, so ask for it when there is something to read, as after a read of no bytes has returned.
    /// </remarks>
    public ReceiveBuffer ReceiveBuffer => _input;

    /// <summary>
    /// Makes a connection whose handshake was done elsewhere. It begins in <see cref="ConnectionState.Open"/>.
    /// <see cref="ServerNegotiation"/> and <see cref="ClientNegotiation"/> do a handshake over any carrier.
    /// </summary>
    /// <param name="role">Which end this is; a client masks its frames whatever the carrier (RFC 8441 §5).</param>
    /// <param name="extensions">
    /// The extensions that were agreed on, as objects for this connection alone, in the order of the server's answer.
    /// </param>
    /// <param name="options">Delivery and limits; null for <see cref="WsConnectionOptions.Default"/>.</param>
    /// <param name="subprotocol">The subprotocol that was agreed on; null for none.</param>
    /// <param name="request">The opening request; null if it is not known.</param>
    /// <exception cref="ArgumentOutOfRangeException">The role is neither client nor server.</exception>
    /// <exception cref="ArgumentException">
    /// An extension is null or there twice, two use the same reserved bit, or the subprotocol is not a token.
    /// </exception>
    public static WsConnection Established(
        ConnectionRole role,
        IReadOnlyList<ExtensionCodec>? extensions = null,
        WsConnectionOptions? options = null,
        string? subprotocol = null,
        Request? request = null)
    {
        IReadOnlyList<ExtensionCodec> agreed = extensions is null or [] ? [] : [.. extensions];
        ExtensionNegotiation.ThrowIfNotUsable(agreed);
        if (subprotocol is not null)
            HttpGrammar.ThrowIfNotToken(subprotocol, nameof(subprotocol));
        var connection = new WsConnection(options ?? WsConnectionOptions.Default, role) { Request = request };
        connection.Open(new Agreement([], subprotocol, agreed));
        return connection;
    }

    /// <summary>Takes bytes from the peer. They are copied. Read all events before you receive more, or memory grows.</summary>
    /// <param name="data">Any number of bytes, cut anywhere. An empty span does not mean the end of the stream.</param>
    /// <remarks>Once the peer has closed or broken the protocol, or the stream has ended, bytes are dropped (§1.4, §7.1.7).</remarks>
    public void Receive(ReadOnlySpan<byte> data) => _input.Append(data);

    /// <summary>Takes bytes from the peer. They are copied.</summary>
    /// <param name="data">Any number of bytes in any number of segments.</param>
    public void Receive(in ReadOnlySequence<byte> data)
    {
        foreach (ReadOnlyMemory<byte> segment in data)
            Receive(segment.Span);
    }

    /// <summary>
    /// Tells the connection that the peer will send no more bytes. The end is read after everything that was received before. A second
    /// call changes nothing.
    /// </summary>
    /// <remarks>
    /// Without a Close from the peer it is read as <see cref="CloseCode.AbnormalClosure"/> (§7.1.5), or as <see cref="HandshakeFailed"/>.
    /// </remarks>
    public void ReceiveEndOfStream() => _input.End();

    /// <summary>
    /// Server: takes a request that a web framework has read and parsed, instead of its bytes. It is then read as <see cref="Request"/> or
    /// <see cref="HandshakeFailed"/>. The answer comes as bytes; for an answer as a status and headers use <see cref="ServerNegotiation"/>.
    /// </summary>
    /// <param name="method">The method, as received.</param>
    /// <param name="target">The request target: a path and a query.</param>
    /// <param name="headers">All headers of the request.</param>
    /// <exception cref="LocalProtocolException">This is a client, or a request was received already.</exception>
    public void ReceiveRequest(string method, string target, HeaderList headers)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(headers);
        if (Role == ConnectionRole.Client)
            throw LocalProtocolErrors.Of(LocalProtocolError.WrongRole);
        if (_handshake is not ServerHandshake server || _stateOfHandshake != ConnectionState.Connecting)
            throw LocalProtocolErrors.Of(LocalProtocolError.RequestAlreadyReceived);
        server.ReceiveRequest(method, target, headers);
    }

    /// <summary>Reads the next event.</summary>
    /// <param name="e">The event, which owns its data.</param>
    /// <returns>False if there is no event until more bytes are received.</returns>
    public bool TryReadEvent([NotNullWhen(true)] out WsEvent? e)
    {
        if (_receiver is null)
        {
            e = ReadHandshake();
            return e is not null;
        }

        bool isRead = _receiver.TryReadEvent(out e);
        if (!isRead || e is CloseConnection)
            AfterReading();
        return isRead;
    }

    /// <summary>Reads all events that are complete: <c>foreach (WsEvent e in connection.ReadEvents())</c>.</summary>
    public EventSequence ReadEvents() => new(this);

    /// <summary>
    /// Reads the next frame without an allocation. The handshake, a violation of the protocol and the end of the stream are not frames:
    /// after false, call <see cref="TryReadEvent"/> once to read them.
    /// </summary>
    /// <param name="frame">A view into the connection's own buffer, valid until the next call on the connection.</param>
    /// <returns>False if there is no frame, or none yet.</returns>
    public bool TryReadFrame(out Frame frame)
    {
        if (_receiver is null)
        {
            frame = default;
            return false;
        }

        if (_receiver.TryReadFrame(out frame))
            return true;
        AfterReading();
        return false;
    }

    /// <summary>
    /// Releases all memory. The connection is then <see cref="ConnectionState.Closed"/>: it reads nothing and sends nothing. No call may be
    /// in progress on either half.
    /// </summary>
    public void Dispose()
    {
        _stateOfHandshake = StateMachine.Next(State, Trigger.Dispose)!.Value;
        _receiver?.Dispose();
        _sender?.End();
        Drop();
    }

    private static T Half<T>(T? half)
        where T : class => half ?? throw LocalProtocolErrors.Of(LocalProtocolError.HandshakeNotFinished);

    /// <summary>For one caller, nothing more to read means that both halves are idle, or that both have ended.</summary>
    private void AfterReading()
    {
        _sender!.ReleaseKeys();
        if (State == ConnectionState.Closed)
            _sender.End();
    }

    private void Drop()
    {
        _input.Close();
        _input.Release();
    }
}
