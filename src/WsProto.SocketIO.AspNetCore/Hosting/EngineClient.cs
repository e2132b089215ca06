using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>
/// One session of Engine.IO with its lock. It passes input to the session and carries out the session's events, in order.
/// </summary>
internal sealed class EngineClient(EngineHost host, EngineIOSession session, EngineApplication application)
{
    private EngineReminder? _reminder;

    /// <summary>The transport for which the session is counted. A session that closes during an upgrade reports no upgrade.</summary>
    private EngineIOTransports _countedTransport;
    private EngineReceiver? _receiver;
    private TaskCompletionSource? _room;
    private TaskCompletionSource? _drain;

    /// <summary>The requests whose reading is paused: a POST, and a WebSocket that is about to replace it.</summary>
    private List<EngineIORequest>? _paused;
    private long _backlog;
    private bool _isCarrying;

    /// <summary>The lock of the session. Code that holds it takes no other session's lock.</summary>
    internal Lock Gate { get; } = new();

    internal string Id => session.Id;

    /// <summary>A part of the id: enough to tell sessions apart in a log, and too little to use a session.</summary>
    internal string ShortId => session.Id.Substring(host.Options.Server.SessionIdPrefix.Length, 4);

    internal EngineHost Host => host;

    /// <summary>The transport in use; after the end of the session, the last one.</summary>
    internal EngineIOTransports Transport => session.Transport;

    /// <summary>Whether nothing is read from the client because too much waits for the application.</summary>
    internal bool IsPaused
    {
        get
        {
            lock (Gate)
                return _paused is { Count: > 0 };
        }
    }

    /// <summary>The number of bytes that wait for the client.</summary>
    internal long BufferedBytes
    {
        get
        {
            lock (Gate)
                return session.BufferedBytes;
        }
    }

    /// <summary>Waits until nothing waits for the client, or its session has ended.</summary>
    internal Task WaitForDrainAsync(CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            if (session.BufferedBytes == 0)
                return cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;
            _drain ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _drain.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Passes input to the session, and carries out its events.</summary>
    internal void Do<T>(Action<EngineIOSession, T, TimeSpan> step, T argument)
    {
        lock (Gate)
        {
            step(session, argument, host.Now);
            Carry();
        }
    }

    /// <summary>Sends a message. A receiver may call it too.</summary>
    internal SendResult Send(Packet packet)
    {
        lock (Gate)
        {
            SendResult result = session.Send(packet);
            Carry();
            return result;
        }
    }

    /// <summary>Sends messages with no other message between them. The caller may hold the lock.</summary>
    internal SendResult Send(IReadOnlyList<Packet> packets)
    {
        lock (Gate)
        {
            SendResult result = SendResult.Accepted;
            for (int i = 0; i < packets.Count && result == SendResult.Accepted; i++)
                result = session.Send(packets[i]);
            Carry();
            return result;
        }
    }

    /// <summary>Closes the session after the messages that were sent before.</summary>
    internal void Close(CloseReason reason, bool discard)
    {
        lock (Gate)
        {
            session.Close(host.Now, reason, discard);
            Carry();
        }
    }

    internal void OnTimer()
    {
        lock (Gate)
        {
            // A client from which nothing is read cannot show that it is alive, so it must not time out.
            for (int i = 0; i < _paused?.Count; i++)
            {
                if (_paused[i].IsWebSocket)
                    session.ReceiveActivity(_paused[i], host.Now);
                else
                    session.ReceiveBody(_paused[i], [], host.Now);
            }

            session.OnTimer(host.Now);
            Carry(isDue: true);
        }
    }

    /// <summary>Requests a call of <see cref="EngineReceiver.OnTimer"/> at a time. The caller holds the lock.</summary>
    internal void Remind(TimeSpan at) => host.Remind(_reminder ??= new() { Client = this }, at);

    /// <summary>Handles the reminder of the receiver.</summary>
    internal void OnReminder()
    {
        lock (Gate)
        {
            _receiver?.OnTimer();
            Carry();
        }
    }

    /// <summary>Counts bytes that wait for the application.</summary>
    internal void AddBacklog(long bytes) => Interlocked.Add(ref _backlog, bytes);

    internal void RemoveBacklog(long bytes)
    {
        if (Interlocked.Add(ref _backlog, -bytes) >= host.Options.MaxReceiveBacklog)
            return;
        TaskCompletionSource? room = Volatile.Read(ref _room);
        room?.TrySetResult();
    }

    /// <summary>Waits while too much waits for the application.</summary>
    /// <param name="request">The request whose reading is paused.</param>
    /// <param name="over">Ends the wait, because there is nothing more to read.</param>
    internal ValueTask WaitForRoomAsync(EngineIORequest request, CancellationToken over) =>
        Volatile.Read(ref _backlog) < host.Options.MaxReceiveBacklog ? default : PauseAsync(request, over);

    private async ValueTask PauseAsync(EngineIORequest request, CancellationToken over)
    {
        TaskCompletionSource room;
        lock (Gate)
        {
            if (session.State == SessionState.Closed)
                return;
            (_paused ??= []).Add(request);
            room = _room is { Task.IsCompleted: false } shared ? shared : new(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _room, room);
        }

        Interlocked.MemoryBarrier();
        // There may have been room before the waiter was registered.
        if (Volatile.Read(ref _backlog) < host.Options.MaxReceiveBacklog)
            room.TrySetResult();
        await room.Task.WaitAsync(over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (Gate)
            _paused.Remove(request);
    }

    private void Carry(bool isDue = false)
    {
        // What a receiver does while it handles an event is carried out after the earlier events.
        if (_isCarrying)
            return;
        _isCarrying = true;
        try
        {
            while (session.TryReadEvent(out EngineIOEvent? e))
                Carry(e);
        }
        finally
        {
            _isCarrying = false;
        }

        if (_drain is not null && session.BufferedBytes == 0)
        {
            _drain.SetResult();
            _drain = null;
        }

        if (isDue || session.NeedsUpdate)
            host.Update(session);
    }

    private void Carry(EngineIOEvent e)
    {
        switch (e)
        {
            case AnswerRequest answer:
                host.NoteRefusal(answer);
                Exchange.Of(answer.Request).Answer(answer);
                break;
            case AcceptWebSocket accept:
                Exchange.Of(accept.Request).Accept(accept);
                break;
            case SendWebSocketMessage message:
                long written = Exchange.Of(message.Request).WebSocket.Send(message.Data, message.IsBinary);
                if (written > 0)
                    session.ReceiveWritten(message.Request, written);
                break;
            case CloseWebSocket close:
                Exchange.Of(close.Request).WebSocket.Close(close.Code);
                break;
            case SessionOpened opened:
                _countedTransport = session.Transport;
                host.Instruments.Opened(_countedTransport);
                _receiver = application.Open(this, Exchange.Of(opened.Request).Context);
                break;
            case MessageReceived message:
                _receiver!.Receive(message.Data, message.IsBinary);
                break;
            case SessionUpgraded:
                _countedTransport = EngineIOTransports.WebSocket;
                host.Instruments.Upgraded();
                break;
            // SessionDrained needs no case: it is checked after everything that is carried out.
            case SessionClosed closed:
                host.Instruments.Closed(_countedTransport, closed.Reason);
                Log.Closed(host.Logger, ShortId, closed.Reason, closed.Detail);
                _room?.TrySetResult();
                _reminder?.Client = null;
                _receiver!.Close(closed);
                break;
        }
    }
}
