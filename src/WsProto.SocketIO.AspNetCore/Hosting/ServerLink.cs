// This server as one of several. It publishes what concerns the clients of other servers, and does what others publish for its own clients.
// It has no lock, and nothing is published while another lock is held, because a backplane may take its time.
//
//   your code ─▶ SocketIOBroadcast ─▶ own clients, at once
//                               └──▶ ServerLink ─▶ SocketIOBackplane ─▶ ServerLinks of the others ─▶ their clients

using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore.Hosting;

internal sealed class ServerLink : ISocketIOBackplaneReceiver
{
    private readonly SocketIOServer _server;
    private readonly SocketIOBackplane _backplane;
    private readonly ServerWatch _watch;
    private readonly SparseLog _lost;
    private readonly SparseLog _malformed;
    private volatile bool _isRunning;

    internal ServerLink(SocketIOServer server, SocketIOBackplane backplane)
    {
        _server = server;
        _backplane = backplane;
        _watch = new ServerWatch(this, server);
        _lost = new SparseLog(server.Options.Engine.TimeProvider);
        _malformed = new SparseLog(server.Options.Engine.TimeProvider);
    }

    /// <summary>The id of this server: 32 hexadecimal digits, as those of Python's servers.</summary>
    internal string Id { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>The open questions to other servers.</summary>
    internal RemoteCalls Calls { get; } = new();

    /// <summary>Whether this server receives what is published, as far as is known.</summary>
    internal bool Hears => _watch.Hears;

    /// <summary>Whether the backplane reports that it can publish.</summary>
    internal bool IsConnected => _backplane.IsConnected;

    /// <summary>The ids of the other servers that are alive.</summary>
    internal IReadOnlyList<string> Others => _watch.Others;

    internal void Start(IHostApplicationLifetime lifetime)
    {
        _backplane.Start(this);
        _isRunning = true;
        _watch.Start();
        // Handlers of disconnections may emit while the host stops.
        lifetime.ApplicationStopped.Register(Stop);
    }

    /// <summary>Begins a question to the other servers that are alive. The caller closes it.</summary>
    internal RemoteCall Open(bool isForAnswers) => Calls.Open(
        Others,
        !isForAnswers ? RemoteCallKind.Count
        : _server.Options.HasForeignServers ? RemoteCallKind.AnswersOfAnybody
        : RemoteCallKind.Answers);

    /// <summary>Publishes a message. The clients of this server were served before, and a failure does not reach the caller.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "A message for which a backplane throws is lost, counted and logged.")]
    internal void Publish(SocketIOServerMessage message)
    {
        _server.Instruments.Published();
        if (!_isRunning)
        {
            ReportLost(null);
            return;
        }

        try
        {
            _backplane.Publish(SocketIOServerFormat.Write(message));
        }
        catch (Exception e)
        {
            ReportLost(e);
        }
    }

    /// <summary>Renews the subscription, because nothing is received, not even this server's own messages.</summary>
    /// <param name="isNews">Whether the server received messages before.</param>
    internal void Restart(bool isNews)
    {
        if (isNews)
            Log.BackplaneSilent(_server.Logger);
        _server.Instruments.BackplaneRestarted();
        _backplane.Restart();
    }

    public void ReportLost(Exception? reason)
    {
        _server.Instruments.PublicationLost();
        if (_lost.IsDue(out int count))
            Log.PublicationsLost(_server.Logger, count, reason?.Message ?? "There is no connection.");
    }

    [SuppressMessage("Design", "CA1031", Justification = "A failure with one message must not affect the others.")]
    public void Receive(ReadOnlyMemory<byte> message)
    {
        try
        {
            _server.Instruments.BackplaneReceived(Handle(message));
        }
        catch (Exception e)
        {
            Log.BackplaneFailed(_server.Logger, e);
            _server.Instruments.BackplaneReceived("failed");
        }
    }

    private string Handle(ReadOnlyMemory<byte> bytes)
    {
        if (!SocketIOServerFormat.TryRead(bytes, out SocketIOServerMessage? message))
            return Malformed();
        switch (message)
        {
            case null:
                return "foreign";
            case ServerAlive alive:
                _watch.Hear(alive);
                return "handled";
            case ServerAnswer answer when answer.To == Id:
                Calls.Answer(answer);
                return "handled";
            case ServerCounted counted when counted.To == Id:
                Calls.Expect(counted);
                return "handled";
            case not (ServerAnswer or ServerCounted) when message.Origin != Id:
                return Do(message);
            default:
                return "ignored";
        }
    }

    private string Do(SocketIOServerMessage message)
    {
        switch (message)
        {
            case ServerEmit emit:
                return Emit(emit) ? "handled" : Malformed();
            case ServerChange change:
                Do(change);
                return "handled";
            default:
                var count = (ServerCount)message;
                int present = _server.Known(count.Audience.Namespace)?.Select(count.Audience).Count ?? 0;
                Publish(new ServerCounted(Id, count.Origin, count.Id, present));
                return "handled";
        }
    }

    /// <summary>Sends an event of another server to the clients of its audience.</summary>
    /// <returns>False if the event is malformed. That is not checked if the audience has no clients here.</returns>
    private bool Emit(ServerEmit emit)
    {
        SocketIONamespace? space = _server.Known(emit.Audience.Namespace);
        if (emit.Call is { } call)
            return new ServerReply(this, emit, call).Send(space);
        if (space?.HasRecipients(emit.Audience, out IReadOnlyList<SocketIOSocket> sockets) != true)
            return true;
        if (PacketsOf(emit, id: null) is not { } packets)
            return false;
        space.Send(emit.Audience, sockets, emit.IsVolatile, packets);
        return true;
    }

    /// <summary>Encodes an event of another server. Returns null if it is malformed.</summary>
    internal IReadOnlyList<Packet>? PacketsOf(ServerEmit emit, long? id) =>
        emit.Read(_server.Encoder.MaxAttachments) is { } content ? _server.Encoder.Encode(content with { Id = id }) : null;

    private void Do(ServerChange change)
    {
        foreach (SocketIOSocket socket in _server.Known(change.Audience.Namespace)?.Select(change.Audience) ?? [])
        {
            switch (change.Kind)
            {
                case ServerChangeKind.Join:
                    socket.Join(change.Room);
                    break;
                case ServerChangeKind.Leave:
                    socket.Leave(change.Room);
                    break;
                default:
                    socket.Disconnect(change.ClosesSessions);
                    break;
            }
        }
    }

    private string Malformed()
    {
        if (_malformed.IsDue(out int count))
            Log.BackplaneMalformed(_server.Logger, count);
        return "malformed";
    }

    private void Stop()
    {
        _watch.Stop();
        Publish(new ServerAlive(Id, IsLeaving: true));
        _isRunning = false;
        _backplane.Close();
    }
}
