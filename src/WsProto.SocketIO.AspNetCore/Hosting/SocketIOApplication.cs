// A session of Engine.IO as a client of Socket.IO. Everything here runs under the session's lock and returns at once. The core checks
// packets. A packet for a namespace is passed to its socket, which handles it on other threads.

using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.AspNetCore.Http;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore.Hosting;

internal sealed class SocketIOApplication(SocketIOServer server) : EngineApplication
{
    internal override EngineReceiver Open(EngineClient client, HttpContext context) => new SocketIOClient(server, client, context);
}

/// <summary>One session: the connection of the core, and a socket for each namespace of the client.</summary>
internal sealed class SocketIOClient : EngineReceiver
{
    private readonly Dictionary<string, SocketIOSocket> _sockets = new(StringComparer.Ordinal);
    private readonly SocketIOConnection _connection;
    private TimeSpan? _reminder;

    /// <summary>The bytes of a packet whose attachments are arriving.</summary>
    private long _size;

    internal SocketIOClient(SocketIOServer server, EngineClient client, HttpContext context)
    {
        Server = server;
        Engine = client;
        Handshake = new SocketIOHandshake(context, client.Host.Options.TimeProvider.GetUtcNow());
        _connection = new SocketIOConnection(server.Options.Connection, client.Host.Now, server.Options.Parser, server.Encoder.JsonOptions);
        Remind();
    }

    internal SocketIOServer Server { get; }

    internal EngineClient Engine { get; }

    internal SocketIOHandshake Handshake { get; }

    internal override void Receive(ReadOnlyMemory<byte> data, bool isBinary)
    {
        _size += data.Length;
        SocketIOInput input = isBinary ? _connection.ReceiveBinary(data) : _connection.ReceiveText(data, Engine.Host.Now);
        Follow(input);
        Remind();
    }

    internal override void OnTimer()
    {
        TimeSpan now = Engine.Host.Now;
        if (Engine.IsPaused)
        {
            // A client from which nothing is read cannot send its attachments, so it must not time out.
            _reminder = now + Server.Options.Connection.AttachmentTimeout;
            Engine.Remind(_reminder.Value);
            return;
        }

        _reminder = null;
        Follow(_connection.OnTimer(now));
        Remind();
    }

    internal override void Close(SessionClosed closed)
    {
        _connection.End();
        var disconnect = SocketIODisconnect.By(closed);
        foreach (SocketIOSocket socket in _sockets.Values)
            socket.Leave(disconnect);
        _sockets.Clear();
    }

    /// <summary>Accepts a client in its namespace, and sends it what was emitted before.</summary>
    /// <returns>False if the client has disconnected meanwhile.</returns>
    internal bool Accept(SocketIOSocket socket) =>
        socket.Namespace.Recovery is { } recovery ? recovery.Accept(socket) : Accept(socket, recovered: null);

    /// <param name="socket">The client.</param>
    /// <param name="recovered">The state to recover, and the events that the client has missed; null for a new client.</param>
    internal bool Accept(SocketIOSocket socket, Recovered? recovered)
    {
        lock (Engine.Gate)
        {
            if (!Owns(socket) || !_connection.Accept(socket.Namespace.Name))
                return false;
            List<IReadOnlyList<Packet>> early = socket.TakeEarly();
            string formerId = socket.Id;
            recovered?.State.Restore(socket);
            socket.Namespace.Add(socket);
            // Events that were emitted early went to the id that the client had then.
            if (early.Count > 0)
                socket.Namespace.Join(socket, formerId);
            foreach (string room in recovered?.State.Rooms ?? (IEnumerable<string>)[])
                socket.Namespace.Join(socket, room);
            Engine.Send(Server.Encoder.Connect(socket.Namespace.Name, socket.Id, socket.Pid));
            foreach (IReadOnlyList<Packet> packets in recovered?.Missed ?? [])
                Engine.Send(packets);
            foreach (IReadOnlyList<Packet> packets in early)
                Engine.Send(packets);
            return true;
        }
    }

