using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text.Json;

namespace WsProto.SocketIO;

/// <summary>
/// One session of Engine.IO as Socket.IO sees it, without I/O: messages and time go in, packets that make sense come out. It knows which
/// namespaces the client is in; what they are, and who else is in them, is the application's.
/// </summary>
/// <remarks>Not safe for concurrent use. Nothing that the client does throws.</remarks>
[DebuggerDisplay("{_states.Count} namespaces")]
public sealed class SocketIOConnection
{
    private readonly SocketIOConnectionOptions _options;
    private readonly SocketIODecoder _decoder;

    /// <summary>The namespaces that the client has asked for, is in, or was taken out of.</summary>
    private readonly Dictionary<string, NamespaceState> _states = new(StringComparer.Ordinal);

    private TimeSpan? _connectUntil;
    private TimeSpan? _attachmentsUntil;
    private bool _isOver;

    /// <summary>Begins with a session that is open.</summary>
    /// <param name="options">What is allowed; null for the defaults.</param>
    /// <param name="now">The time: a reading of one monotonic clock, as everywhere here.</param>
    /// <param name="parser">Another form of packets on the wire; null for the protocol's own.</param>
    /// <param name="json">
    /// How <see cref="SocketIOArguments.Get{T}(int)"/> reads, such as <see cref="SocketIOEncoder.JsonOptions"/>; null for the defaults for
    /// the web.
    /// </param>
    public SocketIOConnection(
        SocketIOConnectionOptions? options, TimeSpan now, SocketIOParser? parser = null, JsonSerializerOptions? json = null)
    {
        _options = options ?? SocketIOConnectionOptions.Default;
        _decoder = new(_options.Decoder, parser, json);
        _connectUntil = now + _options.ConnectTimeout;
    }

    /// <summary>When <see cref="OnTimer"/> has something to do, if nothing is received before; null if it never has.</summary>
    public TimeSpan? NextDeadline =>
        _connectUntil is { } connect && !(_attachmentsUntil < connect) ? connect : _attachmentsUntil;

    /// <summary>Whether a packet waits for attachments.</summary>
    public bool AwaitsAttachments => _decoder.AwaitsAttachments;

    /// <summary>Where the client is in a namespace.</summary>
    /// <param name="namespace">The namespace.</param>
    public NamespaceState StateOf(string @namespace) => _states.GetValueOrDefault(@namespace);

    /// <summary>A text message of the session.</summary>
    /// <param name="text">The message, which is kept.</param>
    /// <param name="now">The time.</param>
    /// <returns>What it has brought about.</returns>
    public SocketIOInput ReceiveText(ReadOnlyMemory<byte> text, TimeSpan now)
    {
        if (_isOver)
            return default;
        SocketIOError? error = _decoder.ReceiveText(text, out SocketIOPacket? packet);
        if (_decoder.AwaitsAttachments)
            _attachmentsUntil = now + _options.AttachmentTimeout;
        return Receive(error, packet);
    }

    /// <summary>A binary message of the session.</summary>
    /// <param name="data">The message, which is kept.</param>
    /// <returns>What it has brought about.</returns>
    public SocketIOInput ReceiveBinary(ReadOnlyMemory<byte> data)
    {
        if (_isOver)
            return default;
        SocketIOError? error = _decoder.ReceiveBinary(data, out SocketIOPacket? packet);
        if (!_decoder.AwaitsAttachments)
            _attachmentsUntil = null;
        return Receive(error, packet);
    }

    /// <summary>Does what is due. Call it at <see cref="NextDeadline"/>; earlier or later does no harm.</summary>
    /// <param name="now">The time.</param>
    /// <returns>What it has brought about: nothing, or a violation.</returns>
    public SocketIOInput OnTimer(TimeSpan now) =>
        now >= _connectUntil ? Violate(SocketIOError.ConnectTimeout)
        : now >= _attachmentsUntil ? Violate(SocketIOError.AttachmentMissing)
        : default;

    /// <summary>The application agrees to a namespace.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <returns>Whether the client is in it now; false if it does not want it any more.</returns>
    public bool Accept(string @namespace)
    {
        if (!Move(@namespace, Trigger.Accept))
            return false;
        _connectUntil = null;
        return true;
    }

    /// <summary>The application refuses a namespace.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <returns>Whether the client is to be told; false if it does not want it any more.</returns>
    public bool Refuse(string @namespace) => Move(@namespace, Trigger.Refuse);

    /// <summary>The application takes the client out of a namespace.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <returns>Whether the client is to be told; false if it was not in it.</returns>
    public bool Disconnect(string @namespace) => Move(@namespace, Trigger.Disconnect);

    /// <summary>The session is over: the client has left all namespaces, and nothing of it is kept.</summary>
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
        // Asked for what it has, or meant what it has not: nothing has changed.
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
        // Those that it was taken out of are remembered as long as there is room.
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
