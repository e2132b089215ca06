// Carries out the events of the core.

using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using WsProto.EngineIO;

namespace WsProto.SocketIO.Client.Hosting;

internal sealed partial class ClientDriver
{
    /// <summary>The memory of an event in addition to its bytes.</summary>
    private const int EventCost = 64;

    /// <summary>Waits until less than the limit waits for the network, or the session has ended.</summary>
    internal Task WaitForDrainAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_core.State != SocketIOClientState.Open || _core.Session!.BufferedBytes < Options.MaxSendBacklog)
                return Task.CompletedTask;
            _drain ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _drain.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Waits while too much waits for handlers.</summary>
    /// <param name="request">The request, or the request that identifies the WebSocket, that is not read meanwhile.</param>
    /// <param name="cancellationToken">Ends the wait, because there is nothing more to read.</param>
    internal async Task WaitForRoomAsync(EngineIOClientRequest request, CancellationToken cancellationToken)
    {
        Task room;
        lock (_gate)
        {
            if (_backlog < Options.MaxReceiveBacklog)
                return;
            _room ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            room = _room.Task;
            _paused.Add(request);
        }

        await room.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Do((core, now) =>
        {
            _paused.Remove(request);
            core.NoteUnread(request, now);
        });
    }

    /// <summary>Removes an event from the backlog after its handlers have completed.</summary>
    internal void RemoveBacklog(long bytes)
    {
        lock (_gate)
        {
            _backlog -= bytes;
            if (_backlog >= Options.MaxReceiveBacklog)
                return;
            _room?.TrySetResult();
            _room = null;
        }
    }

    private void Carry()
    {
        // What is done while an event is carried out is carried out after the earlier events.
        if (_isCarrying)
            return;
        _isCarrying = true;
        try
        {
            while (_core.TryReadEvent(out SocketIOClientEvent? e))
                Carry(e);
        }
        finally
        {
            _isCarrying = false;
        }

        if (_drain is not null && (_core.State != SocketIOClientState.Open || _core.Session!.BufferedBytes < Options.MaxSendBacklog))
        {
            _drain.SetResult();
            _drain = null;
        }

        // A negative delay could be the infinite one (-1 ms), so a deadline that has passed becomes zero.
        TimeSpan wait = _core.NextDeadline is { } next ? TimeSpan.FromTicks(Math.Max(0, (next - Now).Ticks)) : Timeout.InfiniteTimeSpan;
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void Carry(SocketIOClientEvent e)
    {
        switch (e)
        {
            case SessionSaid said:
                Carry(said.Session, said.Event);
                break;
            case AuthorizationNeeded needed:
                _ = Task.Run(() => AuthorizeAsync(needed));
                break;
            case ConnectionMoved moved:
                Moved(moved);
                break;
            case NamespaceJoined joined:
                Of(joined.Namespace).Joined(joined);
                break;
            case NamespaceRefused refused:
                Of(refused.Namespace).Refused(refused);
                break;
            case NamespaceLost lost:
                Of(lost.Namespace).Lost(lost);
                break;
            case EventArrived arrived:
                long size = EventCost + arrived.Size;
                _backlog += size;
                Of(arrived.Namespace).Arrived(arrived, size);
                break;
            case EmitEnded { Emit.Tag: PendingEmit pending }:
                pending.End();
                break;
        }
    }

    private void Carry(EngineIOClient session, EngineIOEvent e)
    {
        switch (e)
        {
            case SendRequest { Request: var request }:
                request.Tag = new Exchange(_disposing.Token);
                SessionHeaders headers = HeadersOf(session, "polling");
                Track(() => _http.SendAsync(session, request, headers));
                break;
            case AbandonRequest { Request: var request }:
                Exchange.Of(request)!.Abandon();
                break;
            case OpenWebSocket { Request: var request }:
                var carrier = new WebSocketCarrier(this, _endpoint, session, request);
                request.Tag = new Exchange(_disposing.Token) { WebSocket = carrier };
                SessionHeaders all = HeadersOf(session, "WebSocket");
                Track(() => carrier.RunAsync(all));
                break;
            case WriteWebSocketMessage message:
                Exchange.Of(message.Request)!.WebSocket!.Send(message.Data, message.IsBinary);
                break;
            case EndWebSocket end:
                Exchange.Of(end.Request)!.WebSocket!.Close(end.Code);
                break;
            case TransportFailed failed:
                _client.TellTransportFailed(Explain(failed.Failure));
                break;
        }
    }

    /// <summary>The headers of a session, which is about to use a transport.</summary>
    private SessionHeaders HeadersOf(EngineIOClient session, string transport)
    {
        if (_headersOf != session)
        {
            _headers = new SessionHeaders(_endpoint, _disposing.Token);
            _tried.Clear();
        }

        _headersOf = session;
        if (!_tried.Contains(transport))
            _tried.Add(transport);
        return _headers;
    }

    /// <summary>Runs a function that sends a request, without the lock. It must not throw.</summary>
    private void Track(Func<Task> carry)
    {
        Task task = Task.Run(carry);
        _carried.Add(task);
        _ = task.ContinueWith(
            static (done, state) =>
            {
                var driver = (ClientDriver)state!;
                lock (driver._gate)
                    driver._carried.Remove(done);
            },
            this,
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
    }

    private void Moved(ConnectionMoved moved)
    {
        SocketIOConnectException? failure = moved.Reason is null ? null : Explain(moved);
        if (moved.State == SocketIOClientState.Connecting && _idle.Task.IsCompleted)
            _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (moved.State == SocketIOClientState.Idle)
        {
            foreach (SocketIOClientNamespace space in _spaces.Values)
                space.GaveUp(failure);
            _idle.TrySetResult();
        }

        _client.TellState(new SocketIOStateChange
        {
            State = moved.State,
            Reason = moved.Reason,
            Failure = failure,
            Attempt = moved.Attempt,
            Delay = moved.Delay,
        });
    }

    private SocketIOConnectException Explain(ConnectionMoved moved) =>
        moved.Failure is { } failure ? Explain(failure)
        : moved.Violation is { } rule ? new SocketIOConnectException($"The server violated the protocol of Socket.IO: {rule}.")
        : new SocketIOConnectException($"The session ended: {moved.Reason}.");

    private SocketIOConnectException Explain(EngineIOFailure failure)
    {
        Exchange? exchange = Exchange.Of(failure.Request);
        string tried = _core.Session?.Opening is null ? $" (tried: {string.Join(", ", _tried)})" : "";
        return new SocketIOConnectException($"{_endpoint.Authority}{tried}: {failure}", exchange?.Exception)
        {
            Failure = failure,
            Headers = exchange?.Headers ?? [],
        };
    }

    [SuppressMessage("Design", "CA1031", Justification = "What the application throws is reported to those who wait for the namespace.")]
    private async Task AuthorizeAsync(AuthorizationNeeded needed)
    {
        try
        {
            object? auth = Options.AuthProvider is { } provider
                ? await provider(needed.Namespace, _disposing.Token).ConfigureAwait(false)
                : Options.Auth;
            Do((core, now) => core.Authorize(needed, auth, now));
        }
        catch (Exception e)
        {
            Do((core, now) =>
            {
                Of(needed.Namespace).AuthFailure = e;
                core.FailAuthorization(needed, e.Message, now);
            });
        }
    }
}