    internal void Refuse(SocketIOSocket socket, Packet packet)
    {
        lock (Engine.Gate)
        {
            if (Owns(socket) && _connection.Refuse(socket.Namespace.Name))
                Remove(socket, packet);
        }
    }

    /// <summary>Sends to a client that is connected, or keeps it for one that is about to be.</summary>
    internal bool Send(SocketIOSocket socket, IReadOnlyList<Packet> packets, bool isEvent)
    {
        lock (Engine.Gate)
        {
            if (!Owns(socket))
                return false;
            if (_connection.StateOf(socket.Namespace.Name) == NamespaceState.Connecting)
            {
                socket.AddEarly(packets);
                return true;
            }

            if (Engine.Send(packets) != SendResult.Accepted)
                return false;
            if (isEvent)
                Server.Instruments.Sent(socket.Namespace);
            return true;
        }
    }

    /// <summary>Disconnects a client from its namespace, or closes its session.</summary>
    internal void Disconnect(SocketIOSocket socket, bool closesSession)
    {
        lock (Engine.Gate)
        {
            Disconnect(socket);
            if (!closesSession)
                return;
            // The reference client connects again to a namespace for which it got no Disconnect.
            foreach (SocketIOSocket other in _sockets.Values.ToArray())
                Disconnect(other);
        }

        Engine.Close(CloseReason.ForcedClose, discard: false);
    }

    private void Disconnect(SocketIOSocket socket)
    {
        string name = socket.Namespace.Name;
        if (Owns(socket) && _connection.Disconnect(name))
            Remove(socket, Server.Encoder.Disconnect(name));
        else if (Owns(socket) && _connection.Refuse(name))
            Remove(socket, Server.Encoder.ConnectError(name, SocketIORefusedException.DefaultMessage));
    }

    /// <summary>Sends the last packet to the client, and ends its socket.</summary>
    private void Remove(SocketIOSocket socket, Packet packet)
    {
        Engine.Send(packet);
        _sockets.Remove(socket.Namespace.Name);
        socket.Leave(SocketIODisconnect.ByServer);
    }

    private bool Owns(SocketIOSocket socket) => ReferenceEquals(_sockets.GetValueOrDefault(socket.Namespace.Name), socket);

    private void Follow(SocketIOInput input)
    {
        switch (input.Kind)
        {
            case SocketIOInputKind.ConnectRequested:
                Connect(input.Packet!);
                break;
            case SocketIOInputKind.AuthMalformed:
                Server.Faults.NoteAuth();
                Engine.Send(Server.Encoder.ConnectError(input.Packet!.Namespace, "auth has to be an object"));
                break;
            case SocketIOInputKind.EventReceived:
                _sockets[input.Packet!.Namespace].Receive(input.Packet, _size);
                break;
            case SocketIOInputKind.AckReceived:
                _sockets[input.Packet!.Namespace].ReceiveAck(input.Packet);
                break;
            case SocketIOInputKind.Left:
                if (_sockets.Remove(input.Packet!.Namespace, out SocketIOSocket? socket))
                    socket.Leave(SocketIODisconnect.ByClient);
                break;
            case SocketIOInputKind.Violated:
                Log.Violated(Server.Logger, Engine.ShortId, input.Error!.Value);
                Engine.Close(CloseReason.ParseError, discard: true);
                break;
            default:
                // A packet may wait for its attachments.
                _size = _connection.AwaitsAttachments ? _size : 0;
                return;
        }

        _size = 0;
    }

    private void Connect(SocketIOPacket packet)
    {
        if (Server.Find(packet.Namespace) is not { } space)
        {
            _connection.Refuse(packet.Namespace);
            Engine.Send(Server.Encoder.ConnectError(packet.Namespace, "Invalid namespace"));
            return;
        }

        var socket = new SocketIOSocket(this, space, packet.Arguments);
        _sockets.Add(packet.Namespace, socket);
        socket.Connect();
    }

    private void Remind()
    {
        // A reminder that is earlier than needed checks the deadline again.
        if (_connection.NextDeadline is not { } next || _reminder <= next)
            return;
        _reminder = next;
        Engine.Remind(next);
    }
}
