using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text.Json;

namespace WsProto.SocketIO;

/// <summary>
/// The connection of one client to a Socket.IO server, without I/O. It decodes the messages of an Engine.IO session, checks them, and keeps
/// the client's state in each namespace.
/// </summary>
/// <remarks>
/// The application manages the namespaces themselves and their other clients. Not thread-safe. Nothing that the client does throws.
/// </remarks>
[DebuggerDisplay("{_states.Count} namespaces")]
public sealed class SocketIOConnection
{
    private readonly SocketIOConnectionOptions _options;
    private readonly SocketIODecoder _decoder;

    /// <summary>
    /// The namespaces to which the client is connected or connecting, or from which it was disconnected by the application.
    /// </summary>
    private readonly Dictionary<string, NamespaceState> _states = new(StringComparer.Ordinal);

    private TimeSpan? _connectUntil;
    private TimeSpan? _attachmentsUntil;
    private bool _isOver;

    /// <summary>Creates the connection for a session that is open.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="now">The current time: a reading of one monotonic clock, as in all methods.</param>
    /// <param name="parser">A custom parser; null for the protocol's encoding.</param>
    /// <param name="json">
    /// The options by which <see cref="SocketIOArguments.Get{T}(int)"/> reads, such as <see cref="SocketIOEncoder.JsonOptions"/>; null for
    /// <see cref="JsonSerializerOptions.Web"/>.
    /// </param>
    public SocketIOConnection(
        SocketIOConnectionOptions? options, TimeSpan now, SocketIOParser? parser = null, JsonSerializerOptions? json = null)
    {
        _options = options ?? SocketIOConnectionOptions.Default;
        _decoder = new(_options.Decoder, parser, json);
        _connectUntil = now + _options.ConnectTimeout;
    }

    /// <summary>The time at which to call <see cref="OnTimer"/>; null if no timer is needed. Every call may change it.</summary>
    public TimeSpan? NextDeadline =>
        _connectUntil is { } connect && !(_attachmentsUntil < connect) ? connect : _attachmentsUntil;

    /// <summary>Whether a packet waits for its attachments.</summary>
    public bool AwaitsAttachments => _decoder.AwaitsAttachments;

    /// <summary>Gets the state of the client in a namespace.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <returns>The state.</returns>
    public NamespaceState StateOf(string @namespace) => _states.GetValueOrDefault(@namespace);

    /// <summary>Handles a text message of the session.</summary>
    /// <param name="text">The message as UTF-8. The packet refers to the memory, so do not change it.</param>
    /// <param name="now">The current time.</param>
    /// <returns>The result.</returns>
    public SocketIOInput ReceiveText(ReadOnlyMemory<byte> text, TimeSpan now)
    {
        if (_isOver)
            return default;
        SocketIOError? error = _decoder.ReceiveText(text, out SocketIOPacket? packet);
        if (_decoder.AwaitsAttachments)
            _attachmentsUntil = now + _options.AttachmentTimeout;
        return Receive(error, packet);
    }

    /// <summary>Handles a binary message of the session.</summary>
    /// <param name="data">The message. The packet refers to the memory, so do not change it.</param>
    /// <returns>The result.</returns>
    public SocketIOInput ReceiveBinary(ReadOnlyMemory<byte> data)
    {
        if (_isOver)
            return default;
        SocketIOError? error = _decoder.ReceiveBinary(data, out SocketIOPacket? packet);
        if (!_decoder.AwaitsAttachments)
            _attachmentsUntil = null;
        return Receive(error, packet);
    }

    /// <summary>
    /// Handles the timeouts that have expired. Call it at <see cref="NextDeadline"/>; a call at any other time is harmless.
    /// </summary>
    /// <param name="now">The current time.</param>
    /// <returns>The result: nothing, or a violation.</returns>
    public SocketIOInput OnTimer(TimeSpan now) =>
        now >= _connectUntil ? Violate(SocketIOError.ConnectTimeout)
        : now >= _attachmentsUntil ? Violate(SocketIOError.AttachmentMissing)
        : default;

