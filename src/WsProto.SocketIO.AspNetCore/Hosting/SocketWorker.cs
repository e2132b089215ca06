// The work for one client in one namespace: to decide about it, its events, its end. The work is done in order, on threads of the pool. The
// lock guards the queue, and nothing is called while it is held.

using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore.Hosting;

internal sealed class SocketWorker(SocketIOSocket socket)
{
    /// <summary>The memory of an event in addition to its bytes.</summary>
    private const int EventCost = 64;

    /// <summary>
    /// The backlog of a client whose handlers decide about it. It counts until they have completed, even if the client has left and asks
    /// again.
    /// </summary>
    private const int ConnectCost = 1024;

    /// <summary>A queue with a larger capacity is trimmed when it is empty.</summary>
    private const int KeptCapacity = 64;

    private readonly Lock _lock = new();
    private readonly Queue<Work> _work = [];
    private bool _isWorking;
    private bool _isAccepted;

    private enum WorkKind
    {
        Connect,
        Event,
        End,
    }

    private EventHandlers Handlers => socket.Namespace.Handlers;

    private SocketIOServer Server => socket.Server;

    /// <summary>Adds the decision about a client that wants to connect.</summary>
    internal void Connect()
    {
        socket.Engine.AddBacklog(ConnectCost);
        Add(new Work(WorkKind.Connect, null, 0));
    }

    /// <summary>Adds an event of a connected client.</summary>
    internal void Handle(SocketIOPacket packet, long size)
    {
        Server.Instruments.Received(socket.Namespace);
        socket.Engine.AddBacklog(size + EventCost);
        Add(new Work(WorkKind.Event, packet, size));
    }

    /// <summary>Adds the end of the client.</summary>
    internal void End() => Add(new Work(WorkKind.End, null, 0));

    private void Add(Work work)
    {
        lock (_lock)
        {
            _work.Enqueue(work);
            if (_isWorking)
                return;
            _isWorking = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static worker => _ = worker.WorkAsync(), this, preferLocal: false);
    }

    private async Task WorkAsync()
    {
        while (TryTake(out Work work))
        {
            switch (work.Kind)
            {
                case WorkKind.Connect:
                    await ConnectAsync().ConfigureAwait(false);
                    break;
                case WorkKind.Event when Server.Options.HandlesInOrder:
                    await HandleAsync(work).ConfigureAwait(false);
                    break;
                case WorkKind.Event:
                    ThreadPool.UnsafeQueueUserWorkItem(
                        static state => _ = state.This.HandleAsync(state.work), (This: this, work), preferLocal: false);
                    break;
                default:
                    await EndAsync().ConfigureAwait(false);
                    break;
            }
        }
    }

    private bool TryTake(out Work work)
    {
        lock (_lock)
        {
            _isWorking = _work.TryDequeue(out work);
            if (!_isWorking && _work.Capacity > KeptCapacity)
                _work.TrimExcess();
            return _isWorking;
        }
    }

    private async Task ConnectAsync()
    {
        SocketIORefusedException? refusal = await JudgeAsync().ConfigureAwait(false);
        socket.Engine.RemoveBacklog(ConnectCost);
        if (refusal is not null)
            Refuse(refusal);
        _isAccepted = refusal is null && socket.Client.Accept(socket);
        if (!_isAccepted)
        {
            socket.Namespace.Drop();
            return;
        }

        foreach (Func<SocketIOSocket, Task> greet in Handlers.Connected)
            await RunAsync("connected", () => greet(socket)).ConfigureAwait(false);
    }

    /// <returns>The refusal; null if the client is accepted, or has disconnected.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "A handler that throws refuses the client, and is logged.")]
    private async Task<SocketIORefusedException?> JudgeAsync()
    {
        if (socket.Disconnected.IsCancellationRequested)
            return null;
        try
        {
            foreach (Func<SocketIOSocket, Task> judge in Handlers.Connecting)
                await judge(socket).ConfigureAwait(false);
            return null;
        }
        catch (SocketIORefusedException refusal)
        {
            return refusal;
        }
        catch (Exception e)
        {
            _ = IsLogged("connecting", e);
            return new SocketIORefusedException();
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Data that cannot be sent is left out and logged.")]
    private void Refuse(SocketIORefusedException refusal)
    {
        string name = socket.Namespace.Name;
        Packet packet;
        try
        {
            packet = Server.Encoder.ConnectError(name, refusal.Message, refusal.Details);
        }
        catch (Exception e)
        {
            _ = IsLogged("connecting", e);
            packet = Server.Encoder.ConnectError(name, refusal.Message);
        }

        socket.Client.Refuse(socket, packet);
    }

    private async Task HandleAsync(Work work)
    {
        SocketIOPacket packet = work.Packet!;
        try
        {
            if (await Handlers.HandleAsync(new SocketIOEvent(socket, packet)).ConfigureAwait(false) is { } answer)
                socket.Client.Send(socket, answer, isEvent: false);
        }
        catch (Exception e) when (IsLogged(Handlers.Knows(packet.Event!) ? packet.Event! : "another event", e))
        {
        }
        finally
        {
            socket.Engine.RemoveBacklog(work.Size + EventCost);
        }
    }

    private async Task EndAsync()
    {
        if (_isAccepted)
        {
            foreach (Func<SocketIOSocket, SocketIODisconnect, Task> part in Handlers.Disconnected)
                await RunAsync("disconnected", () => part(socket, socket.DisconnectInfo!)).ConfigureAwait(false);
            socket.Namespace.Recovery?.Lose(socket);
            socket.Namespace.Remove(socket);
        }

        socket.DropData();
    }

    private async Task RunAsync(string what, Func<Task> handler)
    {
        try
        {
            await handler().ConfigureAwait(false);
        }
        catch (Exception e) when (IsLogged(what, e))
        {
        }
    }

    private bool IsLogged(string what, Exception e)
    {
        // Clients can cause these as often as they like.
        bool isClients = e is SocketIODisconnectedException
            || (e is OperationCanceledException && socket.Disconnected.IsCancellationRequested);
        if (e is SocketIOBindingException)
            Server.Faults.NoteMismatch(socket.Namespace.HandlersName, what, e.Message);
        else if (isClients)
            Log.EventUnhandled(Server.Logger, socket.Namespace.HandlersName, what, e.Message);
        else
            Log.EventFailed(Server.Logger, socket.Namespace.HandlersName, what, e);
        return true;
    }

    private readonly record struct Work(WorkKind Kind, SocketIOPacket? Packet, long Size);
}