    /// <summary>Accepts the client in a namespace.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <returns>Whether the client is connected now; false if it no longer waits for it.</returns>
    public bool Accept(string @namespace)
    {
        if (!Move(@namespace, Trigger.Accept))
            return false;
        _connectUntil = null;
        return true;
    }

    /// <summary>Refuses the client in a namespace.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <returns>Whether to send the refusal; false if the client no longer waits for it.</returns>
    public bool Refuse(string @namespace) => Move(@namespace, Trigger.Refuse);

    /// <summary>Disconnects the client from a namespace.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <returns>Whether to send a Disconnect packet; false if the client was not connected.</returns>
    public bool Disconnect(string @namespace) => Move(@namespace, Trigger.Disconnect);

    /// <summary>
    /// Ends the connection because the session has ended. The client is in no namespace any more, and all memory is released.
    /// </summary>
    public void End()
    {
        _isOver = true;
        _states.Clear();
        _connectUntil = _attachmentsUntil = null;
    }

    private SocketIOInput Receive(SocketIOError? error, SocketIOPacket? packet)
    {
        if (error is { } found)
            return Violate(found);
        if (packet is null)
            return default;
        (Trigger Trigger, SocketIOInputKind Kind)? step = packet.Type switch
        {
            SocketIOPacketType.Connect => (Trigger.ReceiveConnect, SocketIOInputKind.ConnectRequested),
            SocketIOPacketType.Disconnect => (Trigger.ReceiveDisconnect, SocketIOInputKind.Left),
            SocketIOPacketType.Event => (Trigger.ReceiveEvent, SocketIOInputKind.EventReceived),
            SocketIOPacketType.Ack => (Trigger.ReceiveAck, SocketIOInputKind.AckReceived),
            _ => null, // A ConnectError, which only servers send.
        };
        if (step is not var (trigger, kind))
            return Violate(SocketIOError.NotConnected);
        bool wasThere = StateOf(packet.Namespace) is NamespaceState.Connecting or NamespaceState.Connected;
        if (trigger == Trigger.ReceiveConnect && !BringsObject(packet))
            return wasThere ? default : new(SocketIOInputKind.AuthMalformed, packet);
        if (trigger == Trigger.ReceiveConnect && !HasRoomFor(packet.Namespace))
            return Violate(SocketIOError.TooManyNamespaces);
        if (!Move(packet.Namespace, trigger))
            return Violate(SocketIOError.NotConnected);
        // A request for a namespace that the client has, or a packet for one that it has left, changes nothing.
        bool isVain = trigger == Trigger.ReceiveConnect ? wasThere : !wasThere;
        return isVain ? default : new(kind, packet);
    }

    /// <summary>
    /// Whether what a client brings to get in is an object, or nothing ("Connection to a namespace"). The reference ends the session of one
    /// that brings something else, which then comes back with the same; this refuses the namespace.
    /// </summary>
    private static bool BringsObject(SocketIOPacket packet) => packet.Arguments.Count == 0 || packet.Arguments.GetJson(0).Span[0] == '{';

    private bool HasRoomFor(string @namespace)
    {
        if (_states.Count < _options.MaxNamespaces || _states.ContainsKey(@namespace))
            return true;
        // Namespaces from which the client was disconnected are remembered as long as there is room.
        foreach ((string name, NamespaceState state) in _states)
        {
            if (state == NamespaceState.Dismissed)
                _states.Remove(name);
        }

        return _states.Count < _options.MaxNamespaces;
    }

    private bool Move(string @namespace, Trigger trigger)
    {
        if (_isOver || StateMachine.Next(StateOf(@namespace), trigger) is not { } next)
            return false;
        if (next == NamespaceState.Left)
            _states.Remove(@namespace);
        else
            _states[@namespace] = next;
        return true;
    }

    private SocketIOInput Violate(SocketIOError error)
    {
        End();
        return new(SocketIOInputKind.Violated, Error: error);
    }
}
